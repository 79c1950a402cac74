"""Laws recovered from themselves, against linear regression, and what Kaplan et al. printed."""

from __future__ import annotations

import functools
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import linregress
from torch import nn

from neural import papers, scaling
from neural.models.language import small_gpt
from neural.scaling import JointLaw, Point, PowerLaw, Recipe, kaplan, sweeping
from neural.tasks.text import Corpus, corpus

X = np.array([1e3, 3e3, 1e4, 5e4, 2e5, 1e6])


# Fits


@given(st.floats(-2, 2), st.floats(1e-3, 1e3))
def test_a_law_is_recovered(exponent, coefficient):
    law = scaling.fit(X, coefficient * X**-exponent, resamples=20)
    assert law.exponent == pytest.approx(exponent, abs=1e-9)
    assert law.low == pytest.approx(exponent, abs=1e-9)
    assert law.high == pytest.approx(exponent, abs=1e-9)
    np.testing.assert_allclose(law(X), coefficient * X**-exponent, rtol=1e-9)
    assert law.rms < 1e-9


@pytest.mark.parametrize(("exponent", "offset"), [(0.076, 0.0), (0.34, 1.69), (0.5, 0.01)])
def test_a_law_with_an_offset_is_recovered(exponent, offset):
    y = 5 * (X / 1e3) ** -exponent + offset
    law = scaling.fit(X, y, offset=True, resamples=5)
    assert law.exponent == pytest.approx(exponent, rel=1e-5)
    assert law.offset == pytest.approx(offset, abs=1e-5)
    np.testing.assert_allclose(law(1e8), 5 * 1e5**-exponent + offset, rtol=1e-5)
    assert law.low <= law.exponent + 1e-6
    assert law.high >= law.exponent - 1e-6


def test_a_fit_is_linear_regression_of_logs():
    rng = np.random.default_rng(0)
    y = 3 * X**-0.1 * np.exp(0.05 * rng.normal(size=len(X)))
    law, line = scaling.fit(X, y, resamples=0), linregress(np.log(X), np.log(y))
    assert law.exponent == pytest.approx(-line.slope)
    assert law.intercept == pytest.approx(line.intercept)
    assert law.r2 == pytest.approx(line.rvalue**2)
    assert math.isnan(law.low)


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_units_do_not_matter(first, second):
    """Other units of x and y change the scale, not the exponent."""
    y = np.array([4.0, 3.6, 3.1, 2.9, 2.4, 2.2])
    law, other = (scaling.fit(a * X, b * y, resamples=0) for a, b in ((1, 1), (first, second)))
    assert other.exponent == pytest.approx(law.exponent)
    assert other.scale == pytest.approx(law.scale * first * second ** (1 / law.exponent), rel=1e-6)


@pytest.mark.parametrize(("seeds", "points"), [(1, 4), (1, 10), (2, 6), (3, 6), (6, 10)])
def test_intervals_hold_the_truth(seeds, points):
    """At least 90 of 100: those of the exponent and of what is foretold, also by few of a kind."""
    rng = np.random.default_rng(seeds)
    held, x = np.zeros(2), np.logspace(3, 6, points)
    for _ in range(200):
        y = 5 * x**-0.07 * np.exp(0.02 * rng.normal(size=(seeds, len(x))))
        law = scaling.fit(x, y, resamples=100)
        assert law.resampled == ("points" if seeds == 1 else "seeds")
        low, high = law.interval(1e7)
        assert low < law(1e7) < high
        held += law.low <= 0.07 <= law.high, low <= 5 * 1e7**-0.07 <= high
    assert held.min() >= 180


@pytest.mark.parametrize("seeds", [2, 3, 8])
def test_intervals_over_seeds_are_students(seeds):
    """The exponent is the mean of the seeds' own, as all have the same x."""
    rng = np.random.default_rng(seeds)
    y = 3 * X**-0.1 * np.exp(0.05 * rng.normal(size=(seeds, len(X))))
    own = [-linregress(np.log(X), np.log(row)).slope for row in y]
    law = scaling.fit(X, y, resamples=4000)
    low, high = stats.t.interval(0.95, seeds - 1, np.mean(own), stats.sem(own))
    assert law.high - law.low == pytest.approx(high - low, rel=0.05)
    assert (law.low + law.high) / 2 == pytest.approx((low + high) / 2)


