"""A Service Layer that keeps state, as a handler for `httpx.MockTransport`.

It is written from the contract page alone, independently of the sandbox, and is as unfriendly as the page says: pages
of 20 unless asked, relative links in two shapes, times cut to minutes, sessions that end, properties refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx

from auditor.clock import FixedClock

Row = dict[str, Any]
_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\(|\)|[^\s()']+)")
_OPERATORS = {"eq": "==", "ne": "!=", "gt": ">", "ge": ">=", "lt": "<", "le": "<=", "and": "and", "or": "or"}


def failure(status: int, code: Any, message: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "details": [], "message": message}})


class FakeB1:
    """`sets[entity_set]` holds the rows; everything else is how it behaves and what it has seen."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.password = "s3cret"
        self.sets: dict[str, list[Row]] = {}
        self.page_size = 20
        self.obeys_prefer = True
        self.rooted_links = False
        self.ends_with_empty_page = False
        self.refused: dict[str, set[str]] = {}
        self.hidden: set[str] = set()
        self.counts = True
        self.sql_permitted = True
        self.sql_empty_is_not_found = False
        self.sql_rows: dict[str, list[Row]] = {}
        self.periods: dict[int, list[Row]] = {}
        self.admin_info: Row = {
            "LocalCurrency": "GBP",
            "TotalsAccuracy": 2,
            "CompanyName": "Harbour & Pine",
            "Street": "1 Quay",
        }
        self.info_needs_post = False
        self.sessions: dict[str, Any] = {}
        self.logins = 0
        self.login_attempts = 0
        self.requests: list[httpx.Request] = []
        self.interruptions: list[tuple[str, Any]] = []
        """(text in the path, response, exception or function(request)): each happens once, instead of the answer."""
        self.after_page: Callable[[], None] | None = None

    # HTTP -----------------------------------------------------------------------------------------------------------

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/b1s/v2/")
        assert path != request.url.path, f"{request.url.path} is outside the v2 root"
        for number, (text, what) in enumerate(self.interruptions):
            if text in path:
                del self.interruptions[number]
                if isinstance(what, Exception):
                    raise what
                if isinstance(what, httpx.Response):
                    return what
                answer = what(request)
                if answer is not None:
                    return answer
                break
        if path == "Login":
            return self._login(request)
        cookies = dict(part.split("=", 1) for part in request.headers.get("cookie", "").split("; ") if "=" in part)
        used_at = self.sessions.get(cookies.get("B1SESSION", ""))
        if used_at is None or self.clock.now() - used_at > timedelta(minutes=30):
            return failure(401, "301", "Invalid session or session already timeout.")
        self.sessions[cookies["B1SESSION"]] = self.clock.now()
        if path == "Logout":
            del self.sessions[cookies["B1SESSION"]]
            return httpx.Response(204)
        body = json.loads(request.content) if request.content else {}
        return self._answer(request.method, path, dict(parse_qsl(request.url.query.decode())), request.headers, body)

    def _login(self, request: httpx.Request) -> httpx.Response:
        self.login_attempts += 1
        body = json.loads(request.content)
        if body["CompanyDB"] != "HARBOURPINE":
            return failure(400, "-304", "Fail to get DB Credentials from SLD")
        if body["Password"] != self.password:
            return failure(401, 100000027, "Login failed")
        self.logins += 1
        session = f"session-{self.logins}"
        self.sessions[session] = self.clock.now()
        cookies = [("set-cookie", f"B1SESSION={session};HttpOnly;"), ("set-cookie", "ROUTEID=.node2; path=/b1s")]
        return httpx.Response(200, headers=cookies, json={"SessionId": session, "SessionTimeout": 30})

    def _answer(
        self, method: str, path: str, options: Mapping[str, str], headers: httpx.Headers, body: Row
    ) -> httpx.Response:
        if path.startswith("CompanyService_"):
            return self._service(method, path, body)
        if path.startswith("SQLQueries"):
            return self._sql(method, path, options, headers, body)
        name, _, rest = path.partition("/")
        if rest == "$count":
            if not self.counts:
                return failure(400, "-1000", "$count is not supported")
            return httpx.Response(200, content=str(len(self._matching(name, options))).encode())
        return self._page(name, options, headers)

    # Entity sets ----------------------------------------------------------------------------------------------------

    def _matching(self, name: str, options: Mapping[str, str]) -> list[Row]:
        condition = _predicate(options.get("$filter", ""))
        rows = [row for row in self.sets.get(name, []) if condition(row)]
        for part in reversed(options.get("$orderby", "").split(",")):
            if part:
                by, _, direction = part.partition(" ")
                rows.sort(key=lambda row: row[by], reverse=direction == "desc")
        return rows

    def _page(self, name: str, options: Mapping[str, str], headers: httpx.Headers) -> httpx.Response:
        select = options.get("$select", "").split(",")
        assert select != [""], f"{name} is read without $select"
        for field in select:
            if field in self.refused.get(name, set()):
                message = f"Property '{field}' of 'Document' is invalid"
                return failure(400, -1, {"lang": "en-us", "value": message})
        rows = self._matching(name, options)
        rows = rows[: int(options.get("$top", len(rows)))]
        skip, size = int(options.get("$skip", 0)), self._size(headers)
        page = [
            {"@odata.etag": 'W/"356A192B7913B04C54574D18C28D46E6395428AB"'}
            | {field: row.get(field) for field in select if field not in self.hidden}
            for row in rows[skip : skip + size]
        ]
        answer: Row = {"@odata.context": "…", "value": page}
        more = len(rows) > skip + size or (self.ends_with_empty_page and len(page) == size)
        if more:
            link = f"{name}?$skip={skip + size}"
            answer["@odata.nextLink"] = f"/b1s/v2/{link}" if self.rooted_links else link
        if self.after_page is not None:
            self.after_page()
        return httpx.Response(200, content=_text(answer))

    def _size(self, headers: httpx.Headers) -> int:
        asked = re.search(r"odata\.maxpagesize=(\d+)", headers.get("prefer", ""))
        return int(asked[1]) if asked and self.obeys_prefer else self.page_size

    # Services and queries -------------------------------------------------------------------------------------------

    def _service(self, method: str, path: str, body: Row) -> httpx.Response:
        if path == "CompanyService_GetPeriods":
            return httpx.Response(200, json={"value": [{"AbsoluteEntry": year} for year in self.periods]})
        if path == "CompanyService_GetFinancePeriods":
            return httpx.Response(200, json={"value": self.periods[body["PeriodCategoryParams"]["AbsoluteEntry"]]})
        if self.info_needs_post and method != "POST":
            return failure(405, "-5006", "The requested action is not supported for this object.")
        info = self.admin_info if path == "CompanyService_GetAdminInfo" else {"GroupLinesInVATCalculation": "tNO"}
        return httpx.Response(200, json={"@odata.context": "…", **info})

    def _sql(
        self, method: str, path: str, options: Mapping[str, str], headers: httpx.Headers, body: Row
    ) -> httpx.Response:
        stored = self.sets.setdefault("SQLQueries", [])
        if path == "SQLQueries":
            if not self.sql_permitted:
                return failure(403, "-6006", "You are not permitted to perform this action")
            if any(query["SqlCode"] == body["SqlCode"] for query in stored):
                return failure(400, "-2035", "This entry already exists in the following tables (ODBC -2035)")
            stored.append(dict(body))
            return httpx.Response(201, json=body)
        code = path.split("'")[1]
        query = next((query for query in stored if query["SqlCode"] == code), None)
        if query is None:
            return failure(404, "-2028", "No matching records found (ODBC -2028)")
        if method == "PATCH":
            query.update(body)
            return httpx.Response(204)
        if not path.endswith("/List"):
            return httpx.Response(200, json=query)
        if not self.sql_permitted:
            return failure(403, "-6006", "You are not permitted to perform this action")
        return self._sql_list(code, options, headers, body)

    def _sql_list(self, code: str, options: Mapping[str, str], headers: httpx.Headers, body: Row) -> httpx.Response:
        rows = self.sql_rows.get(code.removesuffix("_N"), [])
        if code.endswith("_N"):
            return httpx.Response(200, json={"SqlText": "…", "value": [{"Total": len(rows)}]})
        if not rows and self.sql_empty_is_not_found:
            return failure(404, "-2028", "No matching records found (ODBC -2028)")
        last = re.fullmatch(r"last='((?:[^']|'')*)'", body["ParamList"])
        assert last, f"{body['ParamList']} is no parameter list"
        rows = [row for row in rows if row["ItemCode"] > last[1].replace("''", "'")]
        skip, size = int(options.get("$skip", 0)), self._size(headers)
        answer: Row = {"SqlText": "…", "value": rows[skip : skip + size]}
        if len(rows) > skip + size:
            answer["@odata.nextLink"] = f"SQLQueries('{code}')/List?{body['ParamList']}&$skip={skip + size}"
        return httpx.Response(200, content=_text(answer))


