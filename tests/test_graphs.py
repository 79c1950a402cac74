"""Graphs: exact lengths, exhaustive Kraft sums, classes counted, and what random graphs allow."""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from itertools import product

import laws
import networkx as nx
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.isomorphism import DiGraphMatcher, GraphMatcher
from scipy.stats import chisquare

import complexity
from complexity.code import DecodeError
from complexity.graphs import (
    GraphCodec,
    adjacency_bits,
    canonical_form,
    graph_of_bits,
    is_graph,
    plain_graph,
    random_graph,
    rewired_graph,
)

MODERATE = settings(max_examples=25, deadline=None)
INNER = ["enumerative", "kt", "ctw-bits:depth=6", "runs", "raw", "xz", "cm"]

# classes on n = 0, 1, ... nodes (OEIS): graphs A000088, digraphs A000273, with loops: symmetric
# relations A000666, relations A000595
CLASSES = {
    (False, False): (1, 1, 2, 4, 11, 34),
    (True, False): (1, 1, 3, 16, 218),
    (False, True): (1, 2, 6, 20, 90),
    (True, True): (1, 2, 10, 104),
}


def labelled(n: int, directed: bool = False, loops: bool = False):
    """Every labelled graph on n nodes."""
    pairs = [
        (u, v) for u, v in product(range(n), repeat=2) if (directed or u <= v) and (loops or u != v)
    ]
    for chosen in product((False, True), repeat=len(pairs)):
        graph = nx.DiGraph() if directed else nx.Graph()
        graph.add_nodes_from(range(n))
        graph.add_edges_from(pair for pair, taken in zip(pairs, chosen, strict=True) if taken)
        yield graph


def key(graph):
    edges = graph.edges if graph.is_directed() else map(tuple, map(sorted, graph.edges))
    return len(graph), frozenset(edges)


def relabelled(graph, rng):
    return nx.relabel_nodes(graph, dict(enumerate(rng.permutation(len(graph)).tolist())))


def automorphisms(graph) -> int:
    matcher = DiGraphMatcher if graph.is_directed() else GraphMatcher
    return sum(1 for _ in matcher(graph, graph).isomorphisms_iter())


@given(strategies.graphs())
def test_adjacency_bits_are_the_matrix_row_by_row(graph):
    n = len(graph)
    matrix = nx.to_numpy_array(graph, nodelist=range(n)) if n else np.zeros((0, 0))
    loops = bool(matrix.trace())
    kept = np.ones((n, n), bool) if graph.is_directed() else np.triu(np.ones((n, n), bool))
    if not loops:
        kept &= ~np.eye(n, dtype=bool)
    bits = adjacency_bits(graph)
    assert np.array_equal(bits, matrix[kept])
    assert laws.same(graph_of_bits(bits, graph), graph)


@pytest.mark.parametrize("inner", INNER)
@MODERATE
@given(graph=strategies.graphs())
def test_laws_over_codes_of_bits_and_of_bytes(inner, graph):
    code = complexity.get_code(f"graph({inner})")
    laws.check_round_trip(code, graph)
    laws.check_length(code, graph)
    laws.check_prefix_free(code, graph)


@pytest.mark.parametrize("inner", ["raw", "kt", "deflate"])
def test_damage(inner):
    for graph in strategies.EXAMPLES["graph"]:
        laws.check_damage(complexity.get_code(f"graph({inner})"), graph)


