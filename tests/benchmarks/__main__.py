"""`python -m tests.benchmarks [--orders N] [NAME[:CHANNEL,...] ...]`: runs the benchmarks named, or all that there are.

A benchmark is a module of this folder with a function `run(orders: int) -> None` that prints what it measured; one that
measures channel by channel takes the ids of some of them besides (`first_load:shopify-uk`).
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
from collections.abc import Sequence

import tests.benchmarks as folder


def available() -> list[str]:
    """Names of the benchmark modules; those that begin with an underscore are their helpers."""
    return sorted(module.name for module in pkgutil.iter_modules(folder.__path__) if not module.name.startswith("_"))


def main(arguments: Sequence[str] | None = None) -> None:
    names = available()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000, help="orders on each side (default: %(default)s)")
    parser.add_argument("name", nargs="*", help=f"one or more of: {', '.join(names)}")
    given = parser.parse_args(arguments)
    asked = [name.partition(":")[::2] for name in given.name or names]
    unknown = [name for name, _ in asked if name not in names]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}'; there are: {', '.join(names)}")
    for name, channels in asked:
        print(f"== {name}, {given.orders:,} orders")
        run = importlib.import_module(f"tests.benchmarks.{name}").run
        run(given.orders, *([channels.split(",")] if channels else []))


if __name__ == "__main__":
    main()
