"""Combinatorial objects as codes: counts, exact Kraft sums, order, large objects, bad input."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from itertools import combinations, permutations, product
from typing import Any

import laws
import networkx as nx
import numpy as np
import pytest
import sympy
import sympy.utilities.iterables
from hypothesis import given
from hypothesis import strategies as st
from sympy.functions.combinatorial.numbers import stirling

import complexity
from complexity.code import DecodeError
from mdl import objects
from mdl.objects._base import from_number, to_number
from mdl.objects.partitions import MAX_SUM, _partition_numbers


def check_all(code: Any, domain: Iterable[Any], head: int, count: int) -> None:
    """Every object of a shape comes back from its own codeword, and they fill the Kraft sum."""
    domain = list(domain)
    assert len(domain) == count
    assert len({code.encode(x) for x in domain}) == count
    total = Fraction(0)
    for x in domain:
        laws.check_round_trip(code, x)
        laws.check_length(code, x)
        size = round(2 ** (code.bits(x) - head))
        assert code.bits(x) == pytest.approx(head + math.log2(size), abs=1e-9)
        total += Fraction(1, size)
    assert total == 1


def arrays(items: Iterable[Iterable[int]]) -> list[np.ndarray]:
    return [np.array(tuple(item), np.int64) for item in items]


def growth_strings(n: int) -> list[tuple[int, ...]]:
    return [
        s
        for s in product(range(n), repeat=n)
        if all(s[i] <= max(s[:i], default=-1) + 1 for i in range(n))
    ]


def balanced(n: int, ones: str, zeros: str) -> list[str]:
    words = ("".join(word) for word in product(ones + zeros, repeat=2 * n))
    return [
        word
        for word in words
        if word.count(ones) == n and all(2 * word[:i].count(ones) >= i for i in range(2 * n))
    ]


@pytest.mark.parametrize("n", range(7))
def test_permutations(n):
    check_all(objects.Permutation(), arrays(permutations(range(n))), 8, math.factorial(n))


@pytest.mark.parametrize("n", range(9))
def test_subsets(n):
    subsets = [frozenset(s) for k in range(n + 1) for s in combinations(range(n), k)]
    check_all(objects.Subset(n), subsets, 0, 2**n)
    golomb = objects.GolombSubset(n)
    assert sum(Fraction(1, 2 ** int(golomb.bits(s))) for s in subsets) <= 1
    assert len({golomb.encode(s) for s in subsets}) == 2**n
    for s in subsets:
        laws.check_round_trip(golomb, s)
        laws.check_length(golomb, s)


@pytest.mark.parametrize(("kinds", "total"), [(0, 0), (1, 0), (1, 5), (2, 3), (3, 4), (5, 3)])
def test_multisets(kinds, total):
    counts = [c for c in product(range(total + 1), repeat=kinds) if sum(c) == total]
    expected = sympy.binomial(kinds + total - 1, total) if kinds else 1
    check_all(objects.Multiset(), arrays(counts), 16, expected)


@pytest.mark.parametrize("n", range(7))
def test_set_partitions(n):
    strings = arrays(growth_strings(n))
    check_all(objects.SetPartition(), strings, 8, sympy.bell(n))
    by_blocks = objects.SetPartition("blocks")
    check_all(by_blocks, strings, 8, sympy.bell(n))
    for x in strings:
        k = int(x.max(initial=-1)) + 1
        assert 2 ** (by_blocks.bits(x) - 8) == pytest.approx(int(max(n, 1) * stirling(n, k)))


@pytest.mark.parametrize("n", range(13))
def test_integer_partitions(n):
    parts = sympy.utilities.iterables.partitions(n)
    domain = [
        tuple(sorted((p for p, m in x.items() for _ in range(m)), reverse=True)) for x in parts
    ]
    count = int(sympy.functions.combinatorial.numbers.partition(n))
    check_all(objects.IntegerPartition(), domain, 8, count)


@pytest.mark.parametrize("n", range(7))
def test_ordered_and_binary_trees(n):
    count = int(sympy.catalan(n))
    check_all(objects.OrderedTree(), balanced(n, "(", ")"), 8, count)
    check_all(objects.BinaryTree(), [w + "0" for w in balanced(n, "1", "0")], 8, count)


A000081 = [1, 1, 2, 4, 9, 20, 48, 115, 286]
"""Rooted trees of 1, 2, ... nodes, as the Encyclopedia of Integer Sequences has them."""


@pytest.mark.parametrize("n", range(9))
def test_rooted_trees(n):
    domain = sorted({objects.unordered(word) for word in balanced(n, "(", ")")})
    check_all(objects.RootedTree(), domain, 8, A000081[n])
    assert objects.rooted_trees(n + 1) == A000081[n]


def test_isomorphic_rooted_trees_have_one_form():
    """By networkx: marking the root, two trees are isomorphic just if their forms are equal."""
    words = balanced(5, "(", ")")
    graphs = [objects.tree_of_parentheses(word) for word in words]
    for (a, one), (b, other) in combinations(zip(words, graphs, strict=True), 2):
        alike = nx.is_isomorphic(one, other)  # edges lead away from the root
        assert alike == (objects.unordered(a) == objects.unordered(b))


@pytest.mark.parametrize("n", range(1, 6))
def test_labelled_trees(n):
    """All graphs of n - 1 edges that are trees: n^(n-2), Cayley's formula."""
    trees = []
    for edges in combinations(combinations(range(n), 2), n - 1):
        graph = nx.empty_graph(n)
        graph.add_edges_from(edges)
        if nx.is_connected(graph):
            trees.append(graph)
    check_all(objects.LabelledTree(), trees, 8, n ** max(n - 2, 0))