@pytest.mark.parametrize(
    ("graph", "pairs", "header"),
    [
        (nx.gnm_random_graph(20, 30, seed=1), 190, 8 + 16),
        (nx.gnm_random_graph(40, 300, seed=2), 780, 16 + 16),
        (nx.gnm_random_graph(11, 20, seed=3, directed=True), 110, 8 + 8),
        (nx.Graph([(0, 0), (0, 1)]), 3, 8 + 8),
        (nx.DiGraph([(0, 0), (1, 0)]), 4, 8 + 8),
        (nx.empty_graph(1), 0, 8 + 8),
    ],
)
def test_the_enumerative_code_is_that_of_erdos_renyi_graphs(graph, pairs, header):
    """The two numbers of the header, then log2 of (pairs + 1) and of the graphs with as many."""
    m = graph.number_of_edges()
    exact = header + math.log2(pairs + 1) + math.log2(math.comb(pairs, m))
    assert complexity.get_code("graph(enumerative)").bits(graph) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("n", range(6))
def test_kraft_holds_with_equality_over_all_labelled_graphs(n):
    """Given n and the number of pairs, which LEB128 writes in 16 bits, nothing is wasted."""
    code = complexity.get_code("graph(enumerative)")
    total = math.fsum(2 ** (16 - code.bits(graph)) for graph in labelled(n))
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("inner", ["ctw-bits", "kt:order=2", "enumerative", "raw"])
def test_kraft_over_all_kinds_of_labelled_graphs_together(inner):
    def domain():
        for (directed, loops), largest in {(0, 0): 5, (1, 0): 3, (0, 1): 3, (1, 1): 2}.items():
            for n in range(largest + 1):
                every = labelled(n, bool(directed), bool(loops))
                # those without loops are listed once already
                yield from (g for g in every if not loops or nx.number_of_selfloops(g))

    laws.check_kraft(complexity.get_code(f"graph({inner})"), domain())


@pytest.mark.parametrize(("directed", "loops"), list(CLASSES))
def test_canonical_forms_count_the_classes(directed, loops):
    """As many forms as classes are known, each met by n! / |Aut| labelled graphs."""
    for n, known in enumerate(CLASSES[directed, loops]):
        members = Counter()
        forms = {}
        for graph in labelled(n, directed, loops):
            form = canonical_form(graph)
            members[key(form)] += 1
            forms[key(form)] = form
        assert len(members) == known
        for name, form in forms.items():
            assert members[name] == math.factorial(n) // automorphisms(form)
            assert laws.same(canonical_form(form), form)


def test_canonical_forms_of_all_graphs_on_six_nodes():
    rng = np.random.default_rng(0)
    atlas = [graph for graph in map(plain_graph, nx.graph_atlas_g()) if len(graph) <= 6]
    forms = {key(canonical_form(graph)) for graph in atlas}
    assert len(forms) == len(atlas) == 1 + 1 + 2 + 4 + 11 + 34 + 156
    for graph in atlas:
        assert key(canonical_form(relabelled(graph, rng))) in forms
    laws.check_kraft(complexity.get_code("graph(ctw-bits):order=canonical"), atlas)


def shrikhande():
    steps = [(0, 1), (1, 0), (1, 1)]
    nodes = list(product(range(4), repeat=2))
    edges = [((a, b), ((a + x) % 4, (b + y) % 4)) for a, b in nodes for x, y in steps]
    return plain_graph(nx.Graph(edges))


@pytest.mark.parametrize(
    "graph",
    [
        shrikhande(),
        plain_graph(nx.line_graph(nx.complete_bipartite_graph(4, 4))),
        plain_graph(nx.paley_graph(29)),
        plain_graph(nx.hypercube_graph(5)),
        nx.random_regular_graph(3, 40, seed=1),
        nx.gnp_random_graph(60, 0.1, seed=2),
        plain_graph(nx.gnp_random_graph(40, 0.1, seed=3, directed=True)),
        nx.disjoint_union_all([nx.cycle_graph(5)] * 6),
    ],
)
def test_relabelling_changes_no_canonical_form(graph):
    rng = np.random.default_rng(1)
    form = canonical_form(graph)
    assert nx.is_isomorphic(form, graph)
    for _ in range(5):
        assert laws.same(canonical_form(relabelled(graph, rng)), form)


