"""`python -m auditor.sandbox`: serve the sandbox in a process of its own, or renew sample_data.

With `--folder` it writes auditor.toml, maps, secrets and truth.json there; with `--port-file` it says as JSON, once it
answers, where it is: b1_url, channels {id: url}, config, truth, summary, pid. It ends with its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from auditor.clock import ShiftedClock, SystemClock, to_utc
from auditor.errors import AuditorError
from auditor.sandbox.host import Sandbox
from auditor.sandbox.sample import write_sample
from auditor.sandbox.shops import shops_named

GRANTED_CALLS = 1000
"""The simulated platforms of a served sandbox grant far more calls than the real ones: nobody should wait for them."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m auditor.sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--orders", type=int, default=300, help="how many orders to invent")
    parser.add_argument("--orders-file", type=Path, help="Parquet file of order lines instead of invented orders")
    parser.add_argument("--now", type=datetime.fromisoformat, help="the sandbox's present, UTC; default: the real one")
    parser.add_argument("--channel", action="append", default=[], metavar="KIND", help="only this channel; repeatable")
    parser.add_argument("--without-faults", action="store_true", help="all sides agree in everything")
    parser.add_argument("--folder", type=Path, help="where auditor.toml and what belongs to it are written")
    parser.add_argument("--port-file", type=Path, help="written as JSON once all systems answer")
    parser.add_argument(
        "--write-sample", type=Path, nargs="?", const=Path("sample_data"), help="renew sample_data, end"
    )
    given = parser.parse_args(arguments)
    try:
        if given.write_sample:
            write_sample(given.write_sample)
            return 0
        return _serve(given)
    except AuditorError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _serve(given: argparse.Namespace) -> int:
    real = SystemClock()
    clock = ShiftedClock(to_utc(given.now) - real.now()) if given.now else real
    parent = os.getppid()
    started = clock.monotonic()
    sandbox = Sandbox.build(
        given.seed,
        given.orders,
        None,
        given.orders_file,
        with_faults=not given.without_faults,
        clock=clock,
        shops=shops_named(given.channel),
        granted_calls=GRANTED_CALLS,
    )
    folder = given.folder or Path(tempfile.mkdtemp(prefix="auditor-sandbox-"))
    with sandbox.serve() as addresses:
        config = sandbox.write_settings(folder)
        truth = folder / "truth.json"
        truth.write_text(sandbox.truth.to_text(), encoding="utf-8")
        said = {
            "b1_url": addresses.b1,
            "channels": dict(addresses.channels),
            "config": str(config),
            "truth": str(truth),
            "planted": len(sandbox.truth.planted),
            "look_alikes": len(sandbox.truth.look_alikes),
            "summary": sandbox.summary,
            "seconds": round(clock.monotonic() - started, 1),
            "pid": os.getpid(),
        }
        if given.port_file:
            half = given.port_file.with_suffix(".part")
            half.write_text(json.dumps(said), encoding="utf-8")
            half.replace(given.port_file)
        else:
            print(json.dumps(said, indent=1), flush=True)
        try:
            while os.getppid() == parent:
                time.sleep(0.5)
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