def test_as_many_points_as_numbers_leave_everything_open():
    law = scaling.fit([1e3, 1e5], [3.0, 2.0], resamples=20)
    assert (law.low, law.high) == (-math.inf, math.inf)
    assert law.interval(1e6) == (0, math.inf)
    assert law.to_dict()["low"] is None
    bent = scaling.fit([1e3, 1e4, 1e5], [3.0, 2.2, 2.0], offset=True, resamples=5)
    assert math.isinf(bent.high)


def test_held_out_points():
    y = 3 * X**-0.2
    exact = scaling.held_out(X[::-1], y[::-1], 2, resamples=0)
    np.testing.assert_allclose(exact.errors, 0, atol=1e-12)
    assert exact.x.tolist() == [2e5, 1e6]
    bent = scaling.held_out(X, np.maximum(y, y[-2]), resamples=0)  # the last falls no further
    assert bent.errors[0] == pytest.approx((2e5 / 1e6) ** 0.2 - 1)
    twice = scaling.held_out(np.append(X, X[-1]), np.append(y, 9), resamples=0)
    assert twice.law.exponent == pytest.approx(0.2)  # none of the largest x is in it
    assert twice.x.tolist() == [1e6, 1e6]
    np.testing.assert_allclose(twice.found, [y[-1], 9])


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)), min_size=1, max_size=20, unique=True)
)
def test_the_frontier(pairs):
    x, y = np.array(pairs, float).T
    found = set(zip(*scaling.frontier(x, y), strict=True))
    expected = {
        (a, b)
        for a, b in pairs
        if not any((c, d) != (a, b) and c <= a and d <= b for c, d in pairs)
    }
    assert found == expected


def test_flat_and_growing():
    flat = scaling.fit(X, np.full(len(X), 2.0), resamples=3)
    assert flat.exponent == pytest.approx(0, abs=1e-12)
    assert flat.r2 == 0
    growing = scaling.fit(X, 9 * X**0.87, resamples=0)
    assert -growing.exponent == pytest.approx(0.87)
    assert PowerLaw(0.0, 1.0).scale == math.inf
    assert "R2 1.0000" in repr(growing)
    assert growing.to_dict()["low"] is None


@pytest.mark.parametrize("law", [kaplan.LOSS_OF_PARAMETERS_AND_DATA, JointLaw(0.3, 0.2, 1e6, 1e9)])
def test_the_joint_law_is_recovered(law):
    n, d = (each.ravel() for each in np.meshgrid([1e4, 1e5, 1e6, 1e7], [1e6, 1e7, 1e8, 1e9]))
    found = scaling.fit_joint(n, d, law(n, d))
    assert found.rms < 1e-6
    assert found.parameter_exponent == pytest.approx(law.parameter_exponent, rel=1e-4)
    assert found.data_exponent == pytest.approx(law.data_exponent, rel=1e-4)
    assert math.log(found.parameter_scale) == pytest.approx(math.log(law.parameter_scale), rel=1e-3)


def test_limits_of_the_joint_law():
    law = kaplan.LOSS_OF_PARAMETERS_AND_DATA
    assert law(1e6, 1e40) == pytest.approx((6.4e13 / 1e6) ** 0.076)
    assert law(1e40, 1e6) == pytest.approx((1.8e13 / 1e6) ** 0.103)


