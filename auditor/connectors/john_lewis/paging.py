"""Lists page by page. A list that seeks ends where no token leads on; a list with offsets tells how many there are.

Seeking. The lists are asked for in the order of creation, so that a row that changes stays where it is, and without an
upper end, so that none leaves. A page that a token leads on from is full and one that a token leads to holds something;
where that is not so, it is read a second time and what either reading showed counts. Twice empty is a lost page.

Offsets. A row that goes while the list is read moves another one over the edge of a page. A walk is whole when every
page counts the same and as many rows were seen. A list that does not come to rest in five walks is what any of them
showed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec import Raw, Struct

from auditor.connectors.john_lewis.client import MiraklClient, Options
from auditor.errors import Incomplete

OFFSET_PAGE = 100
WALKS = 5


class SeekPage(Struct):
    data: list[Raw]
    next_page_token: str | None = None


class Rows(Protocol):
    """A page of a list with offsets."""

    total_count: int

    @property
    def rows(self) -> list[Raw]: ...


def seek(
    client: MiraklClient,
    operation: str,
    path: str,
    options: Options,
    *,
    limit: int,
    check_last: bool,
) -> Iterator[list[Raw]]:
    """The rows of each page. `check_last`: calls are free enough to read the last page twice."""
    token: str | None = None
    while True:
        asked: Options = [*options, ("limit", str(limit))] if token is None else [("page_token", token)]
        page = client.get(operation, path, SeekPage, asked, is_next_page=token is not None)
        is_last = page.next_page_token is None
        # Only a list that has nothing at all is empty, and only its last page is not full.
        is_odd = len(page.data) < limit if not is_last else not page.data and token is not None
        if is_odd or (is_last and check_last):
            again = client.get(operation, path, SeekPage, asked, is_next_page=token is not None)
            page.data = _either(page.data, again.data)
            if not page.data and is_odd:
                raise Incomplete(f"{client.system}: {path} shows an empty page where rows must be; a page was lost.")
        if page.data:
            yield page.data
        if page.next_page_token is None:
            return
        if page.next_page_token == token:
            raise Incomplete(
                f"{client.system}: {path} leads from a page to the same page; it cannot be read to its end."
            )
        token = page.next_page_token


def offset(client: MiraklClient, operation: str, path: str, shape: type[Rows], key: Callable[[Raw], str]) -> list[Raw]:
    """All rows of a list, one for each key. Raises `Incomplete` when the platform counts more."""
    ever: dict[str, Raw] = {}
    for _ in range(WALKS):
        seen: dict[str, Raw] = {}
        counts: list[int] = []
        while not counts or len(counts) * OFFSET_PAGE < counts[-1]:
            options = [("max", str(OFFSET_PAGE)), ("offset", str(len(counts) * OFFSET_PAGE))]
            page = client.get(operation, path, shape, options)
            seen.update((key(row), row) for row in page.rows)
            counts.append(page.total_count)
        ever |= seen
        if len(set(counts)) == 1 and len(seen) == counts[0]:
            return list(seen.values())
    if len(ever) < counts[-1]:
        raise Incomplete(f"{client.system}: {path} counts {counts[-1]} rows but shows {len(ever)}; a page was lost.")
    return list(ever.values())


def _either(first: list[Raw], second: list[Raw]) -> list[Raw]:
    """The rows of both readings; of equal ones the first."""
    known = {bytes(row) for row in first}
    return first + [row for row in second if bytes(row) not in known]
