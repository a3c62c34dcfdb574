"""The auditor.toml that `auditor init` writes: as it stands, and with everything that is only shown there in use."""

from __future__ import annotations

import re
from pathlib import Path

from auditor import settings
from auditor.service.init_file import TEMPLATE


def used(text: str) -> str:
    """A commented part of the template with its comment signs taken off."""
    lines = [re.sub(r"^# ?", "", line) for line in text.splitlines()[1:]]
    return "\n".join(line for line in lines if not line.lstrip().startswith(("or ", "#", "---")))


def test_the_blocks_that_are_only_shown_are_valid_when_they_are_used(tmp_path: Path) -> None:
    head, rest = TEMPLATE.split("# Other kinds;")
    kinds, rest = rest.split("# --- The bank's statements")
    bank, rest = rest.split("# --- How the company books")
    books, rest = rest.split("# --- Hours in which a system is closed")
    closed, tail = rest.split("[actions]")
    shown = re.sub(
        r"\[\[channel\]\]\nkind *= \"(\w+)\"", r'[[channel]]\nid = "\1"\ncard_code = "C"\nkind = "\1"', used(kinds)
    )
    path = tmp_path / "auditor.toml"
    path.write_text(f"{head}\n{shown}\n{used(bank)}\n#{books}\n{used(closed)}\n[actions]{tail}", encoding="utf-8")
    read = settings.load(path)
    assert [channel.kind for channel in read.channel] == [
        "shopify", "bigcommerce", "magento", "john_lewis", "tiktok_shop",
    ]  # fmt: skip
    assert set(read.channel[4].credentials) == {"app_key", "app_secret", "access_token", "refresh_token"}
    assert read.bank is not None
    assert read.bank.statements == "settlements/bank/*"
    assert [(one.system, one.days) for one in read.maintenance] == [("b1", ["sunday"]), ("middleware", None)]
