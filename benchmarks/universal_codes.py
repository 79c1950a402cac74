"""Speed of parametric complexities and of integers' codes: `python -m benchmarks.universal_codes`.

The peers are the published algorithms written down plainly: nothing maintained computes either.
"""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from benchmarks.harness import Bar, Contender, Race, first_call, race
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity import get_code
from complexity.provenance import commit
from mdl.nml import multinomial_complexity

OURS, PLAIN = "ours", "the recurrence as published"
COUNT = 1 << 20
CODES = (
    "elias-gamma",
    "elias-delta",
    "elias-omega",
    "fibonacci",
    "log-star",
    "rice:8",
    "golomb:200",
)


def plain_complexity(alphabet_size: int, n: int) -> float:
    """log2 C(K, n) by Kontkanen and Myllymäki: C(2, n) as the sum it is, then the recurrence."""
    h = np.arange(1, n, dtype=float)
    binomials = gammaln(n + 1) - gammaln(h + 1) - gammaln(n - h + 1)
    two = 2 + float(np.exp(binomials + h * np.log(h / n) + (n - h) * np.log1p(-h / n)).sum())
    before, now, scale = 1.0, two, 0.0
    for size in range(1, alphabet_size - 1):
        before, now = now, now + n / size * before
        if now > 1e250:
            before, now, scale = before * 1e-250, now * 1e-250, scale + 250 * math.log2(10)
    return math.log2(now) + scale


def complexity_race(alphabet_size: int, n: int, rounds: int) -> Race:
    def close() -> bool:
        ours, plain = multinomial_complexity(alphabet_size, n), plain_complexity(alphabet_size, n)
        return math.isclose(ours, plain, rel_tol=1e-9)

    contenders = [
        Contender(OURS, lambda: [multinomial_complexity(alphabet_size, n) for _ in range(20)], 20,
                  "complexities", verify=close),
        Contender(PLAIN, lambda: plain_complexity(alphabet_size, n), 1, "complexities"),
    ]  # fmt: skip
    title = f"C({alphabet_size}, {n:,})"
    return race(title, contenders, baseline=PLAIN, rounds=rounds, bars=[Bar(OURS, PLAIN, 1.0)])


def plain_gamma(numbers: list[int]) -> str:
    """Elias gamma codewords behind one another, as text."""
    return "".join("0" * (n.bit_length() - 1) + f"{n:b}" for n in numbers)


def integers_race(rounds: int) -> Race:
    """A million integers, geometric by octaves: small ones most often, up to 2^20."""
    rng = np.random.default_rng(0)
    numbers: NDArray[np.int64] = np.floor(np.exp2(rng.exponential(3, COUNT).clip(0, 20)))
    numbers = numbers.astype(np.int64)
    contenders = []
    for name in CODES:
        code = get_code(f"integers({name})")
        blob = code.encode(numbers)
        note = f"{8 * len(blob) / COUNT:.3f} bits each"
        right = np.array_equal(code.decode(blob), numbers)
        contenders += [
            Contender(f"{name}, encode", lambda code=code: code.encode(numbers), COUNT, "integers",
                      note=note, verify=lambda right=right: right),
            Contender(f"{name}, decode", lambda code=code, blob=blob: code.decode(blob), COUNT,
                      "integers"),
        ]  # fmt: skip
    some = numbers[: COUNT >> 4].tolist()
    plain = "plain Python: gamma, text of bits"
    contenders.append(Contender(plain, lambda: plain_gamma(some), len(some), "integers"))
    copied = Contender("copying them", lambda: [numbers.copy() for _ in range(8)], 8 * COUNT,
                       "integers", limit=True)  # fmt: skip
    bars = [Bar("elias-gamma, encode", plain, 1.0)]
    title = "a million integers"
    return race(title, [*contenders, copied], baseline=plain, rounds=rounds, bars=bars)


def benchmark(rounds: int) -> Report:
    """Race everything."""
    began = time.perf_counter()
    races = (
        complexity_race(1000, 10**6, rounds),
        complexity_race(256, 10**5, rounds),
        integers_race(rounds),
    )
    setup = "from mdl.nml import multinomial_complexity"
    calls = (first_call("C(1000, 10^6)", setup, "multinomial_complexity(1000, 10**6)",
                        repeats=3, warm_at_most=1.0),)  # fmt: skip
    return Report(
        title="Parametric complexities and codes of integers",
        command=f"python -m benchmarks.universal_codes --rounds {rounds}",
        machine=machine(("numpy", "scipy", "numba")),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=("The bar of one CPU second for a million symbols of a thousand kinds is in the "
               "table of first calls.",),
    )  # fmt: skip


if __name__ == "__main__":
    command("universal_codes", benchmark, rounds=5, about=__doc__)
