"""Trees: joining against additive trees, quartets against every tree, Newick there and back."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.distances import (
    DistanceMatrix,
    Tree,
    _kernels,
    classical_mds,
    classify_by_neighbours,
    linkage,
    neighbour_joining,
    parse_newick,
    quartet_score,
    quartet_tree,
    robinson_foulds,
)

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""uint64 arithmetic wraps around silently in compiled kernels, with a warning in plain Python."""

NAMES = "abcdefghijklmnopqrstuvwxyz"


def random_tree(n: int, seed: int) -> Tree:
    """Leaves go into random edges one after another; lengths from 0.1 to 2."""
    rng = np.random.default_rng(seed)
    if n == 2:
        return Tree(("a", "b"), ((0, 1),), (float(rng.uniform(0.1, 2)),))
    edges = [(0, n), (1, n), (2, n)]
    for leaf in range(3, n):
        inner = n + leaf - 2
        a, b = edges.pop(int(rng.integers(len(edges))))
        edges += [(a, inner), (b, inner), (leaf, inner)]
    return Tree(tuple(NAMES[:n]), tuple(edges), tuple(rng.uniform(0.1, 2, len(edges)).tolist()))


def every_binary_tree(n: int) -> list[Tree]:
    """All (2n - 5)!! shapes."""
    shapes = [[(0, n), (1, n), (2, n)]]
    for leaf in range(3, n):
        inner = n + leaf - 2
        shapes = [
            [*edges[:at], *edges[at + 1 :], *((end, inner) for end in (*edges[at], leaf))]
            for edges in shapes
            for at in range(len(edges))
        ]
    return [Tree(tuple(NAMES[:n]), tuple(edges)) for edges in shapes]


def random_matrix(n: int, seed: int) -> DistanceMatrix:
    values = np.triu(np.random.default_rng(seed).uniform(0.1, 1, (n, n)), 1)
    return DistanceMatrix(tuple(NAMES[:n]), values + values.T)


def splits_by_hand(tree: Tree) -> set[frozenset[frozenset[str]]]:
    """Both sides of every edge by deleting it and walking."""
    found = set()
    for cut in tree.edges:
        side, stack = {cut[0]}, [cut[0]]
        while stack:
            node = stack.pop()
            for a, b in tree.edges:
                for here, there in ((a, b), (b, a)):
                    if here == node and (a, b) != cut and there not in side:
                        side.add(there)
                        stack.append(there)
        one = frozenset(tree.labels[node] for node in side if node < len(tree.labels))
        other = frozenset(tree.labels) - one
        if min(len(one), len(other)) > 1:
            found.add(frozenset((one, other)))
    return found


def score_by_hand(tree: Tree, matrix: DistanceMatrix) -> float:
    """S(T) with the embedded pairing read from the splits."""
    splits = splits_by_hand(tree)
    least = most = own = 0.0
    for four in combinations(tree.labels, 4):
        a, b, c, d = four
        costs = {}
        for one, other in (((a, b), (c, d)), ((a, c), (b, d)), ((a, d), (b, c))):
            costs[one, other] = matrix[one] + matrix[other]
        least, most = least + min(costs.values()), most + max(costs.values())
        embedded = [
            cost
            for (one, other), cost in costs.items()
            if any(
                {frozenset(one), frozenset(other)} == {frozenset(four) & side for side in split}
                for split in splits
            )
        ]
        own += embedded[0] if embedded else sum(costs.values()) / 3
    return (most - own) / (most - least)


# Neighbour joining


@settings(max_examples=80)
@given(st.integers(2, 20), st.integers(0, 2**32))
def test_joining_recovers_additive_trees(n, seed):
    tree = random_tree(n, seed)
    found = neighbour_joining(DistanceMatrix(tree.labels, tree.path_lengths()))
    expected = tree.splits(trivial=True)
    measured = found.splits(trivial=True)
    assert measured.keys() == expected.keys()
    for split, length in expected.items():
        assert measured[split] == pytest.approx(length, abs=1e-9)
    assert robinson_foulds(tree, found) == 0


def test_joining_the_example_of_a_textbook():
    """Saitou and Nei's Table 1 has this shape: the example of the method's Wikipedia article."""
    d = [[0, 5, 9, 9, 8], [5, 0, 10, 10, 9], [9, 10, 0, 8, 7], [9, 10, 8, 0, 3], [8, 9, 7, 3, 0]]
    tree = neighbour_joining(DistanceMatrix(tuple("abcde"), np.array(d)))
    lengths = tree.splits(trivial=True)
    expected = {"b": 3, "c": 4, "d": 2, "e": 1, "cde": 3, "de": 2, "bcde": 2}
    assert {"".join(sorted(split)): length for split, length in lengths.items()} == expected


