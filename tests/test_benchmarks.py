import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from benchmarks import coffee, coffee_peers, memory
from benchmarks.harness import (
    Bar,
    Contender,
    FirstCall,
    Race,
    Ratio,
    first_call,
    race,
    time_snippet,
)
from benchmarks.machine import Machine, machine
from benchmarks.report import Report

wraps_around = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
"""uint64 arithmetic wraps around silently in compiled kernels, with a warning in plain Python."""


class FakeTime:
    """A clock that only contenders move: CPU seconds, and twice as many wall seconds."""

    def __init__(self):
        self.now = 0.0
        self.calls: list[str] = []

    def __call__(self):
        return self.now, 2 * self.now

    def contender(self, name: str, seconds: list[float], work: int = 1, **kwargs) -> Contender:
        """Take seconds[0] in the warm-up and seconds[i] in round i."""
        left = iter(seconds)

        def run():
            self.calls.append(name)
            self.now += next(left)

        return Contender(name, run, work, "steps", **kwargs)


def small_race(**kwargs) -> Race:
    clock = FakeTime()
    contenders = [
        clock.contender("fast", [100.0, 1.0, 2.0, 4.0], work=8, note="ours"),
        clock.contender("slow", [100.0, 2.0, 1.0, 16.0], work=4),
        clock.contender("part", [100.0, 0.5, 0.5, 0.5], work=8, limit=True),
    ]
    bars = [Bar("fast", "slow", 4.0), Bar("slow", "fast", 1.0)]
    return race("toy", contenders, baseline="slow", rounds=3, bars=bars, clock=clock, **kwargs)


def small_report() -> Report:
    return Report(
        title="Toy",
        command="python -m toy",
        machine=Machine("a processor", 2, ("L1 Data 48K",), "Linux", {"python": "3.11"}),
        threads=1,
        rounds=3,
        seconds=1.5,
        commit=None,
        races=(small_race(),),
        first_calls=(FirstCall("toy", (0.1,), (2.0, 4.0, 3.0), (0.2,), 3.0, 0.1),),
        notes=("A note.",),
    )


def test_rounds_are_interleaved_after_one_warm_up():
    clock = FakeTime()
    contenders = [clock.contender(name, [1.0] * 3) for name in "abc"]
    race("order", contenders, baseline="a", rounds=2, clock=clock)
    assert "".join(clock.calls) == "abc" * 3


def test_rates_are_per_cpu_second_and_leave_the_warm_up_out():
    result = small_race()
    fast = result.timing("fast")
    assert fast.cpu_seconds == (1.0, 2.0, 4.0)
    assert fast.wall_seconds == (2.0, 4.0, 8.0)
    assert fast.rates == (8.0, 4.0, 2.0)
    assert fast.rate == 4.0
    assert fast.nanoseconds == 2.5e8
    assert fast.busy_threads == 0.5


def test_ratios_are_formed_within_a_round():
    # fast: 8 4 2, slow: 2 4 1/4; the ratio of medians would be 2
    ratio = small_race().ratio("fast", "slow")
    assert (ratio.median, ratio.low, ratio.high) == (4.0, 1.0, 8.0)
    assert str(ratio) == "4 [1..8]"
    assert ratio.passed is None


def test_bars_are_judged_by_the_median():
    assert [bar.passed for bar in small_race().bars] == [True, False]
    assert Ratio("a", "b", 0.9, 0.8, 1.0, at_least=0.9).passed


def test_a_wrong_contender_is_not_timed():
    clock = FakeTime()
    wrong = clock.contender("wrong", [1.0] * 2, verify=lambda: False)
    with pytest.raises(RuntimeError, match="wrong: wrong result"):
        race("toy", [wrong], baseline="wrong", rounds=1, clock=clock)
    assert clock.calls == ["wrong"]


@pytest.mark.parametrize(
    ("names", "change", "message"),
    [
        ("ab", {"rounds": 0}, "rounds must be at least 1; got 0"),
        ("aa", {}, "names of contenders must differ"),
        ("ab", {"baseline": "c"}, r"no contender \['c'\]"),
        ("ab", {"bars": [Bar("a", "z", 1.0)]}, r"no contender \['z'\]"),
    ],
)
def test_bad_arguments_are_named(names, change, message):
    clock = FakeTime()
    contenders = [clock.contender(name, [1.0] * 2) for name in names]
    arguments = {"baseline": "a", "rounds": 1, "clock": clock} | change
    with pytest.raises(ValueError, match=message):
        race("toy", contenders, **arguments)


def test_work_too_small_for_the_clock_is_refused():
    clock = FakeTime()
    with pytest.raises(ValueError, match="a: work=1 is too little to time"):
        race("toy", [clock.contender("a", [1.0, 0.0])], baseline="a", rounds=1, clock=clock)


def test_an_unknown_timing_is_named():
    with pytest.raises(ValueError, match=r"no contender 'fats' in 'toy'; there are: fast, slow"):
        small_race().timing("fats")


def test_first_calls_are_judged_by_both_medians():
    assert small_report().first_calls[0].passed is False
    assert FirstCall("toy", (0.1,), (3.0,), (0.1,), 3.0, 0.1).passed is True
    assert FirstCall("toy", (0.1,), (3.0,), (0.1,)).passed is None


def test_a_snippet_runs_in_a_fresh_process_with_its_cache(tmp_path: Path):
    setup = f"import os; assert os.environ['NUMBA_CACHE_DIR'] == {str(tmp_path)!r}"
    before, marked = time_snippet(setup, "sum(range(2_000_000))", tmp_path)
    assert before >= 0
    assert marked > 0.001
    with pytest.raises(RuntimeError, match="KeyError"):
        time_snippet("", "{}['absent']", tmp_path)


