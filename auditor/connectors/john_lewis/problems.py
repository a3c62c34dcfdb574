"""What a refusal of the Mirakl API means. The shape of its error bodies is not published: both known ones are read."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from auditor.connectors.http import Answer, Problem
from auditor.errors import Rejected

_STATUS = {
    401: "does not accept the API key; create a new one in the shop's back office and store it as api_key",
    403: "refuses this to the API key's user; give the user the right in the back office, or check shop_id",
    404: "is not there, or does not offer this operation; check base_url (https://<instance>.mirakl.net)",
}


def read_problem(answer: Answer) -> Problem:
    """`{"message": ..., "status": ...}` or `{"errors": [{"code", "field", "message"}]}`; anything else says nothing."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return Problem()
    if not isinstance(body, Mapping):
        return Problem()
    errors = body.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], Mapping):
        first = errors[0]
        field = f" ({first['field']})" if first.get("field") else ""
        code = first.get("code")
        return Problem(None if code is None else str(code), f"{first.get('message') or ''}{field}")
    return Problem(None, str(body.get("message") or ""))


def refusal(system: str, error: Rejected) -> Rejected:
    """The same refusal in words that say what to do."""
    meaning = _STATUS.get(error.status or 0)
    if meaning is None:
        return error
    return Rejected(f"{system}: the marketplace {meaning}.", status=error.status, code=error.code)
