"""One shop's REST API: login, pace, addresses and errors are dealt with here, and only whole answers come out."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from auditor.clock import Clock
from auditor.connectors.base import Call
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.magento.oauth1 import OAuth1
from auditor.connectors.magento.problems import read_problem, refusal
from auditor.connectors.magento.throttle import Throttle
from auditor.connectors.magento.tokens import ADMIN, CLOUD, IMS_URL, OAUTH1, Login, check_credentials, keys_of, login_of
from auditor.errors import ConfigError, Incomplete, Rejected, Retriable
from auditor.settings import Channel

ALL_VIEWS = "all"


class MagentoClient:
    """Calls to one shop. Secrets are resolved with the first call, not before. Safe to share between threads."""

    def __init__(
        self,
        channel: Channel,
        folder: Path,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        way = check_credentials(channel)
        if "/rest" in channel.base_url.partition("://")[2]:
            raise ConfigError(
                f"The base_url of the channel '{channel.id}' ends with the shop's address, without /rest and what "
                "follows it; the store view is named in store_view."
            )
        self.system = channel.id
        self.clock = clock
        self.is_cloud = way == CLOUD
        self._channel = channel
        self._folder = folder
        self._transport = transport
        self._jitter = jitter
        self._lock = threading.Lock()
        signer = OAuth1(lambda: keys_of(channel, folder), clock) if way == OAUTH1 else None
        self._http = self._client_for(channel.base_url, Throttle(clock), signer)
        self._auth = self._client_for(self._token_url(way), None, None)
        self._login: Login | None = None

    def get(self, path: str, kind: Any, params: Mapping[str, str] | None = None, *, what: str, view: str = "") -> Any:
        """The answer as `kind`. Raises `Incomplete` when a field is missing that was asked for, else as the client."""
        decoded: list[Any] = []

        def decode(answer: Answer) -> None:
            decoded[:] = [self._decoded(answer, kind, what)]

        self._sent(
            lambda headers: self._http.get(
                self._place(path, view), params=params, headers=self._scoped(headers, view), check=decode
            ),
            what,
        )
        return decoded[0]

    def write(self, path: str, body: Mapping[str, Any], *, what: str) -> Any:
        """Sent once. Raises `Rejected` when refused, `OutcomeUnknown` when no answer came."""
        answer = self._sent(lambda headers: self._http.post(self._place(path, ""), json=body, headers=headers), what)
        try:
            return json.loads(answer.body)
        except ValueError:
            # A 2xx says that it was done; what was said beside it is not needed.
            return None

    def calls(self) -> list[Call]:
        """Calls since the last time this was asked; asking empties it."""
        return sorted([*self._auth.calls(), *self._http.calls()], key=lambda call: call.at)

    def close(self) -> None:
        self._http.close()
        self._auth.close()

    def _client_for(self, url: str, budget: Throttle | None, auth: httpx.Auth | None) -> HttpClient:
        return HttpClient(
            self.system,
            url,
            clock=self.clock,
            transport=self._transport,
            budget=budget,
            auth=auth,
            problem=read_problem,
            jitter=self._jitter,
        )

    def _token_url(self, way: frozenset[str]) -> str:
        if way == CLOUD:
            return self._channel.auth_url or IMS_URL
        if way == ADMIN:
            return f"{self._channel.base_url}/{self._place('', '').rstrip('/')}"
        return self._channel.base_url

    def _place(self, path: str, view: str) -> str:
        return f"V1/{path}" if self.is_cloud else f"rest/{view or ALL_VIEWS}/V1/{path}"

    def _scoped(self, headers: Mapping[str, str], view: str) -> Mapping[str, str]:
        """In the cloud service the store view is a header, elsewhere a part of the address."""
        return {**headers, "Store": view} if self.is_cloud and view and view != ALL_VIEWS else headers

    def _sent(self, send: Callable[[Mapping[str, str]], Answer], what: str) -> Answer:
        """The answer to a call; a refused token is renewed once."""
        with self._lock:
            if self._login is None:
                self._login = login_of(self._channel, self._folder, self._auth, self.clock)
        for last in (False, True):
            headers = self._login.headers()
            try:
                return send(headers)
            except Rejected as error:
                told = refusal(self.system, error, what)
                if told.status != 401 or last or not self._login.renew():
                    raise told from None
        raise AssertionError("the loop above ends by returning or raising")

    def _decoded(self, answer: Answer, kind: Any, what: str) -> Any:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.ValidationError as error:
            raise Incomplete(
                f"{self.system}: the answer with {what} is not as it was asked for ({error}); nothing of it is used."
            ) from None
        except msgspec.DecodeError:
            raise Retriable(
                f"{self.system}: the answer with {what} is not JSON, or was cut off; the same call may succeed later."
            ) from None