@pytest.mark.parametrize("n", [2, 4])
def test_labelled_graphs_by_their_edges(n):
    """The code of graphs with the enumerative code of bits: m of N + 1, one of C(N, m)."""
    code, pairs = complexity.get_code("graph(enumerative)"), n * (n - 1) // 2
    total = Fraction(0)
    for m in range(pairs + 1):
        for edges in combinations(combinations(range(n), 2), m):
            graph = nx.empty_graph(n)
            graph.add_edges_from(edges)
            laws.check_round_trip(code, graph)
            expected = (pairs + 1) * math.comb(pairs, m)
            assert code.bits(graph) - 16 == pytest.approx(math.log2(expected))
            total += Fraction(1, expected)
    assert total == 1


@pytest.mark.parametrize(
    ("code", "domain"),
    [
        (objects.Permutation(), list(permutations(range(5)))),
        (objects.OrderedTree(), balanced(5, "(", ")")),
        (objects.BinaryTree(), [w + "0" for w in sorted(balanced(5, "1", "0"), reverse=True)]),
        (objects.Subset(8), None),
    ],
)
def test_the_index_is_the_rank_in_dictionary_order(code, domain):
    if domain is None:
        words = sorted(tuple(int(i in c) for i in range(8)) for c in combinations(range(8), 3))
        domain = [{i for i, bit in enumerate(word) if bit} for word in words]
    for index, x in enumerate(domain):
        item = code._item(x)
        shape = code._shape(item)
        assert code._rank(item, shape, code._choice(item, shape)) == index


@given(n=st.integers(0, 60), number=st.integers(0, 2**400), seed=st.integers(0, 99))
def test_mixed_radix(n, number, seed):
    radices = np.random.default_rng(seed).integers(1, 50, n).tolist()
    number %= math.prod(radices)
    digits = from_number(number, radices)
    value = 0
    for digit, radix in zip(digits, radices, strict=True):
        assert 0 <= digit < radix
        value = value * radix + digit
    assert value == number == to_number(digits, radices)


def large() -> list[tuple[Any, Any]]:
    rng = np.random.default_rng(0)
    tree = nx.from_prufer_sequence(rng.integers(0, 3000, 2998).tolist())
    path = "(" * 4000 + ")" * 4000
    parts = tuple(sorted(rng.integers(1, 40, 60).tolist(), reverse=True))
    return [
        (objects.Permutation(), rng.permutation(20_000)),
        (objects.Subset(5000), frozenset(rng.choice(5000, 700, replace=False).tolist())),
        (objects.GolombSubset(10**15), frozenset(rng.integers(0, 10**15, 2000).tolist())),
        (objects.Multiset(), rng.poisson(3, 1000).astype(np.int64)),
        (objects.SetPartition(), objects.restricted_growth(rng.integers(0, 30, 300))),
        (objects.SetPartition("blocks"), objects.restricted_growth(rng.integers(0, 30, 300))),
        (objects.IntegerPartition(), parts),
        (objects.IntegerPartition(), (1,) * 1200),
        (objects.IntegerPartition(), (1200,)),
        (objects.OrderedTree(), path),
        (objects.BinaryTree(), "10" * 4000 + "0"),
        (objects.LabelledTree(), tree),
        (objects.RootedTree(), "(" * 255 + ")" * 255),
        (objects.RootedTree(), "()" * 255),
    ]


@pytest.mark.parametrize("place", range(14))
def test_large(place):
    code, x = large()[place]
    laws.check_round_trip(code, x)
    laws.check_length(code, x)


