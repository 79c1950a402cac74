"""Newick's format for trees, in and out.

References:
    G. Olsen, "Newick's 8:45" tree format standard, 1990.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from complexity.distances.trees import Tree

__all__ = ["parse_newick", "write_newick"]

_TOKEN = re.compile(
    r"\s+|\[[^\]]*\]|(?P<mark>[(),:;])|'(?P<quoted>(?:[^']|'')*)'|(?P<word>[^\s()\[\]':;,]+)"
)
_PLAIN = re.compile(r"[A-Za-z0-9.+/|*#@!?=~^-]+")


@dataclass
class _Node:
    """A node of the rooted tree in the text."""

    label: str | None = None
    length: float | None = None
    children: list[_Node] = field(default_factory=list)
    wants: str = "label"
    """What may come next: "label", "length", "colon" (after a label), or "end"."""


def parse_newick(text: str) -> Tree:
    """Read one tree.

    The root is taken away: a root with two children becomes an edge. Labels of inner nodes and
    comments in brackets are skipped; an underscore stays one. If some edges have lengths, the
    others have 0.

    Args:
        text: such as ``(a:1,b:2,(c:1,d:1):0.5);``

    Raises:
        TypeError: `text` is not a str.
        ValueError: it is no tree; says where and what is wrong.

    Example:
        >>> sorted(parse_newick("((a,b),(c,d));").labels)
        ['a', 'b', 'c', 'd']
    """
    if not isinstance(text, str):
        raise TypeError(f"text: got {type(text).__name__}, accepted is a str")
    return _unrooted(_parse(text))


def write_newick(tree: Tree) -> str:
    """One line with the tree, children in the order of their smallest labels.

    Labels that are not plain are put in quotes.

    Raises:
        ValueError: a label is empty, or a length no finite number: Newick has neither.
    """
    if "" in tree.labels:
        raise ValueError("tree: got an empty label, accepted are labels of a character or more")
    if not all(map(math.isfinite, tree.lengths or ())):
        raise ValueError("tree: got a length of NaN or infinity, accepted are finite ones")
    root, smallest = _rooted(tree)
    lengths = dict(zip(map(frozenset, tree.edges), tree.lengths or (), strict=False))
    if len(tree.labels) == 1:
        return f"{_quoted(tree.labels[0])};"
    if len(tree.labels) == 2:
        first, second = sorted(tree.labels)
        ends = (f":{tree.lengths[0]!r}", ":0.0") if tree.lengths else ("", "")
        return f"({_quoted(first)}{ends[0]},{_quoted(second)}{ends[1]});"
    out: list[str] = []
    stack: list[tuple[int, int] | str] = [(root, -1)]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        node, parent = item
        length = lengths.get(frozenset((node, parent)))
        tail = "" if length is None else f":{length!r}"
        if node < len(tree.labels):
            out.append(_quoted(tree.labels[node]) + tail)
            continue
        children = sorted((c for c in tree.neighbours[node] if c != parent), key=smallest.get)  # type: ignore[arg-type]
        out.append("(")
        stack.append(")" + tail)
        for at, child in reversed(list(enumerate(children))):
            stack.append((child, node))
            if at:
                stack.append(",")
    return "".join(out) + ";"


def _rooted(tree: Tree) -> tuple[int, dict[int, str]]:
    """The node beside the leaf with the smallest label, and the smallest label below every node."""
    order = tree._preorder
    root = tree.neighbours[order[0][0]][0] if tree.edges else 0
    smallest = {node: tree.labels[node] for node in range(len(tree.labels))}
    for node, parent in reversed(order[1:]):
        if parent != order[0][0]:
            smallest[parent] = min(smallest[node], smallest.get(parent, smallest[node]))
    return root, smallest


def _quoted(label: str) -> str:
    return label if _PLAIN.fullmatch(label) else "'" + label.replace("'", "''") + "'"


def _tokens(text: str) -> Iterator[tuple[int, str, str]]:
    """(position, kind, text) with kind "mark" or "label"."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            what = {"'": "a quote", "[": "a comment"}.get(text[at], repr(text[at]))
            raise _wrong(at, f"{what} that does not end" if text[at] in "'[" else f"stray {what}")
        if match["mark"]:
            yield at, "mark", match["mark"]
        elif match["quoted"] is not None:
            yield at, "label", match["quoted"].replace("''", "'")
        elif match["word"]:
            yield at, "label", match["word"]
        at = match.end()


