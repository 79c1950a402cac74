"""Results and figures of works of the reading list: `python -m examples.papers [KEY ...]`.

Runs each at lab scale where the ledger does not have it (minutes a seed), and writes
docs/results/papers/KEY.json and docs/figures/paper-KEY.png; all works that run, if none is named.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from neural import papers


def main() -> None:
    """Run what is missing, and write the docs' files."""
    parser = argparse.ArgumentParser(prog="python -m examples.papers", description=__doc__)
    parser.add_argument("keys", nargs="*", metavar="KEY", help="as `cxd papers` lists them")
    chosen = parser.parse_args().keys or [paper.key for paper in papers.all()]
    for folder in ("docs/figures", "docs/results/papers"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    for key in chosen:
        result = papers.get(key).run(scale="lab")
        result.save(f"docs/results/papers/{key}.json")
        result.plot(f"docs/figures/paper-{key}.png")
        print(result, end="\n\n", flush=True)


if __name__ == "__main__":
    main()
