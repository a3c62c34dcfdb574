"""What B1's error bodies say, in every form that servers were seen to answer.

v2 has text codes and text messages, v1 numbers and `{lang, value}`; the balancer in front answers HTML; some answers
are empty. Messages follow the login's language, so what to do is decided by the code first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from auditor.connectors.http import Answer, Problem
from auditor.errors import Rejected

SESSION_GONE = "301"
NOT_FOUND = "-2028"
ALREADY_EXISTS = "-2035"
NOT_PERMITTED = frozenset({"-6006", "804"})
_LOGIN_REFUSED = frozenset({"100000027", "-304", "-5027"})

_TITLE = re.compile(rb"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"'([A-Za-z_]\w*)'")


def read_problem(answer: Answer) -> Problem:
    """Code and sentence of an error body; what cannot be read gives an empty one."""
    body = answer.body.strip()
    if body.startswith(b"<"):
        title = _TITLE.search(body)
        return Problem(text=title[1].decode("utf-8", "replace").strip() if title else "a page of HTML")
    try:
        parsed = json.loads(body)
    except ValueError:
        return Problem(text=body[:200].decode("utf-8", "replace"))
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return Problem()
    code = error.get("code")
    return Problem(code=str(code) if code not in (None, "") else None, text=_message(error.get("message")))


def _message(message: Any) -> str:
    if isinstance(message, dict):
        message = message.get("value")
    return message.strip() if isinstance(message, str) else ""


def is_login_refused(error: Rejected) -> bool:
    """Wrong user, password or company. Servers differ in the status; a 401 to a login means nothing else."""
    return error.status == 401 or error.code in _LOGIN_REFUSED


def is_not_permitted(error: Rejected) -> bool:
    return error.status == 403 or error.code in NOT_PERMITTED


def refused_property(error: Rejected, asked: Collection[str]) -> str | None:
    """The property of `$select` that the server does not know for this entity set, when that is what it says.

    `$metadata` lists one type for all marketing documents, but each set refuses some of its properties.
    """
    if error.status != 400:
        return None
    named = [name for name in _QUOTED.findall(str(error)) if name in asked]
    return named[0] if named else None
