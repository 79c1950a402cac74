"""The coffee automaton as a whole: replication, the null correction, the front door."""

from dataclasses import replace

import numpy as np
import pytest

from simulations import coffee, memory, observe
from simulations.coffee.summary import smoothed

GZIP_BYTES_AT_ATTEMPTS = {
    # size 100, means of 10 runs of an independent implementation, gzip -9 of one byte per cell:
    # attempts: (entropy, three-bucket, seven-bucket-code, seven-bucket-paper)
    100_000: (237, 84, 56, 56),
    1_000_000: (561, 151, 115, 59),
    5_000_000: (1100, 267, 226, 59),
    17_400_000: (1569, 553, 501, 58),
    30_700_000: (1674, 568, 571, 57),
    82_000_000: (1713, 100, 331, 92),
}

GZIP_BYTES_OF_CURVES = {
    # model, measurement: start, smoothed peak (lowest, highest of two seeds), end (the same)
    ("interacting", "entropy"): (46, (1735, 1735), (1713, 1713)),
    ("interacting", "three-bucket"): (50, (769, 774), (96, 105)),
    ("interacting", "seven-bucket-code"): (59, (708, 733), (322, 374)),
    ("interacting", "seven-bucket-paper"): (59, (106, 117), (90, 90)),
    ("walk", "entropy"): (46, (2327, 2327), (2283, 2283)),
    ("walk", "three-bucket"): (50, (872, 891), (359, 367)),
    ("walk", "seven-bucket-code"): (59, (1268, 1283), (1101, 1125)),
    ("walk", "seven-bucket-paper"): (59, (257, 275), (230, 239)),
    ("walk", "seven-bucket-code, maximum 3"): (50, (80, 81), (77, 79)),
}


@pytest.fixture(scope="module")
def curves():
    """The published measurements along runs of the published length, 10 replicas a model."""
    wide = replace(coffee.PUBLISHED["seven-bucket-code"], maximum=3)
    published = {**coffee.PUBLISHED, "seven-bucket-code, maximum 3": wide}
    measures = {
        name: coffee.CupInstrument(coarse.for_size(100), "gzip", 0, 0)
        for name, coarse in published.items()
    }
    functions = {name: measure.complexity_bits for name, measure in measures.items()}
    functions["entropy"] = measures["three-bucket"].entropy_bits
    curves = {}
    for model, steps in (("interacting", 42_500_000), ("walk", 20_000)):
        system = coffee.cup_system(coffee.initial_cup(100), model=model, replicas=10, seed=405)
        times = np.linspace(0, steps, 200).astype(int)
        run = observe(system, functions, times, progress=False)
        curves |= {(model, name): run[name].T / 8 for name in run.observables}
    return curves


@pytest.mark.parametrize("key", GZIP_BYTES_OF_CURVES, ids=" ".join)
def test_published_curves_start_peak_and_end_where_another_implementation_has_them(curves, key):
    start, (low, high), (end_low, end_high) = GZIP_BYTES_OF_CURVES[key]
    replicas = curves[key]
    assert set(replicas[:, 0]) == {start}
    # the entropy's peak is the largest single value, the others' that of a running mean
    tops = replicas if key[1] == "entropy" else [smoothed(curve) for curve in replicas]
    peaks = np.array([top.max() for top in tops])
    ends = replicas[:, -20:].mean(axis=1)
    # theirs are one or two runs, so a run of ours may be that far from them
    for least, most, ours in ((low, high, peaks), (end_low, end_high, ends)):
        spread = ours.std(ddof=1)
        assert least - 4 * spread < ours.mean() < most + 4 * spread


def test_published_metrics_at_given_attempts_equal_another_implementations():
    times = np.array(list(GZIP_BYTES_AT_ATTEMPTS))
    theirs = np.array(list(GZIP_BYTES_AT_ATTEMPTS.values()), float)
    for column, name in enumerate(coffee.PUBLISHED, start=1):
        run = coffee.simulate(
            clock="attempts",
            times=times,
            coarse=name,
            replicas=16,
            seed=column,
            null_samples=0,
            progress=False,
        )
        for at, curve in ((0, run.entropy_bits), (column, run.complexity_bits)):
            ours = curve / 8
            error = ours.std(axis=1, ddof=1) * np.sqrt(1 / 16 + 1 / 10)
            # their means are printed in whole bytes
            assert np.all(np.abs(ours.mean(axis=1) - theirs[:, at]) < 4 * error + 0.5), (name, at)


def test_the_humps_peak_comes_at_the_fourth_power_of_the_size():
    ratios = []
    for size in (32, 48, 64):
        run = coffee.simulate(
            size,
            coarse="three-bucket",
            replicas=8,
            seed=size,
            null_samples=0,
            keep=0,
            steps=round(0.2 * size**4),
            progress=False,
        )
        peak = np.argmax(smoothed(run.mean("complexity_bits")))
        ratios.append(run.times[peak] / size**4)
    assert all(0.065 < ratio < 0.1 for ratio in ratios)


