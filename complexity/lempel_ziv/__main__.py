"""Make the null table of LZ76: `python -m complexity.lempel_ziv [--seed N] [--out FILE]`."""

from __future__ import annotations

import argparse
import json
import os

from complexity.files import write_atomically
from complexity.lempel_ziv.null import TABLE, make_table


def main(arguments: list[str] | None = None) -> None:
    """Make and write the table; some minutes."""
    parser = argparse.ArgumentParser(prog="python -m complexity.lempel_ziv", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default=os.fspath(TABLE))
    chosen = parser.parse_args(arguments)
    text = json.dumps(make_table(seed=chosen.seed), indent=1) + "\n"
    write_atomically(chosen.out, text.encode("utf-8"))


if __name__ == "__main__":
    main()
