"""`python -m tests.torture --kills 200`: an audit is killed at random moments; does the next one end as if nothing was?

One sandbox stands still in time and is served by this process. An undisturbed audit in a process of its own gives the
findings to compare with. Then, for each kill: a fresh store, an audit in a child process, SIGKILL at a random moment
(the whole length of an audit, its start and its end included), a look at what the killed audit left visible, and
another audit to its end. Prints how many ended alike, and what was visible half-done. Ends with 1 on any deviation.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor import settings as settings_file
from auditor.checking import library
from auditor.clock import Clock, FixedClock
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY
from auditor.service.office import Office
from auditor.store.owner import Store

ORDERS = 60
_LINES_OF_A_CHILD = 2


@dataclass(slots=True)
class Tally:
    """What became of the kills."""

    killed: int = 0
    ended_before: int = 0
    alike: int = 0
    half_done: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)


def audit_once(config: Path, moment: str) -> dict[str, Any]:
    """One audit at a fixed moment; gives the document of its findings. Runs in the child process."""
    from datetime import datetime

    settings = settings_file.load(config)
    with Office(settings, FixedClock(datetime.fromisoformat(moment)), library=library.load()) as office:
        print("opened", flush=True)
        document = office.audit().findings_json()
    for finding in document["findings"]:
        # When something was read and seen is the only thing that a killed audit may move.
        for name in ("first_seen_at", "last_seen_at"):
            finding.pop(name)
        for name in ("as_of", "watermarks"):
            finding["evidence"].pop(name)
        for shown in finding["evidence"]["documents"]:
            shown.pop("read_to", None)
    document.pop("as_of")
    return document


def child(config: Path, moment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.torture", "--child", str(config), "--moment", moment]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finished(config: Path, moment: str) -> dict[str, Any]:
    """The findings of an audit that nobody disturbs."""
    process = child(config, moment)
    out, _ = process.communicate(timeout=300)
    if process.returncode != 0:
        raise SystemExit(f"an undisturbed audit ended with {process.returncode}")
    return dict(json.loads(out.splitlines()[_LINES_OF_A_CHILD - 1]))


def visible_halves(path: Path, clock: Clock) -> list[str]:
    """What somebody who opens the store after a kill could see of the audit that did not end."""
    if not path.exists():
        return []
    questions = {
        "findings of a run that is not there": "SELECT count(*) FROM audit.finding "
        "WHERE last_run_id NOT IN (SELECT run_id FROM audit.run)",
        "outcomes of a run that is not there": "SELECT count(*) FROM audit.check_run "
        "WHERE run_id NOT IN (SELECT run_id FROM audit.run)",
        "records of an extract that is not complete": "SELECT count(*) FROM raw.record AS r "
        "JOIN raw.extract AS e USING (extract_id) WHERE e.status <> 'complete'",
        "extracts that still run": "SELECT count(*) FROM raw.extract WHERE status = 'running'",
        "complete extracts without watermark": "SELECT count(*) FROM raw.extract "
        "WHERE status = 'complete' AND watermark IS NULL",
        "findings without an event": "SELECT count(*) FROM audit.finding "
        "WHERE finding_id NOT IN (SELECT finding_id FROM audit.finding_event)",
    }
    with Store.open(path, clock=clock) as store:
        counts = {
            what: store.read(lambda con, ask=ask: con.sql(ask).fetchall())[0][0] for what, ask in questions.items()
        }
    return [f"{count} {what}" for what, count in counts.items() if count]


def torture(kills: int, seed: int) -> Tally:
    """Kill `kills` audits and compare."""
    chance = random.Random(seed)
    sandbox = Sandbox.build(seed=seed, orders=ORDERS, shops=(SHOPIFY,))
    # Time stands still, so the shop's points would never come back; and a killed client is nothing to complain about.
    sandbox.shopify.bucket_size = 1e12
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    moment = sandbox.clock.now().isoformat()
    tally = Tally()
    with tempfile.TemporaryDirectory() as name, sandbox.serve():
        folder = Path(name)
        config = sandbox.write_settings(folder)
        store = settings_file.load(config).store_path
        started = time.monotonic()
        reference = finished(config, moment)
        length = time.monotonic() - started
        print(f"an undisturbed audit takes {length:.1f} s and finds {len(reference['findings'])}", flush=True)
        for number in range(1, kills + 1):
            shutil.rmtree(store.parent, ignore_errors=True)
            process = child(config, moment)
            time.sleep(chance.uniform(0.0, length))
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if process.returncode == 0:
                tally.ended_before += 1
            else:
                tally.killed += 1
            tally.half_done += visible_halves(store, sandbox.clock)
            if finished(config, moment) == reference:
                tally.alike += 1
            else:
                tally.different.append(f"kill {number}")
            if number % 10 == 0:
                print(f"{number} of {kills}: {tally.alike} alike", flush=True)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--moment", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        print(json.dumps(audit_once(given.child, given.moment), sort_keys=True), flush=True)
        return 0
    tally = torture(given.kills, given.seed)
    print(
        f"{given.kills} kills ({tally.killed} while it ran, {tally.ended_before} after it had ended): "
        f"{tally.alike} next audits ended with the same findings as an undisturbed one, "
        f"{len(tally.different)} did not; {len(tally.half_done)} times something half-done was visible."
    )
    for line in (*tally.different, *tally.half_done):
        print(f"  {line}")
    return 1 if tally.different or tally.half_done else 0


if __name__ == "__main__":
    raise SystemExit(main())
