"""Bayesian networks: scores against plain statements, searches against all networks."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter

import networkx as nx
import numpy as np
import pytest

import mdl
from complexity.code import Kind
from mdl.bayesian_network import SCORES, NetworkModel, learn_network, score_network
from mdl.bayesian_network.scores import _multinomial_bits, is_acyclic
from mdl.nml import multinomial_complexity


def all_dags(d):
    """Every directed graph on 0 to d - 1 without a cycle."""
    pairs = list(itertools.combinations(range(d), 2))
    for ways in itertools.product(range(3), repeat=len(pairs)):
        graph = nx.DiGraph()
        graph.add_nodes_from(range(d))
        for (a, b), way in zip(pairs, ways, strict=True):
            if way:
                graph.add_edge(*((a, b) if way == 1 else (b, a)))
        if nx.is_directed_acyclic_graph(graph):
            yield graph


def equivalence_class(graph):
    """Skeleton and colliders without an edge between their parents (Verma and Pearl 1990)."""
    skeleton = frozenset(frozenset(edge) for edge in graph.edges())
    colliders = frozenset(
        (frozenset(pair), node)
        for node in graph
        for pair in itertools.combinations(graph.predecessors(node), 2)
        if frozenset(pair) not in skeleton
    )
    return skeleton, colliders


DAGS = {d: list(all_dags(d)) for d in (3, 4)}


def sampled(rng, d, n, *, arity=2):
    """Columns of which each depends on up to two before it."""
    data = np.zeros((n, d), int)
    for child in range(d):
        parents = rng.choice(child, min(child, 2), replace=False) if child else []
        code = sum((data[:, parent] * arity**at for at, parent in enumerate(parents)), np.zeros(1))
        chances = rng.dirichlet(np.full(arity, 0.5), arity**2)
        rows = chances[np.broadcast_to(code, n).astype(int)].cumsum(axis=1)
        data[:, child] = np.minimum((rng.random((n, 1)) > rows).sum(axis=1), arity - 1)
    return data


def plain_family(data, child, parents, score, arities):
    """The score, or the maximised likelihood, of a family row by row, from dictionaries."""
    n, r = len(data), arities[child]
    q = math.prod(arities[p] for p in parents)
    above = Counter(tuple(row[list(parents)]) for row in data)
    both = Counter((tuple(row[list(parents)]), row[child]) for row in data)
    likelihood = -sum(c * math.log2(c / above[key]) for (key, _), c in both.items())
    if score == "likelihood":
        return likelihood
    if score == "fnml":
        return likelihood + sum(multinomial_complexity(r, c) for c in above.values())
    if score == "qnml":
        joint = -sum(c * math.log2(c / n) for c in both.values()) + multinomial_complexity(q * r, n)
        alone = -sum(c * math.log2(c / n) for c in above.values()) + multinomial_complexity(q, n)
        return joint - alone
    if score == "bic":
        return likelihood + q * (r - 1) / 2 * math.log2(n)
    bits, seen = 0.0, Counter()
    for row in data:  # BDeu, row after row
        key = tuple(row[list(parents)])
        bits -= math.log2((seen[key, row[child]] + 1 / (q * r)) / (seen[key] + 1 / q))
        seen[key, row[child]] += 1
        seen[key] += 1
    return bits


@pytest.mark.parametrize("score", SCORES)
def test_families_are_plain_statements(score):
    rng = np.random.default_rng(0)
    data = np.stack([rng.integers(0, arity, 50) for arity in (2, 3, 4)], axis=1)
    data[:, 2] = (data[:, 0] + data[:, 1]) % 4
    arities = (2, 3, 4)
    for graph in DAGS[3]:
        found = score_network(data, graph, score=score)
        for child in range(3):
            parents = sorted(graph.predecessors(child))
            plain = plain_family(data, child, parents, score, arities)
            assert found.family_bits[child] == pytest.approx(plain, abs=1e-8)
            best = plain_family(data, child, parents, "likelihood", arities)
            assert found.best_fit_bits[child] == pytest.approx(best, abs=1e-8)
        assert found.total_bits == pytest.approx(sum(found.family_bits))
        assert found.structure_bits == 0


@pytest.mark.parametrize("d", [3, 4])
def test_score_equivalence(d):
    """Networks that say the same of independence: qNML, BIC and BDeu agree; fNML does not."""
    assert len(DAGS[d]) == {3: 25, 4: 543}[d]  # Robinson 1973
    data = sampled(np.random.default_rng(d), d, 80, arity=3)
    for score in SCORES:
        groups: dict = {}
        for graph in DAGS[d]:
            bits = score_network(data, graph, score=score).total_bits
            groups.setdefault(equivalence_class(graph), []).append(bits)
        assert len(groups) == {3: 11, 4: 185}[d]  # Gillispie and Perlman 2001
        widest = max(max(bits) - min(bits) for bits in groups.values())
        if score == "fnml":
            assert widest > 0.01
        else:
            assert widest < 1e-8


def sum_over_all_data(score, edges, n, d=3):
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(d))
    every = itertools.product((0, 1), repeat=n * d)
    return math.fsum(
        2
        ** -score_network(np.array(x).reshape(n, d), graph, score=score, arities=[2] * d).total_bits
        for x in every
    )


EDGES = {
    "none": [],
    "fork": [(0, 1), (0, 2)],
    "collider": [(0, 2), (1, 2)],
    "complete": [(0, 1), (0, 2), (1, 2)],
}


@pytest.mark.parametrize("shape", EDGES)
def test_which_scores_are_codes(shape):
    """fNML and BDeu sum to one over all data; qNML to more than one for a fork."""
    for score in ("fnml", "bdeu"):
        assert SCORES[score] == Kind.IDEAL
        assert sum_over_all_data(score, EDGES[shape], 3) == pytest.approx(1, abs=1e-12)
    assert SCORES["qnml"] == SCORES["bic"] == Kind.ESTIMATE
    quotient = sum_over_all_data("qnml", EDGES[shape], 3)
    expected = {"none": 1, "complete": 1, "fork": 1.0758244, "collider": 0.9419886}
    assert quotient == pytest.approx(expected[shape], abs=1e-7)


def test_the_fork_by_its_sum():
    """sum_a m(a)^2 / P(a) with m the marginal of the NML of two columns, explicitly."""
    n = 3
    total = 0.0
    for a in itertools.product((0, 1), repeat=n):
        marginal = 0.0
        for b in itertools.product((0, 1), repeat=n):
            pairs = Counter(zip(a, b, strict=True))
            marginal += math.prod((c / n) ** c for c in pairs.values())
        marginal /= 2 ** multinomial_complexity(4, n)
        own = math.prod((c / n) ** c for c in Counter(a).values())
        total += marginal**2 / (own / 2 ** multinomial_complexity(2, n))
    assert sum_over_all_data("qnml", EDGES["fork"], n) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("n", [100, 1000])
def test_complexities_of_more_symbols_than_rows(n):
    for size in (2000, 5000, 1 << 16):
        bits = multinomial_complexity(size, n)
        assert _multinomial_bits(size, n) == pytest.approx(bits, rel=1e-13)


# Searches


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("max_parents", [None, 1])
def test_exact_search_is_the_best_of_all_networks(score, max_parents):
    for seed in range(3):
        data = sampled(np.random.default_rng(seed), 4, 60)
        best = math.inf
        for graph in DAGS[4]:
            degrees = [degree for _, degree in graph.in_degree()]
            if max(degrees) > (3 if max_parents is None else max_parents):
                continue
            told = sum(math.log2(4) + math.log2(math.comb(3, k)) for k in degrees)
            best = min(best, score_network(data, graph, score=score).total_bits + told)
        found = learn_network(data, score=score, max_parents=max_parents)
        assert (found.method, found.n) == ("exact", 60)
        assert found.total_bits == pytest.approx(best, abs=1e-8)
        again = score_network(data, found.network, score=score)
        assert again.family_bits == found.family_bits
        assert found.structure_bits == pytest.approx(
            sum(2 + math.log2(math.comb(3, len(names))) for names in found.parents)
        )


def test_greedy_search():
    """Never better than all networks, never worse than none; the seed alone decides."""
    for seed in range(4):
        data = sampled(np.random.default_rng(seed), 8, 300)
        best = learn_network(data, method="exact").total_bits
        found = learn_network(data, method="greedy", seed=3)
        empty = score_network(data, nx.empty_graph(8, nx.DiGraph)).total_bits
        assert best - 1e-8 <= found.total_bits <= empty + 8 * 3
        assert found == learn_network(data, method="greedy", seed=3)
        bound = learn_network(data, method="greedy", max_parents=1)
        assert max(map(len, bound.parents)) <= 1
    wide = learn_network(sampled(np.random.default_rng(9), 20, 300), restarts=1)
    assert wide.method == "greedy"
    assert nx.is_directed_acyclic_graph(wide.network)


def one_step_from(graph):
    """Networks with one edge more, one less, or one turned."""
    for a, b in itertools.permutations(graph, 2):
        other = graph.copy()
        if graph.has_edge(a, b):
            other.remove_edge(a, b)
            yield other.copy()
            other.add_edge(b, a)
        else:
            other.add_edge(a, b)
        if nx.is_directed_acyclic_graph(other):
            yield other


@pytest.mark.parametrize("seed", range(3))
def test_greedy_search_ends_where_no_step_helps(seed):
    data = sampled(np.random.default_rng(seed), 5, 200)

    def total(graph):
        told = sum(math.log2(5) + math.log2(math.comb(4, k)) for _, k in graph.in_degree())
        return score_network(data, graph).total_bits + told

    found = learn_network(data, method="greedy", restarts=0)
    assert found.total_bits == pytest.approx(total(found.network))
    assert found.total_bits <= min(map(total, one_step_from(found.network))) + 1e-8


def test_acyclic_are_the_networks_that_networkx_calls_so():
    pairs = list(itertools.permutations(range(4), 2))
    for chosen in itertools.product((False, True), repeat=len(pairs)):
        edges = list(itertools.compress(pairs, chosen))
        parents = [sum(1 << a for a, b in edges if b == child) for child in range(4)]
        assert is_acyclic(parents) == nx.is_directed_acyclic_graph(nx.DiGraph(edges))


@pytest.mark.parametrize("score", SCORES)
def test_a_collider_is_found(score):
    """Two coins and their noisy sum: of all classes of networks, the one that made the data."""
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (2, 500))
    data = {"a": a, "b": b, "sum": (a + b + (rng.random(500) < 0.1)) % 3}
    found = learn_network(data, score=score)
    assert found.edges == (("a", "sum"), ("b", "sum"))
    assert found.parameters == 1 + 1 + 4 * 2
    noise = {name: rng.integers(0, 2, 500) for name in "xyz"}
    assert learn_network(noise, score=score).edges == ()


def test_sets_of_many_configurations():
    """Joint codes that do not fit 64 bits are ranked; what is counted stays the same."""
    rng = np.random.default_rng(1)
    data = rng.integers(0, 1000, (40, 9))
    data[20:] = data[:20]
    graph = nx.DiGraph([(parent, 8) for parent in range(8)])
    found = score_network(data, graph, score="bic", arities=[1000] * 9)
    assert found.best_fit_bits[8] == pytest.approx(0, abs=1e-9)
    assert found.best_fit_bits[0] == pytest.approx(40 * math.log2(20), abs=1)


# As candidates, and results


def test_candidates():
    rng = np.random.default_rng(2)
    data = sampled(rng, 4, 200)
    empty = nx.empty_graph(4, nx.DiGraph)
    pair = [NetworkModel(), NetworkModel(network=empty, label="independent")]
    result = mdl.select(pair, data, folds=4, progress=False)
    assert result.best.name == result.winner("cv") == "network (fnml)"
    found = learn_network(data, score="fnml")
    described = result.best.description
    assert described.total_bits == pytest.approx(found.total_bits)
    assert described.best_fit_bits == pytest.approx(sum(found.best_fit_bits))
    assert described.parameters == found.parameters
    assert NetworkModel("qnml").describe(data).kind == Kind.ESTIMATE


def test_heldout_bits_are_explicit():
    rng = np.random.default_rng(3)
    train, test = rng.integers(0, 3, (30, 3)), rng.integers(0, 4, (20, 3))
    graph = nx.DiGraph([(0, 2), (1, 2)])
    bits = 0.0
    for row in test:
        for child, parents in ((0, []), (1, []), (2, [0, 1])):
            alike = [t for t in train if list(t[parents]) == list(row[parents])]
            same = sum(t[child] == row[child] for t in alike)
            bits -= math.log2((same + 0.5) / (len(alike) + 4 / 2))
    for arities in (None, (4, 4, 4)):
        model = NetworkModel(network=graph, arities=arities)
        assert model.heldout_bits(train, test) == pytest.approx(bits, abs=1e-9)


@pytest.mark.parametrize("score", SCORES)
def test_no_rows_one_row_and_constants(score):
    nothing = learn_network(np.zeros((0, 2), int), score=score)
    assert math.fsum(nothing.family_bits) == 0
    assert nothing.structure_bits == 2  # no parents, of none or one: a bit a column
    one = score_network([[1, 0]], nx.empty_graph(2, nx.DiGraph), score=score, arities=[2, 2])
    assert one.total_bits == pytest.approx(0 if score == "bic" else 2)
    constant = learn_network([[5, 7]] * 9, score=score)
    assert math.fsum(constant.family_bits) == pytest.approx(0, abs=1e-12)
    assert learn_network([[0], [1], [1]], score=score).structure_bits == 0


@pytest.mark.parametrize("score", SCORES)
def test_of_networks_with_the_same_bits_one_without_idle_edges_is_found(score):
    """No parents, or all others, are told in the same bits; a constant needs none."""
    fair = np.array(list(itertools.product((0, 1), repeat=3)) * 6)
    for table in (np.column_stack([np.zeros(len(fair), int), fair]), fair[:1]):
        found = learn_network(table, score=score, method="exact")
        assert not found.edges
        free = score_network(table, nx.DiGraph(), score=score)
        d = table.shape[1]
        assert found.total_bits == pytest.approx(free.total_bits + d * math.log2(d))


def test_columns_of_words_booleans_and_numbers():
    columns = {"rain": ["yes", "no", "no", "yes"] * 20, "wet": [True, False, False, True] * 20}
    found = learn_network(columns)
    assert found.arities == (2, 2)
    assert found.edges == (("wet", "rain"),)
    ranks = learn_network(np.array([[1, 1], [0, 0], [0, 0], [1, 1]] * 20))
    assert found.total_bits == ranks.total_bits


def test_results(tmp_path):
    data = sampled(np.random.default_rng(5), 7, 400)
    found = learn_network(data)
    document = json.loads(found.save(tmp_path / "n.json").read_text())
    assert document["total_bits"] == found.total_bits
    assert document["kind"] == "estimate"
    assert sum(map(len, document["parents"])) == len(found.edges) == found.network.size()
    found.plot(tmp_path / "n.png")
    assert (tmp_path / "n.png").read_bytes().startswith(b"\x89PNG")
    assert f"{len(found.edges)} edges (exact)" in repr(found)
    with pytest.raises(ValueError, match=r"accepted is a name in \.json"):
        found.save(tmp_path / "n.csv")


GOOD = [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: learn_network([[0.5, 1.0]]), TypeError, "bin real numbers first"),
        (lambda: learn_network([[math.nan, 1.0]]), TypeError, "column 0 is of float64"),
        (lambda: learn_network([0, 1]), ValueError, r"got shape \(2,\)"),
        (lambda: learn_network({}), ValueError, "got no column"),
        (lambda: learn_network(np.zeros((3, 0), int)), ValueError, "got no column"),
        (lambda: learn_network({"a": [0], "b": [0, 1]}), ValueError, r"columns of \[1, 2\] rows"),
        (lambda: learn_network({"a": [[0]]}), ValueError, "one dimension"),
        (lambda: learn_network(GOOD, arities=[2]), ValueError, "arities: got 1"),
        (lambda: learn_network(GOOD, arities=[2, 1]), ValueError, "from 0 to 0"),
        (lambda: learn_network(GOOD, arities=[2, 0]), ValueError, "arities: got 0"),
        (lambda: learn_network([[-1, 0]], arities=[2, 2]), ValueError, "from 0 to 1"),
        (lambda: learn_network(GOOD, score="qmnl"), ValueError, "did you mean 'qnml'"),
        (lambda: learn_network(GOOD, method="dp"), ValueError, "known: auto, exact, greedy"),
        (lambda: learn_network(GOOD, max_parents=-1), ValueError, "max_parents: got -1"),
        (lambda: learn_network(GOOD, restarts=-1), ValueError, "restarts: got -1"),
        (lambda: learn_network([[0] * 17], method="exact"), ValueError, "at most 16"),
        (lambda: score_network(GOOD, nx.Graph([(0, 1)])), TypeError, "got Graph"),
        (lambda: score_network(GOOD, nx.DiGraph([(0, 5)])), ValueError, "got the node 5"),
        (lambda: score_network(GOOD, nx.DiGraph([(0, 1), (1, 0)])), ValueError, "got a cycle"),
        (lambda: NetworkModel("mdl"), ValueError, "score: unknown"),
    ],
)
def test_bad_input(make, error, says):
    with pytest.raises(error, match=says):
        make()
