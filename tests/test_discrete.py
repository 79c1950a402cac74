"""Codes of letters: sums over all sequences, exact values, known relations, codecs, candidates."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations, product

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import complexity
import mdl
from mdl import discrete
from mdl.discrete.candidates import VERSIONS, luckiness_bits
from mdl.discrete.codelengths import log_rising
from mdl.nml import luckiness_complexity, multinomial_complexity

DIGITS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
"""How often each digit occurs among the 1797 labels of the digits of scikit-learn (UCI Optical
Recognition of Handwritten Digits, test part)."""

COUNTS = hnp.arrays(np.int64, st.integers(2, 6), elements=st.integers(0, 200))


def sequences(size, n):
    return [np.array(x, np.int64) for x in product(range(size), repeat=n)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("size", "n"), [(2, 0), (2, 1), (2, 9), (3, 6), (4, 4), (1, 3)])
def test_sum_over_all_sequences(version, size, n):
    """One for complete codes; two parts waste some, as there are several ways to say the data."""
    candidate = discrete.Multinomial(size, version)
    total = sum(2.0 ** -candidate.describe(x).total_bits for x in sequences(size, n))
    if version == "two-part-grid":
        assert total <= 1 + 1e-12
    else:
        assert total == pytest.approx(1, rel=0, abs=1e-11)


@pytest.mark.parametrize("alpha", [0.1, 1.0, 3.5])
@pytest.mark.parametrize("version", ["bayes", "prequential", "luckiness"])
def test_sum_over_all_sequences_with_alpha(version, alpha):
    candidate = discrete.Multinomial(3, version, alpha)
    bits = [candidate.describe(x).total_bits for x in sequences(3, 6)]
    assert sum(2.0**-b for b in bits) == pytest.approx(1, rel=0, abs=1e-11)


def test_nml_sums_to_one_exactly():
    """In fractions, and each probability is that of the code."""
    for size, n in ((2, 7), (3, 5)):
        normaliser = multinomial_complexity(size, n, exact=True)
        total = Fraction(0)
        for x in sequences(size, n):
            counts = np.bincount(x, minlength=size).tolist()
            p = math.prod((Fraction(h, n) ** h for h in counts), start=1 / normaliser)
            assert 2 ** -float(discrete.nml_bits(counts)) == pytest.approx(float(p), rel=1e-12)
            total += p
        assert total == 1


@pytest.mark.parametrize(
    ("counts", "probability"),
    [
        ([1, 1], Fraction(1, 8)),
        ([3, 2], Fraction(3, 256)),
        ([10, 0], Fraction(46189, 262144)),
    ],
)
def test_kt_values(counts, probability):
    assert 2 ** -float(discrete.dirichlet_bits(counts)) == pytest.approx(float(probability), 1e-12)


def test_digits_labels():
    counts = np.array(DIGITS)
    assert counts.sum() == 1797
    assert float(discrete.maximum_likelihood_bits(counts)) == pytest.approx(5969.2303, abs=5e-5)
    assert float(discrete.nml_bits(counts)) == pytest.approx(6009.9528, abs=5e-5)
    assert float(discrete.dirichlet_bits(counts)) == pytest.approx(6009.6337, abs=5e-5)
    assert float(discrete.dirichlet_bits(counts, 1)) == pytest.approx(6004.1205, abs=5e-5)
    assert float(np.add(*discrete.type_bits(counts))) == pytest.approx(6004.1205, abs=5e-5)


@given(counts=COUNTS, alpha=st.sampled_from([0.1, 0.5, 1.0, 7.0]))
def test_dirichlet_is_the_product_of_predictions(counts, alpha):
    nats, seen = 0.0, np.full(counts.size, alpha)
    for letter in np.repeat(np.arange(counts.size), counts):
        nats -= math.log(seen[letter] / seen.sum())
        seen[letter] += 1
    assert float(discrete.dirichlet_bits(counts, alpha)) == pytest.approx(
        nats / math.log(2), rel=1e-10, abs=1e-9
    )


@given(counts=COUNTS)
def test_types_are_laplace_and_nml_is_minimax(counts):
    model, data = discrete.type_bits(counts)
    n, size = int(counts.sum()), counts.size
    ways = math.factorial(n) // math.prod(math.factorial(h) for h in counts.tolist())
    assert float(model) == pytest.approx(math.log2(math.comb(n + size - 1, size - 1)), abs=1e-8)
    assert float(data) == pytest.approx(math.log2(ways), rel=1e-10, abs=1e-8)
    assert float(model + data) == pytest.approx(
        float(discrete.dirichlet_bits(counts, 1)), rel=1e-10, abs=1e-8
    )
    regret = discrete.nml_bits(counts) - discrete.maximum_likelihood_bits(counts)
    assert float(regret) == pytest.approx(multinomial_complexity(size, n), rel=1e-10, abs=1e-8)


@pytest.mark.parametrize("counts", [[5, 0], [3, 4], [7, 1, 2], [1, 0, 0, 9], [0, 0]])
def test_grid_is_the_best_of_all_points(counts):
    n, size = sum(counts), len(counts)
    steps = math.ceil(math.sqrt(n))
    points = [j for j in product(range(steps + 1), repeat=size) if sum(j) == steps]
    chances = (np.array(points) + 0.5) / (steps + size / 2)
    model, data = discrete.grid_bits(counts)
    assert float(model) == pytest.approx(math.log2(len(points)), abs=1e-12)
    assert float(data) == pytest.approx((-np.log2(chances) @ counts).min(), abs=1e-12)
    rows, _ = discrete.grid_bits([counts, counts])
    assert rows.shape == (2,)


def test_snml_by_its_definition():
    """Maximised likelihood of everything up to a letter, normalised over that letter, in fractions;
    the order matters, and the two letters' code is that of Takimoto and Warmuth."""

    def likelihood(x):
        counts = [x.count(letter) for letter in range(3)]
        return math.prod((Fraction(h, len(x)) ** h for h in counts), start=Fraction(1))

    for x in ((0, 1, 2, 0, 0), (0, 0, 0, 0, 0), (2, 1, 1, 0, 2)):
        p = Fraction(1)
        for t in range(len(x)):
            past = x[:t]
            p *= likelihood(x[: t + 1]) / sum(likelihood((*past, a)) for a in range(3))
        assert discrete.snml_bits(x, 3) == pytest.approx(-math.log2(p), abs=1e-12)
    orders = {round(discrete.snml_bits(x, 2), 9) for x in permutations((0, 0, 0, 1, 1))}
    assert len(orders) > 1


