"""A folder into which people and machines drop files: what is there, what is whole, what has to be set aside.

Each content is taken once, whatever its file is called (sha256); of files with the same content the oldest counts.
A file that is still arriving is left for the next time. A damaged one moves into `set_aside/` beside it, with a note
that names the line and the mend; where nothing can be moved it stays, and whoever reads says so.
"""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from auditor.clock import Clock, iso

log = structlog.get_logger(__name__)

ASIDE = "set_aside"
NOTE = ".note.txt"
QUIET = timedelta(seconds=3)
"""A file that was written to within this time is looked at again after a moment."""
ARRIVING = timedelta(minutes=10)
"""A file without its end that is younger than this is taken as still being written, not as damaged."""
LARGEST = 512 * 1024 * 1024
_PARTIAL = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".swp", NOTE)


class Damaged(Exception):
    """A file that cannot be read as a whole: the line (None where there is none), what is wrong, how to mend it."""

    def __init__(self, line: int | None, what: str, mend: str = "fetch the file again and drop it here") -> None:
        super().__init__(f"line {line}: {what}; {mend}" if line is not None else f"{what}; {mend}")
        self.line = line
        self.what = what
        self.mend = mend


class Unfinished(Damaged):
    """A file without its end: cut off, or still being written."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file of the folder as it was found. `modified` is naive UTC."""

    path: Path
    size: int
    modified: datetime

    @property
    def name(self) -> str:
        return self.path.name


class DropFolder:
    """The files that match a glob relative to `folder`, sub folders `set_aside` left out."""

    def __init__(self, folder: Path, pattern: str, clock: Clock) -> None:
        self.pattern = pattern
        self._folder = folder
        self._clock = clock

    @property
    def base(self) -> Path:
        """The folder before the first wildcard."""
        fixed: list[str] = []
        for part in Path(self.pattern).parts:
            if glob.has_magic(part):
                break
            fixed.append(part)
        else:
            fixed = fixed[:-1]
        return self._folder.joinpath(*fixed)

    def files(self) -> list[Dropped]:
        """What lies there, by time and name; files that grow while one looks are left out."""
        found = self._look()
        now = self._clock.now()
        if any(abs(now - file.modified) < QUIET for file in found):
            self._clock.sleep(QUIET.total_seconds())
            again = {file.path: file for file in self._look()}
            found = [file for file in found if again.get(file.path) == file]
        return found

    def content(self, file: Dropped) -> bytes | None:
        """The bytes of a file; None when it changed or went while it was read. Raises `Damaged`, `OSError`."""
        if file.size > LARGEST:
            raise Damaged(None, f"the file has {file.size:,} bytes, more than the {LARGEST:,} that are read at once")
        try:
            content = file.path.read_bytes()
        except FileNotFoundError:
            return None
        return content if _stat(file.path) == file else None

    def is_arriving(self, file: Dropped) -> bool:
        """Written to so lately that its end may still come."""
        return abs(self._clock.now() - file.modified) < ARRIVING

    def set_aside(self, file: Dropped, content: bytes | None, damage: Damaged) -> bool:
        """Moves a file away and writes the note beside it; False when nothing can be moved here."""
        place = file.path.parent / ASIDE
        target = place / file.name
        try:
            place.mkdir(exist_ok=True)
            if target.exists() and content is not None and target.read_bytes() != content:
                target = place / f"{file.path.stem}.{digest(content)[:8]}{file.path.suffix}"
            os.replace(file.path, target)
            target.with_name(target.name + NOTE).write_text(self._note(file, damage), encoding="utf-8")
        except OSError as error:
            log.warning("file_not_set_aside", file=str(file.path), reason=error.strerror, damage=str(damage))
            return not file.path.exists()
        log.warning("file_set_aside", file=str(file.path), moved_to=str(target), damage=str(damage))
        return True

    def aside(self) -> list[tuple[Path, str]]:
        """Files that were set aside and are still there, with what was wrong with them."""
        only_the_name_varies = self.base == (self._folder / self.pattern).parent
        places = [self.base / ASIDE] if only_the_name_varies else sorted(self.base.glob(f"**/{ASIDE}"))
        return [
            (path, _second_line(path.with_name(path.name + NOTE)))
            for place in places
            if place.is_dir()
            for path in sorted(place.iterdir())
            if path.is_file() and not path.name.endswith(NOTE)
        ]

    def _look(self) -> list[Dropped]:
        found = [file for path in self._matches() if (file := _stat(Path(path))) is not None]
        return sorted(found, key=lambda file: (file.modified, file.name))

    def _matches(self) -> list[str]:
        names = glob.glob(self.pattern, root_dir=self._folder, recursive=True)
        paths = [os.path.join(self._folder, name) for name in names]
        return [path for path in paths if not _is_hidden(Path(path)) and Path(path).is_file()]

    def _note(self, file: Dropped, damage: Damaged) -> str:
        where = f"line {damage.line}: " if damage.line is not None else ""
        return (
            f"{file.name} was set aside on {iso(self._clock.now().replace(microsecond=0))}; nothing of it was loaded.\n"
            f"{where}{damage.what}\n"
            f"Mend: {damage.mend}; then delete this note and the file beside it.\n"
        )


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _stat(path: Path) -> Dropped | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    modified = datetime.fromtimestamp(stat.st_mtime, UTC).replace(tzinfo=None)
    return Dropped(path, stat.st_size, modified)


def _is_hidden(path: Path) -> bool:
    return (
        path.name.startswith((".", "~"))
        or path.name.lower().endswith(_PARTIAL)
        or ASIDE in (path.parent.name, path.name)
    )


def _second_line(note: Path) -> str:
    try:
        lines = note.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return "its note is gone"
    return lines[1] if len(lines) > 1 else "its note is empty"
