"""Logins: sliding sessions whose calls are served one after another."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from auditor.sandbox.b1.errors import Refused, malformed, session_gone
from auditor.sandbox.b1.state import B1State

VERSION = "1000290"


@dataclass(slots=True)
class Session:
    id: str
    used_at: datetime
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Sessions:
    """`logins` counts successful logins, so that a test can see how many a client needed."""

    def __init__(self, state: B1State) -> None:
        self._state = state
        self._open: dict[str, Session] = {}
        self.logins = 0

    def login(self, body: Any) -> Session:
        """A new session; wrong company or wrong credentials are refused as they are on real servers."""
        if not isinstance(body, Mapping):
            raise malformed("Login needs CompanyDB, UserName and Password")
        if body.get("CompanyDB") != self._state.company_db:
            raise Refused(401, -304, "Fail to get DB Credentials from SLD")
        password = self._state.users.get(str(body.get("UserName")))
        if password is None or password != body.get("Password"):
            raise Refused(401, 100000027, "Login failed")
        session = Session(str(uuid.uuid4()), self._state.clock.now())
        self._open[session.id] = session
        self.logins += 1
        return session

    def current(self, cookies: Mapping[str, str]) -> Session:
        """The session of a call; using it prolongs it."""
        session = self._open.get(cookies.get("B1SESSION", ""))
        now = self._state.clock.now()
        if session is None or now - session.used_at > timedelta(minutes=self._state.behaviour.session_minutes):
            raise session_gone()
        session.used_at = now
        return session

    def forget(self, session: Session) -> None:
        self._open.pop(session.id, None)

    def forget_all(self) -> None:
        """As after a restart of the server: every login is gone."""
        self._open.clear()

    def __len__(self) -> int:
        return len(self._open)