def test_conditional_nml_by_its_definition():
    """Over all continuations, in fractions; from no or one letter on it is NML itself."""

    def likelihood(x):
        return math.prod(Fraction(x.count(a), len(x)) ** x.count(a) for a in set(x))

    x = (0, 2, 0, 1, 0, 0)
    for start in (1, 2, 3):
        rest = product(range(3), repeat=len(x) - start)
        p = likelihood(x) / sum(likelihood(x[:start] + y) for y in rest)
        expected = start * math.log2(3) - math.log2(p)
        assert discrete.conditional_nml_bits(x, 3, start) == pytest.approx(expected, abs=1e-11)
    plain = float(discrete.nml_bits(np.bincount(x)))
    for start in (0, 1):
        assert discrete.conditional_nml_bits(x, 3, start) == pytest.approx(plain, abs=1e-11)
    assert discrete.conditional_nml_bits(x, 3, 99) == 6 * math.log2(3)


def test_luckiness_by_its_definition():
    """max over theta of P(x) prod theta^a, normalised, in fractions, at integer a."""

    def lucky(counts, a):
        total = sum(counts) + a * len(counts)
        return math.prod((Fraction(h + a, total) ** (h + a) for h in counts), start=Fraction(1))

    normaliser = luckiness_complexity([2, 2, 2], 5, exact=True)
    for counts in ([5, 0, 0], [2, 2, 1], [0, 1, 4]):
        expected = -math.log2(lucky(counts, 2) / normaliser)
        assert luckiness_bits(np.array(counts), 2) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "counts",
    [
        [0, 0],
        [0, 9, 1],
        [99_999, 1, 100_001],
        [200_000, 300_000],
        [2**30, 1],
        [2**50, 7, 0],
        [2**52] * 2,
    ],
)
def test_large_counts_keep_their_digits(counts):
    """By Gamma functions of 40 digits."""
    n, size = sum(counts), len(counts)
    with mpmath.workdps(40):
        log = mpmath.loggamma
        for alpha in (1e-6, 0.5, 1.0, 1e5, 1e9):
            a = mpmath.mpf(alpha)
            nats = log(n + size * a) - log(size * a) - sum(log(h + a) - log(a) for h in counts)
            assert float(discrete.dirichlet_bits(counts, alpha)) == pytest.approx(
                float(nats / mpmath.log(2)), rel=1e-13, abs=1e-11
            )
        types = [
            log(n + size) - log(n + 1) - log(size),
            log(n + 1) - sum(log(h + 1) for h in counts),
        ]
        expected = [float(nats / mpmath.log(2)) for nats in types]
    assert list(map(float, discrete.type_bits(counts))) == pytest.approx(
        expected, rel=1e-13, abs=1e-11
    )


