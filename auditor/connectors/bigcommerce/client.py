"""One store's REST API: token, quota and errors are dealt with here, and only whole answers come out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec

from auditor.clock import Clock
from auditor.connectors.base import Call
from auditor.connectors.bigcommerce.bodies import parsed
from auditor.connectors.bigcommerce.budget import WindowBudget
from auditor.connectors.bigcommerce.problems import read_problem, refusal
from auditor.connectors.http import Answer, HttpClient
from auditor.errors import ConfigError, Incomplete, OutcomeUnknown, Rejected, Retriable
from auditor.settings import Channel

# Overload and maintenance last for a minute or two; the vendor asks for patience.
ATTEMPTS = 8


class BigCommerceClient:
    """Safe to share between threads. The token is resolved with the first call, not before."""

    def __init__(
        self,
        channel: Channel,
        folder: Path,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if "access_token" not in channel.credentials:
            raise ConfigError(
                f"The channel '{channel.id}' needs credentials: access_token, the token of an API account, and "
                f"store_hash where base_url does not end with it; "
                f"given are: {', '.join(sorted(channel.credentials)) or 'none'}."
            )
        self.system = channel.id
        self.clock = clock
        self.budget = WindowBudget(clock, jitter)
        self._channel = channel
        self._folder = folder
        self._token: str | None = None
        self._store: str | None = None
        self._http = HttpClient(
            channel.id,
            channel.base_url,
            clock=clock,
            transport=transport,
            budget=self.budget,
            # Without it some V2 addresses answer XML.
            headers={"Accept": "application/json"},
            problem=read_problem,
            attempts=ATTEMPTS,
            jitter=jitter,
        )

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The body of a read, None when there is none (204). Raises `Rejected`, `Retriable`, `Incomplete`."""
        read: list[Any] = []

        def check(answer: Answer) -> None:
            read[:] = [parsed(answer)]

        try:
            answer = self._http.get(self._address(path), params=params, headers=self._auth(), check=check)
        except Rejected as error:
            raise refusal(self.system, path, error) from None
        if answer.status not in (200, 204):
            raise Incomplete(f"{self.system}: {path} was answered with {answer.status}, which is not the whole answer.")
        return read[0]

    def find(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Like `get`; None also for what does not exist (404)."""
        try:
            return self.get(path, params)
        except Rejected as error:
            if error.status == 404:
                return None
            raise

    def write(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Sent once. Raises `Rejected` when it was refused, `OutcomeUnknown` when nobody knows."""
        try:
            answer = self._http.request(
                method,
                self._address(path),
                content=msgspec.json.encode(body),
                headers={**self._auth(), "Content-Type": "application/json"},
                retry=False,
            )
            return parsed(answer)
        except Rejected as error:
            raise refusal(self.system, path, error) from None
        except Retriable as error:
            if "not JSON" not in str(error):
                raise
            raise OutcomeUnknown(
                f"{self.system}: the answer to {method} {path} was cut off; whether it was done must be looked up."
            ) from None

    def calls(self) -> list[Call]:
        """Calls since the last time this was asked; asking empties it."""
        return self._http.calls()

    def close(self) -> None:
        self._http.close()

    def _address(self, path: str) -> str:
        """The path below base_url: with the store's hash, where it is not part of base_url."""
        if self._store is None:
            store_hash = self._channel.credentials.get("store_hash")
            self._store = f"stores/{store_hash.resolve(self._folder)}/" if store_hash else ""
        return self._store + path.lstrip("/")

    def _auth(self) -> dict[str, str]:
        if self._token is None:
            self._token = self._channel.credentials["access_token"].resolve(self._folder)
        return {"X-Auth-Token": self._token}
