"""What the errors of a GraphQL answer mean for the caller.

An answer with errors is never used, even when it brings data beside them: that data has holes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from auditor.connectors.http import Answer, Problem
from auditor.errors import Incomplete, OutcomeUnknown, Rejected, RemoteError, Retriable

_SCOPE = re.compile(r"\b(?:read|write)_[a-z_]+\b")
_PASSING = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_STATUS = {
    401: "does not accept the access token; renew it, or check client_id and client_secret",
    402: "is frozen because its plan is unpaid; reading goes on when that is settled",
    403: "refuses the access token; grant the app its scopes and install it again",
    404: "is not there, or no longer serves this API version; check base_url and api_version",
    423: "is locked; ask Shopify why, reading goes on when it is unlocked",
    430: "takes these requests for malicious; stop, and ask Shopify's support",
}


class TooExpensive(Rejected):
    """The query costs more than one query may; ask for a smaller page."""


def read_problem(answer: Answer) -> Problem:
    """Shopify's refusals outside GraphQL: `{"errors": "text"}` or `{"error": ..., "error_description": ...}`."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return Problem()
    if not isinstance(body, dict):
        return Problem()
    said = body.get("errors") or body.get("error_description") or body.get("error") or ""
    if isinstance(said, list) and said and isinstance(said[0], Mapping):
        code = (said[0].get("extensions") or {}).get("code")
        return Problem(code, str(said[0].get("message") or ""))
    return Problem(body.get("error") if isinstance(body.get("error"), str) else None, str(said))


def refusal(system: str, error: Rejected) -> Rejected:
    """The same refusal in words that say what to do."""
    meaning = _STATUS.get(error.status or 0)
    if meaning is None:
        return error
    return Rejected(f"{system}: the shop {meaning}.", status=error.status, code=error.code)


def is_throttled(errors: Sequence[Mapping[str, Any]]) -> bool:
    return any(_code(error) == "THROTTLED" for error in errors)


def error_of(system: str, operation: str, errors: Sequence[Mapping[str, Any]], *, is_write: bool) -> RemoteError:
    """One exception for the errors of an answer; THROTTLED is not among them."""
    first = errors[0]
    message = str(first.get("message") or "no reason given").rstrip(".")
    code = _code(first)
    place = ".".join(str(part) for part in first.get("path") or ())
    where = f" at {place}" if place else ""
    if is_write and len(first.get("path") or ()) > 1:
        return OutcomeUnknown(
            f"{system}: {operation} was answered with a hole{where} ({message}); whether it was done must be looked up."
        )
    for error in errors:
        if _code(error) == "ACCESS_DENIED":
            return _denied(system, operation, error)
    if code == "MAX_COST_EXCEEDED":
        return TooExpensive(f"{system}: {operation} costs too much for one query: {message}.", code=code)
    if code in _PASSING:
        if is_write:
            return OutcomeUnknown(
                f"{system}: {operation} failed inside Shopify{where}; whether it was done must be looked up."
            )
        return Retriable(f"{system}: {operation} failed inside Shopify{where}: {message}.")
    if "cursor" in message.lower():
        return Incomplete(
            f"{system}: {operation} was cut off, Shopify no longer knows the place reached in the list: {message}."
        )
    if place and not is_write:
        return Incomplete(f"{system}: {operation} came back with a hole{where}: {message}.")
    return Rejected(f"{system}: Shopify refused {operation}{where}: {message}.", code=code)


def _denied(system: str, operation: str, error: Mapping[str, Any]) -> Rejected:
    message = str(error.get("message") or "")
    extensions = error.get("extensions") or {}
    scopes = sorted(set(_SCOPE.findall(f"{extensions.get('requiredAccess') or ''} {message}")))
    place = ".".join(str(part) for part in error.get("path") or ()) or operation
    mend = f"grant the app one of: {', '.join(scopes)}" if scopes else f"grant the app the scope it needs ({message})"
    return Rejected(f"{system}: the app may not read {place} ({operation}); {mend}.", status=403, code="ACCESS_DENIED")


def _code(error: Mapping[str, Any]) -> str | None:
    code = (error.get("extensions") or {}).get("code")
    return str(code) if code else None