def test_two_strongly_regular_graphs_differ():
    """Both have 16 nodes, degree 6 and parameters (2, 2); refinement alone cannot tell them."""
    rook = plain_graph(nx.line_graph(nx.complete_bipartite_graph(4, 4)))
    assert nx.is_strongly_regular(rook)
    assert nx.is_strongly_regular(shrikhande())
    assert not laws.same(canonical_form(rook), canonical_form(shrikhande()))


@pytest.mark.parametrize("inner", ["ctw-bits", "xz"])
@MODERATE
@given(graph=strategies.graphs(), seed=st.integers(0, 2**32))
def test_laws_of_the_canonical_order(inner, graph, seed):
    """On representatives the laws hold as they are; others have the codeword of theirs."""
    code = complexity.get_code(f"graph({inner}):order=canonical")
    form = canonical_form(graph)
    for check in (laws.check_round_trip, laws.check_length, laws.check_prefix_free):
        check(code, form)
    assert nx.is_isomorphic(form, graph)
    other = relabelled(graph, np.random.default_rng(seed))
    assert code.encode(other) == code.encode(form)
    assert code.bits(other) == code.bits(form) == complexity.get_code(f"graph({inner})").bits(form)


def test_a_class_costs_at_most_log2_of_n_factorial_less():
    """The sum of 2^-bits over the labellings is the best code of a class that a code of labelled
    graphs gives: log2(n! / |Aut|) bits less where all labellings cost the same, else less than
    that below the cheapest; the codeword of one labelling cannot beat it."""
    n = 5
    for inner in ("enumerative", "ctw-bits"):
        code = complexity.get_code(f"graph({inner})")
        canonical = complexity.get_code(f"graph({inner}):order=canonical")
        lengths, forms = defaultdict(list), {}
        for graph in labelled(n):
            form = canonical_form(graph)
            forms[key(form)] = form
            lengths[key(form)].append(code.bits(graph))
        classes = {name: -math.log2(sum(2**-b for b in bits)) for name, bits in lengths.items()}
        assert sum(2**-bits for bits in classes.values()) <= 1
        for name, form in forms.items():
            saving = min(lengths[name]) - classes[name]
            most = math.log2(math.factorial(n) / automorphisms(form))
            assert -1e-9 <= saving <= most + 1e-9 <= math.log2(math.factorial(n)) + 2e-9
            if inner == "enumerative":
                assert saving == pytest.approx(most, abs=1e-9)
            assert canonical.bits(form) >= min(lengths[name]) - 1e-9 >= classes[name] - 2e-9


def gamma(m: int) -> int:
    return 2 * int(math.log2(m)) + 1


def test_structures_by_run_lengths():
    """Row i of a path is a one and n - 2 - i zeros; of a complete bipartite graph, zeros up to
    the other part and then ones: exact lengths, far below that of graphs with as many edges."""
    runs, uniform = (complexity.get_code(f"graph({inner})") for inner in ("runs", "enumerative"))
    n, a, b = 40, 12, 20
    path = [gamma(1) + gamma(n - 2 - i) for i in range(n - 2)] + [gamma(1)]
    assert runs.bits(nx.path_graph(n)) == 16 + gamma(len(path) * 2) + 1 + sum(path)
    parts = plain_graph(nx.complete_bipartite_graph(a, b))
    rows = [gamma(a - 1 - i) + gamma(b) for i in range(a - 1)]
    # the last row has no zeros before its ones, which go on from those of the row before
    rows[-1] += gamma(2 * b) - gamma(b)
    length = 16 + gamma(2 * len(rows) + 2) + 1 + sum(rows) + gamma(math.comb(b, 2))
    assert runs.bits(parts) == length
    for graph in (parts, plain_graph(nx.grid_2d_graph(12, 12))):
        assert complexity.get_code("graph(ctw-bits)").bits(graph) < 0.75 * uniform.bits(graph)


