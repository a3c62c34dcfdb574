"""Records that are read again although nothing says that they changed: what a window did not bring is looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from auditor.connectors.base import Page, Window


def with_open_keys(pages: Iterable[Page], window: Window, look_up: Callable[[Sequence[str]], Page]) -> Iterator[Page]:
    """The pages that hold anything, then those of the window's open keys that were not among them."""
    seen: set[str] = set()
    for page in pages:
        if window.open_keys:
            seen.update(record.key for record in page)
        if page:
            yield page
    rest = sorted(window.open_keys - seen)
    if rest:
        yield look_up(rest)
