"""A file is there with all of its content, or as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from auditor.connectors.whole_file import write_whole


def test_it_takes_the_place_of_what_was_there_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "kept.json"
    for content in (b"old", b"new"):
        write_whole(path, content)
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_what_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(path, b"new")
    assert list(tmp_path.iterdir()) == [path]
