"""The header of a check file: TOML in the leading comment, `/*---` to `---*/`, with a closed set of keys.

In: the text of a check file. Out: a `Header` and the SQL below it. Raises `ConfigError` that names the file, the line
and the mend, with the nearest known word where one was probably meant.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from auditor.errors import ConfigError
from auditor.model import Owner, Severity

OPEN, CLOSE = "/*---", "---*/"
BUILT_IN = frozenset({"channel", "as_of", "now"})
"""Bind parameters that every check may use without declaring them."""

Value = int | Decimal | str | bool
_TYPES: dict[str, type] = {"int": int, "decimal": Decimal, "text": str, "bool": bool}


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Parameter(_Closed):
    """A bind parameter of the check, its default and the reason for the default."""

    type: Literal["int", "decimal", "text", "bool"]
    default: Any
    why: str = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> Parameter:
        if not self.accepts(self.default):
            raise ValueError(f"default {self.default!r} is not of type {self.type}")
        return self

    def accepts(self, value: Any) -> bool:
        """Whether a value of TOML is of this parameter's type; a whole number is a decimal too."""
        if self.type == "decimal":
            return isinstance(value, Decimal | int) and not isinstance(value, bool)
        if self.type == "int":
            return isinstance(value, int) and not isinstance(value, bool)
        return isinstance(value, _TYPES[self.type])

    def bound(self, value: Any) -> Value:
        """The value as it is bound: exact decimals, never floats."""
        return Decimal(value) if self.type == "decimal" else value


def _severity(value: Any) -> Any:
    if isinstance(value, str) and value not in {level.value for level in Severity}:
        raise ValueError(f"'{value}' is not a severity; known are info, low, medium, high, critical")
    return Severity(value) if isinstance(value, str) else value


class Header(_Closed):
    """What people and the runner need to know about a check.

    severity:    the base; money at risk and the SLA clock may raise it
    ladder:      false where money does not raise it
    subject:     what kind of thing a finding is about: order, refund, sku, payout, feed ...
    measure:     what expected and actual are: money, quantity or text; default: quantity for stock, else money
    means:       what is compared with what, and what is tolerated, in plain words
    story:       a finding in one or two sentences; {names} stand for figures, keys and notes (see narratives.WORDS)
    causes:      the causes that the SELECT names, each with what it means; fits after "Cause: "
    prevent:     how to keep it from happening again
    muted_by:    checks whose finding on the same order, refund, payout, SKU, parcel or carrier says it all: while it
                 stands, this one is muted and hangs below it
    explains:    a finding of this check is the common cause of others, which name it as their parent and keep their
                 own money
    confirm:     where what is missing would be: `canonical.table by key`; before a new finding opens, the source is
                 asked there for the one record, by the key that the SELECT gives (see confirm.py)
    grace:       the promise of auditor.toml's [grace] within which the difference is only a matter of time
    reads:       schema-qualified tables; also those that the facts it reads were computed from, because the runner
                 derives from them which feeds must be fresh
    needs:       canonical tables and columns that a channel must be able to tell; without one of them the check is not
                 judged there. What is read but not needed may be missing: then it is nothing
    consecutive: complete runs that must return a row before its finding opens
    after_findings: judged when the findings of all others are known, because it speaks of what they explain or leave
                 unexplained; only such a check may read `fact.standing` and `fact.tieout` (see rounds.py)
    judges:      channel (once per channel) or system (once per system, B1 included)
    """

    title: str = Field(min_length=1)
    severity: Annotated[Severity, BeforeValidator(_severity)]
    owner: Owner
    subject: str = Field(pattern=r"^[a-z][a-z_]*$")
    reads: tuple[str, ...] = Field(min_length=1)
    needs: tuple[str, ...] = ()
    why: str = Field(min_length=1)
    look: str = Field(min_length=1)
    fix: str = Field(min_length=1)
    means: str | None = Field(default=None, min_length=1)
    story: str | None = Field(default=None, min_length=1)
    causes: dict[str, str] = {}
    prevent: str | None = Field(default=None, min_length=1)
    muted_by: tuple[str, ...] = ()
    explains: bool = False
    confirm: tuple[Annotated[str, Field(pattern=r"^canonical\.[a-z][a-z0-9_]* by [a-z][a-z0-9_]*$")], ...] = ()
    grace: Literal["order", "tracking", "refund", "payout"] | None = None
    action: str | None = None
    consecutive: int = Field(default=1, ge=1, le=10)
    after_findings: bool = False
    judges: Literal["channel", "system"] = "channel"
    ladder: bool = True
    measure: Literal["money", "quantity", "text"] | None = None
    params: dict[str, Parameter] = {}

    @model_validator(mode="after")
    def _own_names(self) -> Header:
        for name in self.params:
            if name in BUILT_IN:
                raise ValueError(f"the parameter '{name}' is given by the runner; call yours differently")
        return self


def read(text: str, path: Path) -> tuple[Header, str, int]:
    """The header, the SQL below it, and the line on which the SQL begins. Raises `ConfigError`."""
    start = text.find(OPEN)
    if (start != 0 and text[: max(start, 0)].strip()) or start < 0:
        raise ConfigError(f"{path}, line 1: a check begins with its header between {OPEN} and {CLOSE}; add it.")
    end = text.find(CLOSE)
    if end < 0:
        raise ConfigError(f"{path}, line 1: the header is not closed; end it with {CLOSE}.")
    body = text[start + len(OPEN) : end]
    first_line = text.count("\n", 0, start) + 1
    try:
        raw = tomllib.loads(body, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {_toml_problem(error, first_line)}") from None
    try:
        header = Header.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}, {_problem(error, body, first_line)}") from None
    rest = end + len(CLOSE)
    return header, text[rest:], text.count("\n", 0, rest) + 1


def near(word: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` or the list of what is known; fits after a semicolon."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return f"known are: {', '.join(names)}." if names else "none is known here."


def _toml_problem(error: tomllib.TOMLDecodeError, first_line: int) -> str:
    def shift(match: re.Match[str]) -> str:
        return f"line {int(match[1]) + first_line - 1}"

    message = re.sub(r"line (\d+)", shift, str(error))
    return f"the header is not valid TOML: {message}."


def _problem(error: ValidationError, body: str, first_line: int) -> str:
    """`line 7: 'sevrity' is not a known key; did you mean 'severity'?` for the first thing that is wrong."""
    # An unknown key explains a missing one beside it: name the typing error, not its consequence.
    problems = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    problem = problems[0]
    place = [str(part) for part in problem["loc"]]
    where = f"line {_line_of(place, body, first_line)}"
    name = ".".join(place)
    if problem["type"] == "extra_forbidden":
        known = Parameter.model_fields if place[0] == "params" else Header.model_fields
        return f"{where}: '{name}' is not a known key; {near(place[-1], known)}"
    if problem["type"] == "missing":
        return f"line {first_line}: '{name}' is missing from the header; add it."
    message = problem["msg"].removeprefix("Value error, ")
    if place and place[-1] == "owner":
        message = near(str(problem["input"]), [owner.value for owner in Owner])
        return f"{where}: '{problem['input']}' is not an owner; {message}"
    return f"{where}: '{name}' is wrong: {message}." if name else f"{where}: {message}."


def _line_of(place: list[str], body: str, first_line: int) -> int:
    """The line of the last part of the place that is written in the header at all."""
    for word in reversed(place):
        found = re.search(rf"^\s*(?:\[.*\b)?{re.escape(word)}\b", body, re.MULTILINE)
        if found:
            return first_line + body.count("\n", 0, found.start() + len(found[0]))
    return first_line
