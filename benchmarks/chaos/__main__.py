"""Usage: python -m benchmarks.chaos [--people 500] [--kills 20] [--seed 1] [--database sqlite|postgresql|both].

Prints the figures and, with the default sizes, writes docs/chaos.md. Ends with 1 where a message was lost or out of
order, or more replies were doubled than calls were in flight.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.chaos.machines import Disk, Postgresql, Sqlite
from benchmarks.chaos.report import allowed, write_report
from benchmarks.chaos.run import run


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory(prefix="sahan-chaos-db-") as folder:
        for name in ("sqlite", "postgresql") if options.database == "both" else (options.database,):
            disk = Disk(Path(folder) / name)
            database = Sqlite(disk.folder) if name == "sqlite" else Postgresql()
            try:
                found.append(asyncio.run(
                    run(database, disk, people=options.people, kills=options.kills, seed=options.seed)
                ))
            finally:
                database.close()
                disk.close()
            print(json.dumps({key: value for key, value in found[-1].items() if key != "kills"}), flush=True)
    if options.people >= 500 and options.database == "both":
        print(write_report(found, seed=options.seed))
    bad = [each for each in found if each["lost"] or each["out_of_order"] or each["doubled"] > allowed(each)]
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
