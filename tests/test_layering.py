"""Who may import whom: the picture in the README, held."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LEAVES = {"money", "clock", "errors", "maintenance", "settings", "settings_problem", "settings_values"}
STAGES = {"extract", "canonical", "matching", "checking", "acting", "closing", "alerting", "proving"}
ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(LEAVES, LEAVES),
    "model": LEAVES | {"model"},
    "store": LEAVES | {"model", "store"},
    "connectors": LEAVES | {"model", "connectors"},
    **{stage: LEAVES | {"model", "store", "connectors", stage} for stage in STAGES},
    "sandbox": LEAVES | {"sandbox"},
}
"""What each part of `auditor` may import of ours; `service` and `__main__` may import everything."""

MODULES = sorted((ROOT / "auditor").rglob("*.py"))


@cache
def imports(path: Path) -> set[str]:
    """Every module named in an import statement of a file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "auditor").with_suffix("").parts[0]


def outside(path: Path) -> set[str]:
    """Top-level names of foreign libraries a file imports."""
    return {name.split(".")[0] for name in imports(path)}


def test_there_is_something_to_judge() -> None:
    assert len(MODULES) > 30


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_part_imports_only_what_lies_below_it(path: Path) -> None:
    part = part_of(path)
    if part not in ALLOWED:
        return
    used = {name.split(".")[1] for name in imports(path) if name.startswith("auditor.")}
    assert used <= ALLOWED[part], f"{part} imports {sorted(used - ALLOWED[part])}"


def test_only_the_store_speaks_to_duckdb() -> None:
    users = {part_of(path) for path in MODULES if "duckdb" in outside(path)}
    assert users == {"store"}


def test_only_connectors_and_the_dashboards_client_speak_http() -> None:
    users = {part_of(path) for path in MODULES if "httpx" in outside(path)}
    # The composition root names the transport type that tests hand in; it sends nothing itself.
    assert users <= {"connectors", "service"}
    pages = {path.name for path in (ROOT / "dashboards").rglob("*.py") if "httpx" in outside(path)}
    assert pages == {"client.py"}


def test_only_the_clock_reads_the_wall_clock() -> None:
    for path in MODULES:
        if path.name == "clock.py":
            continue
        text = path.read_text(encoding="utf-8")
        assert not any(call in text for call in ("datetime.now(", "date.today(", "utcnow(", "time.time(")), path