@pytest.mark.parametrize("name", [*coffee.PUBLISHED, None])
def test_null_corrected_complexity_of_the_interacting_cup_is_zero_within_its_interval(name):
    run = coffee.simulate(coarse=name, replicas=4, seed=31, samples=60, progress=False)
    summary = coffee.summarise(run)
    assert summary.corrected is not None
    _, low, high = summary.corrected
    assert low <= 0 <= high
    assert "not distinguishable" in summary.verdict
    low, high = coffee.corrected_interval(run)
    outside = np.mean((low > 0) | (high < 0))
    assert outside < 0.2


def test_null_corrected_complexity_of_the_stirred_cup_rises_and_falls():
    run = coffee.simulate(128, model="stirred", seed=31, replicas=2, progress=False)
    low, _ = coffee.corrected_interval(run)
    corrected = run.mean("corrected_bits")
    assert low[1:8].min() > 1000
    assert corrected.max() > 8000
    assert np.abs(corrected[-5:]).max() < 400
    assert run.mean("entropy_bits")[-1] > 0.95 * run.mean("entropy_bits").max()
    assert coffee.summarise(run).corrected[1] > 0


def test_the_null_of_a_disc_that_is_to_be_stirred_is_noise_from_the_start():
    still = {"steps": 2, "samples": 3, "amplitude": 0.0, "attempts_per_cell": 0, "progress": False}
    disc = coffee.simulate(64, model="stirred", initial="disc", **still)
    # nothing moves, so the null is the same at all times but for its draws
    mean, sd = disc["null_mean_bits"][:, 0], disc["null_sd_bits"][:, 0]
    assert sd.min() > 0
    assert np.ptp(mean) < 3 * sd.max()
    # rows of one kind are certain
    assert coffee.simulate(64, model="stirred", **still)["null_sd_bits"].max() == 0


def test_default_measure_of_a_well_stirred_cup_is_one_flat_picture():
    # at equilibrium the density 1/2 is a bucket's centre, and rows take their majority's value
    run = coffee.simulate(256, model="stirred", seed=2, times=[30], null_samples=0, progress=False)
    flat = coffee.CupInstrument(coffee.CoarseGraining().for_size(256), "gzip", 0, 0)
    assert run.complexity_bits[0, 0] == flat.complexity_bits(np.tile([[0, 1], [1, 0]], (128, 128)))


def test_walk_by_steps_and_by_jumps_have_the_same_complexity():
    runs = [
        coffee.simulate(
            64,
            model="walk",
            engine=engine,
            times=[500, 2000],
            replicas=24,
            seed=8,
            coarse="three-bucket",
            null_samples=0,
            progress=False,
        )
        for engine in ("step", "jump")
    ]
    means = [run.complexity_bits.mean(axis=1) for run in runs]
    errors = [run.complexity_bits.std(axis=1, ddof=1) / np.sqrt(24) for run in runs]
    assert np.all(np.abs(means[0] - means[1]) < 4 * np.hypot(*errors))


@pytest.mark.parametrize("code", ["zlib", "zstd:3", "bz2", "xz"])
def test_any_code_of_the_registry_measures_a_cup(code):
    run = coffee.simulate(32, code=code, samples=4, null_samples=2, progress=False)
    assert np.all(run.entropy_bits > 0)
    assert run.entropy_bits[-1, 0] > run.entropy_bits[0, 0]


@pytest.mark.parametrize(
    ("arguments", "clock"),
    [
        ({}, "swaps"),
        ({"clock": "attempts"}, "attempts"),
        ({"clock": "sweeps", "boundary": "open"}, "sweeps"),
        ({"boundary": "fixed"}, "swaps"),
        ({"boundary": "periodic", "initial": "disc"}, "swaps"),
        ({"engine": "sublattice"}, "sweeps"),
        ({"engine": "sliced", "clock": "attempts", "boundary": "fixed"}, "attempts"),
        ({"model": "walk"}, "steps"),
        ({"model": "walk", "engine": "jump", "boundary": "periodic"}, "steps"),
        ({"model": "walk", "boundary": "open"}, "steps"),
        ({"model": "stirred", "boundary": "reflecting", "attempts_per_cell": 1}, "periods"),
    ],
    ids=str,
)
def test_every_model_engine_clock_and_boundary_runs(arguments, clock):
    run = coffee.simulate(16, steps=40, samples=5, null_samples=2, progress=False, **arguments)
    assert run.clock == clock
    assert np.isfinite(run.values).all()
    assert run.times[-1] == 40


def test_the_swaps_clock_counts_effective_swaps_and_records_attempts():
    run = coffee.simulate(16, steps=500, samples=6, null_samples=0, progress=False)
    assert "swaps" not in run.observables
    assert np.all(np.diff(run.attempts[:, 0]) > np.diff(run.times))
    other = coffee.simulate(
        16, clock="attempts", times=run.attempts[:, 0].astype(int), null_samples=0, progress=False
    )
    assert other.swaps[:, 0].tolist() == run.times.tolist()
    assert np.array_equal(other.entropy_bits, run.entropy_bits)


