"""How a command ends: one sentence on stderr and the exit code of its kind; tracebacks go to the log."""

from __future__ import annotations

import sys
import tempfile
import traceback
from typing import Any, NoReturn

import typer

from auditor.service.log import log_file
from auditor.service.terminal import err

STOPPED = 130
# The class of everything that is wrong with how a command was written; typer gives it no public name.
Misuse: type[Exception] = typer.BadParameter.__bases__[0]


def end(sentence: str, code: int) -> NoReturn:
    err.print(" ".join(sentence.split()), style="red", soft_wrap=True)
    sys.exit(code)


def misused(error: Any) -> NoReturn:
    """A command, option or argument that does not exist or does not fit."""
    command = error.ctx.command_path if error.ctx else "auditor"
    sentence = error.format_message().strip()
    if "\n" in sentence or not sentence:  # typed without any command: the help has been asked for
        print(sentence or error.ctx.get_help())
        sys.exit(2)
    joined = f"{sentence} " if sentence.endswith("?") else f"{sentence.rstrip('.')}; "
    end(f"{joined}'{command} --help' shows what it takes.", 2)


def details(error: Exception) -> str:
    """Where the traceback of something unexpected can be read."""
    if path := log_file():
        return f"the details are in {path}."
    # It went wrong before there was a log.
    with tempfile.NamedTemporaryFile("w", prefix="auditor-", suffix=".log", delete=False, encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return f"the details are in {file.name}."
