"""`python -m tests.torture --kills 200`: an audit is killed at random moments; does the next one end as if nothing was?

One sandbox stands still in time and is served by this process. An undisturbed audit in a process of its own gives the
findings to compare with, and another one right after it those of an audit that follows a complete one. Then, for each
kill: an audit in a child process, SIGKILL at a random moment between its opening of the store and its end, a look at
what the killed audit left visible, and another audit to its end. Half of the kills hit first audits, of a store that
is not there yet; half hit the audit after that, when 36 minutes have passed. A kill that comes too late is not counted
and is repeated. How long an audit takes is measured again all the time, because the machine may be busier now and then.
Prints how many kills hit, in which quarter of an audit, how many next audits ended alike, and what was visible
half-done. Ends with 1 on any deviation.
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
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditor import settings as settings_file
from auditor.checking import library
from auditor.clock import Clock, FixedClock
from auditor.errors import StoreError
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY
from auditor.service.office import Office
from auditor.store.owner import Store

ORDERS = 60
BETWEEN_AUDITS = timedelta(minutes=36)
MEASURE_EVERY = 10
"""Kills after which an undisturbed audit of the same kind is timed again."""
OPENING, CLOSED = "opening", "closed"
"""What a child says before it opens the store, and when it has let it go."""


@dataclass(slots=True)
class Tally:
    """What became of the kills."""

    hit: Counter[str] = field(default_factory=Counter)
    """Kills that hit a running audit, by what kind of audit it was."""
    quarters: Counter[int] = field(default_factory=Counter)
    """The same by the quarter of the audit's length in which they came."""
    too_late: int = 0
    recorded: int = 0
    """Killed after the run was recorded, while the store was being closed."""
    alike: int = 0
    half_done: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    """Stores that could not be opened after the kill; each is kept as it was found."""


def audit_once(config: Path, moment: str) -> dict[str, Any]:
    """One audit at a fixed moment; gives the document of its findings. Runs in the child process."""
    settings = settings_file.load(config)
    checks = library.load()
    print(OPENING, flush=True)
    with Office(settings, FixedClock(datetime.fromisoformat(moment)), library=checks) as office:
        document = office.audit().findings_json()
    print(CLOSED, flush=True)
    for finding in document["findings"]:
        # When something was read, asked for and seen is the only thing that a killed audit may move.
        for name in ("first_seen_at", "last_seen_at"):
            finding.pop(name)
        if finding["occurred_at"] and finding["occurred_at"] >= moment:
            finding["occurred_at"] = "when it was read"
        for name in ("as_of", "watermarks"):
            finding["evidence"].pop(name)
        finding["evidence"].get("confirmation", {}).pop("asked_at", None)
        for shown in finding["evidence"]["documents"]:
            shown.pop("read_to", None)
        if finding["check"] == "clock_skew":  # measures how long our calls wait, too
            for name in ("actual", "evidence", "explanation"):
                finding[name] = "measured"
    document.pop("as_of")
    return document


