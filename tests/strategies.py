"""Hypothesis strategies for the domains of codes."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mdl.objects import unordered

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]


def _seeded(size: int, seed: int, alphabet_size: int) -> bytes:
    rng = np.random.default_rng(seed)
    return rng.integers(0, alphabet_size, size, dtype=np.uint8).tobytes()


def byte_strings(*, largest: int = 5000) -> st.SearchStrategy[bytes]:
    """Empty, one symbol, arbitrary, repetitive, random, and larger ones."""
    repetitive = st.builds(
        lambda b, n: b * n, st.binary(min_size=1, max_size=8), st.integers(0, 200)
    )
    random = st.builds(
        _seeded, st.integers(0, largest), st.integers(0, 2**32), st.sampled_from([2, 4, 200])
    )
    return st.one_of(
        st.sampled_from([b"", b"\0", b"a", bytes(range(256))]),
        st.binary(max_size=64),
        repetitive,
        random,
    )


def texts() -> st.SearchStrategy[str]:
    """Texts that UTF-8 can hold."""
    return st.one_of(st.just(""), st.text(st.characters(exclude_categories=["Cs"]), max_size=80))


def symbol_strings() -> st.SearchStrategy[str | list[int] | tuple[int, ...]]:
    """Strings and integer sequences over alphabets of up to 256 symbols."""
    bits = st.text("01", max_size=100)
    dna = st.text("ACGT", max_size=100)
    integers = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40)
    wide = st.integers(0, 300).map(lambda n: [i % 256 for i in range(n)])
    return st.one_of(bits, dna, texts(), integers, integers.map(tuple), wide)


def arrays(*, dtypes: tuple[str, ...] = tuple(DTYPES)) -> st.SearchStrategy[np.ndarray]:
    """Arrays of every dtype: 0-d, empty, transposed, strided, NaNs with payloads."""
    shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
    plain = st.sampled_from(dtypes).flatmap(
        lambda dtype: hnp.arrays(dtype, shapes, elements=_patterns(dtype))
    )
    views = [lambda a: a, lambda a: a.T, lambda a: a[..., ::2] if a.ndim else a]
    return st.builds(lambda a, view: np.asarray(view(a)), plain, st.sampled_from(views))


def bit_strings(*, largest: int = 2000) -> st.SearchStrategy[np.ndarray]:
    """Arrays of 0 and 1: empty, short, periodic, biased and fair."""
    short = st.lists(st.integers(0, 1), max_size=40)
    periodic = st.builds(
        lambda bits, n: bits * n, st.lists(st.integers(0, 1), max_size=9), st.integers(0, 200)
    )
    drawn = st.builds(
        lambda n, seed, p: np.random.default_rng(seed).random(n) < p,
        st.integers(0, largest),
        st.integers(0, 2**32),
        st.sampled_from([0.01, 0.5, 0.9]),
    )
    return st.one_of(short, periodic, drawn).map(lambda bits: np.array(bits, np.uint8))


def graphs(*, largest: int = 12) -> st.SearchStrategy[nx.Graph]:
    """Simple graphs on 0 to n - 1, directed or not, some with self-loops, nodes in any order."""

    def made(n: int, seed: int, p: float, directed: bool, loops: bool) -> nx.Graph:
        rng = np.random.default_rng(seed)
        graph = nx.DiGraph() if directed else nx.Graph()
        graph.add_nodes_from(rng.permutation(n).tolist())
        pairs = np.argwhere(rng.random((n, n)) < p).tolist()
        graph.add_edges_from((u, v) for u, v in pairs if loops or u != v)
        return graph

    shares = st.sampled_from([0, 0.1, 0.5, 1])
    booleans = st.booleans()
    return st.builds(
        made, st.integers(0, largest), st.integers(0, 2**32), shares, booleans, booleans
    )


def integer_arrays() -> st.SearchStrategy[np.ndarray]:
    """Arrays of positive integers, small and up to the greatest int64."""
    items = st.one_of(st.integers(1, 40), st.integers(1, 2**63 - 1))
    return st.lists(items, max_size=60).map(lambda items: np.array(items, np.int64))


def set_partitions(*, largest: int = 30) -> st.SearchStrategy[np.ndarray]:
    """Restricted growth strings."""

    def grown(choices: list[int]) -> np.ndarray:
        labels: list[int] = []
        for choice in choices:
            labels.append(choice % (max(labels, default=-1) + 2))
        return np.array(labels, np.int64)

    return st.lists(st.integers(0, 10**6), max_size=largest).map(grown)


def parentheses(*, largest: int = 60) -> st.SearchStrategy[str]:
    """Balanced parentheses: any ordered tree of up to so many edges."""

    def walked(choices: list[int]) -> str:
        text, depth = "", 0
        for choice in choices:
            up = choice % (depth + 1)  # back to one of the ancestors, then a child
            text += ")" * up + "("
            depth += 1 - up
        return text + ")" * depth

    return st.lists(st.integers(0, 10**6), max_size=largest).map(walked)


def labelled_trees(*, largest: int = 40) -> st.SearchStrategy[nx.Graph]:
    """Trees on 0 to n - 1, one node and two among them."""

    def made(choices: list[int]) -> nx.Graph:
        tree = nx.empty_graph(len(choices) + 1)
        tree.add_edges_from((choice % (i + 1), i + 1) for i, choice in enumerate(choices))
        order = np.random.default_rng(sum(choices)).permutation(len(tree)).tolist()
        return nx.relabel_nodes(tree, dict(enumerate(order)))

    return st.lists(st.integers(0, 10**6), max_size=largest).map(made)


def letters(*, alphabet_size: int = 4, largest: int = 2000) -> st.SearchStrategy[np.ndarray]:
    """Arrays of 0 to K - 1: empty, short, of few letters and of all."""

    def drawn(n: int, seed: int, concentration: float) -> np.ndarray:
        rng = np.random.default_rng(seed)
        chances = rng.dirichlet(np.full(alphabet_size, concentration))
        return rng.choice(alphabet_size, n, p=chances).astype(np.uint8)

    short = st.lists(st.integers(0, alphabet_size - 1), max_size=40)
    return st.one_of(
        short.map(lambda items: np.array(items, np.uint8)),
        st.builds(
            drawn, st.integers(0, largest), st.integers(0, 2**32), st.sampled_from([0.1, 1, 9])
        ),
    )


def grid_arrays(*, largest: int = 300) -> st.SearchStrategy[np.ndarray]:
    """Arrays of int64 whose range is below 2^50: empty, constant, anywhere, in heaps."""

    def drawn(n: int, seed: int, least: int, spread: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        heaps = rng.integers(0, spread, 3)[rng.integers(0, 3, n)] + rng.integers(0, 9, n)
        return least + np.where(rng.random(n) < 0.7, heaps, rng.integers(0, spread, n))

    least = st.integers(-(2**63), 2**63 - 2**50)
    spread = st.sampled_from([1, 2, 1000, 2**49])
    few = st.lists(st.integers(-3, 3), max_size=20).map(lambda items: np.array(items, np.int64))
    return st.one_of(
        few,
        st.builds(np.full, st.integers(0, 50), st.integers(-(2**63), 2**63 - 1), st.just(np.int64)),
        st.builds(drawn, st.integers(1, largest), st.integers(0, 2**32), least, spread),
    )


def _patterns(dtype: str) -> st.SearchStrategy:
    if dtype == "?":
        return st.booleans()
    if dtype[0] == "f":
        return st.floats(width={"2": 16, "4": 32, "8": 64}[dtype[1]])
    return hnp.from_dtype(np.dtype(dtype))


def objects(domain: str) -> st.SearchStrategy:
    """The objects of a registered code's domain.

    Raises:
        KeyError: no strategy is written for that domain yet.
    """
    return {
        "bytes": byte_strings(),
        "text": texts(),
        "symbols": symbol_strings(),
        "array": arrays(),
        "bits": bit_strings(),
        "graph": graphs(),
        "letters": letters(),
        "grid": grid_arrays(),
        "integer": st.one_of(st.integers(1, 40), st.integers(1, 2**16)),
        "integers": integer_arrays(),
        "real": st.integers(0, 256).map(lambda number: number / 256),
        "permutation": st.integers(0, 200).flatmap(
            lambda n: st.integers(0, 2**32).map(lambda s: np.random.default_rng(s).permutation(n))
        ),
        "subset": st.frozensets(st.integers(0, 63)),
        "counts": hnp.arrays(np.int64, st.integers(0, 20), elements=st.integers(0, 30)),
        "set-partition": set_partitions(),
        "integer-partition": st.lists(st.integers(1, 20), max_size=20).map(
            lambda parts: tuple(sorted(parts, reverse=True))
        ),
        "ordered-tree": parentheses(),
        "binary-tree": parentheses().map(lambda x: x.replace("(", "1").replace(")", "0") + "0"),
        "rooted-tree": parentheses().map(unordered),
        "labelled-tree": labelled_trees(),
    }[domain]


EXAMPLES: dict[str, list] = {
    "bytes": [b"", b"a", b"hello, hello, hello", bytes(range(40))],
    "text": ["", "a", "héllo, hello ☕"],
    "symbols": ["", "0", "0110100110010110", "GATTACA", [1, -5, 1], (), (7,)],
    "array": [
        np.array(True),
        np.zeros((0, 3)),
        np.arange(12, dtype=np.int16).reshape(3, 4).T,
        np.array([0.5, -0.0, np.nan, np.inf]),
    ],
    "graph": [
        nx.Graph(),
        nx.empty_graph(1),
        nx.star_graph(5),
        nx.DiGraph([(0, 1), (1, 1), (2, 0), (1, 2)]),
        nx.Graph(nx.petersen_graph().edges),
    ],
    "bits": [
        np.zeros(0, np.uint8),
        np.ones(1, np.uint8),
        np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0], np.uint8),
        np.repeat(np.arange(6, dtype=np.uint8) % 2, [1, 70, 2, 3, 5, 90]),
    ],
    "letters": [
        np.zeros(0, np.uint8),
        np.full(1, 3, np.uint8),
        np.array([0, 3, 3, 1, 3, 3, 0, 2, 3, 3, 3, 1], np.uint8),
        np.repeat(np.arange(3, dtype=np.uint8), [90, 1, 40]),
    ],
    "grid": [
        np.zeros(0, np.int64),
        np.full(1, -(2**63)),
        np.array([3, 3, 3], np.int64),
        np.array([4, 4, 5, 4, 90, 5, 4, 93, 99, 4, 5, 4, 95]),
    ],
    "integer": [1, 2, 17, 100, 300],
    "integers": [np.zeros(0, np.int64), np.ones(1, np.int64), np.array([3, 1, 4, 2**40, 15, 9])],
    "real": [0.0, 1.0, 0.625, 77 / 256],
    "permutation": [np.arange(0), np.arange(1), np.array([2, 0, 1]), np.arange(30)[::-1].copy()],
    "subset": [frozenset(), frozenset({63}), frozenset(range(64)), frozenset({1, 5, 8, 40})],
    "counts": [np.zeros(0, np.int64), np.array([3]), np.array([2, 0, 7, 1]), np.zeros(5, np.int64)],
    "set-partition": [
        np.zeros(0, np.int64),
        np.zeros(1, np.int64),
        np.array([0, 1, 0, 2, 1, 3, 0, 0, 4, 2]),
    ],
    "integer-partition": [(), (1,), (5, 3, 3, 1), (1,) * 30],
    "ordered-tree": ["", "()", "(()())()", "(" * 20 + ")" * 20],
    "binary-tree": ["0", "100", "110010100", "10" * 20 + "0"],
    "rooted-tree": ["", "()", "(()())()", "(" * 20 + ")" * 20, "()" * 30],
    "labelled-tree": [nx.empty_graph(1), nx.path_graph(2), nx.star_graph(5), nx.path_graph(30)],
}
"""A few small objects per domain, for laws that try every damage."""
