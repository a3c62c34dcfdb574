"""Writes the generated parts of README.md: `python -m tests.readme`. A test holds that they are up to date."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.checking import library

README = Path(__file__).resolve().parent.parent / "README.md"
_SECTION = re.compile(r"(<!-- checks: .*? -->\n).*?(<!-- /checks -->)", re.DOTALL)


def checks_table() -> str:
    """Every shipped check, by area, as a Markdown table."""
    lines = ["| check | what it says | severity from | owner |", "|---|---|---|---|"]
    for check in sorted(library.load(), key=lambda one: (library.AREAS.index(one.area), one.check_id)):
        header = check.header
        title = header.title.replace("|", "\\|")
        lines.append(f"| `{check.check_id}` | {title} | {header.severity.value} | {header.owner.plain_name} |")
    return "\n".join(lines) + "\n"


def with_generated_parts(text: str) -> str:
    """The README with its generated parts renewed."""
    return _SECTION.sub(lambda match: match[1] + checks_table() + match[2], text)


if __name__ == "__main__":
    README.write_text(with_generated_parts(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"{README.name} is up to date")
