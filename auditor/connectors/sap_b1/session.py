"""Logins to B1: a few sessions, each serving one call at a time, each renewed once when the server forgot it.

B1 serves the calls of one session one after another and a login is among its most expensive calls, so sessions are
kept, handed out in turn, and ended at the end. Cookies are read by hand: B1SESSION comes without a path, and a cookie
jar would keep it from other folders or drop it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from auditor.clock import Clock
from auditor.connectors.http import Answer, HttpClient
from auditor.connectors.sap_b1.problem import is_login_refused
from auditor.errors import Rejected, RemoteError
from auditor.settings import Secret, Settings

# B1 locks a user after a few wrong passwords; a refused login is not tried again for a while.
REFUSAL_KEPT = timedelta(minutes=10)
_COOKIES = ("B1SESSION", "ROUTEID")


class Session:
    """One login. Only the holder of its turn may use it."""

    def __init__(self, pool: SessionPool) -> None:
        self._pool = pool
        self._cookies: dict[str, str] = {}

    @property
    def is_open(self) -> bool:
        return "B1SESSION" in self._cookies

    @property
    def header(self) -> dict[str, str]:
        """The Cookie header, in one line."""
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}

    def open(self) -> None:
        """Logs in, whatever was before. Raises `Rejected` (401) with the mend when B1 refuses."""
        self._cookies = {}
        answer = self._pool.log_in()
        self.learn(answer)
        if not self.is_open:
            session_id = answer.json().get("SessionId")
            if not session_id:
                raise RemoteError("B1 accepted the login but named no session; check that base_url is a Service Layer.")
            self._cookies["B1SESSION"] = str(session_id)

    def learn(self, answer: Answer) -> None:
        """Takes over the cookies of an answer: the balancer moves a session to another node when one fails."""
        for line in answer.header_lines("set-cookie"):
            name, _, value = line.partition(";")[0].strip().partition("=")
            if name in _COOKIES and value:
                self._cookies[name] = value

    def end(self) -> None:
        """Logs out; a server that does not answer any more forgets the session by itself."""
        if self.is_open:
            with suppress(RemoteError):
                self._pool.http.post("Logout", headers=self.header)
        self._cookies = {}


class SessionPool:
    """Hands out sessions, never more than `settings.b1.sessions` at a time."""

    def __init__(self, http: HttpClient, settings: Settings, clock: Clock) -> None:
        self.http = http
        self._settings = settings
        self._clock = clock
        self._free = [Session(self) for _ in range(settings.b1.sessions)]
        self._all = tuple(self._free)
        self._changed = threading.Condition()
        self._login = threading.Lock()
        self._refused: Rejected | None = None
        self._refused_until = clock.now()

    @contextmanager
    def turn(self) -> Iterator[Session]:
        """A session for one call; waits while all are in use. An open one is preferred, so few logins are made."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._free))
            session = max(self._free, key=lambda free: free.is_open)
            self._free.remove(session)
        try:
            yield session
        finally:
            with self._changed:
                self._free.append(session)
                self._changed.notify()

    def log_in(self) -> Answer:
        """One login at a time. Raises `Rejected` (401) with the mend."""
        b1 = self._settings.b1
        with self._login:
            if self._refused is not None and self._clock.now() < self._refused_until:
                raise self._refused
            credentials = {
                "CompanyDB": b1.company_db,
                "UserName": b1.username,
                "Password": b1.password.resolve(self._settings.folder),
            }
            try:
                # The segment is case-sensitive: /login is answered like a call without a session.
                answer = self.http.post("Login", json=credentials, retry=True)
            except Rejected as error:
                if not is_login_refused(error):
                    raise
                self._refused = self._explained(error)
                self._refused_until = self._clock.now() + REFUSAL_KEPT
                raise self._refused from None
            self._refused = None
            return answer

    def end(self) -> None:
        """Logs out of every session."""
        for session in self._all:
            session.end()

    def _explained(self, error: Rejected) -> Rejected:
        b1 = self._settings.b1
        said = f"code {error.code}" if error.code else f"status {error.status}"
        return Rejected(
            f"B1 refuses the login of user '{b1.username}' to company '{b1.company_db}' ({said}); check username and "
            f"company_db under [b1], and the password in {where(b1.password)}.",
            status=401,
            code=error.code,
        )


def where(secret: Secret) -> str:
    """Where a secret is kept, in words; never the secret."""
    if secret.env is not None:
        return f"the environment variable {secret.env}"
    if secret.file is not None:
        return f"the file {secret.file}"
    return f"the keyring under {secret.keyring}"