class Child:
    """An audit in a process of its own, which has just begun to open the store."""

    def __init__(self, config: Path, moment: str) -> None:
        self._found = config.with_name("found.json")
        self._found.unlink(missing_ok=True)
        command = [sys.executable, "-m", "tests.torture", "--child", str(config), "--moment", moment]
        self._process = subprocess.Popen([*command, "--found", str(self._found)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != OPENING:
            raise SystemExit(f"an audit ended with {self._process.wait()} before it began")
        self._started = time.monotonic()

    def killed_after(self, seconds: float) -> bool:
        """Whether the audit was still running when it was killed."""
        try:
            self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
        out, _ = self._process.communicate()
        return CLOSED not in out

    def finished(self) -> tuple[dict[str, Any], float]:
        """The findings of an audit that nobody disturbs, and the seconds it took."""
        assert self._process.stdout is not None
        closed = self._process.stdout.readline().strip() == CLOSED
        seconds = time.monotonic() - self._started
        if self._process.wait(timeout=300) != 0 or not closed:
            raise SystemExit(f"an undisturbed audit ended with {self._process.returncode}")
        return dict(json.loads(self._found.read_text(encoding="utf-8"))), seconds


def left_behind(path: Path, clock: Clock) -> tuple[int, list[str]]:
    """Runs in the store, and what somebody who opens it after a kill could see of the audit that did not end."""
    if not path.exists():
        return 0, []
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
        ((runs,),) = store.read(lambda con: con.sql("SELECT count(*) FROM audit.run").fetchall())
    return int(runs), [f"{count} {what}" for what, count in counts.items() if count]


def deviations(found: dict[str, Any], expected: dict[str, Any]) -> str:
    """Which findings differ, and in what."""
    mine, theirs = ({one["id"]: one for one in given["findings"]} for given in (found, expected))
    told: list[str] = []
    for key in sorted(set(mine) | set(theirs)):
        one, other = mine.get(key, {}), theirs.get(key, {})
        names = [name for name in sorted(set(one) | set(other)) if one.get(name) != other.get(name)]
        if names:
            what = ", ".join(f"{name} {one.get(name)!r} for {other.get(name)!r}" for name in names)
            told.append(f"{(one or other)['check']} {key}: {what}")
    return "; ".join(told) or "not in a finding"


class Victims:
    """Audits of one kind: all begin with the same store, at the same moment, and must end with the same findings."""

    def __init__(self, kind: str, config: Path, clock: Clock, before: Path | None = None) -> None:
        """before: the folder of the store as it is before the audit; None for a first audit."""
        self.kind = kind
        self._config = config
        self._clock = clock
        self._moment = clock.now().isoformat()
        self._before = before
        self._store = settings_file.load(config).store_path
        self._length = 0.0
        self._expected = self._measured()
        self.after = config.parent / f"after a {kind}"
        shutil.copytree(self._store.parent, self.after)
        self._runs, _ = left_behind(self._store, clock)
        self._expected_again, _ = Child(config, self._moment).finished()
        found = len(self._expected["findings"])
        print(f"an undisturbed {kind} takes {self._length:.1f} s and finds {found}", flush=True)

    def kill(self, kills: int, chance: random.Random, tally: Tally) -> None:
        """Kill so many of them while they run, and compare."""
        hit = 0
        while hit < kills:
            self._lay_out()
            at = chance.random()
            if not Child(self._config, self._moment).killed_after(at * self._length):
                tally.too_late += 1
                self._measured()
                continue
            hit += 1
            tally.hit[self.kind] += 1
            tally.quarters[int(at * 4)] += 1
            kept = self.after.parent / "as the kill left it"
            if self._store.parent.exists():
                shutil.copytree(self._store.parent, kept)
            try:
                runs, halves = left_behind(self._store, self._clock)
            except StoreError as error:
                place = Path(tempfile.mkdtemp(prefix="damaged-store-"))
                shutil.move(kept, place)
                tally.damaged.append(f"{self.kind}, kill {hit}: {error} (kept in {place})")
                continue
            shutil.rmtree(kept, ignore_errors=True)
            tally.half_done += halves
            # It may have done everything but close the store: then the next audit follows a complete one.
            recorded = runs == self._runs
            tally.recorded += recorded
            expected = self._expected_again if recorded else self._expected
            found, seconds = Child(self._config, self._moment).finished()
            # It had at most as much to do as a whole one: if it took longer, the machine has become busier.
            self._length = max(self._length, seconds)
            if found == expected:
                tally.alike += 1
            else:
                tally.different.append(f"{self.kind}, kill {hit}: {deviations(found, expected)}")
                print(tally.different[-1], flush=True)
            if hit % MEASURE_EVERY == 0:
                self._measured()
                print(f"{self.kind}: {hit} of {kills} killed, {tally.alike} of all next audits alike", flush=True)

    def _measured(self) -> dict[str, Any]:
        """What an undisturbed audit finds; its length is the one that counts from now on."""
        self._lay_out()
        found, self._length = Child(self._config, self._moment).finished()
        return found

    def _lay_out(self) -> None:
        shutil.rmtree(self._store.parent, ignore_errors=True)
        if self._before is not None:
            shutil.copytree(self._before, self._store.parent)


def torture(kills: int, seed: int) -> Tally:
    """Kill `kills` audits and compare."""
    chance = random.Random(seed)
    sandbox = Sandbox.build(seed=seed, orders=ORDERS, shops=(SHOPIFY,))
    # Time stands still, so the shop's points would never come back; and a killed client is nothing to complain about.
    sandbox.shopify.bucket_size = 1e12
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    tally = Tally()
    with tempfile.TemporaryDirectory() as name, sandbox.serve():
        config = sandbox.write_settings(Path(name))
        firsts = Victims("first audit", config, sandbox.clock)
        firsts.kill(kills - kills // 2, chance, tally)
        sandbox.advance(BETWEEN_AUDITS)
        Victims("second audit", config, sandbox.clock, before=firsts.after).kill(kills // 2, chance, tally)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--moment", help=argparse.SUPPRESS)
    parser.add_argument("--found", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        given.found.write_text(json.dumps(audit_once(given.child, given.moment), sort_keys=True), encoding="utf-8")
        return 0
    tally = torture(given.kills, given.seed)
    hit = sum(tally.hit.values())
    print(
        f"{hit} kills, each while an audit ran ({' and '.join(f'{n} in a {kind}' for kind, n in tally.hit.items())}; "
        f"by quarter of its length {', '.join(str(tally.quarters[quarter]) for quarter in range(4))}; "
        f"{tally.recorded} while the store was being closed, {tally.too_late} more came too late and do not count): "
        f"{tally.alike} next audits ended with the same findings as an undisturbed one, "
        f"{len(tally.different)} did not; {len(tally.half_done)} times something half-done was visible; "
        f"{len(tally.damaged)} times the store could not be opened any more."
    )
    for line in (*tally.different, *tally.half_done, *tally.damaged):
        print(f"  {line}")
    return 1 if tally.different or tally.half_done or tally.damaged else 0


if __name__ == "__main__":
    raise SystemExit(main())
