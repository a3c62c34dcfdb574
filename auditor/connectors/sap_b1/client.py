"""Calls to the Service Layer's v2 root: with a login, again when it was forgotten, decoded while it can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx
import msgspec

from auditor.clock import Clock
from auditor.connectors.base import Call
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.sap_b1.problem import is_not_permitted, read_problem
from auditor.connectors.sap_b1.session import SessionPool
from auditor.errors import Incomplete, Rejected, Retriable
from auditor.settings import Settings

ROOT = "/b1s/v2"
READ_SECONDS = 120.0  # B1 was seen to take ten seconds for one object
Decoded = TypeVar("Decoded")


class B1Client:
    """Everything that is said to B1. Safe to share between threads; parallel calls use different sessions."""

    def __init__(self, settings: Settings, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        b1 = settings.b1
        self.settings = settings
        self._http = HttpClient(
            "b1",
            b1.base_url + ROOT,
            clock=clock,
            transport=transport,
            ca_file=settings.folder / b1.ca_file if b1.ca_file else None,
            deadline_seconds=READ_SECONDS,
            problem=read_problem,
            name="B1",
        )
        self._sessions = SessionPool(self._http, settings, clock)

    def get(
        self,
        path: str,
        kind: type[Decoded],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Decoded:
        """A read, decoded as `kind`. Raises `Incomplete` when properties are missing that were asked for."""
        return self._read("GET", path, decoder(path, kind), params=params, headers=headers)

    def query(
        self,
        path: str,
        kind: type[Decoded],
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Decoded:
        """A read that B1 wants as POST."""
        return self._read("POST", path, decoder(path, kind), json=json, params=params, headers=headers)

    def count(self, path: str, params: Mapping[str, str]) -> int:
        """What `/$count` answers: bare text."""

        def number(answer: Answer) -> int:
            text = answer.body.decode("utf-8-sig", "replace").strip().strip('"')
            if not text.isdigit():
                raise Retriable(
                    f"B1 answered {path} with something that is no number; the same call may succeed later."
                )
            return int(text)

        return self._read("GET", path, number, params=params)

    def write(self, method: str, path: str, json: Any) -> Answer:
        """Sent once. Raises `OutcomeUnknown` when the answer is lost."""
        return self._with_login(lambda login: self._http.request(method, path, json=json, headers=login, retry=False))

    def probe(self, path: str) -> Answer:
        """A bare answer, for diagnosis."""
        return self._with_login(lambda login: self._http.get(path, headers=login))

    def log_in(self) -> Answer:
        return self._sessions.log_in()

    def calls(self) -> list[Call]:
        return self._http.calls()

    def close(self) -> None:
        self._sessions.end()
        self._http.close()

    def _read(
        self,
        method: str,
        path: str,
        decode: Callable[[Answer], Decoded],
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Decoded:
        """Decodes inside the repetition, so that a body which was cut off is read again."""
        decoded: list[Decoded] = []

        def check(answer: Answer) -> None:
            decoded[:] = [decode(answer)]

        self._with_login(
            lambda login: self._http.request(
                method, path, json=json, params=params, headers={**(headers or {}), **login}, retry=True, check=check
            )
        )
        return decoded[0]

    def _with_login(self, call: Callable[[Mapping[str, str]], Answer]) -> Answer:
        with self._sessions.turn() as session:
            if not session.is_open:
                session.open()
            renewed = False
            while True:
                try:
                    answer = call(session.header)
                except Rejected as error:
                    if error.status == 401 and not renewed:
                        renewed = True
                        session.open()
                        continue
                    raise self._explained(error) from None
                session.learn(answer)
                return answer

    def _explained(self, error: Rejected) -> Rejected:
        if not is_not_permitted(error):
            return error
        return Rejected(
            f"{error} Authorise user '{self.settings.b1.username}' for it in B1 (Administration > System "
            "Initialization > Authorizations).",
            status=error.status,
            code=error.code,
        )


def decoder(path: str, kind: type[Decoded]) -> Callable[[Answer], Decoded]:
    """Bytes into `kind`: what is no JSON is worth another try, what lacks an asked property is not."""

    def decode(answer: Answer) -> Decoded:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except msgspec.ValidationError as error:
            raise Incomplete(
                f"B1 answered {path} without something that was asked for: {error}. Check the user's rights and the "
                "Service Layer's version; nothing of this read is used."
            ) from None
        except msgspec.DecodeError:
            raise Retriable(
                f"B1 answered {path} with something that is not JSON, or was cut off; the same call may succeed later."
            ) from None

    return decode