def test_the_second_process_finds_the_cache_of_the_first():
    setup = "import os, pathlib; mark = pathlib.Path(os.environ['NUMBA_CACHE_DIR'], 'mark')"
    call = "mark.exists() or (mark.touch(), sum(range(5_000_000)))"
    result = first_call("toy", setup, call, repeats=1, cold_at_most=1e9, warm_at_most=1e9)
    assert result.warm[0] < result.cold[0]
    assert result.passed


def test_json_holds_what_was_measured_and_what_follows(tmp_path: Path):
    path, _ = small_report().save(tmp_path / "new", "toy")
    found = json.loads(path.read_text())
    entry = found["races"][0]
    assert entry["timings"][0]["cpu_seconds"] == [1.0, 2.0, 4.0]
    assert entry["timings"][0]["rate"] == 4.0
    assert [bar["passed"] for bar in entry["bars"]] == [True, False]
    assert [ratio["median"] for ratio in entry["ratios"]] == [4.0, 1.0, 8.0]
    assert found["first_calls"][0]["passed"] is False
    assert found["machine"]["caches"] == ["L1 Data 48K"]
    assert sorted(p.name for p in path.parent.iterdir()) == ["toy.json", "toy.md"]


def test_markdown_states_the_terms_and_the_verdicts(tmp_path: Path):
    _, path = small_report().save(tmp_path, "toy")
    text = path.read_text()
    assert "`python -m toy`: one thread, 3 interleaved rounds" in text
    assert "| toy | fast / slow | 4 [1..8] | >= 4 | pass |" in text
    assert "| toy | slow / fast | 0.25 [0.125..1] | >= 1 | FAIL |" in text
    assert "| toy | 3.00 (<= 3) | 0.200 (<= 0.1) | 3.10 | 0.30 | FAIL |" in text
    assert "| fast | 4.00e+00 steps/s | 2.5e+08 | 4 [1..8] | ours |" in text
    assert "| limit: part |" in text


def test_machine_facts_are_all_there():
    facts = machine(("numpy", "no-such-package"))
    assert facts.cores >= 1
    assert facts.versions["numpy"] == np.__version__
    assert "no-such-package" not in facts.versions


@pytest.fixture(scope="module")
def reference() -> coffee_peers.CReference:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is missing")
    return coffee_peers.compile_reference()


@wraps_around
@pytest.mark.parametrize("n", [2, 3, 10, 100])
@pytest.mark.parametrize("attempts", [1, 4096, 3 * 4096 + 1000])
def test_c_reference_gives_the_cells_of_the_kernel(reference, n: int, attempts: int):
    assert coffee.same_cells(reference, n, attempts)


def test_plain_c_loop_conserves_the_cream(reference):
    contender = coffee.c_plain(reference, 10, attempts=5000)
    before = coffee.mixed_cup(10)
    contender.run()
    assert contender.verify is not None
    assert contender.verify()
    cells, state = before.copy(), np.arange(1, 5, dtype=np.uint64)
    assert reference.plain(cells, 10, state, 5000) > 0
    assert not np.array_equal(cells, before)


@wraps_around
@pytest.mark.parametrize(
    "contender",
    [
        coffee.exact(10, attempts=5000),
        coffee.numpy_loop(10, attempts=5000),
        coffee.replicas(10, attempts=5000),
        coffee.sublattice(10, bonds=5000),
        coffee.sublattice(130, bonds=50000),
        coffee.numpy_sublattice(10, bonds=5000),
        coffee.numpy_sublattice(11, bonds=5000),
        coffee.walk(10, moves=5000),
        coffee.numpy_walk(10, moves=5000),
        coffee.idiomatic_numba(10, attempts=5000),
    ],
    ids=lambda contender: contender.name,
)
def test_contenders_pass_their_own_verification(contender: Contender):
    assert contender.verify is not None
    contender.run()
    assert contender.verify()


@pytest.mark.parametrize("n", [2, 10, 126, 128, 130])
def test_packing_keeps_every_cell(n: int):
    grid = coffee.mixed_cup(n)[: n * n].reshape(n, n)
    planes = coffee.packed(grid)
    y, x = np.divmod(np.arange(n * n), n)
    words = planes[y % 2, x % 2, x // 2 // 64, y // 2]
    bits = (words >> (x // 2 % 64).astype(np.uint64)) & np.uint64(1)
    np.testing.assert_array_equal(bits.reshape(n, n), grid)


def test_numpy_sublattice_mixes_both_ways():
    grid = np.zeros((8, 8), np.uint8)
    grid[:4, :4] = 1
    coffee_peers.numpy_sublattice(grid, np.random.default_rng(0), 50)
    assert grid.sum() == 16
    assert grid[4:].any()
    assert grid[:, 4:].any()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read on Linux")
def test_memory_of_a_code():
    """LZ78 keeps a tree: more than the data, and more than DEFLATE's window and output."""
    data = np.random.default_rng(0).bytes(500_000)
    assert memory.peak("deflate", data) < 10 < memory.peak("lz78", data) < 100


def test_the_page_on_codes_has_the_measured_memory():
    root = Path(__file__).parents[1]
    found = json.loads((root / "benchmarks/results/memory.json").read_text())
    told = memory.table(found["peak bytes per byte"])
    assert (
        f"<!-- table memory -->\n{told}\n<!-- end memory -->"
        in (root / "docs/codes.md").read_text()
    )
