"""One call to the Service Layer, answered: routing, reading and writing. Knows nothing of sockets."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from auditor.sandbox.b1 import answers, periods, query, sql, sql_run, writing
from auditor.sandbox.b1.answers import NOTHING_HIDDEN, Hidden
from auditor.sandbox.b1.body import decode
from auditor.sandbox.b1.collection import Collection, Key
from auditor.sandbox.b1.entity_sets import ENTITY_SETS, EntitySet
from auditor.sandbox.b1.errors import Refused, malformed, modified_meanwhile, not_found, not_supported
from auditor.sandbox.b1.resource import Resource, key_of
from auditor.sandbox.b1.state import B1State


@dataclass(frozen=True, slots=True)
class Call:
    """`root`: `https://host/b1s/v2`; header names in lower case."""

    method: str
    path: str
    version: str
    root: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hidden: Hidden = NOTHING_HIDDEN
    lost_page: str | None = None
    """'rows' or 'link': what an injected failure leaves out of this list answer."""

    def options(self) -> dict[str, str]:
        return dict(parse_qsl(self.query, keep_blank_values=True))

    def json(self) -> Any:
        if not self.body.strip():
            return {}
        try:
            return decode(self.body)
        except msgspec.DecodeError as error:
            raise malformed(f"Invalid JSON in the request body: {error}") from None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Service:
    def __init__(self, state: B1State) -> None:
        self._state = state
        self._selection = query.Selection()
        self._sql = sql_run.Runner(state)

    def answer(self, call: Call) -> Answer:
        """What the server answers to a call of a logged-in user; refusals become error bodies."""
        try:
            with self._state.lock:
                return self._route(call, Resource.parse(call.path))
        except Refused as refused:
            return refusal(refused, call.version)

    def _route(self, call: Call, resource: Resource) -> Answer:
        if resource.name.startswith(("CompanyService_", "DraftsService_")):
            return self._call_service(call, resource.name)
        entity_set = ENTITY_SETS.get(resource.name)
        if entity_set is None:
            raise Refused(404, -1000, "Unrecognized resource path.")
        if resource.name == "SQLQueries" and resource.key is not None and resource.rest == "List":
            return self._run_query(call, str(key_of(entity_set, resource.key)))
        collection = self._state.collection(entity_set.name)
        if resource.key is None:
            return self._of_set(call, collection, resource.rest)
        key = key_of(entity_set, resource.key)
        if key not in collection:
            raise not_found()
        return self._of_record(call, collection, key, resource.rest)

    def _of_set(self, call: Call, collection: Collection, rest: str) -> Answer:
        if call.method == "POST" and not rest:
            return self._create(call, collection.entity_set)
        if call.method != "GET" or rest not in ("", "$count"):
            raise not_supported()
        asked = self._parse(call, collection)
        if rest == "$count":
            number = str(len(self._select_all(collection, asked)))
            return Answer(200, number.encode(), {"content-type": "text/plain;charset=utf-8"})
        return self._list(call, collection, asked)

    def _parse(self, call: Call, collection: Collection) -> query.Query:
        valid = self._state.valid_names(collection.entity_set) - call.hidden.names
        return query.parse(call.options(), collection, valid, call.version)

    def _select_all(self, collection: Collection, asked: query.Query) -> Any:
        try:
            return self._selection.all(collection, asked)
        except TypeError:
            raise malformed("Query string error: a property is compared with a value of another type") from None

    def _list(self, call: Call, collection: Collection, asked: query.Query) -> Answer:
        size, applied = self._page_size(call)
        wanted = size if asked.top is None else min(size, asked.top)
        skip = asked.skip + (wanted if call.lost_page == "rows" else 0)
        try:
            keys, more = self._selection.page(collection, query.moved(asked, skip), wanted)
        except TypeError:
            raise malformed("Query string error: a property is compared with a value of another type") from None
        rest_of_top = None if asked.top is None else asked.top - wanted
        full = len(keys) == wanted and rest_of_top != 0
        next_link = None
        name = collection.entity_set.name
        if full and wanted and (more or self._ends_with_empty_page(name)):
            after = skip + wanted + (wanted if call.lost_page == "link" else 0)
            next_link = self._next_link(call, name, after, rest_of_top)
        count = len(self._selection.all(collection, asked)) if asked.with_count else None
        rows = []
        for key in keys:
            body = collection.body(key)
            if body is not None:
                rows.append(answers.entity(collection.entity_set, body, asked.select, call.hidden))
        answer = answers.envelope(call.version, call.root, name, rows, count=count, next_link=next_link)
        return self._json(call, answer, headers=applied)

    def _page_size(self, call: Call) -> tuple[int, dict[str, str]]:
        """`Prefer: odata.maxpagesize=N` and `B1S-PageSize` change the page; `$top` never enlarges it. 0 means all."""
        asked = re.search(r"odata\.maxpagesize=(\d+)", call.headers.get("prefer", ""))
        applied = {"preference-applied": f"odata.maxpagesize={asked[1]}"} if asked else {}
        own = call.headers.get("b1s-pagesize", "")
        size = int(asked[1]) if asked else int(own) if own.isdigit() else self._state.behaviour.page_size
        return size or 10**9, applied

    def _is_short_link(self, name: str) -> bool:
        style = self._state.behaviour.next_link
        return style == "short" or (style == "mixed" and zlib.crc32(name.encode()) % 2 == 0)

    def _ends_with_empty_page(self, name: str) -> bool:
        return self._state.behaviour.may_end_with_empty_page and self._is_short_link(name)

    def _next_link(self, call: Call, path: str, skip: int, top: int | None) -> str:
        """Relative, in one of two shapes; only the rooted one repeats the other options."""
        if self._is_short_link(path):
            return f"{path}?$skip={skip}"
        kept = [part for part in call.query.split("&") if part and not re.match(r"(\$|%24)(skip|top)=", part)]
        if top is not None:
            kept.append(f"$top={top}")
        return f"/b1s/{call.version}/{path}?" + "&".join([*kept, f"$skip={skip}"])

    def _of_record(self, call: Call, collection: Collection, key: Key, rest: str) -> Answer:
        entity_set = collection.entity_set
        if call.method == "GET":
            return self._read_record(call, collection, key, rest)
        self._check_version(call, collection, key)
        if call.method in ("PATCH", "MERGE") and not rest:
            replaces = call.headers.get("b1s-replacecollectionsonpatch", "").lower() == "true"
            writing.patch(self._state, entity_set, key, call.json(), replaces_collections=replaces)
        elif call.method == "DELETE" and not rest:
            writing.delete(self._state, entity_set, key)
        elif call.method == "POST" and rest:
            writing.act(self._state, entity_set, key, rest)
        else:
            raise not_supported()
        return Answer(204)

    def _check_version(self, call: Call, collection: Collection, key: Key) -> None:
        wanted = call.headers.get("if-match")
        body = collection.body(key)
        if wanted in (None, "*") or not collection.entity_set.has_etag or body is None:
            return
        if wanted != answers.etag(int(body.header().get("DataVersion") or 1)):
            raise modified_meanwhile()

    def _read_record(self, call: Call, collection: Collection, key: Key, rest: str) -> Answer:
        entity_set = collection.entity_set
        asked = self._parse(call, collection)
        body = collection.body(key)
        if body is None:
            raise not_found()
        if rest:
            return self._property(call, collection, key, rest)
        record = {"@odata.context": f"{call.root}/$metadata#{entity_set.name}/$entity"}
        record.update(answers.entity(entity_set, body, asked.select, call.hidden))
        headers = {}
        if entity_set.has_etag and asked.select is None:
            headers["etag"] = str(record["@odata.etag"])
        return self._json(call, record, headers=headers)

    def _property(self, call: Call, collection: Collection, key: Key, rest: str) -> Answer:
        name, _, raw = rest.partition("/")
        if name not in self._state.valid_names(collection.entity_set) or raw not in ("", "$value"):
            raise malformed("Unrecognized resource path.")
        body = collection.body(key)
        value = body.whole().get(name) if body else None
        if not raw:
            return self._json(call, {"@odata.context": f"{call.root}/$metadata#{name}", "value": value})
        if value is None:
            raise Refused(404, -2028, "Resource not found for the property")
        return Answer(200, str(value).encode(), {"content-type": "text/plain;charset=utf-8"})

    def _create(self, call: Call, entity_set: EntitySet) -> Answer:
        key = writing.create(self._state, entity_set, call.json())
        shown = f"'{key}'" if isinstance(key, str) else str(key)
        if isinstance(key, tuple):
            named = zip(entity_set.keys, key, strict=True)
            shown = ",".join(f"{name}='{v}'" if isinstance(v, str) else f"{name}={v}" for name, v in named)
        location = {"location": f"{call.root}/{entity_set.name}({shown})"}
        if "return-no-content" in call.headers.get("prefer", ""):
            return Answer(204, headers={**location, "preference-applied": "return-no-content"})
        body = self._state.collection(entity_set.name).body(key)
        assert body is not None
        record = {"@odata.context": f"{call.root}/$metadata#{entity_set.name}/$entity"}
        record.update(answers.entity(entity_set, body, None, call.hidden))
        if entity_set.has_etag:
            location["etag"] = str(record["@odata.etag"])
        return self._json(call, record, status=201, headers=location)

    def _call_service(self, call: Call, name: str) -> Answer:
        state = self._state
        if name == "DraftsService_SaveDraftToDocument" and call.method == "POST":
            writing.save_draft_to_document(state, call.json())
            return Answer(204)
        if name in ("CompanyService_GetAdminInfo", "CompanyService_GetCompanyInfo"):
            info, kind = (
                (state.admin_info, "AdminInfo") if name.endswith("AdminInfo") else (state.company_info, "CompanyInfo")
            )
            return self._json(call, {"@odata.context": f"{call.root}/$metadata#SAPB1.{kind}", **info})
        rows: list[dict[str, Any]]
        if name == "CompanyService_GetPeriods" and call.method == "POST":
            rows, kind = periods.categories(state), "PeriodCategoryParams"
        elif name == "CompanyService_GetFinancePeriods" and call.method == "POST":
            category = (call.json().get("PeriodCategoryParams") or {}).get("AbsoluteEntry")
            rows, kind = periods.finance_periods(state, int(category or 0)), "FinancePeriod"
        else:
            raise Refused(404, -1000, "Unrecognized resource path.")
        context = f"Collection(SAPB1.{kind})"
        return self._json(call, answers.envelope(call.version, call.root, context, rows, count=None, next_link=None))

    def _run_query(self, call: Call, code: str) -> Answer:
        """`SQLQueries('X')/List`, by POST with a ParamList or by GET with the parameters in the address."""
        if not self._state.behaviour.sql_permitted:
            raise sql.not_permitted()
        held = self._state.get("SQLQueries", code)
        if held is None:
            raise not_found()
        options = call.options()
        sent = str(call.json().get("ParamList") or "") if call.method == "POST" else ""
        given = dict(parse_qsl(sent, keep_blank_values=True)) if sent else {}
        given.update({name: value for name, value in options.items() if not name.startswith("$")})
        text = str(held["SqlText"])
        parameters = {name: _parameter(value) for name, value in given.items()}
        rows = self._sql.run(text, parameters, silent=call.hidden.warehouse)
        size, applied = self._page_size(call)
        skip = int(options.get("$skip", "0")) + (size if call.lost_page == "rows" else 0)
        page = rows.page(skip, size)
        if call.hidden:
            page = call.hidden.strip(page)
        answer: dict[str, Any] = {
            "@odata.context": f"{call.root}/$metadata#SAPB1.SQLQueryResult",
            "SqlText": text,
            "value": page,
        }
        if skip + size < len(rows):
            after = skip + size + (size if call.lost_page == "link" else 0)
            repeated = "".join(f"{name}={value}&" for name, value in given.items())
            answer["@odata.nextLink"] = f"SQLQueries('{code}')/List?{repeated}$skip={after}"
        return self._json(call, answer, headers=applied)

    def _json(
        self, call: Call, answer: dict[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Answer:
        plain = self._state.behaviour.plain_dates
        body = answers.to_json(answer, call.version, plain_dates=plain)
        return Answer(status, body, headers or {})


def refusal(refused: Refused, version: str) -> Answer:
    return Answer(refused.status, answers.to_json(refused.body(version), version))


def _parameter(text: str) -> Any:
    """`'01'` is a text, `2` a number."""
    if text.startswith("'"):
        return text.strip("'").replace("''", "'")
    try:
        return Decimal(text)
    except ArithmeticError:
        raise Refused(400, 704, f"Parameter error: {text}") from None
