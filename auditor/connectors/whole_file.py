"""A file that is there with all of its content, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Puts the content in the place of what was there, once it is on the disk; its owner alone can read it.

    Makes the folder. Raises `OSError`; then nothing has changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", suffix=".part", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, path)
        except OSError:
            os.unlink(draft.name)
            raise