def test_random_graphs_are_incompressible():
    """Of the C(N, m) graphs a code can save k bits on a share of at most 2^-k: 20 bits on one of
    60 graphs by 4 codes with a chance below 2^-12."""
    for seed in range(60):
        graph = nx.gnm_random_graph(40, 50 + 10 * seed, seed=seed)
        least = math.log2(math.comb(780, graph.number_of_edges())) - 20
        for inner in ("ctw-bits", "kt", "runs", "xz"):
            assert complexity.get_code(f"graph({inner})").bits(graph) > least


def test_decoding_needs_no_igraph(monkeypatch):
    code = complexity.get_code("graph(kt):order=canonical")
    graph = nx.Graph(nx.petersen_graph().edges)
    blob = code.encode(graph)
    monkeypatch.setitem(sys.modules, "igraph", None)
    assert nx.is_isomorphic(code.decode(blob), graph)
    with pytest.raises(ImportError, match=r'pip install "complexodynamics\[graphs\]"'):
        code.bits(graph)


def test_plain_graphs():
    graph = nx.MultiGraph([("b", "a"), ("a", "c")], name="three")
    plain = plain_graph(nx.Graph(graph))
    assert sorted(plain.edges) == [(0, 1), (1, 2)]
    assert not plain.graph
    sparse = plain_graph(nx.DiGraph([(30, 10), (10, 20)]))
    assert sorted(sparse.edges) == [(0, 1), (2, 0)]
    karate = nx.karate_club_graph()
    assert set(plain_graph(karate).edges) == set(karate.edges)
    with pytest.raises(TypeError, match="merge parallel edges"):
        plain_graph(graph)
    with pytest.raises(TypeError, match="x: got list, accepted is a networkx graph"):
        plain_graph([(0, 1)])


@pytest.mark.parametrize(
    ("graph", "error", "says"),
    [
        (nx.Graph([("a", "b")]), ValueError, "got the node 'a', accepted are the integers 0 to 1"),
        (nx.Graph([(1, 2)]), ValueError, "networkx.convert_node_labels_to_integers"),
        (nx.Graph([(0, True)]), ValueError, "got the node True"),
        (nx.Graph([(0, 1.0)]), ValueError, "got the node 1.0"),
        (nx.Graph([(0, 1, {"weight": 2})]), ValueError, r"attributes \('weight'\)"),
        (nx.karate_club_graph(), ValueError, r"attributes \('name', 'club', 'weight'\)"),
        (nx.MultiGraph([(0, 1)]), TypeError, "got a multigraph"),
        (nx.MultiDiGraph([(0, 1)]), TypeError, "got a multigraph"),
        (nx.PlanarEmbedding(), TypeError, "got a PlanarEmbedding, accepted is a networkx Graph"),
        (nx.empty_graph(20_000), ValueError, "accepted are at most 134217728 node pairs"),
        ({0: [1]}, TypeError, "got dict, accepted is a networkx graph"),
    ],
)
def test_refusals(graph, error, says):
    for call in (GraphCodec("kt").bits, GraphCodec("kt").encode, canonical_form, adjacency_bits):
        with pytest.raises(error, match=f"^x: .*{says}"):
            call(graph)
    assert is_graph(graph) == isinstance(graph, nx.Graph)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("graph(array(xz))", "accepted is a registered code of bits or of bytes"),
        ("graph(entropy)", "accepted is a registered code of bits or of bytes"),
        ("graph:order=random", "known: given, canonical"),
    ],
)
def test_bad_specs(spec, says):
    with pytest.raises(ValueError, match=says):
        complexity.get_code(spec)


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (b"", "truncated: it ends inside the number of nodes"),
        (b"\x0c", "truncated"),
        (b"\x0c\x02\x00", "2 bytes|do not take|2 of|truncated"),
        (b"\x0c\x01\x10", "bits follow the last node pair"),
        (b"\x0d\x01\x40", "self-loops are announced, and there are none"),
        (b"\xff\xff\xff\xff\x7f\x00", "of at most 134217728 node pairs"),
    ],
)
def test_codewords_of_no_graph(blob, says):
    with pytest.raises(DecodeError, match=says):
        complexity.get_code("graph(raw)").decode(blob)