def test_joining_needs_two():
    with pytest.raises(ValueError, match="matrix: got 1 objects, accepted are at least 2"):
        neighbour_joining(DistanceMatrix(("a",), np.zeros((1, 1))))


# Quartets


@pytest.mark.parametrize("seed", range(3))
def test_the_quartet_tree_is_the_best_of_all_trees(seed):
    matrix = random_matrix(6, seed)
    trees = every_binary_tree(6)
    assert len(trees) == 105
    scores = [score_by_hand(tree, matrix) for tree in trees]
    for tree, score in zip(trees, scores, strict=True):
        assert quartet_score(tree, matrix) == pytest.approx(score, abs=1e-12)
    found = quartet_tree(matrix, restarts=3, patience=3000, progress=False)
    assert found.score == pytest.approx(max(scores), abs=1e-12)
    assert np.mean(scores) == pytest.approx(
        np.mean([score_by_hand(Tree(matrix.labels, STAR), matrix)]), abs=1e-9
    )


STAR = tuple((leaf, 6) for leaf in range(6))


@settings(max_examples=25)
@given(st.integers(4, 14), st.integers(0, 2**32))
def test_tree_metrics_are_fitted_perfectly(n, seed):
    tree = random_tree(n, seed)
    matrix = DistanceMatrix(tree.labels, tree.path_lengths())
    assert quartet_score(tree, matrix) == pytest.approx(1, abs=1e-12)
    found = quartet_tree(matrix, restarts=2, patience=5000, progress=False)
    assert found.score == pytest.approx(1, abs=1e-9)
    assert robinson_foulds(found.tree, tree) == 0


@settings(max_examples=40)
@given(st.integers(4, 12), st.integers(0, 2**32))
def test_the_quick_cost_is_the_sum_over_quartets(n, seed):
    tree, matrix = random_tree(n, seed), random_matrix(n, seed)
    near = np.full((2 * n - 2, 3), -1, np.int64)
    for node, others in enumerate(tree.neighbours):
        near[node, : len(others)] = others
    work = np.empty((6, 2 * n - 2), np.int64)
    paths = Tree(tree.labels, tree.edges).path_lengths().astype(np.int64)
    quick = _kernels.binary_cost(near, np.array(matrix.values), work)
    assert quick == pytest.approx(_kernels.quartet_sums(paths, np.array(matrix.values))[2])


@settings(max_examples=40)
@given(st.integers(4, 15), st.integers(0, 2**32), st.integers(0, 200))
def test_mutations_keep_a_tree_a_tree(n, seed, trials):
    state = np.random.SeedSequence(seed).generate_state(4, np.uint64)
    near = np.empty((2 * n - 2, 3), np.int64)
    _kernels.random_tree(near, state)
    work = np.empty((2, 2 * n - 2), np.int64)
    for trial in range(trials):
        if trial % 3 == 2:
            _kernels._transfer(near, state, work[0], work[1])
        else:
            _kernels._swap(near, state, work[0], work[1], trial % 3 == 0)
    pairs = [(a, int(b)) for a, row in enumerate(near) for b in row if a < b]
    tree = Tree(tuple(NAMES[:n]), tuple(pairs))
    assert len(tree.edges) == 2 * n - 3


def test_mutations_reach_every_tree():
    state = np.random.SeedSequence(5).generate_state(4, np.uint64)
    near = np.empty((8, 3), np.int64)
    _kernels.random_tree(near, state)
    work, seen = np.empty((2, 8), np.int64), [set(), set()]
    for kind, found in enumerate(seen):
        for _ in range(1500):
            if kind:
                _kernels._transfer(near, state, work[0], work[1])
            else:
                _kernels._swap(near, state, work[0], work[1], False)
            pairs = [(a, int(b)) for a, row in enumerate(near) for b in row if a < b]
            found.add(Tree(tuple("abcde"), tuple(pairs)).to_newick())
    assert [len(found) for found in seen] == [15, 15]


