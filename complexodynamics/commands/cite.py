"""`cxd cite`: BibTeX of the works of the reading list."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

__all__ = ["cite"]


def cite(*keys: str, json: Annotated[bool, Parameter(show_default=False)] = False) -> None:
    """Print BibTeX entries of works of the reading list.

    Args:
        keys: Their keys, as `cxd papers` lists them; none for all.
        json: Print one JSON document in place of the entries.
    """
    from neural import papers

    chosen = keys or papers.keys()
    entries = {key: papers.row(key).reference.bibtex(key) for key in chosen}
    if json:
        from complexodynamics.output import print_json

        print_json({"bibtex": entries})
        return
    print("\n\n".join(entries.values()))