class Number(str):
    """A number that must arrive with the digits it was written with."""


def _text(answer: Row) -> bytes:
    """JSON in which a `Number` stands without quotes."""
    marked = re.sub(r'"\\u0000([^"]*)"', r"\1", json.dumps(_mark(answer)))
    return marked.encode()


def _mark(value: Any) -> Any:
    if isinstance(value, Number):
        return f"\0{value}"
    if isinstance(value, dict):
        return {name: _mark(inner) for name, inner in value.items()}
    return [_mark(inner) for inner in value] if isinstance(value, list) else value


def _predicate(text: str) -> Callable[[Row], bool]:
    """A filter as a function; dates are compared as days and times as minutes, missing values satisfy nothing."""
    if not text:
        return lambda row: True
    words = []
    tokens = _TOKEN.findall(text)
    assert "".join(tokens).replace(" ", "") == text.replace(" ", ""), f"cannot read {text}"
    for token in tokens:
        if token.startswith("'"):
            words.append(repr(token[1:-1].replace("''", "'")))
        elif token in _OPERATORS or token in "()":
            words.append(_OPERATORS.get(token, token))
        else:
            words.append(token if token.lstrip("-").isdigit() else f"field({token!r})")
    compiled = compile(re.sub(r"('\d\d:\d\d):\d\d'", r"\1'", " ".join(words)), "filter", "eval")

    def test(row: Row) -> bool:
        def field(name: str) -> Any:
            value = row.get(name)
            if value is None:
                return _Nothing()
            if isinstance(value, str) and name.endswith("Date"):
                return value[:10]
            return value[:5] if isinstance(value, str) and name.endswith("Time") else value

        return bool(eval(compiled, {"field": field}))

    return test


class _Nothing:
    """NULL: no comparison with it holds."""

    def _no(self, other: object) -> bool:
        return False

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _no  # type: ignore[assignment]
    __hash__ = None  # type: ignore[assignment]
