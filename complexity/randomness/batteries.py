"""The front door: every test that the length of a sequence admits, and one verdict."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity.bitstrings import BitsLike
from complexity.code import Code
from complexity.errors import integer, one_of, share
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from complexity.randomness.deficiency import chosen_codes, codelength, summed
from complexity.randomness.frequencies import block_frequency, frequency
from complexity.randomness.martingales import betting
from complexity.randomness.maurer import universal
from complexity.randomness.outcome import CONSTANTS, Outcome, inapplicable, sequence
from complexity.randomness.patterns import approximate_entropy, serial
from complexity.randomness.ranks import matrix_rank
from complexity.randomness.run_lengths import longest_run, runs
from complexity.randomness.shift_registers import linear_complexity
from complexity.randomness.spectrum import spectral
from complexity.randomness.templates import nonoverlapping_templates, overlapping_templates
from complexity.randomness.verdict import Battery, adjusted
from complexity.randomness.walks import (
    cumulative_sums,
    random_excursions,
    random_excursions_variant,
)

__all__ = ["LEAST", "TESTS", "battery", "chosen_tests", "level", "run_test"]

LEAST: dict[str, int] = {
    "frequency": 100,
    "block_frequency": 128,
    "runs": 100,
    "longest_run": 128,
    "matrix_rank": 38_912,
    "spectral": 1000,
    "nonoverlapping_templates": 1_000_000,
    "overlapping_templates": 1_000_000,
    "universal": 387_840,
    "linear_complexity": 1_000_000,
    "serial": 100,
    "approximate_entropy": 128,
    "cumulative_sums": 100,
    "random_excursions": 1_000_000,
    "random_excursions_variant": 1_000_000,
}
"""The fewest bits of the tests of SP 800-22; its own, but for two without any: `serial`, and
`nonoverlapping_templates`, the least of whose 148 p-values is right in the tail from there on."""

_FUNCTIONS: dict[str, Callable[..., Outcome]] = {
    function.__name__: function
    for function in (
        frequency, block_frequency, runs, longest_run, matrix_rank, spectral,
        nonoverlapping_templates, overlapping_templates, universal, linear_complexity, serial,
        approximate_entropy, cumulative_sums, random_excursions, random_excursions_variant,
    )
}  # fmt: skip

_DEPENDING = (
    "longest_run", "spectral", "overlapping_templates", "universal", "linear_complexity",
)  # fmt: skip
"""The tests whose published constants are not exact."""

TESTS = (*LEAST, "sum_test", "betting")
"""What a battery holds, in its order."""


def battery(
    bits: BitsLike | bytes | bytearray | memoryview,
    *,
    alpha: float = 0.01,
    tests: Iterable[str] | None = None,
    codes: Iterable[str | Code] | None = None,
    constants: str = "exact",
    workers: int | None = None,
    name: str = "",
    progress: bool = True,
) -> Battery:
    """Test whether bits are as of a fair coin, by the tests of SP 800-22 and by codes and bets.

    A test that needs more bits does not apply and says so. The others' p-values are corrected for
    their number by Holm's procedure: for fair coins the probability that any test rejects is at
    most `alpha`, as far as the p-values are what they claim (see `Outcome.kind`).

    Args:
        bits: a str of 0 and 1, a sequence or an array (n,) of 0 and 1, or bytes, whose most
            significant bits come first.
        alpha: the family-wise level, above 0 and below 1.
        tests: names of tests, all by default. Choose before you see the data.
        codes: of the sum test, see `sum_test`.
        constants: "exact", or "published": the probabilities and the variance of SP 800-22 and its
            program where they are not exact, to compare with its figures.
        workers: threads, None for all processors; results do not depend on it.
        name: what the sequence is called in the result.
        progress: whether to show progress on a terminal.

    Returns:
        Outcomes by test, their adjusted p-values, and the tests that reject.

    Raises:
        TypeError: `bits` or another argument is of another type.
        ValueError: `bits` is empty, of several dimensions, too long, or holds other than 0 and 1;
            or a test, a code or a level is unknown or out of range.
        ImportError: a code needs an extra that is not installed.

    References:
        A. Rukhin et al., A Statistical Test Suite for Random and Pseudorandom Number Generators for
            Cryptographic Applications, NIST Special Publication 800-22 rev. 1a, 2010.

    Example:
        >>> import numpy as np
        >>> coins = np.random.default_rng(0).integers(0, 2, 1000)
        >>> battery(coins).rejected
        ()
        >>> "betting" in battery(np.tile(coins[:50], 20)).rejected
        True
    """
    data = sequence("bits", bits)
    alpha = level(alpha)
    wanted = chosen_tests(tests)
    if codes is not None and "sum_test" not in wanted:
        raise ValueError("codes: got some, but the sum test, which they are of, is not among tests")
    one_of("constants", constants, CONSTANTS)
    threads = (os.cpu_count() or 1) if workers is None else integer("workers", workers, 1)
    coded = chosen_codes(codes, data.size) if "sum_test" in wanted else []
    began = time.perf_counter()
    outcomes = _run(data, wanted, coded, constants, threads, progress)
    provenance = {
        "constants": constants,
        "codes": [code.name for code in coded],
        "versions": versions("numpy", "scipy", "numba", "zstandard", "brotli", "pyppmd"),
        "commit": commit(),
        "seconds": round(time.perf_counter() - began, 3),
    }
    return Battery(adjusted(outcomes), data.size, alpha, name, provenance)


def level(alpha: float) -> float:
    """A level of tests.

    Raises:
        TypeError: it is no number.
        ValueError: it is not above 0 and below 1.
    """
    accepted = "a number above 0 and below 1"
    if share("alpha", alpha, accepted) in (0.0, 1.0):
        raise ValueError(f"alpha: got {alpha!r}, accepted is {accepted}")
    return float(alpha)


def chosen_tests(tests: Iterable[str] | None) -> list[str]:
    """The tests that are asked for, in the battery's order.

    Raises:
        TypeError: `tests` is no list.
        ValueError: it is empty, or a name is unknown.
    """
    if tests is None:
        return list(TESTS)
    if not isinstance(tests, Iterable):
        raise TypeError(f"tests: got {tests!r}, accepted is a list of names")
    named = {
        one_of("tests", name, TESTS) for name in ([tests] if isinstance(tests, str) else tests)
    }
    if not named:
        raise ValueError("tests: got none, accepted is at least one")
    return [name for name in TESTS if name in named]


def run_test(test: str, data: NDArray[np.uint8], constants: str) -> Outcome:
    """A test of SP 800-22, or why it does not apply."""
    if data.size < LEAST[test]:
        reason = f"from {LEAST[test]} bits on"
        return inapplicable(test, reason, counted=False)
    options = {"constants": constants} if test in _DEPENDING else {}
    return _FUNCTIONS[test](data, **options)


def _run(
    data: NDArray[np.uint8],
    wanted: list[str],
    coded: list[Any],
    constants: str,
    threads: int,
    show: bool,
) -> list[Outcome]:
    """The outcomes, the slowest begun first."""
    shared = "ctw-bits" if "betting" in wanted else ""  # a gambler's length, known then
    others = [code for code in coded if code.name != shared]
    jobs: dict[str, Future[Any]] = {}
    with (
        progress_bar("testing", len(wanted) + len(others), show=show) as advance,
        ThreadPoolExecutor(threads) as pool,
    ):

        def submit(key: str, function: Callable[..., Any], *arguments: Any) -> None:
            jobs[key] = pool.submit(function, *arguments)
            jobs[key].add_done_callback(lambda _: advance())

        if "betting" in wanted:
            submit("betting", betting, data)
        for code in sorted(others, key=lambda code: code.name not in ("cm", "ctw", "ctw-bits")):
            submit(f"code {code.name}", codelength, code, data)
        for test in wanted:
            if test in LEAST:
                submit(test, run_test, test, data, constants)
        try:
            results = {key: job.result() for key, job in jobs.items()}
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        if "sum_test" in wanted:
            lengths = {
                code.name: _of_gambler(results["betting"], data.size)
                if code.name == shared
                else results[f"code {code.name}"]
                for code in coded
            }
            results["sum_test"] = summed(lengths, data.size)
            advance()
    return [results[test] for test in wanted]


def _of_gambler(outcome: Outcome, n: int) -> float:
    """Bits by `ctw-bits`: what context-tree weighting did not win, and the header."""
    bets = outcome.parameters["bets"]
    return n - outcome.parameters["ctw final"] + 8.0 * len(_leb128.write(bets))
