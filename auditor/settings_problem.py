"""What is wrong with auditor.toml, in one sentence that a person can act on: the place, the problem, the mend."""

from __future__ import annotations

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

# Pydantic's kinds of errors (what they begin with), and what a person has to write instead.
_WANTED = {
    "int_from_float": "a whole number",
    "int_": "a whole number",
    "decimal_": "a number",
    "string_": 'text in quotes, such as "text"',
    "path_": "a path in quotes",
    "bool_": "true or false",
    "list_": 'a list in square brackets, such as ["01", "02"]',
    "dict_": "a table with keys and values",
    "model_": "a table with keys and values",
    "date_": "a day such as 2026-12-25",
    "time_delta_": "a duration in quotes, such as '15m', '24h' or '90d'",
    "literal_error": "one of {expected}",
    "too_short": "given at least {min_length} time(s)",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "finite_number": "a finite number",
}

_PATTERNS = {
    r"^[A-Z]{3}$": 'three capital letters, such as "GBP"',
    r"^[a-z0-9][a-z0-9_-]*$": 'small letters, digits, hyphens and underscores, such as "shopify-uk"',
}


class _Context(dict[str, Any]):
    """Values for a sentence; one that pydantic does not give shows as three dots."""

    def __missing__(self, key: str) -> str:
        return "…"


def first_problem(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem in words. A key that is not known goes first: it may be the one that is missing, misspelt."""
    problems = error.errors(include_url=False)
    problem = next((each for each in problems if each["type"] == "extra_forbidden"), problems[0])
    place = _place(problem["loc"])
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        known = _keys_at(model, problem["loc"][:-1])
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(sorted(known))}."
        return f"'{place}' is not a known key; {hint}"
    if problem["type"] == "missing":
        return f"'{place}' is missing; add it."
    message = problem["msg"].removeprefix("Value error, ")
    context = problem.get("ctx", {})
    # What was written is never repeated here: a secret may stand where its reference belongs.
    if context.get("class_name") == "Secret":
        return f"'{place}' is wrong: a secret never stands here; name where it is kept, such as {{ env = \"NAME\" }}."
    if context.get("pattern") in _PATTERNS:
        return f"'{place}' is wrong: it must be {_PATTERNS[context['pattern']]}."
    if problem["type"] == "list_type" and isinstance(problem["input"], dict):
        return f"'{place}' is wrong: a table of which there may be several stands in double brackets, [[{place}]]."
    for words, wanted in _WANTED.items():
        if problem["type"].startswith(words):
            message = f"it must be {wanted.format_map(_Context(context))}"
            break
    return f"'{place}' is wrong: {message}." if place else f"{message}."


def _place(location: tuple[int | str, ...]) -> str:
    text = ""
    for part in location:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Known keys of the section at a place such as ('channel', 0, 'stock')."""
    for part in location:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        nested = _section_of(field.annotation) if field else None
        if nested is None:
            return []
        model = nested
    return [name for name, field in model.model_fields.items() if not field.exclude]


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _section_of(argument)
        if found:
            return found
    return None