@MODERATE
@given(strategies.graphs(), st.integers(0, 2**32))
def test_surrogates_keep_what_they_say(graph, seed):
    rng = np.random.default_rng(seed)
    rewired, other = rewired_graph(graph, rng), random_graph(graph, rng)
    assert type(rewired) is type(other) is type(graph)
    for degree in ("in_degree", "out_degree") if graph.is_directed() else ("degree",):
        assert dict(getattr(rewired, degree)()) == dict(getattr(graph, degree)())
    assert set(nx.selfloop_edges(rewired)) == set(nx.selfloop_edges(graph))
    assert other.number_of_edges() == graph.number_of_edges() == rewired.number_of_edges()
    assert sorted(other) == sorted(graph)


def test_rewired_graphs_are_uniform():
    """On 6 nodes 70 labelled graphs have all degrees 2: 60 hexagons and 10 pairs of triangles."""
    rng = np.random.default_rng(0)
    counts = Counter(key(rewired_graph(nx.cycle_graph(6), rng)) for _ in range(7000))
    assert len(counts) == 70
    assert chisquare(list(counts.values())).pvalue > 1e-3


def test_random_graphs_are_uniform():
    rng = np.random.default_rng(0)
    counts = Counter(key(random_graph(nx.path_graph(4), rng)) for _ in range(4000))
    assert len(counts) == math.comb(6, 3)
    assert chisquare(list(counts.values())).pvalue > 1e-3


def test_a_graph_is_measured_by_its_node_pairs():
    graph = plain_graph(nx.grid_2d_graph(9, 9))
    result = complexity.measure(graph, progress=False)
    assert (result.unit, result.n_symbols) == ("node pairs", 81 * 40)
    entries = complexity.codes(available=True).values()
    takers = [e for e in entries if e.domain in ("bytes", "bits") and e.kind != "estimate"]
    assert {row.code for row in result.rows} == {f"graph({entry.name})" for entry in takers}
    rows = {row.code: row for row in result.rows}
    # both surrogates have as many edges, and this code sees no more
    flat = rows["graph(enumerative)"]
    assert flat.bits == flat.shuffled_bits == flat.random_bits
    lattice = rows["graph(ctw-bits)"]
    assert lattice.bits < 0.8 * lattice.shuffled_bits
    assert lattice.z_shuffled < -10
    again = complexity.measure(graph, codes=["ctw-bits"], workers=1, progress=False).rows[0]
    assert (again.bits, again.shuffled_bits) == (lattice.bits, lattice.shuffled_bits)


def test_codes_of_graphs_by_name():
    graph = plain_graph(nx.barabasi_albert_graph(60, 3, seed=1))
    specs = ["kt", "graph(xz):order=canonical", "zlib"]
    result = complexity.measure(graph, codes=specs, surrogates=1, progress=False)
    assert {row.code for row in result.rows} == {"graph(kt)", specs[1], "graph(zlib)"}
    best = complexity.best_bits(graph, codes=["kt", "runs"])
    lengths = [complexity.get_code(f"graph({inner})").bits(graph) for inner in ("kt", "runs")]
    assert best == min(lengths) + 1
    with pytest.raises(ValueError, match="got nothing"):
        complexity.measure(nx.empty_graph(1))


def test_structure_above_degrees_in_the_karate_club():
    """In the order of the published data, which lists members by their factions."""
    graph = plain_graph(nx.karate_club_graph())
    (row,) = complexity.measure(graph, codes=["ctw-bits"], surrogates=20, progress=False).rows
    assert row.bits < complexity.get_code("graph(enumerative)").bits(graph)
    assert row.ratio_high < 1
    assert row.z_shuffled < -3
