"""The elementary rules between order and chaos: theorems, equivalence, ranks, the picture."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from sklearn.metrics import roc_auc_score

from simulations.automata.analysis import equivalents
from simulations.automata.classification import (
    MEASURES,
    ComplexityPlane,
    classify,
    complexity_plane,
)
from simulations.automata.measures.scatter import Panel, labelled_scatter
from simulations.automata.measures.separation import separation

SMALL = {"width": 211, "transient": 300, "steps": 48, "histories": 2}


@pytest.fixture(scope="module")
def plane():
    """Two rules of each class, and a mirror image."""
    return complexity_plane([0, 8, 204, 108, 30, 90, 110, 54, 124], progress=False, **SMALL)


def test_a_rule_and_its_mirror_image_have_the_same_numbers(plane):
    rule, mirror = plane.rules[6].to_dict(), plane.rules[8].to_dict()
    assert (rule.pop("rule"), mirror.pop("rule")) == (110, 124)
    assert rule == mirror
    assert len(plane.representatives) == 8


def test_what_theory_says(plane):
    zero, _, still, _, _, additive, *_ = plane.rules
    named = ("entropy_rate", "excess_entropy", "statistical_complexity", "light_cone_bits")
    assert [getattr(zero, name) for name in named] == [0, 0, 0, 0]
    assert zero.lyapunov_exponent == -math.inf
    assert zero.to_dict()["lyapunov_exponent"] is None
    assert zero.damage_growth == still.damage_growth == 0
    assert zero.transient == 1 - 2**-17
    assert (still.lyapunov_exponent, still.temporal_entropy_rate, still.transient) == (0, 0, 0)
    assert additive.lyapunov_exponent == pytest.approx(math.log(2), abs=1e-12)
    assert additive.damage_growth == 2
    # Martin, Odlyzko and Wolfram 1984: on an odd ring half of the states have no predecessor, and
    # all others lie on cycles
    assert additive.transient == 0.5
    assert additive.entropy_rate == pytest.approx(1, abs=0.01)
    wider = classify(90, width=1021, transient=100, steps=128, histories=1)
    assert abs(wider.light_cone_bits) < 0.01


def test_labels_are_those_of_88_sets():
    plane = ComplexityPlane(
        tuple(
            classify(rule, width=64, transient=0, steps=16, histories=1)
            for rule in (32, 2, 18, 41, 97)
        )
    )
    assert [each.wolfram_class for each in plane.rules] == [1, 2, 3, 4, 4]
    assert len({min(equivalents(rule)) for rule in range(256)}) == 88


def test_a_history_of_one_has_no_error_and_equal_calls_are_equal():
    first = classify(22, width=64, transient=0, steps=16, histories=1)
    assert math.isnan(first.errors["entropy_rate"])
    assert first.to_dict()["errors"]["entropy_rate"] is None
    again = classify(22, width=64, transient=0, steps=16, histories=1, seed=1)
    assert again.entropy_rate != first.entropy_rate
    assert first.place == (first.entropy_rate, first.statistical_complexity)


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=9),
    st.lists(st.integers(-3, 3), min_size=1, max_size=9),
)
def test_the_area_is_that_of_the_curve(first, second):
    found = separation(first, second, resamples=50)
    labels = [0] * len(first) + [1] * len(second)
    assert found.auc == pytest.approx(roc_auc_score(labels, first + second))
    assert 0 <= found.low <= found.high <= 1
    assert 0 < found.p_value <= 1


def test_the_test_is_that_of_all_permutations():
    first, second = [0.1, 0.4, 0.3], [0.35, 0.9, 1.5, 2.0]
    both = first + second
    wins = [
        sum(both[j] > both[i] for i in chosen for j in range(7) if j not in chosen)
        for chosen in itertools.combinations(range(7), 3)
    ]
    observed = sum(b > a for a in first for b in second)
    extreme = [abs(each - 6) >= abs(observed - 6) for each in wins]
    assert separation(first, second).p_value == pytest.approx(np.mean(extreme))


def test_an_interval_covers_what_it_should():
    random = np.random.default_rng(5)
    truth = 0.5 * (1 + math.erf(1 / 2))  # two normal laws one deviation apart
    covered = 0
    for trial in range(100):
        first, second = random.normal(0, 1, 30), random.normal(1, 1, 30)
        found = separation(first, second, resamples=200, seed=trial)
        covered += found.low <= truth <= found.high
    assert 88 <= covered <= 99


def test_infinite_numbers_have_ranks_and_missing_ones_have_not():
    assert separation([-math.inf, -math.inf], [0, 1]).auc == 1
    assert separation([2, 2], [2]).p_value == 1
    with pytest.raises(ValueError, match="first: got"):
        separation([math.nan], [1])
    with pytest.raises(ValueError, match="second: got"):
        separation([1], [])


def test_the_plane_can_be_kept_and_drawn(plane, tmp_path):
    document = json.loads(plane.save(tmp_path / "plane.json").read_text())
    assert set(document["separations"]) == set(MEASURES)
    assert document["separations"]["entropy_rate"]["1, 2 | 3"]["second"] == 2
    plane.plot(tmp_path / "plane.png")
    assert (tmp_path / "plane.png").stat().st_size > 5000
    with pytest.raises(ValueError, match="pairs: unknown 'beauty'"):
        plane.plot(pairs=[("transient", "beauty")])


def test_nearest_neighbours(plane):
    shares = plane.nearest_neighbour()
    assert set(shares) == {1, 2, 3, 4}
    assert all(share in (0, 0.5, 1) for share in shares.values())
    alone = ComplexityPlane(plane.rules[:1])
    with pytest.raises(ValueError, match="rules: got 1 sets"):
        alone.nearest_neighbour()


def test_one_side_without_rules_is_said():
    plane = complexity_plane([0, 204], progress=False, **SMALL)
    with pytest.raises(ValueError, match="second: got"):
        plane.separation("entropy_rate", "1, 2 | 3")
    assert set(plane.to_dict()["separations"]["xz_bits"]) == {"1 | 2"}
    with pytest.raises(ValueError, match="measure: unknown 'entropy'"):
        plane.separation("entropy", "1 | 2")


def test_no_label_lies_on_another():
    random = np.random.default_rng(3)
    points = np.concatenate([random.normal(0, 1, (60, 2)), np.zeros((12, 2))])
    panel = Panel([(x, y) for x, y in points.tolist()], ("x", "y"))
    labels = [str(i) for i in range(72)]
    figure = labelled_scatter([panel, panel], labels, [1, 2, 3, 4] * 18)
    figure.draw_without_rendering()
    axes = figure.axes[1]
    boxes = np.array([Text.get_window_extent(each).extents for each in axes.texts])
    assert len(boxes) > 55
    a, b = boxes[:, None], boxes[None]
    apart = (a[..., :2] >= b[..., 2:] - 1) | (a[..., 2:] <= b[..., :2] + 1)
    assert (apart.any(axis=2) | np.eye(len(boxes), dtype=bool)).all()
    frame = axes.get_window_extent().extents
    assert (boxes[:, :2] >= frame[:2] - 1).all()
    assert (boxes[:, 2:] <= frame[2:] + 1).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 63}, "width: got 63"),
        ({"steps": 5}, "steps: got 5"),
        ({"histories": 0}, "histories: got 0"),
    ],
)
def test_one_clear_error(options, message):
    with pytest.raises(ValueError, match=message):
        classify(30, **options)
    with pytest.raises(ValueError, match="rule: got 256"):
        classify(256)