def test_the_search_is_a_function_of_its_seed():
    matrix = random_matrix(12, 0)
    runs = [
        quartet_tree(matrix, seed=4, restarts=3, patience=500, workers=workers, progress=False)
        for workers in (1, 3)
    ]
    assert runs[0].scores == runs[1].scores
    assert runs[0].tree == runs[1].tree
    assert runs[0].trials == runs[1].trials >= 3 * 500  # no tree fits: patience ends each search
    assert runs[0].score < 1
    assert "found by" in repr(runs[0])
    assert quartet_score(parse_newick(runs[0].to_dict()["newick"]), matrix) == pytest.approx(
        runs[0].score
    )


def test_numbers_of_numpy_are_json():
    matrix = DistanceMatrix(tuple("abcd"), 1.0 - np.eye(4))
    found = quartet_tree(matrix, seed=np.int64(1), restarts=np.int64(2), progress=False)
    assert json.loads(json.dumps(found.to_dict()))["provenance"]["restarts"] == 2


def test_a_start_is_never_made_worse():
    matrix = random_matrix(10, 1)
    start = neighbour_joining(matrix)
    found = quartet_tree(matrix, start=start, restarts=1, patience=1, progress=False)
    assert found.score >= quartet_score(start, matrix) - 1e-12


@pytest.mark.parametrize("distance", [0.0, 1.0])
def test_equal_distances_fit_every_tree(distance):
    matrix = DistanceMatrix(tuple("abcde"), distance * (1.0 - np.eye(5)))
    found = quartet_tree(matrix, restarts=1, patience=10, progress=False)
    assert (found.score, found.trials) == (1, 0)


@pytest.mark.parametrize(
    ("n", "options", "message"),
    [
        (3, {}, "matrix: got 3 objects, accepted are at least 4"),
        (5, {"restarts": 0}, "restarts: got 0"),
        (5, {"patience": 0}, "patience: got 0"),
        (5, {"workers": 0}, "workers: got 0"),
        (5, {"seed": -1}, "seed: got -1"),
        (5, {"start": random_tree(6, 0)}, "start: accepted is a binary tree"),
        (5, {"start": Tree(tuple("abcde"), tuple((k, 5) for k in range(5)))}, "start: accepted"),
    ],
)
def test_bad_searches_are_refused(n, options, message):
    with pytest.raises(ValueError, match=message):
        quartet_tree(random_matrix(n, 0), progress=False, **options)


def test_scores_need_the_same_leaves():
    with pytest.raises(ValueError, match="the leaf 'f' is not in both"):
        quartet_score(random_tree(6, 0), random_matrix(5, 0))


# Splits, clades, distances between trees


@settings(max_examples=50)
@given(st.integers(3, 10), st.integers(0, 2**32), st.integers(0, 2**32))
def test_robinson_foulds_by_hand(n, one, other):
    first, second = random_tree(n, one), random_tree(n, other)
    by_hand = len(splits_by_hand(first) ^ splits_by_hand(second))
    assert robinson_foulds(first, second) == robinson_foulds(second, first) == by_hand
    assert robinson_foulds(first, first) == 0


def test_robinson_foulds_needs_the_same_leaves():
    with pytest.raises(ValueError, match="only one of them has the leaf 'e'"):
        robinson_foulds(random_tree(5, 0), random_tree(4, 0))


@settings(max_examples=50)
@given(st.integers(4, 9), st.integers(0, 2**32))
def test_clades_by_hand(n, seed):
    tree = random_tree(n, seed)
    sides = {side for split in splits_by_hand(tree) for side in split}
    for size in range(2, n - 1):
        for members in combinations(tree.labels, size):
            assert tree.is_clade(members) == (frozenset(members) in sides)
    assert tree.is_clade([tree.labels[2]])
    assert tree.is_clade(tree.labels)
    assert tree.is_clade(tree.labels[1:])


def test_unknown_leaves_are_no_clade():
    with pytest.raises(ValueError, match="labels: unknown 'z'"):
        random_tree(5, 0).is_clade(["a", "z"])
    with pytest.raises(ValueError, match="labels: got none"):
        random_tree(5, 0).is_clade([])


@pytest.mark.parametrize(
    ("labels", "edges", "message"),
    [
        ("ab", (), "accepted is a tree over the nodes"),
        ("aa", ((0, 1),), "all different"),
        ("", (), "at least one"),
        ("abc", ((0, 3), (1, 3)), "accepted is a tree"),
        ("abc", ((0, 1), (1, 2)), "node 1 has 2 neighbours"),
        ("abcd", ((0, 4), (4, 5), (1, 5), (2, 5), (3, 5)), "node 4 has 2 neighbours"),
        ("abcd", ((0, 1), (2, 4), (3, 4), (2, 3)), "not connected"),
    ],
)
def test_what_is_no_tree(labels, edges, message):
    with pytest.raises(ValueError, match=message):
        Tree(tuple(labels), edges)
    with pytest.raises(ValueError, match="lengths: got 2 for 1 edges"):
        Tree(("a", "b"), ((0, 1),), (1.0, 2.0))


