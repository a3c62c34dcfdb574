"""The demo and the sandbox command: simulated B1 and channels on loopback, then the product as it is.

The sandbox runs in a process of its own, like the systems it stands for; the auditor reaches it over HTTP only.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from auditor import settings as settings_file
from auditor.checking import library
from auditor.clock import SystemClock
from auditor.errors import UsageError
from auditor.service import access, show
from auditor.service.log import set_up
from auditor.service.office import Office
from auditor.service.port import address, listen
from auditor.service.progress import Bars
from auditor.service.serve import serve

_START_SECONDS = 900.0  # a year of real invoices takes a while to be booked on both sides


def run(
    out: Console, *, once: bool, orders: str, seed: int, port: int, folder: Path, channels: Sequence[str] = ()
) -> None:
    """Sandbox, first audit, summary; then the dashboard unless `once`."""
    with contextlib.ExitStack() as held:
        # A port that is taken is told now, not after the audit.
        listener = None if once else held.enter_context(listen("127.0.0.1", port))
        _clear(folder)
        config = held.enter_context(_sandbox(out, folder, seed=seed, orders=orders, channels=channels))
        settings = settings_file.load(config)
        set_up(settings.store_path.parent)
        office = held.enter_context(Office(settings, SystemClock(), library=library.from_settings(settings)))
        show.line(out, "First audit: reading all systems over HTTP.")
        with Bars(out) as progress:
            office.audit(progress)
        # A difference in stock is only believed when a second reading shows it again.
        show.line(out, "Second reading, so that nothing passing is reported.")
        report = office.audit()
        show.report(out, report)
        if listener is None:
            command = f"auditor findings --config {config}"
            show.line(out, f"Look closer with: make demo   (dashboard), or: .venv/bin/{command}")
            return
        token = office.store.write(lambda con: access.grant(con, "demo", "admin", office.clock.now()))
        show.line(out, "\nDashboard: ", (f"{address(listener)}/?token={token}", "bold"), "   (Ctrl-C ends the demo)")
        serve(office, listener, audit_first=False)


def serve_sandbox(out: Console, folder: Path, *, seed: int, orders: int, channels: Sequence[str] = ()) -> None:
    """Serve the sandbox until interrupted and say how to reach it."""
    with _sandbox(out, folder, seed=seed, orders=str(orders), channels=channels) as config:
        show.line(out, f"Its configuration is {config}; try: auditor audit --config {config}   (Ctrl-C ends it)")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


@contextlib.contextmanager
def _sandbox(out: Console, folder: Path, *, seed: int, orders: str, channels: Sequence[str]) -> Iterator[Path]:
    """The sandbox in a child process; gives the path of its auditor.toml once it answers."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        port_file = folder / "sandbox.json"
        port_file.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}; name another with --folder.") from None
    command = [sys.executable, "-m", "auditor.sandbox", "--seed", str(seed), "--folder", str(folder)]
    command += ["--port-file", str(port_file)]
    for channel in channels:
        command += ["--channel", channel]
    if orders.isdigit():
        command += ["--orders", orders]
    else:
        if not Path(orders).is_file():
            raise UsageError(f"There is no file {orders}; give a Parquet file of order lines or a number of orders.")
        command += ["--orders-file", str(Path(orders).resolve())]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        with out.status("Setting up a company with books in B1 and its shops ..."):
            said = _wait(child, port_file)
        show.line(out, f"Sandbox: {said.get('summary', '')}")
        for system, url in {"b1": said["b1_url"], **said["channels"]}.items():
            show.line(out, f"  {system} at {url}")
        yield Path(said["config"])
    finally:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=10)
        child.kill()


def _wait(child: subprocess.Popen[str], port_file: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if port_file.exists():
            with contextlib.suppress(ValueError):
                return dict(json.loads(port_file.read_text(encoding="utf-8")))
        if child.poll() is not None:
            words = (child.stderr.read() if child.stderr else "").strip().splitlines()
            raise UsageError(words[-1] if words else "The sandbox ended before it was ready.")
        time.sleep(0.05)
    raise UsageError("The sandbox did not become ready; try fewer orders.")


def _clear(folder: Path) -> None:
    """The demo begins afresh each time; only a folder that a demo made is cleared."""
    if (folder / "sandbox.json").exists():
        shutil.rmtree(folder)
    elif folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} holds something that no demo put there; name another with --folder.")
