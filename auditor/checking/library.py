"""The library of checks: every `<area>/<check_id>.sql` of the shipped folder and of the user's own folders.

A check is validated when it is loaded, before it ever runs: closed header, exactly one SELECT, only tables that its
header names, only schemas that a run shows, only functions that compute, only parameters that somebody sets, and the
output columns that a finding needs. Raises `ConfigError` that names the file, the place and the mend.

A user's own checks may lie flat in their folder or in folders named like the areas.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.checking import header as headers
from auditor.checking import story
from auditor.checking.functions import FUNCTIONS
from auditor.checking.header import Header, near
from auditor.errors import ConfigError
from auditor.settings import Settings
from auditor.store.select_text import NotOneSelect, Select, canonical_columns, canonical_tables, parse_select

AREAS = ("orders", "stock", "master_data", "refunds", "fulfilment", "tax", "payouts", "close", "health")
OWN = "own"
SCHEMAS = ("canonical", "matching", "fact", "setting")
AFTER_FINDINGS = frozenset({"fact.standing", "fact.tieout"})
"""Tables that are filled when all other checks have spoken (see rounds.py)."""
REQUIRED = ("subject_id", "currency", "expected", "actual", "money_at_risk", "occurred_at")
OPTIONAL = (
    "difference", "source_updated_at", "owner", "severity", "cause", "deadline_at", "parent_check", "parent_subject_id",
)  # fmt: skip
KEYS = (
    "order_id", "order_ref", "sku", "location", "warehouse", "refund_id", "payout_id", "package_id", "tracking_number",
    "carrier", "line_id", "tax_code", "b1_object", "doc_entry", "doc_num", "trans_id", "system", "stream",
    "item_code", "bundle_sku", "batch", "card_code", "cancellation_id", "return_id", "dispute_id", "transaction_id",
    "fee_type", "source_type", "account", "bank_line_id", "period", "country", "flow", "event_id", "mapping", "value",
)  # fmt: skip
NOTE = "note_"
PLANT = ".plant.sql"
"""Files beside checks that say how their fault is planted (auditor/proving); no checks themselves."""
_ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Check:
    """A validated check: `sql` is one SELECT that uses the bind parameters in `uses` and reads `tables`."""

    check_id: str
    area: str
    path: Path
    header: Header
    sql: str
    tables: tuple[str, ...]
    uses: frozenset[str]

    @property
    def measure(self) -> str:
        """What expected and actual are: money, quantity or text."""
        return self.header.measure or ("quantity" if self.area == "stock" else "money")


class Library:
    """Checks in the order of their ids. Iterating gives the checks; `library[id]` one of them."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = {check.check_id: check for check in sorted(checks, key=lambda check: check.check_id)}

    def __iter__(self) -> Iterator[Check]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    def __contains__(self, check_id: object) -> bool:
        return check_id in self._checks

    def __getitem__(self, check_id: str) -> Check:
        return self._checks[check_id]

    def get(self, check_id: str) -> Check | None:
        """The check with this id, or None."""
        return self._checks.get(check_id)

    def named(self, check_id: str) -> Check:
        """The check with this id. Raises `ConfigError` with the nearest known one."""
        if check_id not in self._checks:
            raise ConfigError(f"There is no check '{check_id}'; {near(check_id, self._checks)}")
        return self._checks[check_id]

    def only(self, check_ids: Collection[str]) -> Library:
        """A library of these checks alone. Raises `ConfigError` for an unknown one."""
        return Library(self.named(check_id) for check_id in check_ids)


def shipped_folder() -> Path:
    """The folder of checks that comes with the program."""
    return Path(__file__).resolve().parents[2] / "checks"


def load(*own: Path, shipped: Path | None = None) -> Library:
    """All checks of the shipped folder (or `shipped`) and of the user's own folders. Raises `ConfigError`."""
    checks: dict[str, Check] = {}
    for folder in (shipped or shipped_folder(), *own):
        if not folder.is_dir():
            raise ConfigError(f"There is no folder {folder} with checks; create it or change [checks] own.")
        for path in sorted(folder.rglob("*.sql")):
            if path.name.endswith(PLANT):
                continue
            check = load_file(path, area=_area(path, folder, is_own=folder in own))
            if check.check_id in checks:
                other = checks[check.check_id].path
                raise ConfigError(f"{path}: there is a check '{check.check_id}' already in {other}; rename the file.")
            checks[check.check_id] = check
    return Library(checks.values())


def from_settings(settings: Settings) -> Library:
    """The library that auditor.toml asks for."""
    return load(*(settings.folder / folder for folder in settings.checks.own))


