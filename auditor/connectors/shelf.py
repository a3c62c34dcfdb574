"""Dropped files that were understood, in the order in which they count.

What became of a damaged file decides how much the others prove. Set aside, it is out of the way and noted: doctor
warns until the note is gone, and the rest of the folder is complete in itself. Lying where it cannot be moved, nobody
can tell it from one that is still to be read, so whoever reads the folder is incomplete until it is mended.

A file's mark stands for its content and for how it is understood. Whoever knows the marks of a complete reading need
not understand these files again, unless a new one among them changes what they come to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

import structlog

from auditor.connectors.base import Diagnosis, Page
from auditor.connectors.drop_folder import Damaged, DropFolder, Dropped, Unfinished, digest
from auditor.errors import Incomplete

log = structlog.get_logger(__name__)


class Understood(Protocol):
    """What a file says."""

    @property
    def produced_at(self) -> datetime | None:
        """When its maker made it, where it says so."""

    def without_lines(self) -> Self:
        """The little of it that is kept while other files are read."""


What = TypeVar("What", bound=Understood)


@dataclass(frozen=True, slots=True)
class Taken(Generic[What]):
    file: Dropped
    sha256: str
    summary: What

    @property
    def counts_from(self) -> tuple[datetime, str]:
        """Of two files that tell of the same thing the later one counts."""
        return (self.summary.produced_at or self.file.modified, self.file.name)


@dataclass(frozen=True, slots=True)
class Look(Generic[What]):
    """taken: oldest first. twice: content that is there already. arriving: for next time. stuck: damaged, not moved.

    marks: of all files that count, those that were skipped included.
    """

    taken: list[Taken[What]]
    twice: list[Dropped]
    arriving: list[tuple[Dropped, str]]
    stuck: list[tuple[Dropped, str]]
    marks: set[str]

    @property
    def is_empty(self) -> bool:
        """Nothing lies there but what was skipped, and what is still arriving."""
        return not (self.taken or self.stuck)


class Shelf(Generic[What]):
    """The files of a folder, each read and understood once as long as it does not change."""

    def __init__(
        self, system: str, folder: DropFolder, understand: Callable[[bytes], What], *, package: Path, settings: object
    ) -> None:
        """package, settings: the code that understands the files, and what of the settings it goes by."""
        self.folder = folder
        self._system = system
        self._understand = understand
        self._meaning = digest(b"".join([*_sources(package), repr(settings).encode()]))
        self._known: dict[Dropped, Taken[What]] = {}
        self._marks: dict[Dropped, str] = {}
        self.proved: frozenset[str] = frozenset()
        """Marks of the files that the last complete reading was made of."""

    def look(self, *, may_move: bool = True, skip: Collection[str] = ()) -> Look[What]:
        """All files as they are now. Damaged ones are set aside, or with `may_move` off only named.

        skip: marks of files that are left out without being understood.
        """
        look: Look[What] = Look([], [], [], [], set())
        contents: set[str] = set()
        known: dict[Dropped, Taken[What]] = {}
        files = self.folder.files()
        self._marks = {file: self._marks[file] for file in files if file in self._marks}
        for file in files:
            mark = self._mark(file) if skip else None
            if mark is not None and mark in skip:
                look.marks.add(mark)
                if file in self._known:
                    known[file] = self._known[file]
                continue
            taken = self._known.get(file) or self._take(file, look, may_move=may_move)
            if taken is None:
                continue
            known[file] = taken
            look.marks.add(self._mark_of(taken.sha256))
            if taken.sha256 in contents:
                look.twice.append(file)
            else:
                contents.add(taken.sha256)
                look.taken.append(taken)
        self._known = known
        look.taken.sort(key=lambda taken: taken.counts_from)
        return look

    def all_of(self, taken: Taken[What]) -> What:
        """The file once more with all its lines. Raises `Incomplete` when it is not what it was."""
        try:
            content = self.folder.content(taken.file)
        except OSError:
            content = None
        if content is None or digest(content) != taken.sha256:
            raise Incomplete(
                f"{self._system}: {taken.file.name} changed while it was read; it is read again next time."
            )
        return self._understand(content)

    def pages(self, known_files: Collection[str], of: Callable[[Look[What]], Iterator[Page]]) -> Iterator[Page]:
        """What `of` makes of all files as soon as one is not known; nothing as long as all are.

        A new file may tell of what another told, so the others are read with it. Raises `Incomplete`.
        """
        look = self.look(skip=known_files)
        if not look.is_empty:
            look = self.look()
            yield from of(look)
        self.prove(look)

    def prove(self, look: Look[What]) -> None:
        """What was looked at has been read. Raises `Incomplete` when a damaged file could not be moved away."""
        if look.stuck:
            file, why = look.stuck[0]
            more = f" (and {len(look.stuck) - 1} more)" if len(look.stuck) > 1 else ""
            raise Incomplete(f"{self._system}: {file.name} cannot be read and could not be set aside{more}: {why}.")
        self.proved = frozenset(look.marks)

    def _mark(self, file: Dropped) -> str | None:
        """None when it cannot be read."""
        if file not in self._marks:
            try:
                content = self.folder.content(file)
            except (Damaged, OSError):
                return None
            if content is None:
                return None
            self._marks[file] = self._mark_of(digest(content))
        return self._marks[file]

    def _mark_of(self, sha256: str) -> str:
        return digest(f"{self._meaning} {sha256}".encode())

    def _take(self, file: Dropped, look: Look[What], *, may_move: bool) -> Taken[What] | None:
        content: bytes | None = None
        try:
            content = self.folder.content(file)
            if content is None:
                look.arriving.append((file, "it changed while it was read"))
                return None
            return Taken(file, digest(content), self._understand(content).without_lines())
        except Unfinished as damage:
            if self.folder.is_arriving(file):
                log.info("file_still_arriving", system=self._system, file=file.name, reason=damage.what)
                look.arriving.append((file, damage.what))
                return None
            self._refuse(file, content, damage, look, may_move=may_move)
        except Damaged as damage:
            self._refuse(file, content, damage, look, may_move=may_move)
        except OSError as error:
            look.stuck.append((file, f"{error.strerror}; change its rights"))
        return None

    def _refuse(
        self, file: Dropped, content: bytes | None, damage: Damaged, look: Look[What], *, may_move: bool
    ) -> None:
        if not (may_move and self.folder.set_aside(file, content, damage)):
            look.stuck.append((file, str(damage)))


def _sources(package: Path) -> Iterator[bytes]:
    """The package's modules and those beside it, which all packages use."""
    for path in sorted([*package.glob("*.py"), *package.parent.glob("*.py")]):
        yield path.read_bytes()


def of_folder(shelf: Shelf[What], look: Look[What]) -> Iterator[Diagnosis]:
    """What doctor says of any such folder: nothing there, arriving, damaged, set aside, dropped twice."""
    aside = shelf.folder.aside()
    if not (look.taken or look.arriving or look.stuck):
        if not shelf.folder.base.is_dir():
            yield Diagnosis(
                "files", "warning", f"there is no folder {shelf.folder.base}; create it, or change the pattern."
            )
        else:
            yield Diagnosis("files", "warning", f"no file matches {shelf.folder.pattern}; drop files there.")
    for file, why in look.stuck:
        yield Diagnosis("files", "failed", f"{file.name} is damaged: {why}.")
    for file, why in look.arriving:
        yield Diagnosis("files", "warning", f"{file.name} is still arriving ({why}); it is read next time.")
    for path, why in aside:
        yield Diagnosis(
            "files", "warning", f"{path.name} was set aside, nothing of it counts: {why}; see {path.parent}."
        )
    for file in look.twice:
        yield Diagnosis("files", "ok", f"{file.name} holds the same as another file and counts once.")