@pytest.mark.parametrize(
    "counts",
    [
        np.array([2**63 + 5, 3], np.uint64),
        np.array([2**64 - 1, 1], np.uint64),
        np.array([[1, 2], [2**62, 2**62]]),
        [2**53, 2],
    ],
)
@pytest.mark.parametrize(
    "code",
    [
        discrete.maximum_likelihood_bits,
        discrete.nml_bits,
        discrete.dirichlet_bits,
        discrete.type_bits,
        discrete.grid_bits,
    ],
)
def test_counts_beyond_what_doubles_count_are_refused(code, counts):
    with pytest.raises(ValueError, match=r"counts: got a sum of .*, accepted are sums up to 2\^53"):
        code(counts)


def test_unsigned_counts_are_the_same_counts():
    for dtype in (np.uint8, np.uint64, ">i4", np.int16):
        assert discrete.nml_bits(np.array([3, 4], dtype)) == discrete.nml_bits([3, 4])
        assert discrete.dirichlet_bits(np.array([3, 4], dtype)) == discrete.dirichlet_bits([3, 4])


@pytest.mark.parametrize("alpha", [1e-300, 1e-3, 1.0, 1e3, 1e9, 2.0**40, 1e14, 1e60, 1e300])
def test_luckiness_keeps_its_digits_whatever_alpha(alpha):
    """By its definition, over all counts, in numbers of 700 digits; in the end all are uniform."""

    def lucky(counts):
        total = sum(counts) + len(counts) * a
        return mpmath.fprod(((h + a) / total) ** (h + a) for h in counts)

    with mpmath.workdps(700):
        a, n = mpmath.mpf(alpha), 12
        all_counts = [(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]
        normaliser = mpmath.fsum(
            mpmath.factorial(n) / mpmath.fprod(map(mpmath.factorial, each)) * lucky(each)
            for each in all_counts
        )
        for counts in ((12, 0, 0), (1, 9, 2), (4, 4, 4)):
            expected = float(-mpmath.log(lucky(counts) / normaliser, 2))
            code = discrete.Multinomial(3, "luckiness", alpha)
            found = code.describe(np.repeat(range(3), counts)).total_bits
            assert found == pytest.approx(expected, rel=1e-12)
    if alpha == 1e300:
        assert found == pytest.approx(12 * math.log2(3), rel=1e-12)


@settings(deadline=None, max_examples=30)
@given(
    size=st.sampled_from([2, 3, 4, 5, 26, 255, 256]),
    n=st.integers(0, 3000),
    seed=st.integers(0, 2**32),
    version=st.sampled_from(["nml", "bayes", "snml"]),
    concentration=st.sampled_from([0.01, 0.3, 100.0]),
)
def test_multinomial_codec(size, n, seed, version, concentration):
    rng = np.random.default_rng(seed)
    chances = rng.dirichlet(np.full(size, concentration))
    x = rng.choice(size, n, p=chances).astype(np.uint8)
    code = discrete.MultinomialCodec(size, version)
    blob = code.encode(x)
    back = code.decode(blob)
    assert back.dtype == np.uint8
    assert np.array_equal(back, x)
    assert code.bits(x) <= 8 * len(blob) <= code.bits(x) + code.overhead


@pytest.mark.parametrize("version", ["nml", "bayes", "snml"])
@pytest.mark.parametrize("size", [2, 3, 256])
def test_codecs_of_extreme_counts(version, size):
    """All letters alike, and every other letter once at the end; rare counts below 2^-32."""
    code = discrete.MultinomialCodec(size, version)
    for letter in (0, size - 1):
        x = np.full(200_000, letter, np.uint8)
        for data in (x, np.concatenate([x, np.arange(size, dtype=np.uint8)])):
            blob = code.encode(data)
            assert np.array_equal(code.decode(blob), data)
            assert code.bits(data) <= 8 * len(blob) <= code.bits(data) + code.overhead


def test_codec_bits_are_the_candidates():
    x = np.array([2, 0, 1, 1, 1, 2, 0, 1], np.uint8)
    counts = np.bincount(x)
    header = 8.0
    for version, bits in (
        ("nml", float(discrete.nml_bits(counts))),
        ("bayes", float(discrete.dirichlet_bits(counts))),
        ("snml", discrete.snml_bits(x, 3)),
    ):
        assert discrete.MultinomialCodec(3, version).bits(x) == pytest.approx(header + bits)
    bits = np.array([0, 1, 1, 1, 0, 1], np.uint8)
    kt = complexity.get_code("kt").bits(bits)
    assert discrete.BernoulliCodec("bayes").bits(bits) == pytest.approx(kt)
    enumerative = complexity.get_code("enumerative").bits(bits)
    assert discrete.BernoulliCodec("bayes", 1.0).bits(bits) == pytest.approx(enumerative)


def test_every_codeword_of_the_counts_is_distinct():
    """All sequences of up to 6 letters: Kraft with the code's own bits and distinct bytes."""
    import laws

    for version in ("nml", "bayes", "snml"):
        letters = (x.astype(np.uint8) for n in range(7) for x in sequences(3, n))
        laws.check_kraft(discrete.MultinomialCodec(3, version), letters)


@pytest.mark.parametrize(
    "spec",
    [
        "bernoulli:version=snml",
        "multinomial:26",
        "multinomial:256",
        "bernoulli:version=bayes,alpha=0.0625",
        "multinomial:version=bayes,alpha=1024.0",
    ],
)
def test_specs(spec):
    code = complexity.get_code(spec)
    assert complexity.get_code(code.name) == code


def test_kernel_weights():
    from mdl.discrete import _kernels as kernels

    for count in [*range(40), 1000, 10**6]:
        found = kernels.weight(kernels.MAXIMISED, count, 0.0)
        with mpmath.workdps(30):
            expected = (count + 1) * mpmath.power(mpmath.mpf(count + 1) / max(count, 1), count)
        assert found == pytest.approx(float(expected), rel=1e-14)


def test_partial_sums_of_weights_that_no_double_holds():
    """In units of the power of two of the greatest exponent, and no less than 2^-1000."""
    from mdl.discrete import _counts

    left = np.array([0.5, 0.75, 0.6, 0.9, 0.5]), np.array([0, 1500, 3000, 900, 2994])
    right = np.array([0.5, 0.8, 0.75, 0.7, 0.6]), np.array([1, 2, 6, 2000, -1])
    exponents = (left[1] + right[1][::-1]).tolist()
    assert max(exponents) - min(exponents) > 3000
    expected = [
        max(float(a * b * Fraction(2) ** (exponent - max(exponents))), 2.0**-1000)
        for a, b, exponent in zip(
            map(Fraction, left[0]), map(Fraction, right[0][::-1]), exponents, strict=True
        )
    ]
    levels = _counts._partial_sums(left, right, 4)
    assert [level.size for level in levels] == [8, 4, 2, 1]
    assert levels[0].tolist() == pytest.approx([*expected, 0, 0, 0], rel=1e-15, abs=0)
    assert levels[-1][0] == pytest.approx(math.fsum(expected), rel=1e-15)


def test_number_weights_are_the_fractions():
    """The weight of a count is h^h e^-h / h! C(K, h)."""
    from mdl.discrete import _counts

    weights = _counts._weights(10, 200)
    assert sorted(weights) == [1, 2, 3, 5]
    for size, (mantissa, exponent) in weights.items():
        for h in (0, 1, 5, 31, 32, 200):
            exact = multinomial_complexity(size, h, exact=True)
            exact *= Fraction(h**h, math.factorial(h))
            log = math.log2(exact.numerator) - math.log2(exact.denominator) - h / math.log(2)
            assert math.log2(mantissa[h]) + exponent[h] == pytest.approx(log, abs=1e-11)


@pytest.mark.parametrize("version", VERSIONS)
def test_candidates(version):
    rng = np.random.default_rng(1)
    bits = (rng.random(200) < 0.1).astype(np.uint8)
    coin = discrete.Bernoulli(version).describe(bits)
    die = discrete.Multinomial(2, version).describe(bits)
    assert coin.total_bits == die.total_bits
    assert coin.version == version
    assert f"({version})" in coin.name
    assert coin.parameters == 1
    assert coin.n == 200
    entropy = 200 * -sum(p * math.log2(p) for p in coin.fit["chances"])
    assert coin.best_fit_bits == pytest.approx(entropy)
    assert coin.regret_bits > 0
    empty = discrete.Bernoulli(version).describe([])
    assert (empty.total_bits, empty.n) == (0, 0)
    single = discrete.Bernoulli(version).describe([1]).total_bits
    assert single >= 1 - 1e-12
    if version != "two-part-grid":
        assert single == pytest.approx(1)


def test_candidates_in_a_selection():
    bits = np.arange(300) % 7 == 0
    versions = [discrete.Bernoulli(version) for version in VERSIONS]
    table = mdl.select([*versions, discrete.Bernoulli("bayes", 1.0)], bits, folds=4, progress=False)
    assert len(table.rows) == 9
    assert all(math.isfinite(row.cv_bits) for row in table.rows)
    assert "bernoulli (bayes, alpha=1)" in [row.name for row in table.rows]
    letters = discrete.Multinomial(3)
    assert letters.heldout_bits([0, 0, 1], [2, 0]) == pytest.approx(
        -math.log2(0.5 / 4.5) - math.log2(2.5 / 4.5)
    )


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: discrete.Bernoulli("mdl"), ValueError, "version: unknown"),
        (lambda: discrete.Bernoulli("nml", 1.0), ValueError, "has none"),
        (lambda: discrete.Bernoulli("bayes", 0), ValueError, "alpha: got 0"),
        (lambda: discrete.Bernoulli("bayes", math.nan), ValueError, "alpha: got nan"),
        (lambda: discrete.Bernoulli("bayes", "x"), TypeError, "alpha"),
        (lambda: discrete.Bernoulli().describe([0, 2]), ValueError, "0 and 1"),
        (lambda: discrete.Bernoulli().describe([0.5]), TypeError, "float64"),
        (lambda: discrete.Multinomial(0), ValueError, "alphabet_size"),
        (lambda: discrete.Multinomial(3).describe([0, 3]), ValueError, "integers 0 to 2"),
        (lambda: discrete.Multinomial(3).describe([-1]), ValueError, "integers 0 to 2"),
        (lambda: discrete.Multinomial(3).describe("012"), TypeError, "got str"),
        (lambda: discrete.Multinomial(3).describe([math.nan]), TypeError, "float64"),
        (lambda: discrete.Multinomial(3).describe([[0, 1]]), ValueError, "shape"),
        (lambda: discrete.MultinomialCodec(1), ValueError, "from 2 to 256"),
        (lambda: discrete.MultinomialCodec(4, "bayes", 0.01), ValueError, "1/16"),
        (lambda: discrete.MultinomialCodec(4, "nml", 1.0), ValueError, "has none"),
        (lambda: discrete.MultinomialCodec(3).encode([3]), ValueError, "integers 0 to 2"),
        (lambda: discrete.nml_bits([1.5, 2]), TypeError, "integers"),
        (lambda: discrete.nml_bits([-1, 2]), ValueError, "got -1"),
        (lambda: discrete.nml_bits([]), TypeError, "integers"),
        (lambda: discrete.grid_bits(np.zeros((2, 0), int)), ValueError, "K"),
        (lambda: discrete.snml_bits([0, 5], 3), ValueError, "integers 0 to 2"),
        (lambda: discrete.conditional_nml_bits([0], 3, -1), ValueError, "start"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


def exact_dirichlet_bits(counts, alpha):
    """By the product of the predictions, as a Fraction."""
    chance, n = Fraction(1), 0
    for count in counts:
        for seen in range(count):
            chance *= (Fraction(alpha) + seen) / (len(counts) * Fraction(alpha) + n)
            n += 1
    return float(-mpmath.log(mpmath.mpf(chance.numerator) / chance.denominator, 2))


@pytest.mark.parametrize("alpha", [0.5, 1, 99999.0, 1e5, 1e6, 1e9, 1e16, 1e300])
@pytest.mark.parametrize("counts", [(3, 2), (0, 1), (40, 3, 0, 25), (200, 0), (7,)])
def test_large_alphas_lose_nothing(counts, alpha):
    with mpmath.workdps(40):
        expected = exact_dirichlet_bits(counts, alpha)
    assert float(discrete.dirichlet_bits(counts, alpha)) == pytest.approx(
        expected, rel=1e-9, abs=1e-12
    )
    if alpha >= 1e16:
        assert expected == pytest.approx(sum(counts) * math.log2(len(counts)), rel=1e-12)


@pytest.mark.parametrize("start", [0.5, 17.0, 99999.0, 1e5, 3e6, 1e12])
def test_log_rising_is_the_sum_of_logarithms(start):
    steps = np.array([0, 1, 2, 30, 1000, 100_000])
    sums = [math.fsum(map(math.log, start + np.arange(n))) for n in steps.tolist()]
    assert log_rising(start, steps).tolist() == pytest.approx(sums, rel=2e-15, abs=1e-9)


@pytest.mark.parametrize("alpha", [1e5, 1e6])
def test_bits_are_continuous_in_alpha(alpha):
    below = discrete.dirichlet_bits([30, 3, 1], math.nextafter(alpha / 3, 0))
    above = discrete.dirichlet_bits([30, 3, 1], math.nextafter(alpha / 3, math.inf))
    assert float(below) == pytest.approx(float(above), rel=1e-9)


def test_alpha_times_the_letters_may_overflow():
    assert float(discrete.dirichlet_bits([3, 2, 1], 1.7e308)) == pytest.approx(6 * math.log2(3))


def test_alphabets_of_numpy_are_the_same_numbers():
    letters = [2, 0, 2, 1]
    code = discrete.MultinomialCodec(np.int64(3))  # type: ignore[arg-type]
    assert code.name == discrete.MultinomialCodec(3).name
    assert code.decode(code.encode(letters)).tolist() == letters
    narrow = discrete.Multinomial(np.uint8(255)).describe(letters)  # type: ignore[arg-type]
    assert narrow.total_bits == discrete.Multinomial(255).describe(letters).total_bits


def test_a_large_alpha_predicts_evenly():
    for alpha in (1e290, 1e308):
        bits = discrete.Multinomial(4, "bayes", alpha).heldout_bits([0, 1], [2, 3, 3])
        assert bits == pytest.approx(6)
