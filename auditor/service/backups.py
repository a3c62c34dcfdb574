"""Copies of the store, one for each night, in the folder `backup` beside it.

To restore one: stop the service, put the copy in the store's place, start again. What was read since is read anew.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from auditor.errors import StoreError
from auditor.store.owner import Store

FOLDER = "backup"


def keep(store: Store, day: date, count: int) -> Path | None:
    """The day's copy, made now; of all copies the newest `count` stay, and with 0 none is made.

    Raises `StoreError` when it cannot be written; earlier copies are then still there.
    """
    if store.path is None or count == 0:
        return None
    folder = store.path.parent / FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder {folder} for backups cannot be made: {error.strerror}.") from None
    target = folder / f"{store.path.stem}-{day.isoformat()}{store.path.suffix}"
    store.backup(target)
    for old in sorted(folder.glob(f"{store.path.stem}-????-??-??{store.path.suffix}"))[:-count]:
        old.unlink()
    return target
