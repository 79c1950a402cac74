"""Make the shipped tables: `python -m complexity.coding_theorem [--dimensions 1 2] [--out FOLDER]`.

The tape's takes some 6 minutes of CPU, the plane's 20 seconds. They are the same on any number of
threads.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from complexity.coding_theorem.enumeration import enumerate_machines
from complexity.coding_theorem.table import FILES, SHIPPED


def main(arguments: list[str] | None = None) -> None:
    """Make and write the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m complexity.coding_theorem", description=__doc__
    )
    parser.add_argument("--dimensions", type=int, nargs="+", choices=FILES, default=list(FILES))
    parser.add_argument("--out", type=Path, default=FILES[1].parent)
    parser.add_argument("--workers", type=int)
    chosen = parser.parse_args(arguments)
    for dimensions in chosen.dimensions:
        states, max_cells = SHIPPED[dimensions]
        table = enumerate_machines(states, dimensions=dimensions, workers=chosen.workers)
        table.restricted(max_cells).save(chosen.out / FILES[dimensions].name)
        print(table)


if __name__ == "__main__":
    main()