def test_a_cup_of_your_own():
    cup = np.zeros((20, 20), bool)
    cup[5:9, 3:17] = True
    run = coffee.simulate(initial=cup, steps=10, samples=2, keep=2, progress=False)
    assert np.array_equal(run.frames[0], cup)
    assert run.frames[1].sum() == cup.sum()


BAD = [
    ({"size": 0}, ValueError, "size: got 0"),
    ({"size": 1}, ValueError, "size: got 1"),
    ({"size": 33}, ValueError, "size: got 33, accepted is an even integer"),
    ({"size": 2.5}, TypeError, "size: got 2.5"),
    ({"size": 10**6}, ValueError, "to 32766"),
    ({"model": "wlak"}, ValueError, "known: interacting, walk, stirred; did you mean 'walk'"),
    ({"engine": "exakt"}, ValueError, "did you mean 'exact'"),
    ({"clock": "sweps"}, ValueError, "did you mean 'sweeps'"),
    ({"model": "walk", "clock": "swaps"}, ValueError, "clock: unknown 'swaps'; known to the step"),
    ({"boundary": "periodical"}, ValueError, "did you mean 'periodic'"),
    ({"model": "walk", "boundary": "fixed"}, ValueError, "known: reflecting, periodic, open"),
    ({"model": "walk", "engine": "jump", "boundary": "open"}, ValueError, "boundary: unknown"),
    ({"model": "stirred", "boundary": "open"}, ValueError, "known: periodic, reflecting"),
    ({"engine": "sublattice", "boundary": "open"}, ValueError, "known: reflecting, periodic"),
    ({"code": "text"}, ValueError, "code: 'text' takes no byte strings"),
    ({"code": "lz76-rate"}, ValueError, "code: 'lz76-rate' is an estimate; accepted are codes"),
    ({"code": "entropy"}, ValueError, "code: 'entropy' is an estimate"),
    ({"code": "gzipp"}, ValueError, "did you mean 'gzip'"),
    ({"coarse": "three-buckets"}, ValueError, "did you mean 'three-bucket'"),
    ({"steps": -1}, ValueError, "steps: got -1"),
    ({"samples": 0}, ValueError, "samples: got 0"),
    ({"replicas": 0}, ValueError, "replicas: got 0"),
    ({"replicas": 10**20}, MemoryError, "GiB are needed and"),
    ({"coarse": 5}, TypeError, "coarse: got 5, accepted is a CoarseGraining or a name"),
    ({"seed": -1}, ValueError, "seed: got -1"),
    ({"null_samples": 1}, ValueError, "null_samples: got 1"),
    ({"workers": 0}, ValueError, "workers: got 0"),
    ({"keep": -1}, ValueError, "keep: got -1"),
    ({"amplitude": 0.1}, ValueError, "amplitude: only the model stirred has it"),
    ({"replicsa": 2}, TypeError, "replicsa: no argument; of stirred cups there are amplitude, "),
    ({"model": "stirred", "amplitude": 2}, ValueError, "amplitude: got 2"),
    ({"model": "stirred", "amplitude": "a"}, TypeError, "amplitude: got 'a', accepted is 0 to 1"),
    ({"model": "stirred", "attempts_per_cell": -1}, ValueError, "attempts_per_cell: got -1"),
    ({"initial": "disk"}, ValueError, "did you mean 'disc'"),
    ({"initial": np.zeros((4, 6), int)}, ValueError, "4 by 6 cells, accepted is a square"),
    ({"initial": np.zeros((5, 5), int)}, ValueError, "5 by 5 cells"),
    ({"initial": np.zeros(4, int)}, ValueError, "initial: got 4 cells"),
    ({"initial": np.zeros((4, 4))}, TypeError, "dtype float64"),
    ({"initial": np.full((4, 4), 2)}, ValueError, "accepted are 0 and 1"),
    ({"initial": np.full((4, 4), -1)}, ValueError, "values from -1"),
    ({"initial": np.zeros((4, 4), int)}, ValueError, "may never come to pass in a cup of equal"),
    ({"boundary": "open", "clock": "swaps"}, ValueError, "may never come to pass in an open cup"),
    ({"size": 8, "coarse": coffee.CoarseGraining(grain=9)}, ValueError, "grain: got 9"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), BAD, ids=lambda v: str(v)[:40])
def test_bad_input_is_one_clear_line(arguments, error, message):
    with pytest.raises(error) as caught:
        coffee.simulate(progress=False, **arguments)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cup_larger_than_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(memory, "_free_bytes", lambda: 1 << 30)
    for size, null_samples in ((32766, 16), (32766, 0), (6000, 2)):
        with pytest.raises(MemoryError, match=r"^size: .* GiB are needed and 1\.0 GiB are free"):
            coffee.simulate(size, steps=1, samples=1, null_samples=null_samples, progress=False)


def test_unknown_option_of_simulate_is_refused():
    with pytest.raises(TypeError, match="samplez"):
        coffee.simulate(16, model="stirred", samplez=3)