def _parse(text: str) -> _Node:
    root = node = _Node()
    above: list[_Node] = []
    ended = False
    for at, kind, word in _tokens(text):
        if ended:
            raise _wrong(at, f"{word!r} after the end of the tree")
        if node.wants == "length":
            node.length = _length(at, kind, word)
            node.wants = "end"
        elif kind == "label":
            if node.wants != "label":
                raise _wrong(at, f"label {word!r} where a comma, bracket or ':' is due")
            node.label, node.wants = word, "colon"
        elif word == "(":
            if node.wants != "label" or node.children:
                raise _wrong(at, "'(' where a comma or ')' is due")
            above.append(node)
            node.children.append(child := _Node())
            node = child
        elif word == ":":
            if node.wants == "end":
                raise _wrong(at, "a second length")
            node.wants = "length"
        elif word == ";":
            ended = True
        else:
            if not above:
                raise _wrong(at, f"{word!r} outside brackets")
            _check_leaf(at, node)
            if word == ",":
                above[-1].children.append(child := _Node())
                node = child
            else:
                node = above.pop()
    if above:
        raise _wrong(len(text), f"{len(above)} brackets are not closed")
    if not ended:
        raise _wrong(len(text), "the ';' at the end is missing")
    _check_leaf(len(text), root)
    return root


def _check_leaf(at: int, node: _Node) -> None:
    if node.wants == "length":
        raise _wrong(at, "a length is missing")
    if not node.children and not node.label:
        raise _wrong(at, "a leaf without a label")


def _length(at: int, kind: str, word: str) -> float:
    try:
        length = float(word) if kind == "label" else math.nan
    except ValueError:
        length = math.nan
    if not math.isfinite(length):
        raise _wrong(at, f"{word!r} is no length")
    return length


def _wrong(at: int, what: str) -> ValueError:
    return ValueError(f"text: no Newick tree: {what}, at character {at + 1}")


def _unrooted(root: _Node) -> Tree:
    """The tree without its root and without nodes of one child; their lengths are added up."""
    leaves: list[str] = []
    links: list[tuple[_Node, _Node, float | None]] = []
    order = [root]
    for node in order:  # grows while it is walked
        order += node.children
        links += [(node, child, child.length) for child in node.children]
        if not node.children:
            leaves.append(node.label or "")
    if len(set(leaves)) < len(leaves):
        twice = next(label for label in leaves if leaves.count(label) > 1)
        raise ValueError(f"text: no Newick tree: the leaf {twice!r} occurs twice")
    near: dict[int, dict[int, float | None]] = {id(node): {} for node in order}
    for node, child, length in links:
        near[id(node)][id(child)] = near[id(child)][id(node)] = length
    kept = {id(node) for node in order if not node.children}
    for node in order:
        one = near[id(node)]
        if id(node) in kept or len(one) > 2:
            continue
        for other in one:
            del near[other][id(node)]
        if len(one) == 2:
            (a, la), (b, lb) = one.items()
            near[a][b] = near[b][a] = la if lb is None else lb if la is None else la + lb
        del near[id(node)]
    leaf_ids = [id(node) for node in order if not node.children]
    inner = [key for key in near if key not in kept]
    number = {key: at for at, key in enumerate([*leaf_ids, *inner])}
    edges, lengths = [], []
    for key, others in near.items():
        for other, length in others.items():
            if number[key] < number[other]:
                edges.append((number[key], number[other]))
                lengths.append(length)
    plain = tuple(0.0 if length is None else length for length in lengths)
    measured = plain if any(length is not None for length in lengths) else None
    return Tree(tuple(leaves), tuple(edges), measured)
