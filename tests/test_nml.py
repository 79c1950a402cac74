"""Parametric complexity: enumeration, exact sums, published values, approximations, limits."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest

import mdl
from mdl.nml import (
    fisher_complexity,
    luckiness_complexity,
    multinomial_complexity,
    multinomial_complexity_table,
    szpankowski_complexity,
)


def log2(value: Fraction) -> float:
    """log2 of a fraction whose parts may be too large for a double."""
    with mpmath.workdps(40):
        return float(mpmath.log(mpmath.mpf(value.numerator) / value.denominator, 2))


def likelihood(counts, pseudo=None) -> Fraction:
    """The product of ((h + a) / (n + A))^(h + a)."""
    shifted = [h + a for h, a in zip(counts, pseudo or [0] * len(counts), strict=True)]
    total = sum(shifted)
    return math.prod((Fraction(c, total or 1) ** c for c in shifted), start=Fraction(1))


def by_sequences(size, n, pseudo=None) -> Fraction:
    """The Shtarkov sum as it is defined, over all K^n sequences."""
    sequences = product(range(size), repeat=n)
    counts = ([sequence.count(letter) for letter in range(size)] for sequence in sequences)
    return sum((likelihood(row, pseudo) for row in counts), Fraction(0))


def by_counts(size, n) -> Fraction:
    """The Shtarkov sum over counts."""
    total = Fraction(0)
    for counts in product(range(n + 1), repeat=size):
        if sum(counts) == n:
            ways = math.factorial(n) // math.prod(map(math.factorial, counts))
            total += ways * likelihood(counts)
    return total


@pytest.mark.parametrize(("size", "n"), [(2, 8), (3, 5), (4, 4), (5, 3), (5, 0), (1, 4)])
def test_exact_is_the_sum_over_all_sequences(size, n):
    for length in range(n + 1):
        assert multinomial_complexity(size, length, exact=True) == by_sequences(size, length)


@pytest.mark.parametrize("size", range(1, 6))
@pytest.mark.parametrize("n", range(9))
def test_recurrence_is_the_sum_over_counts(size, n):
    expected = by_counts(size, n)
    assert multinomial_complexity(size, n, exact=True) == expected
    assert multinomial_complexity(size, n) == pytest.approx(log2(expected), rel=0, abs=1e-13)


@pytest.mark.parametrize(
    ("size", "n", "expected"),
    [
        (2, 1, Fraction(2)),
        (2, 2, Fraction(5, 2)),
        (2, 3, Fraction(26, 9)),
        (2, 4, Fraction(103, 32)),
        (2, 5, Fraction(2194, 625)),
        (2, 10, Fraction(7281587, 1562500)),
        (3, 3, Fraction(53, 9)),
    ],
)
def test_fractions(size, n, expected):
    assert multinomial_complexity(size, n, exact=True) == expected


@pytest.mark.parametrize(
    ("size", "n", "bits"),
    [
        (2, 10, 2.220397),
        (3, 10, math.log2(14.660216)),
        (4, 10, math.log2(37.961294)),
        (2, 1000, math.log2(40.30321293)),
        (10, 1000, 37.029659),
        (10, 1797, 40.72251),
        (26, 10**4, 126.205383),
        (100, 1000, 251.114692),
        (256, 10**5, 1288.103217),
    ],
)
def test_values(size, n, bits):
    assert multinomial_complexity(size, n) == pytest.approx(bits, rel=0, abs=1e-6)


@pytest.mark.parametrize("size", [2, 3, 10, 256, 1000])
@pytest.mark.parametrize("n", [17, 1000, 4095, 4096, 5000])
def test_floats_are_the_fractions_to_1e_12(size, n):
    exact = log2(multinomial_complexity(size, n, exact=True))
    assert abs(2 ** (multinomial_complexity(size, n) - exact) - 1) < 3e-12


@pytest.mark.parametrize("n", [10**5, 10**6])
def test_two_letters_in_thirty_digits(n):
    """The falling powers, added in thirty digits."""
    with mpmath.workdps(30):
        term = total = mpmath.mpf(1)
        for j in range(n):
            term *= mpmath.mpf(n - j) / n
            total += term
            if term < mpmath.mpf(10) ** -28:
                break
        exact = float(mpmath.log(total, 2))
    assert abs(2 ** (multinomial_complexity(2, n) - exact) - 1) < 1e-12


def test_two_letters_by_the_binomial_terms():
    """The definition at n = 10^6, term by term from gamma functions."""
    from scipy.special import gammaln, xlogy

    n = 10**6
    h = np.arange(n + 1)
    nats = gammaln(n + 1) - gammaln(h + 1) - gammaln(n - h + 1)
    nats += xlogy(h, h / n) + xlogy(n - h, (n - h) / n)
    assert 2 ** multinomial_complexity(2, n) == pytest.approx(np.exp(nats).sum(), rel=1e-8)


def test_recurrence_in_fifty_digits():
    """From the two first sums on, K = 1000 and n = 10^6: 5714 bits, far beyond a double."""
    n = 10**6
    with mpmath.workdps(50):
        term = two = mpmath.mpf(1)
        for j in range(n):
            term *= mpmath.mpf(n - j) / n
            two += term
            if term < mpmath.mpf(10) ** -45:
                break
        before, now = mpmath.mpf(1), two
        for size in range(1, 999):
            before, now = now, now + before * n / size
        exact = mpmath.log(now, 2)
        assert abs(multinomial_complexity(1000, n) - exact) < 1e-11
    start = time.process_time()
    multinomial_complexity(1000, n)
    assert time.process_time() - start < 1


def test_tables_are_the_single_values():
    n = np.array([[0, 1, 2], [100, 4096, 10**6]])
    table = multinomial_complexity_table(30, n)
    assert table.shape == (30, 2, 3)
    for size in (1, 2, 3, 30):
        rows = multinomial_complexity(size, n)
        assert np.array_equal(table[size - 1], rows)
        assert [multinomial_complexity(size, int(m)) for m in n.ravel()] == rows.ravel().tolist()
    assert multinomial_complexity_table(3, 10).shape == (3,)
    assert multinomial_complexity_table(1, 10).tolist() == [0]
    assert multinomial_complexity(4, np.zeros((0, 2), int)).shape == (0, 2)


def test_limits():
    assert multinomial_complexity(7, 0) == 0 == multinomial_complexity(1, 10**9)
    assert multinomial_complexity(7, 1) == pytest.approx(math.log2(7), abs=1e-14)
    assert math.isfinite(multinomial_complexity(2, 1 << 53))
    assert multinomial_complexity(10**5, 10) < 10 * math.log2(10**5)
    for n in (1, 5, 40):  # the regret of the uniform code bounds that of the best
        assert multinomial_complexity(3, n) <= n * math.log2(3) + 1e-12


@pytest.mark.parametrize(
    ("size", "n", "szpankowski", "fisher"),
    [
        (2, 10, 2.220999, 1.986712),
        (10, 1000, 37.029763, 36.586815),
        (100, 1000, 251.151829, 236.067788),
    ],
)
def test_approximations(size, n, szpankowski, fisher):
    assert szpankowski_complexity(size, n) == pytest.approx(szpankowski, abs=1e-6)
    assert fisher_complexity(size, n) == pytest.approx(fisher, abs=1e-6)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_approximations_converge_at_their_orders(size):
    """The error falls with n^-1/2 and n^-3/2: by 10 and by 1000 from n = 10^3 to 10^5."""
    near, far = 10**3, 10**5
    for approximation, factor in ((fisher_complexity, 10), (szpankowski_complexity, 1000)):
        errors = [
            abs(approximation(size, n) - multinomial_complexity(size, n)) for n in (near, far)
        ]
        assert errors[0] / errors[1] == pytest.approx(factor, rel=0.15)
    assert fisher_complexity(1, 5) == szpankowski_complexity(1, 5) == 0


@pytest.mark.parametrize(
    ("pseudo", "n"), [([0, 0], 6), ([1, 1], 6), ([3, 0, 2], 4), ([0], 3), ([5, 1], 0), ([0, 0], 0)]
)
def test_luckiness_is_the_sum_over_all_sequences(pseudo, n):
    expected = by_sequences(len(pseudo), n, pseudo)
    assert luckiness_complexity(pseudo, n, exact=True) == expected
    assert luckiness_complexity(pseudo, n) == pytest.approx(log2(expected), rel=0, abs=1e-12)


@pytest.mark.parametrize("pseudo", [[0, 0, 0], [1, 4, 1, 0], [500, 1], [7] * 9, [2000, 3]])
def test_luckiness_floats_are_the_fractions(pseudo):
    exact = log2(luckiness_complexity(pseudo, 60, exact=True))
    assert luckiness_complexity(pseudo, 60) == pytest.approx(exact, rel=0, abs=1e-8)


def test_luckiness_without_luck_is_the_plain_sum():
    for size, n in ((2, 1000), (256, 3000)):
        plain = multinomial_complexity(size, n)
        assert luckiness_complexity([0] * size, n) == pytest.approx(plain, rel=0, abs=1e-10)
    assert math.isfinite(luckiness_complexity([1000] * 256, 10000))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: multinomial_complexity(0, 3), ValueError, "alphabet_size: got 0"),
        (lambda: multinomial_complexity(2.5, 3), TypeError, "alphabet_size"),
        (lambda: multinomial_complexity(2, -1), ValueError, "n: got -1"),
        (lambda: multinomial_complexity(2, 3.0), TypeError, "n: got 3.0"),
        (lambda: multinomial_complexity(2, math.nan), TypeError, "n: got nan"),
        (lambda: multinomial_complexity(2, np.array([1.0])), TypeError, "array of float64"),
        (lambda: multinomial_complexity(2, np.array([3, -1])), ValueError, "-1 to 3"),
        (lambda: multinomial_complexity(2, (1 << 53) + 1), ValueError, "n: got"),
        (lambda: multinomial_complexity(2, np.array([1]), exact=True), TypeError, "one integer"),
        (lambda: fisher_complexity(2, 0), ValueError, "n: got 0"),
        (lambda: szpankowski_complexity(0, 1), ValueError, "alphabet_size"),
        (lambda: luckiness_complexity([], 3), ValueError, "accepted is \\(K,\\)"),
        (lambda: luckiness_complexity([-1.0, 1], 3), ValueError, "from 0"),
        (lambda: luckiness_complexity([math.nan], 3), ValueError, "finite"),
        (lambda: luckiness_complexity([math.inf], 3), ValueError, "finite"),
        (lambda: luckiness_complexity(["a"], 3), TypeError, "numbers"),
        (lambda: luckiness_complexity([0.5], 3, exact=True), ValueError, "integers"),
        (lambda: luckiness_complexity([1], 1 << 15), ValueError, "n: got"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_front_door():
    assert mdl.nml.multinomial_complexity(2, 2, exact=True) == Fraction(5, 2)


def test_exact_luckiness_of_an_integer_of_numpy():
    exact = luckiness_complexity([2, 3], 60, exact=True)
    assert luckiness_complexity([2, 3], np.int64(60), exact=True) == exact


def test_narrow_integers_are_the_same_numbers():
    table = multinomial_complexity_table(np.uint8(255), np.int8(10))  # type: ignore[arg-type]
    assert table.tolist() == multinomial_complexity_table(255, 10).tolist()
