"""One shop's Partner API: signature, tokens, pace and errors are dealt with here, and only good answers come out.

A call is valid for five minutes, so a repetition is signed anew instead of sent again.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from datetime import UTC
from pathlib import Path
from typing import Any

import httpx
import orjson

from auditor.clock import Clock
from auditor.connectors.base import Call
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.tiktok_shop.budget import CALLS_PER_SECOND, CallBudget
from auditor.connectors.tiktok_shop.operations import SHOPS, Operation
from auditor.connectors.tiktok_shop.problems import (
    TOKEN_EXPIRED,
    error_of,
    is_unknown_path,
    partial_failure,
    read_problem,
    said,
)
from auditor.connectors.tiktok_shop.signing import sign
from auditor.connectors.tiktok_shop.tokens import App, Tokens, check_credentials
from auditor.errors import Incomplete, OutcomeUnknown, Rejected, Retriable
from auditor.settings import Channel

Node = dict[str, Any]
AUTH_URL = "https://auth.tiktok-shops.com"
ATTEMPTS = 7
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
# How long one call may be put off before it counts as not answered.
RETRY_SECONDS = 600.0


class TikTokShopClient:
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
        check_credentials(channel)
        self.system = channel.id
        self.clock = clock
        self._channel = channel
        self._folder = folder
        self._jitter = jitter
        self._lock = threading.RLock()
        self._app: App | None = None
        self._tokens: Tokens | None = None
        self._cipher: str | None = None
        self._versions: dict[Operation, str] = {}

        def client(url: str, budget: CallBudget | None, attempts: int) -> HttpClient:
            return HttpClient(
                channel.id,
                url,
                clock=clock,
                transport=transport,
                budget=budget,
                problem=read_problem,
                attempts=attempts,
                jitter=jitter,
            )

        self._http = client(channel.base_url, CallBudget(clock, CALLS_PER_SECOND * channel.granted_calls), 1)
        self._auth = client(channel.auth_url or AUTH_URL, None, 5)

    @property
    def tokens(self) -> Tokens:
        with self._lock:
            if self._tokens is None:
                self._tokens = Tokens(self._channel, self._folder, self._auth, self.clock, self.app)
            return self._tokens

    @property
    def app(self) -> App:
        with self._lock:
            if self._app is None:
                key, secret = (self._channel.credentials[name].resolve(self._folder) for name in _APP)
                self._app = App(key, secret)
            return self._app

    @property
    def cipher(self) -> str:
        """Which shop is meant: from the credentials, else the only shop that the app is authorised for."""
        with self._lock:
            if self._cipher is None:
                reference = self._channel.credentials.get("shop_cipher")
                self._cipher = reference.resolve(self._folder) if reference else self._only_shop()
            return self._cipher

    def shops(self) -> list[Node]:
        """The shops that a seller has authorised the app for."""
        return nodes_of(self.system, SHOPS, self.call(SHOPS), "shops")

    def call(
        self,
        operation: Operation,
        *ids: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Node:
        """`data` of a good answer. A read is repeated; a write is sent once, and again only when it was put off.

        Raises `Rejected` with what to do, `Retriable`, `Incomplete` (holes in the answer), for writes `OutcomeUnknown`.
        """
        version = self._versions.get(operation)
        if version is not None:
            return self._patiently(operation, operation.path(version, *ids), query, body)
        for version in operation.versions[:-1]:
            try:
                data = self._patiently(operation, operation.path(version, *ids), query, body)
            except Rejected as error:
                if not is_unknown_path(error):
                    raise
            else:
                self._versions[operation] = version
                return data
        last = operation.versions[-1]
        data = self._patiently(operation, operation.path(last, *ids), query, body)
        self._versions[operation] = last
        return data

    def version_of(self, operation: Operation) -> str | None:
        """The version that was answered; None when the call was not made yet."""
        return self._versions.get(operation)

    def calls(self) -> list[Call]:
        """Calls since the last time this was asked; asking empties it."""
        return sorted([*self._auth.calls(), *self._http.calls()], key=lambda call: call.at)

    def close(self) -> None:
        self._http.close()
        self._auth.close()

    def _only_shop(self) -> str:
        shops = self.shops()
        if len(shops) == 1 and shops[0].get("cipher"):
            return str(shops[0]["cipher"])
        if not shops:
            raise Rejected(f"{self.system}: the app is authorised for no shop; let the seller authorise it.")
        names = ", ".join(f"{shop.get('name')} ({shop.get('region')})" for shop in shops)
        raise Rejected(
            f"{self.system}: the app is authorised for several shops: {names}; name the shop_cipher of one of them."
        )

    def _patiently(
        self, operation: Operation, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None
    ) -> Node:
        content = b"" if body is None else orjson.dumps(body)
        started = self.clock.monotonic()
        attempt, is_renewed = 0, False
        while True:
            attempt += 1
            token = self.tokens.current()
            try:
                return self._once(operation, path, query or {}, content, token)
            except Rejected as error:
                if error.code != TOKEN_EXPIRED or is_renewed or not self.tokens.renew(token):
                    raise
                is_renewed = True
            except Retriable as error:
                pause = self._pause(attempt, error)
                spent = self.clock.monotonic() - started + pause
                if attempt >= ATTEMPTS or spent > RETRY_SECONDS:
                    raise
                self.clock.sleep(pause)

    def _once(self, operation: Operation, path: str, query: Mapping[str, str], content: bytes, token: str) -> Node:
        options = {**query, "app_key": self.app.key, "timestamp": str(self._seconds())}
        if operation.is_shop_call:
            options["shop_cipher"] = self.cipher
        options["sign"] = sign(self.app.secret, path, options, content)
        headers = {"x-tts-access-token": token, "content-type": "application/json"}
        try:
            answer = self._http.request(
                operation.method,
                path,
                content=content or None,
                params=options,
                headers=headers,
                retry=not operation.is_write,
            )
        except Rejected as error:
            if error.code is None:
                raise
            text = str(error).partition("): ")[2].rstrip(".") or "no reason given"
            raise error_of(
                self.system, operation.name, error.code, text, is_write=operation.is_write, status=error.status
            ) from None
        return self._data(operation, answer)

    def _data(self, operation: Operation, answer: Answer) -> Node:
        try:
            parsed = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            parsed = None
        if not isinstance(parsed, dict) or not isinstance(parsed.get("code"), int):
            if operation.is_write:
                raise OutcomeUnknown(
                    f"{self.system}: the answer to {operation.name} was cut off; whether it was done must be looked up."
                )
            raise Retriable(f"{self.system}: the answer to {operation.name} was cut off; it may succeed later.")
        if parsed["code"] != 0:
            code, text = str(parsed["code"]), said(parsed)
            raise error_of(self.system, operation.name, code, text, is_write=operation.is_write, status=answer.status)
        data = parsed.get("data")
        if isinstance(data, dict) and data.get("errors"):
            why = partial_failure(data["errors"])
            if operation.is_write:
                raise Rejected(f"{self.system}: TikTok refused {operation.name} in part: {why}.", code=_code(data))
            raise Incomplete(f"{self.system}: {operation.name} came back with a hole: {why}.")
        if isinstance(data, dict):
            return data
        if operation.is_write:
            return {}
        raise Incomplete(f"{self.system}: the answer to {operation.name} holds no data.")

    def _seconds(self) -> int:
        return int(self.clock.now().replace(tzinfo=UTC).timestamp())

    def _pause(self, attempt: int, error: Retriable) -> float:
        if error.retry_after is not None:
            return error.retry_after + self._jitter() * FIRST_PAUSE
        growing = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
        return growing * (0.5 + self._jitter() / 2)


_APP = ("app_key", "app_secret")


def nodes_of(system: str, operation: Operation, data: Node, name: str) -> list[Node]:
    """The list of an answer that must have it. Raises `Incomplete`."""
    nodes = data.get(name)
    if not isinstance(nodes, list):
        raise Incomplete(f"{system}: the answer to {operation.name} lacks {name}; nothing of it is used.")
    return nodes


def _code(data: Node) -> str | None:
    code = data["errors"][0].get("code")
    return None if code is None else str(code)
