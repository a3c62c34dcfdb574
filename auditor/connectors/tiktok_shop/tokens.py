"""Access tokens: they live seven days, and each renewal brings a new refresh token that must not be lost.

The credentials in auditor.toml are references. Where `refresh_token` is a file, what was renewed is kept in a file
beside it (`<file>.renewed`, readable by its owner only); it counts as long as the file that auditor.toml names holds
the token it came from, so a token that a person puts there wins. Where it is an environment variable or a keyring
entry there is no place to write to: then the renewed tokens live as long as the process, and `doctor` says so.

The expiry that TikTok tells is a moment (Unix seconds), not a duration.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from auditor.clock import Clock, to_utc
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.tiktok_shop.problems import REFRESH_TOKEN_EXPIRED, error_of, said
from auditor.connectors.whole_file import write_whole
from auditor.errors import ConfigError, Rejected, Retriable
from auditor.settings import Channel

# A token is renewed this long before its end.
MARGIN = timedelta(minutes=10)
_KEPT = ("access_token", "access_token_expire_in", "refresh_token", "refresh_token_expire_in")


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of tokens; an end is None where nobody told it."""

    access: str | None
    access_ends: datetime | None
    refresh: str | None
    refresh_ends: datetime | None


@dataclass(frozen=True, slots=True)
class App:
    """What the app proves itself with."""

    key: str
    secret: str


class Tokens:
    """The tokens of one shop. Secrets are resolved here. Safe to share between threads."""

    def __init__(self, channel: Channel, folder: Path, http: HttpClient, clock: Clock, app: App) -> None:
        self._http = http
        self._clock = clock
        self._app = app
        self._lock = threading.Lock()
        given = {
            name: channel.credentials[name].resolve(folder)
            for name in ("access_token", "refresh_token")
            if name in channel.credentials
        }
        self._replaces = hashlib.sha256(given.get("refresh_token", "").encode()).hexdigest()
        self._file = kept_file(channel, folder)
        self._pair = self._kept() or Pair(given.get("access_token"), None, given.get("refresh_token"), None)
        self._failed: str | None = None

    @property
    def cannot_renew(self) -> bool:
        return self._pair.refresh is None

    @property
    def not_kept_because(self) -> str | None:
        """Why renewed tokens do not outlive the process; None when they do."""
        return "refresh_token is no file" if self._file is None else self._failed

    @property
    def refresh_ends(self) -> datetime | None:
        return self._pair.refresh_ends

    def current(self) -> str:
        """A token that should be accepted. Raises `RemoteError` when none can be had."""
        with self._lock:
            if not self._is_good(self._pair):
                self._pair = self._renewed()
            assert self._pair.access is not None  # a pair that is good, or was just given, has one
            return self._pair.access

    def renew(self, refused: str) -> bool:
        """Gets another token because this one was refused; False when there is no way to."""
        with self._lock:
            if self._pair.access == refused:
                if self._pair.refresh is None:
                    return False
                self._pair = self._renewed()
            return True

    def _is_good(self, pair: Pair) -> bool:
        return pair.access is not None and (pair.access_ends is None or self._clock.now() < pair.access_ends - MARGIN)

    def _renewed(self) -> Pair:
        """From the file, when another process has been here; else from TikTok, and then kept."""
        kept = self._kept()
        if kept is not None and kept.access != self._pair.access and self._is_good(kept):
            return kept
        if self._pair.refresh is None:
            raise Rejected(
                f"{self._http.system}: the access token has ended and there is no refresh_token; "
                "let the seller authorise the app again.",
                status=401,
            )
        told = self._asked(self._pair.refresh)
        self._keep(told)
        return _pair(told, self._clock.now())

    def _asked(self, refresh_token: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        query = {
            "app_key": self._app.key,
            "app_secret": self._app.secret,
            "refresh_token": refresh_token,
            "grant_type": "refresh_token",
        }

        def check(answer: Answer) -> None:
            found[:] = [_data_of(self._http.system, answer)]

        try:
            self._http.get("api/v2/token/refresh", params=query, check=check)
        except Rejected as error:
            if error.code == REFRESH_TOKEN_EXPIRED:
                raise
            raise Rejected(
                f"{self._http.system}: TikTok gives no token for this refresh_token ({error.code or error.status}); "
                "check app_key and app_secret, or let the seller authorise the app again.",
                status=401,
                code=error.code,
            ) from None
        data = found[0]
        if not data.get("access_token") or not data.get("refresh_token"):
            raise Rejected(f"{self._http.system}: the answer to the request for a token holds none.", status=401)
        return data

    def _kept(self) -> Pair | None:
        if self._file is None:
            return None
        try:
            body = orjson.loads(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, orjson.JSONDecodeError):
            # What cannot be read is as good as not there: the token that auditor.toml names still works, or its
            # refusal says what to do.
            return None
        if not isinstance(body, dict) or body.get("replaces") != self._replaces:
            return None
        return _pair(body, self._clock.now(), is_new=False)

    def _keep(self, told: dict[str, Any]) -> None:
        if self._file is None:
            return
        body = orjson.dumps({"replaces": self._replaces, **{name: told.get(name) for name in _KEPT}})
        try:
            write_whole(self._file, body)
            self._failed = None
        except OSError as error:
            self._failed = f"{self._file} cannot be written: {error.strerror}"


def check_credentials(channel: Channel) -> None:
    """Raises `ConfigError` unless the channel names an app and a token; resolves nothing."""
    names = set(channel.credentials)
    if {"app_key", "app_secret"} <= names and names & {"access_token", "refresh_token"}:
        return
    raise ConfigError(
        f"The channel '{channel.id}' needs credentials: app_key, app_secret, and access_token or refresh_token "
        f"(best both), shop_cipher if the app is authorised for several shops; "
        f"given are: {', '.join(sorted(names)) or 'none'}."
    )


def kept_file(channel: Channel, folder: Path) -> Path | None:
    """Where renewed tokens are kept; None where `refresh_token` is no file."""
    reference = channel.credentials.get("refresh_token")
    if reference is None or reference.file is None:
        return None
    path = folder / reference.file
    return path.with_name(f"{path.name}.renewed")


def _data_of(system: str, answer: Answer) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Retriable(f"{system}: the answer to the request for a token was cut off; it may succeed later.")
    if body.get("code"):
        raise error_of(system, "token refresh", str(body["code"]), said(body), is_write=False, status=answer.status)
    data = body.get("data")
    return data if isinstance(data, dict) else {}


def _pair(told: dict[str, Any], now: datetime, *, is_new: bool = True) -> Pair:
    ends = _moment(told.get("access_token_expire_in"))
    # A token that was just given and has ended already: its end is not what it seems, so its refusal shall tell.
    if is_new and ends is not None and ends - MARGIN <= now:
        ends = None
    return Pair(told.get("access_token"), ends, told.get("refresh_token"), _moment(told.get("refresh_token_expire_in")))


def _moment(seconds: object) -> datetime | None:
    if not isinstance(seconds, int) or seconds <= 0:
        return None
    return to_utc(datetime.fromtimestamp(seconds, UTC))
