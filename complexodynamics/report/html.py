"""Elements of an HTML document: text is escaped wherever it stands, and the same gives the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from xml.etree import ElementTree

__all__ = ["Child", "document", "element", "table"]

Child = str | ElementTree.Element | None | Iterable["Child"]
"""What an element holds: text, elements, nothing, or several of these."""

_BREAKS = {
    "article", "body", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "head", "header", "legend", "li", "main", "meta", "p",
    "section", "style", "summary", "table", "tbody", "td", "th", "thead", "title", "tr", "ul",
}  # fmt: skip
"""Elements after which a line may end, and no space is seen."""


def element(name: str, /, *children: Child, **attributes: str | None) -> ElementTree.Element:
    """An element.

    Args:
        name: as "p".
        *children: what it holds, in order.
        **attributes: `aria_label` is aria-label and `class_` is class; None leaves one out.

    Example:
        >>> from xml.etree.ElementTree import tostring
        >>> tostring(element("p", "1 < 2", element("b", "&"), class_="x"), "unicode").strip()
        '<p class="x">1 &lt; 2<b>&amp;</b></p>'
    """
    stated = {
        key.rstrip("_").replace("_", "-"): value
        for key, value in attributes.items()
        if value is not None
    }
    made = ElementTree.Element(name, stated)
    for child in children:
        _append(made, child)
    if name in _BREAKS:
        made.tail = "\n"
    return made


def _append(parent: ElementTree.Element, child: Child) -> None:
    if child is None:
        return
    if isinstance(child, ElementTree.Element):
        parent.append(child)
    elif not isinstance(child, str):
        for each in child:
            _append(parent, each)
    elif len(parent):
        parent[-1].tail = (parent[-1].tail or "") + child
    else:
        parent.text = (parent.text or "") + child


def table(
    header: Sequence[Child],
    groups: Mapping[str, Iterable[Sequence[Child]]],
    *,
    label: str,
    words: Collection[int] = (0,),
    name: str | None = None,
) -> ElementTree.Element:
    """A table that scrolls sideways where it is wider than the page.

    Args:
        header: of the columns.
        groups: heading -> rows, whose first cells head them; the heading "" is not shown.
        label: what it is, for those who do not see it.
        words: columns that are aligned to the left; others hold numbers.
        name: by which the style sheet knows it.
    """
    side = ["words" if at in words else None for at in range(len(header))]
    heads = [element("th", c, scope="col", class_=s) for c, s in zip(header, side, strict=True)]
    bodies = [
        element("tbody", _heading(heading, len(header)), (_row(row, side) for row in rows))
        for heading, rows in groups.items()
    ]
    made = element("table", element("thead", element("tr", heads)), bodies, class_=name)
    return element("div", made, class_="wide", role="group", aria_label=label, tabindex="0")


def _heading(text: str, columns: int) -> ElementTree.Element | None:
    if not text:
        return None
    return element("tr", element("th", text, scope="rowgroup", colspan=str(columns)))


def _row(cells: Sequence[Child], side: Sequence[str | None]) -> ElementTree.Element:
    first, *rest = cells
    return element(
        "tr",
        element("th", first, scope="row", class_=side[0]),
        (element("td", cell, class_=at) for cell, at in zip(rest, side[1:], strict=True)),
    )


def apart(cell: str) -> Child:
    """A mean and its interval, which a line may end between and nowhere else."""
    mean, bracket, rest = cell.partition(" (")
    if not bracket:
        return cell
    interval, end, more = f"({rest}".partition(")")
    return [mean, " ", element("span", interval, end, class_="interval"), more]


def document(root: ElementTree.Element) -> bytes:
    """The whole file, UTF-8.

    A half of a pair of surrogates, which UTF-8 does not have, becomes a question mark.
    """
    text = ElementTree.tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n".encode(errors="replace")