def test_large_counts():
    """Against sympy and Stirling's series."""
    rng = np.random.default_rng(1)
    n = 100_000
    bits = objects.Permutation().bits(rng.permutation(n)) - 24
    assert bits == pytest.approx(math.lgamma(n + 1) / math.log(2), rel=1e-12)
    labels = objects.restricted_growth(rng.integers(0, 9, 200))
    bell, k = int(sympy.bell(200)), int(labels.max()) + 1
    assert objects.SetPartition().bits(labels) - 16 == pytest.approx(math.log2(bell), abs=1e-9)
    blocks = math.log2(200 * int(stirling(200, k)))
    assert objects.SetPartition("blocks").bits(labels) - 16 == pytest.approx(blocks, abs=1e-9)
    numbers = _partition_numbers()
    partition = sympy.functions.combinatorial.numbers.partition
    assert all(numbers[m] == partition(m) for m in (0, 1, 100, 1000, MAX_SUM))
    # what short codewords are refused by is below every count
    assert all(math.log2(p) >= m**0.5 - 1 for m, p in enumerate(numbers))


def test_gaps_cost_little_more():
    """Random sparse sets: Golomb gaps within 4 percent of log2 (n + 1) C(n, k)."""
    rng = np.random.default_rng(2)
    for k in (100, 1000, 5000):
        x = frozenset(rng.choice(100_000, k, replace=False).tolist())
        ideal = objects.Subset(100_000).bits(x)
        assert ideal < objects.GolombSubset(100_000).bits(x) < 1.04 * ideal


@given(labels=st.lists(st.sampled_from("abcde"), max_size=30))
def test_restricted_growth(labels):
    """The same blocks, numbered in the order of their first items."""
    names = {name: i for i, name in enumerate(dict.fromkeys(labels))}
    assert objects.restricted_growth(labels).tolist() == [names[name] for name in labels]


