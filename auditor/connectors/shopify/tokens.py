"""Access tokens: a static one from the settings, or one that is asked for with the app's own credentials.

An app of the merchant's organisation exchanges client id and secret for a token that lives 24 hours. It is kept until
five minutes before its end and renewed once when the shop refuses it. A static token (`shpat_…`) cannot be renewed.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from auditor.clock import Clock
from auditor.connectors.http import HttpClient
from auditor.errors import ConfigError, Rejected
from auditor.settings import Channel

MARGIN = 300.0  # seconds before its end at which a token is no longer used


class Tokens(Protocol):
    def current(self) -> str:
        """A token that should be accepted. Raises `RemoteError` when none can be had."""

    def renew(self) -> bool:
        """Forgets the current token because it was refused; False when there is no other."""


class StaticToken:
    """The access token of an app created in the shop's admin."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renew(self) -> bool:
        return False


class ClientCredentials:
    """Tokens by the client credentials grant. Safe to share between threads."""

    def __init__(self, http: HttpClient, client_id: str, client_secret: str, clock: Clock) -> None:
        self._http = http
        self._form = urlencode(
            {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        ).encode("ascii")
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._ends = 0.0

    def current(self) -> str:
        with self._lock:
            if self._token is None or self._clock.monotonic() >= self._ends:
                self._token = self._ask()
            return self._token

    def renew(self) -> bool:
        with self._lock:
            self._token = None
        return True

    def _ask(self) -> str:
        # Asking twice gives two valid tokens, so a lost answer may be asked for again.
        try:
            answer = self._http.post(
                "", content=self._form, headers={"Content-Type": "application/x-www-form-urlencoded"}, retry=True
            )
        except Rejected as error:
            raise Rejected(
                f"{self._http.system}: Shopify gives no token for this client_id and client_secret "
                f"({error.status}); check both, and that app and shop belong to the same organisation.",
                status=401,
                code=error.code,
            ) from None
        body = answer.json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise Rejected(f"{self._http.system}: the answer to the request for a token holds none.", status=401)
        lifetime = float(body.get("expires_in") or 0)
        self._ends = self._clock.monotonic() + max(0.0, lifetime - MARGIN)
        return token


def check_credentials(channel: Channel) -> None:
    """Raises `ConfigError` unless the channel names a token, or client id and secret; resolves nothing."""
    names = set(channel.credentials)
    if "access_token" in names or {"client_id", "client_secret"} <= names:
        return
    raise ConfigError(
        f"The channel '{channel.id}' needs credentials: access_token, or client_id and client_secret; "
        f"given are: {', '.join(sorted(names)) or 'none'}."
    )


def tokens_of(channel: Channel, folder: Path, http: HttpClient, clock: Clock) -> Tokens:
    """The channel's token provider; secrets are resolved here. `http` calls the address that issues tokens."""
    check_credentials(channel)
    if "access_token" in channel.credentials:
        return StaticToken(channel.credentials["access_token"].resolve(folder))
    return ClientCredentials(
        http,
        channel.credentials["client_id"].resolve(folder),
        channel.credentials["client_secret"].resolve(folder),
        clock,
    )