def load_file(path: Path, area: str | None = None) -> Check:
    """One check. Its area is its folder's name unless given. Raises `ConfigError`."""
    check_id = path.stem
    if not _ID.fullmatch(check_id):
        raise ConfigError(f"{path}: the file's name is the check's id; use small letters, digits and underscores.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    header, sql, line = headers.read(text, path)
    try:
        select = parse_select(sql)
    except NotOneSelect as error:
        raise ConfigError(f"{path}, below line {line}: the check {error}.") from None
    for problem in _problems(header, select):
        raise ConfigError(f"{path}: {problem}")
    return Check(check_id, area or path.parent.name, path, header, select.sql, select.tables, select.parameters)


def _area(path: Path, folder: Path, *, is_own: bool) -> str:
    name = path.parent.name
    if name in AREAS:
        return name
    if is_own:
        return OWN
    raise ConfigError(f"{path}: '{name}' is not an area of checks; {near(name, AREAS)}")


def _problems(header: Header, select: Select) -> Iterator[str]:
    """What is wrong with a check as a whole, the most telling first."""
    for table in header.reads:
        yield from _table_problem(table)
    for need in header.needs:
        yield from _need_problem(need, header.reads)
    for table in select.tables:
        schema = table.partition(".")[0]
        if schema not in SCHEMAS:
            yield f"it reads {table}; a check reads only the schemas {', '.join(SCHEMAS)}."
        elif table not in header.reads:
            yield f"it reads {table}, which its header does not name under reads; add it."
    early = sorted(AFTER_FINDINGS.intersection(header.reads))
    if early and not header.after_findings:
        yield f"it reads {early[0]}, which is filled after the findings; write after_findings = true in its header."
    if header.judges == "channel" and not any(table.startswith("canonical.") for table in header.reads):
        yield "reads names no canonical table, so nobody can tell whether its feeds are fresh; name those behind it."
    for function in select.functions:
        if function not in FUNCTIONS:
            yield f"it uses the function {function}(), which a check may not; {near(function, FUNCTIONS)}"
    known = headers.BUILT_IN | set(header.params)
    for name in sorted(select.parameters - known):
        yield f"it uses the parameter ${name}, which nobody sets; declare it under [params], or {near(name, known)}"
    for name in sorted(set(header.params) - select.parameters):
        yield f"the header declares the parameter '{name}', which the SELECT does not use; use or remove it."
    if select.columns is not None:
        yield from column_problems(select.columns)
    for place in header.confirm:
        yield from _place_problem(place, header.reads, select.columns)
    if header.story is not None:
        wrong = story.problem(header.story, KEYS, select.columns)
        if wrong is not None:
            yield f"its story {wrong}."


def _table_problem(table: str) -> Iterator[str]:
    schema, _, name = table.partition(".")
    if schema not in SCHEMAS or not name:
        yield f"reads names '{table}'; write schema.table with one of the schemas {', '.join(SCHEMAS)}."
    elif schema == "canonical" and name not in canonical_tables():
        yield f"reads names {table}, which does not exist; {near(name, canonical_tables())}"


def _need_problem(need: str, reads: Iterable[str]) -> Iterator[str]:
    schema, _, name = need.partition(".")
    table, _, column = name.partition(".")
    if schema != "canonical" or not table:
        yield f"needs names '{need}'; write canonical.table or canonical.table.column."
    elif f"canonical.{table}" not in reads:
        yield f"needs names {need}, but reads does not name canonical.{table}; add it there or take it out here."
    elif column and column not in canonical_columns()[table]:
        yield f"needs names {need}, which does not exist; {near(column, canonical_columns()[table])}"


def _place_problem(place: str, reads: Iterable[str], columns: Iterable[str] | None) -> Iterator[str]:
    table, _, key = place.partition(" by ")
    if table not in reads:
        yield f"confirm names {table}, but reads does not; name the table there too."
    elif key not in KEYS:
        yield f"confirm asks by '{key}', which is no key of findings; {near(key, KEYS)}"
    elif columns is not None and key not in columns:
        yield f"confirm asks by '{key}', which the SELECT does not give; add the column."


def column_problems(columns: Iterable[str]) -> Iterator[str]:
    """What is wrong with the names of the output columns."""
    names = list(columns)
    for required in REQUIRED:
        if required not in names:
            yield f"its SELECT gives no column '{required}'; add it, as NULL where there is nothing to say."
    for name in names:
        if names.count(name) > 1:
            yield f"its SELECT gives the column '{name}' twice; name each column once."
        if name not in REQUIRED + OPTIONAL + KEYS and not name.startswith(NOTE):
            yield f"its SELECT gives the unknown column '{name}'; {near(name, REQUIRED + OPTIONAL + KEYS)}"