@given(choices=st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_parentheses(choices):
    """A tree and back: preorder numbers, so the trees are equal and not isomorphic alone."""
    tree = nx.DiGraph()
    tree.add_node(0)
    path = [0]
    for node, choice in enumerate(choices, 1):
        del path[len(path) - choice % len(path) :]
        tree.add_edge(path[-1], node)
        path.append(node)
    text = objects.parentheses(tree)
    assert nx.utils.graphs_equal(objects.tree_of_parentheses(text), tree)
    assert objects.parentheses(nx.Graph(tree.edges), 0) == text

    def walk(node: int) -> str:
        return "".join(f"({walk(child)})" for child in tree[node])

    assert text == walk(0)


def test_a_deep_tree():
    tree = nx.path_graph(20_000, create_using=nx.DiGraph)
    assert objects.parentheses(tree) == "(" * 19_999 + ")" * 19_999
    assert objects.parentheses(nx.empty_graph(1), 0) == ""


@pytest.mark.parametrize(
    ("tree", "root", "says"),
    [
        (nx.cycle_graph(3), 0, "tree: got a graph that is no tree"),
        (nx.Graph(), None, "tree: got a graph that is no tree"),
        (nx.path_graph(3), None, "only a DiGraph tells it"),
        (nx.path_graph(3), 7, "root: got 7"),
        (nx.DiGraph([(0, 1), (2, 1)]), None, "root: got None"),
        (nx.DiGraph([(0, 1), (2, 1)]), 0, "not all nodes are reached"),
    ],
)
def test_bad_trees(tree, root, says):
    with pytest.raises(ValueError, match=says):
        objects.parentheses(tree, root)


@pytest.mark.parametrize(
    ("code", "x", "error", "says"),
    [
        (objects.Permutation(), [0, 2], ValueError, "got no 1 among 2 items"),
        (objects.Permutation(), [0, 0], ValueError, "got no 1"),
        (objects.Permutation(), [0, -1], ValueError, "got no 1"),
        (objects.Permutation(), [0.0, 1.0], TypeError, "float64"),
        (objects.Permutation(), [math.nan], TypeError, "float64"),
        (objects.Permutation(), "01", TypeError, "got str"),
        (objects.Permutation(), [[0], [0, 1]], ValueError, "ragged"),
        (objects.Permutation(), [[0, 1]], ValueError, r"shape \(1, 2\)"),
        (objects.Permutation(), np.arange(131073), ValueError, "at most 131072"),
        (objects.Permutation(), np.array([2**64 - 1], np.uint64), ValueError, r"below 2\*\*63"),
        (objects.Permutation(), np.array([2**63], np.uint64), ValueError, r"below 2\*\*63"),
        (objects.Subset(5), {5}, ValueError, "got 5, accepted is an integer from 0 to 4"),
        (objects.Subset(5), {0.5}, TypeError, "got 0.5"),
        (objects.Subset(5), [1], TypeError, "got list, accepted is a set"),
        (objects.GolombSubset(5), {-1}, ValueError, "got -1"),
        (objects.Multiset(), [1, -1], ValueError, "got the count -1"),
        (objects.Multiset(), [2**62, 2**62, 2**62], ValueError, "at most 131072"),
        (objects.Multiset(), [0.5], TypeError, "float64"),
        (objects.SetPartition(), [1, 0], ValueError, "got 1 at place 0.*restricted_growth"),
        (objects.SetPartition(), [0, 2], ValueError, "got 2 at place 1"),
        (objects.SetPartition(), [0, -1], ValueError, "got -1 at place 1"),
        (objects.SetPartition(), [0] * 1025, ValueError, "at most 1024"),
        (objects.IntegerPartition(), (1, 2), ValueError, "do not increase"),
        (objects.IntegerPartition(), (2, 0), ValueError, "from 1 on"),
        (objects.IntegerPartition(), (4097,), ValueError, "at most 4096"),
        (objects.IntegerPartition(), (2**63 - 1, 2), ValueError, "at most 4096"),
        (objects.OrderedTree(), "(()", ValueError, "1 more '[(]'"),
        (objects.OrderedTree(), ")(", ValueError, "too many at place 0"),
        (objects.OrderedTree(), "(x)", ValueError, "got 'x' at place 1"),
        (objects.OrderedTree(), nx.path_graph(3), TypeError, "parentheses"),
        (objects.OrderedTree(), "()" * 32769, ValueError, "at most 32768"),
        (objects.RootedTree(), "()(())", ValueError, "children in another order"),
        (objects.RootedTree(), "()" * 256, ValueError, "at most 255"),
        (objects.RootedTree(), 5, TypeError, "accepted is a str"),
        (objects.BinaryTree(), "", ValueError, "accepted is a str of '1'"),
        (objects.BinaryTree(), "1000", ValueError, "too many"),
        (objects.BinaryTree(), 10, TypeError, "got int"),
        (objects.LabelledTree(), nx.cycle_graph(3), ValueError, "no tree"),
        (objects.LabelledTree(), nx.empty_graph(0), ValueError, "no tree"),
        (objects.LabelledTree(), nx.DiGraph([(0, 1)]), ValueError, "no tree"),
        (objects.LabelledTree(), nx.Graph([("a", "b")]), ValueError, "plain_graph"),
        (objects.LabelledTree(), [1], TypeError, "networkx graph"),
    ],
)
def test_bad_objects(code, x, error, says):
    with pytest.raises(error, match=rf"^x: .*{says}"):
        code.bits(x)
    with pytest.raises(error, match=rf"^x: .*{says}"):
        code.encode(x)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: objects.Subset(-1), "^n: got -1"),
        (lambda: objects.Subset(131073), "^n: got 131073"),
        (lambda: objects.GolombSubset(2**62 + 1), "^n: got"),
        (lambda: objects.SetPartition("size"), "known: all, blocks"),
    ],
)
def test_bad_parameters(make, says):
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize("code", [objects.Permutation(), objects.OrderedTree()])
@pytest.mark.parametrize("head", ["ffffffff7f", "80808002", "ffff03"])
def test_a_short_codeword_of_something_large_is_refused_at_once(code, head):
    with pytest.raises(DecodeError):
        code.decode(bytes.fromhex(head) + b"\1\2\3")


@pytest.mark.parametrize("n", [1 << 53, 1 << 54, 10**17, 1 << 62])
@pytest.mark.parametrize("members", [{5}, {0, 1}, {3, 10**15}])
def test_few_of_very_many(n, members):
    """1 - k / n may be no double below 1."""
    code = objects.GolombSubset(n)
    assert code.decode(code.encode(members)) == members
    assert code.bits(members) < 60 + (len(members) + 1) * math.log2(n)


class Column:
    """What becomes an array by itself, as a pandas Series."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


def test_columns_of_tables_are_arrays():
    for code, x in ((objects.Permutation(), [2, 0, 1]), (objects.Multiset(), [3, 0])):
        assert code.encode(Column(x)) == code.encode(x)
        with pytest.raises(TypeError, match="x: got items of type float64"):
            code.encode(Column([0.5]))
        with pytest.raises(ValueError, match=r"x: got an array of shape \(\)"):
            code.encode(Column(0))


@pytest.mark.parametrize(
    ("labels", "error"), [([None, 1], TypeError), ([[1], [2, 3]], ValueError), (5, ValueError)]
)
def test_labels_that_have_no_order_are_named(labels, error):
    with pytest.raises(error, match=r"^labels: .*accepted (is|are)"):
        objects.restricted_growth(labels)
