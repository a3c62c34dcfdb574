"""From a GraphQL request to its answer: validate, estimate, reserve points, execute, settle, report errors."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.sandbox.shopify import problems
from auditor.sandbox.shopify.bulk import BulkOperations
from auditor.sandbox.shopify.compiler import MUTATION_COST
from auditor.sandbox.shopify.cost import QUERY_LIMIT, Bucket
from auditor.sandbox.shopify.documents import Document, Documents, Invalid, is_mutation, variables_of
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.faults import concrete_paths, make_hole, without
from auditor.sandbox.shopify.listings import Listings
from auditor.sandbox.shopify.plan import Plan, compile_operation
from auditor.sandbox.shopify.problems import Error, Problem
from auditor.sandbox.shopify.projections import Missing
from auditor.sandbox.shopify.search import EmptyComparison
from auditor.sandbox.shopify.state import ShopifyState
from auditor.sandbox.shopify.wire import Node

_REMEMBERED = 256
NO_FAULT: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Request:
    query: str
    variables: Mapping[str, Any]
    operation: str | None


class Answering:
    """Answers requests of one app at one shop. Not thread-safe by itself: hold the state's lock."""

    def __init__(self, state: ShopifyState) -> None:
        self._state = state
        self._documents = Documents()
        self._listings = Listings(state)
        self._plans: OrderedDict[tuple[Any, ...], Plan] = OrderedDict()
        self.bulk = BulkOperations(state, self._documents)
        self.bucket = Bucket(state.bucket_size, state.restore_rate, state.clock)

    def answer(self, request: Request, fault: str | None = None, detail: Mapping[str, Any] = NO_FAULT) -> Node:
        """The JSON object of the answer. `fault`: a failure that must happen inside (lost_page, fields_gone ...)."""
        try:
            document = self._documents.read(request.query)
            operation = document.operation(request.operation)
            variables = variables_of(operation, request.variables)
            plan = self._plan(document, request.operation, variables.coerced)
            arguments = plan.arguments(variables)
        except Invalid as invalid:
            return {"errors": invalid.errors}
        except Problem as problem:
            return {"errors": [problem.error]}
        requested = plan.selection.requested(arguments)
        if requested > QUERY_LIMIT:
            return self._unexecuted(problems.too_costly(requested, QUERY_LIMIT), requested)
        if fault == "throttle" or not self.bucket.reserve(requested):
            return self._unexecuted(problems.throttled(), requested)
        env = Environment(self._state, self._listings, self.bulk, arguments)
        env.fault = fault if fault in ("lost_page", "partial_data") else None
        data, errors = (None, [problems.internal()]) if fault == "server_error" else self._execute(plan, env)
        if fault == "fields_gone" and data is not None:
            data = without(data, frozenset(detail.get("names") or ("updatedAt",)))
        # A bulk operation has taken the fault upon itself.
        if fault == "partial_data" and env.fault == fault and data is not None:
            errors.append(problems.internal(make_hole(plan.operation, document.fragments, data)))
            data = data or None
        base = MUTATION_COST if is_mutation(plan.operation) else plan.selection.own
        actual = min(requested, base + env.spent) if data is not None else 0
        self.bucket.give_back(requested - actual)
        answer: Node = {"data": data}
        if errors:
            answer["errors"] = errors
        answer["extensions"] = {"cost": self.bucket.extension(requested, actual)}
        return answer

    def _execute(self, plan: Plan, env: Environment) -> tuple[Node | None, list[Error]]:
        if plan.is_refused:
            return None, list(plan.denials)
        try:
            data = plan.selection.project({}, env)
        except Problem as problem:
            return None, [problem.error]
        except (EmptyComparison, Missing) as broken:
            error = problems.internal()
            error["extensions"]["detail"] = str(broken)
            return None, [error]
        errors = [
            {**denial, "path": list(path)} for denial in plan.denials for path in concrete_paths(data, denial["path"])
        ]
        return data, errors

    def _unexecuted(self, error: Error, requested: int) -> Node:
        return {"errors": [error], "extensions": {"cost": self.bucket.extension(requested, None)}}

    def _plan(self, document: Document, name: str | None, variables: Mapping[str, Any]) -> Plan:
        switches = {key: value for key, value in variables.items() if isinstance(value, bool)}
        key = (document.text, name, self._state.scopes, tuple(sorted(switches.items())))
        plan = self._plans.get(key)
        if plan is None:
            plan = compile_operation(document.operation(name), document.fragments, self._state.scopes, switches)
            self._plans[key] = plan
            while len(self._plans) > _REMEMBERED:
                self._plans.popitem(last=False)
        return plan
