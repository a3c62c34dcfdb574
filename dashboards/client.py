"""The one way to the API, used by the dashboard's pages and by commands while a service runs."""

from __future__ import annotations

from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx


class ApiProblem(Exception):
    """The API said no, or could not be reached; the text is one sentence for people."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class AuditorClient:
    """Calls the API with one person's token. Every method raises `ApiProblem`."""

    def __init__(self, api: str, token: str, *, timeout: float = 60.0) -> None:
        self._address = api
        self._http = httpx.Client(
            base_url=api.rstrip("/") + "/", headers={"Authorization": f"Bearer {token}"}, timeout=timeout
        )

    def __enter__(self) -> AuditorClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def me(self) -> dict[str, Any]:
        return self._object("GET", "me")

    def overview(self) -> dict[str, Any]:
        return self._object("GET", "overview")

    def findings(self, **filters: Any) -> dict[str, Any]:
        return self._object("GET", "findings", params={key: value for key, value in filters.items() if value})

    def findings_document(self, **filters: Any) -> dict[str, Any]:
        return self._object("GET", "findings.json", params={key: value for key, value in filters.items() if value})

    def finding(self, finding_id: str) -> dict[str, Any]:
        return self._object("GET", f"findings/{quote(finding_id, safe='')}")

    def bridge(self, period: str | None = None, channel: str | None = None) -> dict[str, Any]:
        wanted = {"period": period, "channel": channel}
        return self._object("GET", "bridge", params={key: value for key, value in wanted.items() if value})

    def causes(self) -> dict[str, Any]:
        return self._object("GET", "causes")

    def cause(self, cause_id: str) -> dict[str, Any]:
        return self._object("GET", f"causes/{quote(cause_id, safe='')}")

    def decide(self, finding_id: str, decision: str, reason: str, **more: Any) -> dict[str, Any]:
        said = {"reason": reason} | {key: value for key, value in more.items() if value is not None}
        return self._object("POST", f"findings/{finding_id}/{decision}", json=said)

    def actions(self, state: str | None = None) -> list[dict[str, Any]]:
        return self._rows("GET", "actions", params={"state": state} if state else None)

    def action(self, action_id: str) -> dict[str, Any]:
        return self._object("GET", f"actions/{quote(action_id, safe='')}")

    def simulate(self, action_id: str) -> dict[str, Any]:
        return self._object("GET", f"actions/{action_id}/simulation")

    def approve(self, action_id: str, reason: str | None = None) -> dict[str, Any]:
        return self._object("POST", f"actions/{action_id}/approve", json={"reason": reason})

    def reject(self, action_id: str, reason: str) -> dict[str, Any]:
        return self._object("POST", f"actions/{action_id}/reject", json={"reason": reason})

    def run(self, action_id: str) -> dict[str, Any]:
        return self._object("POST", f"actions/{action_id}/run")

    def feeds(self) -> list[dict[str, Any]]:
        return self._rows("GET", "feeds")

    def runs(self, limit: int = 50) -> list[dict[str, Any]]:
        return self._rows("GET", "runs", params={"limit": limit})

    def checks(self) -> dict[str, Any]:
        return self._object("GET", "checks")

    def start_audit(self) -> dict[str, Any]:
        return self._object("POST", "audits")

    def people(self) -> list[dict[str, Any]]:
        return self._rows("GET", "access")

    def grant(self, name: str, role: str) -> dict[str, Any]:
        return self._object("POST", "access", json={"name": name, "role": role})

    def revoke(self, name: str) -> dict[str, Any]:
        return self._object("DELETE", f"access/{quote(name, safe='')}")

    def _object(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return dict(self._call(method, path, **options))

    def _rows(self, method: str, path: str, **options: Any) -> list[dict[str, Any]]:
        return list(self._call(method, path, **options))

    def _call(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError:
            raise ApiProblem(f"The auditor's service at {self._address} does not answer; is it running?") from None
        if answer.is_success:
            return answer.json()
        raise ApiProblem(_sentence(answer), answer.status_code)


def _sentence(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return f"The service answered {answer.status_code}."
    if isinstance(body, dict) and isinstance(body.get("error"), str):
        return str(body["error"])
    if isinstance(body, dict) and isinstance(body.get("detail"), list) and body["detail"]:
        first = body["detail"][0]
        return f"'{'.'.join(str(part) for part in first.get('loc', [])[1:])}' is wrong: {first.get('msg')}."
    return f"The service answered {answer.status_code}."
