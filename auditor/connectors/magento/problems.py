"""What Magento's refusals mean for the caller.

Messages are translated and hold places for values; so a refusal is told by its status and its parameters first, and
by the untranslated words only where there is nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from auditor.connectors.http import Answer, Problem
from auditor.errors import Rejected

ACL = "ACL"
NO_ROUTE = "NO_ROUTE"
PAGE_SIZE = "PAGE_SIZE"
_PLACE = re.compile(r"%(\w+)")
_LIMIT = re.compile(r"Maximum SearchCriteria pageSize is\D*(\d+)")


def read_problem(answer: Answer) -> Problem:
    """`{"message": "text with %1 or %name", "parameters": [...] or {...}}`; only the message is sure to be there."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return Problem()
    if not isinstance(body, dict):
        return Problem()
    template = str(body.get("message") or body.get("error_description") or body.get("error") or "")
    parameters = body.get("parameters")
    text = _filled(template, parameters)
    if isinstance(parameters, Mapping) and "resources" in parameters:
        return Problem(ACL, text)
    if _LIMIT.search(text):
        return Problem(PAGE_SIZE, text)
    if answer.status == 404 and "route" in template:
        return Problem(NO_ROUTE, text)
    return Problem(None, text)


def page_limit(error: Rejected) -> int | None:
    """The largest page that the shop allows, where that is what it refused."""
    found = _LIMIT.search(str(error)) if error.code == PAGE_SIZE else None
    return int(found[1]) if found else None


def refusal(system: str, error: Rejected, what: str) -> Rejected:
    """The same refusal in words that say what to do. A right that is missing must not look like a refused login."""
    if error.code == ACL:
        return Rejected(
            f"{system}: the integration may not read {what}; give it this resource in Magento and activate it again.",
            status=403,
            code=ACL,
        )
    if error.status == 401:
        return Rejected(
            f"{system}: Magento does not accept these credentials; check them, that the integration is active, and "
            "that this computer's clock is right. An access_token alone is refused unless the shop allows it.",
            status=401,
            code=error.code,
        )
    if error.code == NO_ROUTE:
        return Rejected(
            f"{system}: the shop does not know {what}; check base_url, and that its modules are switched on.",
            status=404,
            code=NO_ROUTE,
        )
    return error


def _filled(template: str, parameters: Any) -> str:
    if isinstance(parameters, Mapping):
        return _PLACE.sub(lambda found: str(parameters.get(found[1], found[0])), template)
    if isinstance(parameters, list):
        values = {str(number): value for number, value in enumerate(parameters, 1)}
        return _PLACE.sub(lambda found: str(values.get(found[1], found[0])), template)
    return template
