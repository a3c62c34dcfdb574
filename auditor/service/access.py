"""Who may do what. People have a token each; only its hash is stored. Roles are checked in the API on every call.

viewer reads · operator also acknowledges, snoozes, notes · approver also accepts, approves and sends corrections ·
admin also manages access. middleware is no rank of these: it writes sync events and sees nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from auditor.clock import iso
from auditor.errors import UsageError
from auditor.store.connection import Connection

RANKS = ("viewer", "operator", "approver", "admin")
MIDDLEWARE = "middleware"
ROLES = (*RANKS, MIDDLEWARE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    role: str

    def may(self, role: str) -> bool:
        """Whether this person's role includes `role`."""
        if MIDDLEWARE in (role, self.role):
            return self.role in (role, "admin")
        return RANKS.index(self.role) >= RANKS.index(role)


def grant(con: Connection, name: str, role: str, at: datetime) -> str:
    """Give `name` a role and a new token; an earlier token of that name ends. Returns the token, shown only once."""
    if role not in ROLES:
        raise UsageError(f"'{role}' is not a role; known are: {', '.join(ROLES)}.")
    if not name.strip():
        raise UsageError("A person needs a name; every decision is kept under it.")
    token = secrets.token_urlsafe(32)
    con.execute("DELETE FROM audit.access WHERE name = $name", {"name": name})
    con.execute(
        "INSERT INTO audit.access VALUES ($name, $role, $hash, $moment, NULL)",
        {"name": name, "role": role, "hash": _hash(token), "moment": at},
    )
    return token


def revoke(con: Connection, name: str, at: datetime) -> None:
    """End a person's access. Raises `UsageError` when nobody has that name."""
    found = con.sql(
        "SELECT name FROM audit.access WHERE name = $name AND revoked_at IS NULL", params={"name": name}
    ).fetchall()
    if not found:
        raise UsageError(f"Nobody called {name} has access; 'auditor access list' shows who has.")
    con.execute("UPDATE audit.access SET revoked_at = $moment WHERE name = $name", {"name": name, "moment": at})


def people(con: Connection) -> list[dict[str, str | None]]:
    """name, role, created_at, revoked_at of everybody, by name; instants as ISO text."""
    found = con.sql("SELECT name, role, created_at, revoked_at FROM audit.access ORDER BY name").fetchall()
    return [
        {"name": name, "role": role, "created_at": iso(since), "revoked_at": None if ended is None else iso(ended)}
        for name, role, since, ended in found
    ]


def who(con: Connection, token: str) -> Person | None:
    """The person a token belongs to, or None."""
    wanted = _hash(token)
    for name, role, stored in con.sql(
        "SELECT name, role, token_hash FROM audit.access WHERE revoked_at IS NULL"
    ).fetchall():
        if hmac.compare_digest(stored, wanted):
            return Person(name, role)
    return None


def _hash(token: str) -> str:
    # A token is 256 random bits, so one round of SHA-256 is enough; nobody can guess through it.
    return hashlib.sha256(token.encode()).hexdigest()
