"""A command as a user types it: in this process, or through the real program in a child process."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from auditor.service.cli import main

PROGRAM = [sys.executable, "-m", "auditor.service.cli"]


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code and what stood on the screen."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one sentence on stderr; fails when there is more, or less."""
        (line,) = self.err.splitlines()
        assert "Traceback" not in self.out + self.err
        return line


def auditor(*words: str, folder: Path) -> Ended:
    """Run a command in this process, as if typed in `folder`."""
    out, err = io.StringIO(), io.StringIO()
    with _as_before(), contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(words))
        except SystemExit as end:
            return Ended(int(end.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command ends with a code")


def program(*words: str, folder: Path, before: Callable[[], Any] | None = None) -> Ended:
    """Run the real program to its end; `before` runs in the child first."""
    ended = subprocess.run(
        [*PROGRAM, *words], cwd=folder, capture_output=True, text=True, timeout=90, preexec_fn=before, check=False
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@contextlib.contextmanager
def running(*words: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The real program in the background, with its stdout and stderr on pipes; it is gone afterwards."""
    child = subprocess.Popen(
        [*PROGRAM, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@contextlib.contextmanager
def _as_before() -> Iterator[None]:
    """A command owns its process: log, signals. Here they belong to the test run and are given back."""
    root = logging.getLogger()
    handlers, level, raising = list(root.handlers), root.level, logging.raiseExceptions
    on_term = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        for handler in set(root.handlers) - set(handlers):
            root.removeHandler(handler)
            handler.close()
        for handler in set(handlers) - set(root.handlers):
            root.addHandler(handler)
        root.setLevel(level)
        logging.raiseExceptions = raising
        signal.signal(signal.SIGTERM, on_term)
        structlog.reset_defaults()
