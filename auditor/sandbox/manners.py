"""How a simulated REST system answers when it has been told to fail: the part that is the same for all of them.

What concerns the transport (slow, 429, 502, broken and lost answers) is done here. What concerns the content
(`lost_page`, `fields_gone`, `partial_data`, `warehouse_silent`) is left to the system, which gets the failure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from auditor.clock import Clock
from auditor.sandbox.failures import Failure
from auditor.sandbox.wire import HalfAnswer, NoAnswer

BAD_GATEWAY = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>502</body></html>\n"


class FailurePlan(Protocol):
    def next_for(self, system: str, call_name: str) -> Failure | None:
        """What shall go wrong with this call ('GET /v2/orders'); None when nothing."""


@dataclass(frozen=True, slots=True)
class Manners:
    """throttled: the system's own 429. refused: its own 401, after it has forgotten the login. broken: its own 500."""

    failures: FailurePlan | None
    system: str
    clock: Clock
    throttled: Callable[[Failure], Response]
    refused: Callable[[], Response]
    broken: Callable[[int], Response]

    async def answer(self, call_name: str, handle: Callable[[Failure | None], Response]) -> Response:
        """The answer to a call. `handle` runs in a thread, and not at all where the failure lets nothing happen."""
        failure = self.failures.next_for(self.system, call_name) if self.failures else None
        instead = await self._instead(failure)
        if instead is not None:
            return instead
        return _damaged(await run_in_threadpool(handle, failure), failure)

    async def _instead(self, failure: Failure | None) -> Response | None:
        if failure is None:
            return None
        match failure.kind:
            case "slow":
                await run_in_threadpool(self.clock.sleep, float(failure.detail.get("seconds", 1)))
            case "throttle":
                return self.throttled(failure)
            case "bad_gateway_html":
                return Response(BAD_GATEWAY, 502, media_type="text/html")
            case "session_expired":
                return self.refused()
            case "closed_connection":
                return NoAnswer()
            case "server_error":
                return self.broken(int(failure.detail.get("status", 500)))
        return None


def _damaged(response: Response, failure: Failure | None) -> Response:
    """The finished answer as it arrives: whole, cut in the middle (`form='json'`: with a fitting length), or not."""
    if failure is None or failure.kind not in ("lost_answer", "truncated_body"):
        return response
    if failure.kind == "lost_answer":
        return NoAnswer()
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    body = bytes(response.body)
    if failure.detail.get("form") == "json":
        return Response(body[: len(body) // 2], response.status_code, headers)
    return HalfAnswer(body, response.status_code, headers)
