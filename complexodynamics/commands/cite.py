"""`cxd cite`: BibTeX of the works of the reading list."""

from __future__ import annotations

__all__ = ["cite"]


def cite(*keys: str) -> None:
    """Print BibTeX entries of works of the reading list.

    Args:
        keys: Their keys, as `cxd papers` lists them; none for all.
    """
    from neural import papers

    chosen = keys or papers.keys()
    entries = [papers.row(key).reference.bibtex(key) for key in chosen]
    print("\n\n".join(entries))