def test_bad_points():
    for x, y, message in [
        ([1, 2], [1, 2, 3], "y: got shape"),
        ([1, 0], [1, 2], "x: got numbers from 0"),
        ([1, 2], [1, math.inf], "y: got numbers"),
        ([2, 2], [1, 2], "x: got 1 different, accepted are at least 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            scaling.fit(x, y)
    with pytest.raises(ValueError, match="at least 3"):
        scaling.fit([1, 2], [1, 2], offset=True)
    with pytest.raises(ValueError, match=r"loss: got shape \(2, 3\), accepted is \(n,\)"):
        scaling.frontier([1, 2, 3], [[3, 2, 1], [1, 1, 1]])
    with pytest.raises(ValueError, match="was not fitted"):
        kaplan.LOSS_OF_DATA.interval(1e6)
    with pytest.raises(ValueError, match="accepted are as many of each"):
        scaling.fit_joint([1, 2], [1, 2], [1, 2])
    with pytest.raises(ValueError, match="two different of each"):
        scaling.fit_joint([1, 1, 1, 1], [1, 2, 3, 4], [1, 2, 3, 4])


# What is published


def test_counts_of_the_paper():
    """Figures 5 and 6, and the largest network of the paper's 1.5 B."""
    shapes = {
        (1, 8): 768,
        (2, 128): 393_216,
        (6, 768): 42_467_328,
        (12, 768): 84_934_656,
        (24, 1024): 301_989_888,
        (36, 1280): 707_788_800,
        (48, 1600): 1_474_560_000,
    }
    for shape, count in shapes.items():
        assert kaplan.parameters(*shape) == count
    assert kaplan.parameters(3, 10, attention=6, hidden=7) == 2 * 10 * 3 * (2 * 6 + 7)
    assert kaplan.forward_flops(12, 768, 1024) == 188_743_680
    assert kaplan.training_flops(1e6, 1e9) / kaplan.PETAFLOP_DAY == pytest.approx(
        6.944e-5, rel=1e-3
    )


def test_laws_of_the_paper():
    law = kaplan.LOSS_OF_PARAMETERS
    assert law(1e6) == pytest.approx(4.0159, abs=5e-5)
    assert law(1.5e9) == pytest.approx(2.3036, abs=5e-5)
    assert law(1e7) / law(1e6) == pytest.approx(0.8395, abs=5e-5)
    assert law(2e6) / law(1e6) == pytest.approx(0.9487, abs=5e-5)
    assert law.scale == pytest.approx(8.8e13)
    assert kaplan.critical_batch(1.0) == 2e8
    assert kaplan.critical_batch(2.0) == pytest.approx(2e8 * 2**-4.76, rel=2e-3)
    assert kaplan.optimal_parameters(1.0) == 1.3e9
    assert kaplan.learning_rate(1.0) == 0.003239
    ratio = kaplan.symbols_needed(8e6) / kaplan.symbols_needed(1e6)
    assert ratio == pytest.approx(8**0.74)  # "eight times the model, five times the data"
    assert 4.5 < ratio < 5


# Sweeps

TEXT = corpus("story", train=700, test=200)
RECIPE = Recipe(context=8, batch=4, warmup=2, measured=3, tolerances=(0.5, 0.1))


def bigram(symbols: int, size: int) -> nn.Module:
    """A family without depth: an embedding and a map."""
    return nn.Sequential(nn.Embedding(symbols, size), nn.Linear(size, symbols))


def transposed(symbols: int, size: int) -> nn.Module:
    return nn.Sequential(nn.Embedding(symbols, size), nn.Linear(size, symbols + 1))


def tables_only(symbols: int, size: int) -> nn.Module:
    return nn.Embedding(symbols, symbols)


def test_a_point_is_what_it_says():
    (point,) = scaling.sweep(bigram, TEXT, [5], recipe=RECIPE, seed=3, progress=False)
    symbols = len(TEXT.symbols)
    assert point.parameters == 5 * symbols  # the map, without its bias
    assert point.all_parameters == 5 * symbols + 5 * symbols + symbols
    windows = 699 // 8
    assert point.steps[-1] == -(-windows // 4)
    assert point.coded_symbols[-1] == 8 * windows
    assert point.compute[-1] == 6 * point.parameters * 32 * point.steps[-1]
    assert point.loss == point.losses[-1] > point.best_loss - 1e-12
    sizes = [bits for bits, _ in point.files]
    assert sizes[0] < sizes[1]
    assert point.file(0)[0] == sizes[0]
    assert point.file(1e9) == min(point.files, key=lambda each: each[1])
    assert point.coarsest(100) == sizes[0]
    assert math.isnan(point.coarsest(-100))


def forgetful(symbols: int, size: int) -> nn.Module:
    return nn.Sequential(nn.Embedding(symbols, size), nn.Dropout(0.5), nn.Linear(size, symbols))


@pytest.mark.parametrize("family", [small_gpt, forgetful])
def test_the_codes_of_a_network_that_does_not_learn(family):
    """With next to no learning, both losses are those of the first weights, window by window."""
    recipe = Recipe(context=8, batch=4, warmup=0, learning_rate=1e-12)
    (point,) = scaling.sweep(family, TEXT, [8], recipe=recipe, seed=5, progress=False)
    torch.manual_seed(5)
    net = family(len(TEXT.symbols), 8).eval()

    def bits(text: np.ndarray) -> float:
        total = count = 0
        for start in range(0, len(text) - 8, 8):
            row = torch.from_numpy(text[start : start + 9])
            with torch.no_grad():
                logs = net(row[None, :-1])[0].double().log_softmax(1)
            total -= float(logs[torch.arange(8), row[1:]].sum()) / math.log(2)
            count += 8
        return total / count

    assert point.prequential_bits == pytest.approx(bits(TEXT.train), rel=1e-5)
    assert point.loss == pytest.approx(bits(TEXT.test), rel=1e-5)


def test_a_sweep_is_kept_and_goes_on(tmp_path, monkeypatch):
    def run(**options: object) -> tuple[Point, ...]:
        return scaling.sweep(
            bigram, TEXT, [2, 3], symbols=[300, 0], recipe=RECIPE, progress=False, **options
        )

    whole = run()
    assert [(p.size, p.symbols) for p in whole] == [(2, 300), (2, 700), (3, 300), (3, 700)]
    assert len({p.loss for p in whole}) == 4
    with ThreadPoolExecutor(1) as executor:
        assert run(executor=executor) == whole
    calls, trained = [], sweeping.trained

    def interrupted(*arguments: object) -> Point:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return trained(*arguments)

    monkeypatch.setattr(sweeping, "trained", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(folder=tmp_path)
    assert run(folder=tmp_path) == whole
    assert len(calls) == 5
    assert run(folder=tmp_path, seed=1) != whole
    other = tmp_path / "damaged"
    run(folder=other)
    path = next(other.iterdir())
    changed = json.loads(path.read_text())
    changed["parameters"] += 1
    for damaged in ("{", "{}", "[]", json.dumps(changed)):
        path.write_text(damaged)
        with pytest.raises(ValueError, match="no point of a sweep"):
            run(folder=other)


def test_points_of_another_family_are_others(tmp_path):
    """Functions of one name, of other variables around them, or of other arguments."""

    def points(family: object, folder: object = tmp_path) -> tuple[Point, ...]:
        return scaling.sweep(family, TEXT, [3], recipe=RECIPE, folder=folder, progress=False)

    def made(kind: type[nn.Module]) -> object:
        return lambda symbols, size: nn.Sequential(
            nn.Embedding(symbols, size), kind(size, size), nn.Linear(size, symbols)
        )

    families = [
        made(nn.Linear), made(Doubled), bigram, functools.partial(bigram),
        functools.partial(wider, by=2), functools.partial(wider, by=3),
    ]  # fmt: skip
    found = [points(family) for family in families]
    assert found == [points(family, None) for family in families]
    assert len(list(tmp_path.iterdir())) == len(families)
    assert [points(family) for family in families] == found


class Doubled(nn.Linear):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 2 * super().forward(x)


def wider(symbols: int, size: int, *, by: int) -> nn.Module:
    return bigram(symbols, by * size)


def test_what_others_finished_is_kept(tmp_path):
    """Of an executor's points, also where one that was handed in before them fails."""

    def late_and_wrong(symbols: int, size: int) -> nn.Module:
        if size == 4:
            return bigram(symbols, size)
        until = time.monotonic() + 5
        while not list(tmp_path.glob("size4*")) and time.monotonic() < until:
            time.sleep(0.01)
        return transposed(symbols, size)

    recipe = Recipe(context=8, batch=4, measured=1)
    with ThreadPoolExecutor(2) as executor, pytest.raises(ValueError, match="of shape"):
        scaling.sweep(
            late_and_wrong, TEXT, [3, 4], recipe=recipe, folder=tmp_path, executor=executor,
            progress=False,
        )  # fmt: skip
    assert [path.name[:5] for path in tmp_path.iterdir()] == ["size4"]


def test_no_more_moments_than_steps():
    recipe = Recipe(context=8, batch=64, measured=9)
    (point,) = scaling.sweep(bigram, TEXT, [2], recipe=recipe, progress=False)
    assert point.steps == (1, 2)
    assert min(point.compute) > 0


def test_more_passes_and_fewer_steps():
    recipe = Recipe(context=8, batch=4, epochs=3, steps=50, measured=2)
    (point,) = scaling.sweep(bigram, TEXT, [2], symbols=[320], recipe=recipe, progress=False)
    once = -(-(319 // 8) // 4)
    assert point.steps == (15, 30)
    assert point.coded_symbols == (319 // 8 * 8,) * 2  # the first pass alone
    assert 3 * once == 30


def test_wrong_families():
    def sweep(family: object, **options: object) -> None:
        scaling.sweep(family, TEXT, [2], recipe=RECIPE, progress=False, **options)

    with pytest.raises(ValueError, match=r"accepted is \"package.module:function\""):
        sweep("neural.models.language")
    with pytest.raises(ValueError, match="no attribute 'smal_gpt'"):
        sweep("neural.models.language:smal_gpt")
    with pytest.raises(ValueError, match="No module named 'no_such'"):
        sweep("no_such:family")
    with pytest.raises(TypeError, match="accepted is a function"):
        sweep("neural.models.language:__all__")
    with pytest.raises(TypeError, match="gave int"):
        sweep(lambda symbols, size: symbols)
    with pytest.raises(ValueError, match="accepted are logits of shape"):
        sweep(transposed)
    with pytest.raises(ValueError, match="no matrix outside embeddings"):
        sweep(tables_only)
    with pytest.raises(ValueError, match="accepted are more than the context of 8"):
        sweep(bigram, symbols=[8])
    with pytest.raises(ValueError, match="symbols"):
        sweep(bigram, symbols=[701])
    with pytest.raises(ValueError, match="accepted are more than 8"):
        scaling.sweep(
            bigram, Corpus(TEXT.symbols, TEXT.train, TEXT.test[:5]), [2], recipe=RECIPE,
            progress=False,
        )  # fmt: skip
    with pytest.raises(ValueError, match="batch"):
        Recipe(batch=0)


def test_a_module_may_count_for_itself():
    net = nn.Linear(3, 4)
    assert sweeping.counted_parameters(net) == 12
    net.nonembedding = 7  # pyright: ignore[reportAttributeAccessIssue]
    assert sweeping.counted_parameters(net) == 7


# The paper


def test_a_family_of_ones_own(cxd, own_folder):
    """`--model` names a function in the user's own folder."""
    from pathlib import Path

    Path("my_family_for_tests.py").write_text(
        "from torch import nn\n"
        "def rows(symbols, size):\n"
        "    return nn.Sequential(nn.Embedding(symbols, size), nn.Linear(size, symbols))\n"
    )
    arguments = ["paper", "scaling-laws", "--scale", "smoke", "--seeds", "1", "--jobs", "1"]
    arguments += ["--arm", "transformer", "--json"]
    status, out, err = cxd(*arguments, "--model", "my_family_for_tests:rows")
    assert (status, err) == (0, "")
    assert "neural.models.language:small_gpt" not in out
    status, out, err = cxd(*arguments, "--model", "my_family_for_tests")
    assert (status, out) == (2, "")
    assert "accepted is" in err
    status, out, err = cxd("paper", "cs231n", "--scale", "smoke", "--model", "a:b")
    assert (status, out) == (2, "")
    assert "model" in err


def test_the_paper_says_what_it_found(tmp_path):
    paper = papers.get("scaling-laws")
    result = paper.run(
        scale="smoke", seeds=1, arms=["transformer"], out=tmp_path, jobs=1, progress=False
    )
    seen = result.trajectory("transformer")
    assert seen is not None
    assert seen.times.tolist() == [24 * size**2 for size in (4, 6, 8)]
    again = scaling.fit(seen.times, seen["loss"][:, 0])
    assert result.values("transformer", "alpha")[0] == pytest.approx(again.exponent)
    assert paper.answer is not None
    assert "The two-part code is shortest at N" in paper.answer(result)
