"""Who we are to a shop: the four ways to log in, told apart by the names of the channel's credentials.

| credentials | way |
|---|---|
| consumer_key, consumer_secret, access_token, access_token_secret | an integration; every request is signed (OAuth 1) |
| access_token | a bearer token: only where the shop allows an integration's token to stand alone |
| username, password | an admin's token, four hours long; refused where the shop demands a second factor |
| client_id, client_secret, org_id | Adobe Commerce as a Cloud Service: a token from Adobe's identity service |
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from auditor.clock import Clock
from auditor.connectors.http import HttpClient
from auditor.connectors.magento.oauth1 import Keys
from auditor.errors import ConfigError, Rejected
from auditor.settings import Channel

OAUTH1 = frozenset({"consumer_key", "consumer_secret", "access_token", "access_token_secret"})
BEARER = frozenset({"access_token"})
ADMIN = frozenset({"username", "password"})
CLOUD = frozenset({"client_id", "client_secret", "org_id"})
IMS_URL = "https://ims-na1.adobelogin.com/ims/token/v3"
IMS_SCOPE = "openid,AdobeID,email,profile,additional_info.roles,additional_info.projectedProductContext,commerce.accs"
MARGIN = 300.0  # seconds before its end at which a token is no longer used
ADMIN_SECONDS = 4 * 3600.0  # a shop may set another life; then its refusal says so


class Login(Protocol):
    def headers(self) -> Mapping[str, str]:
        """What goes with each request. Raises `RemoteError` when no token can be had."""

    def renew(self) -> bool:
        """Forgets the current token because it was refused; False when there is no other."""


class Signed:
    """Each request carries its own signature."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def renew(self) -> bool:
        """Signed again it has another nonce and time, which may have been what was refused."""
        return True


class Bearer:
    """A token that lives until it is revoked."""

    def __init__(self, token: str) -> None:
        self._token = token

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        return False


class Renewed:
    """A token that is asked for, kept until shortly before its end, and asked for again. Safe between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._ends = 0.0

    def headers(self) -> Mapping[str, str]:
        with self._lock:
            if self._token is None or self._clock.monotonic() >= self._ends:
                self._token, lifetime = self._ask()
                self._ends = self._clock.monotonic() + max(0.0, lifetime - MARGIN)
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        with self._lock:
            self._token = None
        return True

    def _ask(self) -> tuple[str, float]:
        """A new token and its life in seconds."""
        raise NotImplementedError


class AdminToken(Renewed):
    """The token of a user of the admin."""

    def __init__(self, http: HttpClient, username: str, password: str, clock: Clock) -> None:
        super().__init__(clock)
        self._http = http
        self._login = {"username": username, "password": password}

    def _ask(self) -> tuple[str, float]:
        try:
            answer = self._http.post("integration/admin/token", json=self._login, retry=True)
        except Rejected as error:
            raise Rejected(
                f"{self._http.system}: Magento refuses this username and password ({error.status}); check both, and "
                "use an integration where the shop demands a second factor.",
                status=401,
                code=error.code,
            ) from None
        return _token_in(self._http.system, answer.json()), ADMIN_SECONDS


class CloudToken(Renewed):
    """The token of Adobe's identity service, with the headers that its gateway wants beside it."""

    def __init__(self, http: HttpClient, client_id: str, client_secret: str, org_id: str, clock: Clock) -> None:
        super().__init__(clock)
        self._http = http
        self._form = urlencode(
            {
                "client_id": client_id,
                "client_secret": client_secret,
                "grant_type": "client_credentials",
                "scope": IMS_SCOPE,
            }
        ).encode("ascii")
        self._gateway = {"x-api-key": client_id, "x-gw-ims-org-id": org_id}

    def headers(self) -> Mapping[str, str]:
        return {**super().headers(), **self._gateway}

    def _ask(self) -> tuple[str, float]:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._http.post("", content=self._form, headers=form, retry=True)
        except Rejected as error:
            raise Rejected(
                f"{self._http.system}: Adobe gives no token for this client_id and client_secret ({error.status}); "
                "check both, and that the project has the Commerce API.",
                status=401,
                code=error.code,
            ) from None
        body = answer.json()
        if not isinstance(body, dict):
            body = {}
        return _token_in(self._http.system, body.get("access_token")), float(body.get("expires_in") or 0)


def check_credentials(channel: Channel) -> frozenset[str]:
    """The names of the way to log in. Raises `ConfigError` unless they are one of the four; resolves nothing."""
    names = frozenset(channel.credentials)
    for way in (OAUTH1, CLOUD, ADMIN, BEARER):
        if names == way:
            return way
    raise ConfigError(
        f"The channel '{channel.id}' needs credentials: consumer_key, consumer_secret, access_token and "
        "access_token_secret of an integration; or access_token alone; or username and password; or client_id, "
        f"client_secret and org_id for the cloud service; given are: {', '.join(sorted(names)) or 'none'}."
    )


def keys_of(channel: Channel, folder: Path) -> Keys:
    """The secrets of an integration."""
    return Keys(**{name: channel.credentials[name].resolve(folder) for name in sorted(OAUTH1)})


def login_of(channel: Channel, folder: Path, http: HttpClient, clock: Clock) -> Login:
    """The channel's way to log in; secrets are resolved here. `http` calls the address that issues tokens."""
    way = check_credentials(channel)
    if way == OAUTH1:
        return Signed()
    values = {name: channel.credentials[name].resolve(folder) for name in sorted(way)}
    if way == BEARER:
        return Bearer(values["access_token"])
    if way == ADMIN:
        return AdminToken(http, values["username"], values["password"], clock)
    return CloudToken(http, values["client_id"], values["client_secret"], values["org_id"], clock)


def _token_in(system: str, token: object) -> str:
    if not isinstance(token, str) or not token:
        raise Rejected(f"{system}: the answer to the request for a token holds none.", status=401)
    return token