# Newick


def same(one: Tree, other: Tree) -> bool:
    if set(one.labels) != set(other.labels) or (one.lengths is None) != (other.lengths is None):
        return False
    first, second = one.splits(trivial=True), other.splits(trivial=True)
    if first.keys() != second.keys():
        return False
    return one.lengths is None or all(first[split] == second[split] for split in first)


labels = st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=12, unique=True)


@settings(max_examples=150)
@given(labels, st.integers(0, 2**32), st.booleans())
def test_newick_there_and_back(names, seed, measured):
    shape = random_tree(len(names), seed)
    tree = Tree(tuple(names), shape.edges, shape.lengths if measured else None)
    text = tree.to_newick()
    back = parse_newick(text)
    assert same(back, tree)
    assert back.to_newick() == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a;", "a;"),
        ("(a,b);", "(a,b);"),
        ("(a:1,b:2);", "(a:3.0,b:0.0);"),
        ("((a,b),(c,d));", "(a,b,(c,d));"),
        ("((a:1,b:1):1,(c:1,d:1):2):5;", "(a:1.0,b:1.0,(c:1.0,d:1.0):3.0);"),
        (" ( a , [comment] b\n,c ) root ; ", "(a,b,c);"),
        ("(a,b,((c,d)));", "(a,b,(c,d));"),
        ("((a,b,c,d));", "(a,b,c,d);"),
        ("('it''s',\"b\",'x y':2,d);", "(\"b\",d,'it''s','x y');".replace('"b"', "'\"b\"'")),
        ("(a:1e-3,b:-2,c);", "(a:0.001,b:-2.0,c:0.0);"),
        ("(a,b,(c,d)x_1:0.5);", "(a:0.0,b:0.0,(c:0.0,d:0.0):0.5);"),
        ("(b_c,a,d);", "(a,'b_c',d);"),
        ("((((((a))))));", "a;"),
    ],
)
def test_newick_of_others(text, canonical):
    if text.startswith("('it"):
        assert parse_newick(text).labels == ("it's", '"b"', "x y", "d")
        return
    assert parse_newick(text).to_newick() == canonical


@pytest.mark.parametrize(
    ("labels", "length", "message"),
    [
        (("", "b"), 1.0, "empty label"),
        (("a", "b"), float("nan"), "length of NaN"),
        (("a", "b"), float("inf"), "length of NaN or infinity"),
    ],
)
def test_what_newick_cannot_hold_is_not_written(labels, length, message, tmp_path):
    tree = Tree(labels, ((0, 1),), (length,))
    with pytest.raises(ValueError, match=message):
        tree.to_newick()
    with pytest.raises(ValueError, match=message):
        tree.save(tmp_path / "t.nwk")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the ';' at the end is missing"),
        (";", "a leaf without a label"),
        ("(a,b)", "the ';' at the end is missing, at character 6"),
        ("(a,b;", "1 brackets are not closed"),
        ("a,b;", "',' outside brackets, at character 2"),
        ("(a,b));", "'\\)' outside brackets, at character 6"),
        ("(a,,b);", "a leaf without a label, at character 4"),
        ("(a,b,);", "a leaf without a label"),
        ("();", "a leaf without a label"),
        ("(a,'');", "a leaf without a label"),
        ("(a,b)(c,d);", "'\\(' where a comma"),
        ("(a b,c);", "label 'b' where a comma"),
        ("(a(b,c));", "'\\(' where a comma"),
        ("(a:,b);", "',' is no length"),
        ("(a:x,b);", "'x' is no length"),
        ("(a:nan,b);", "'nan' is no length"),
        ("(a:1:2,b);", "a second length"),
        ("(a:1 b,c);", "label 'b' where"),
        ("(a,b):", "the ';' at the end"),
        ("(a,b);c", "'c' after the end"),
        ("(a,a);", "the leaf 'a' occurs twice"),
        ("(a,'b);", "a quote that does not end, at character 4"),
        ("(a,[b);", "a comment that does not end"),
        ("(a,b]);", "stray ']'"),
    ],
)
def test_malformed_newick(text, message):
    with pytest.raises(ValueError, match=message):
        parse_newick(text)


