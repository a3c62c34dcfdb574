"""What TikTok's codes mean for the caller. The code decides, not the HTTP status: errors come with 200 as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from auditor.connectors.http import Answer, Problem
from auditor.errors import OutcomeUnknown, Rejected, RemoteError, Retriable

TOKEN_EXPIRED = "105002"
REFRESH_TOKEN_EXPIRED = "36004001"
CIPHER_WRONG = "106013"
_RATE_LIMIT = frozenset({"36009002"})
_PASSING = frozenset({"36009003"})
# A sandbox shop allows a thousand calls an hour: the wait is long, but the call is fine.
_HOURLY = "36009037"
_PARAMETERS = "36009004"

_MEANING = {
    TOKEN_EXPIRED: "does not accept the access token; renew it, or let the seller authorise the app again",
    "105005": "refuses the call because the app lacks a scope; grant it in Partner Center and authorise again",
    "106001": "finds the signature wrong; check app_key and app_secret",
    CIPHER_WRONG: "does not know shop_cipher; leave it out of the credentials or take it from the authorised shops",
    "101000": "says that token, user type and shop do not belong together; authorise the app for this shop",
    REFRESH_TOKEN_EXPIRED: "says that the refresh token has ended; the seller must authorise the app again",
    "36009033": "refuses the address of this machine; put it on the app's list of allowed addresses",
    "36009043": "has made the shop inactive; its seller must settle that with TikTok",
    "36009044": "has made the seller inactive; the seller must settle that with TikTok",
    "45101004": "has given out the daily quota; reading goes on tomorrow",
}


def read_problem(answer: Answer) -> Problem:
    """Code and sentence of an error body, also one that came with a status of 4xx or 5xx."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return Problem()
    if not isinstance(body, dict) or not body.get("code"):
        return Problem()
    return Problem(str(body["code"]), said(body))


def said(body: Mapping[str, Any]) -> str:
    """TikTok's sentence with the number under which it can find the call."""
    text = str(body.get("message") or "no reason given").rstrip(".")
    request = body.get("request_id")
    return f"{text} (request {request})" if request else text


def error_of(system: str, operation: str, code: str, text: str, *, is_write: bool, status: int | None) -> RemoteError:
    """One exception for a code that is not 0."""
    if is_rate_limit(code):
        # Refused before anything was done: a write may be sent again as well.
        return Retriable(f"{system}: TikTok puts {operation} off ({code}): {text}.")
    if code == _HOURLY:
        return Retriable(f"{system}: the hourly calls of this sandbox shop are used up ({code}): {text}.")
    if code in _PASSING:
        if is_write:
            return OutcomeUnknown(f"{system}: {operation} failed inside TikTok; whether it was done must be looked up.")
        return Retriable(f"{system}: {operation} failed inside TikTok ({code}): {text}.")
    meaning = _MEANING.get(code)
    if meaning is not None:
        return Rejected(f"{system}: TikTok {meaning} ({code}: {text}).", status=status, code=code)
    hint = ""
    if code == _PARAMETERS and "timestamp" in text.lower():
        hint = " Set this machine's clock: a call is valid for five minutes."
    return Rejected(f"{system}: TikTok refused {operation} ({code}): {text}.{hint}", status=status, code=code)


def is_rate_limit(code: str | None) -> bool:
    return code in _RATE_LIMIT


def is_unknown_path(error: Rejected) -> bool:
    """Whether a refusal says that the path, and with it the version, is not served."""
    return error.status == 404 or "invalid path" in str(error).lower()


def partial_failure(errors: list[Mapping[str, Any]]) -> str:
    """What went wrong with the elements of an answer whose code is 0 all the same."""
    return "; ".join(f"{one.get('code')}: {str(one.get('message') or '').rstrip('.')}" for one in errors[:3])