@settings(max_examples=400)
@given(st.text("(),:;ab'[] 1.", max_size=25))
def test_any_text_is_a_tree_or_a_value_error(text):
    try:
        tree = parse_newick(text)
    except ValueError as error:
        message = str(error)
    else:
        assert same(parse_newick(tree.to_newick()), tree)
        return
    assert message.startswith("text: no Newick tree: ")


@settings(max_examples=100)
@given(st.integers(3, 8), st.integers(0, 2**32), st.data())
def test_damaged_newick_is_a_tree_or_a_value_error(n, seed, data):
    text = random_tree(n, seed).to_newick()
    at = data.draw(st.integers(0, len(text) - 1))
    damage = data.draw(st.sampled_from(["", "(", ")", ",", ":", ";", "'", "x"]))
    message = "no Newick tree"
    try:
        parse_newick(text[:at] + damage + text[at + 1 :])
    except ValueError as error:
        message = str(error)
    assert "no Newick tree" in message


def test_deep_trees_need_no_recursion():
    n = 3000
    text = "(" * (n - 1) + "x0," + "),".join(f"x{k}" for k in range(1, n)) + ");"
    tree = parse_newick(text)
    assert len(tree.labels) == n
    assert same(parse_newick(tree.to_newick()), tree)


def test_files_and_types(tmp_path):
    tree = random_tree(6, 0)
    path = tree.save(tmp_path / "tree.nwk")
    assert same(parse_newick(path.read_text()), tree)
    with pytest.raises(ValueError, match=r"accepted is a name in \.nwk"):
        tree.save(tmp_path / "tree.txt")
    with pytest.raises(TypeError, match="text: got bytes, accepted is a str"):
        parse_newick(b"a;")  # type: ignore[arg-type]
    assert tree.to_dict()["newick"] == tree.to_newick()


# Linkage and pictures


def test_average_linkage_of_an_ultrametric():
    tree = parse_newick("((a:1,b:1):2,((c:0.5,d:0.5):1,e:1.5):1.5);")
    found = linkage(DistanceMatrix(tree.labels, tree.path_lengths()))
    assert robinson_foulds(found.to_tree(), tree) == 0
    np.testing.assert_allclose(
        found.to_tree().path_lengths(), tree.path_lengths()[np.ix_(*[range(5)] * 2)], atol=1e-12
    )
    assert sorted(found.order()) == list("abcde")
    assert repr(found) == "Dendrogram(5 leaves, average linkage)"
    assert found.to_dict()["method"] == "average"
    with pytest.raises(ValueError, match="did you mean 'average'"):
        linkage(DistanceMatrix(tree.labels, tree.path_lengths()), method="averge")
    with pytest.raises(ValueError, match="at least 2"):
        linkage(DistanceMatrix(("a",), np.zeros((1, 1))))


@pytest.mark.parametrize("n", [2, 3, 4, 20])
def test_every_tree_can_be_drawn(tmp_path, n):
    tree = random_tree(n, 1)
    tree.plot(tmp_path / "tree.png", title="a tree")
    tree.plot(tmp_path / "shape.svg", lengths=False)
    assert (tmp_path / "tree.png").stat().st_size > 1000
    linkage(DistanceMatrix(tree.labels, tree.path_lengths())).plot(tmp_path / "d.png", title="x")


def test_no_two_edges_of_a_drawing_cross():
    from complexity.distances._drawing import equal_angle

    for seed in range(5):
        tree = random_tree(12, seed)
        places = {node: np.array(place[:2]) for node, place in equal_angle(tree).items()}
        for first, second in combinations(tree.edges, 2):
            if not set(first) & set(second):
                assert not crossing(*(places[node] for node in (*first, *second)))


def crossing(a, b, c, d) -> bool:
    """Whether the segments ab and cd cross."""

    def turn(p, q, r) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return turn(a, b, c) * turn(a, b, d) < -1e-12 and turn(c, d, a) * turn(c, d, b) < -1e-12


@pytest.mark.parametrize("matrix", [np.zeros((4, 4)), [[0, 1], [1, 0]], None])
def test_distances_without_labels_are_refused(matrix):
    calls = [quartet_tree, neighbour_joining, linkage, classical_mds]
    calls.append(lambda found: quartet_score(Tree(("a", "b"), ((0, 1),)), found))
    calls.append(lambda found: classify_by_neighbours(found, ["x", "y", "x", "y"]))
    for call in calls:
        with pytest.raises(TypeError, match=r"matrix: got .*DistanceMatrix\(labels, values\)"):
            call(matrix)
