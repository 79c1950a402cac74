"""Mutual information: known amounts of shared bits, no sharing, and the null's p-value."""

import json

import numpy as np
import pytest

import complexity
from complexity.information import mutual_information


def random_bytes(seed, size):
    return np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8).tobytes()


@pytest.mark.parametrize("code", ["xz", "zlib", "zstd:19"])
def test_shared_random_bytes_are_counted_in_full(code):
    # y repeats 3,000 incompressible bytes of x: 24,000 bits, less what naming the copies costs
    shared = random_bytes(0, 3000)
    x, y = random_bytes(1, 2000) + shared, shared + random_bytes(2, 1000)
    found = mutual_information(x, y, code, shuffles=19)
    assert 0.96 * 24_000 < found.corrected_bits < 24_000
    assert found.asymmetry < 0.02
    assert found.p_value == 1 / 20
    container = complexity.get_code(code).bits(b"")
    assert found.null_mean == pytest.approx(container, abs=240)
    assert found.kind == "estimate"


def test_unrelated_objects_share_nothing():
    values = []
    for seed in range(12):
        x, y = random_bytes(2 * seed, 1500), random_bytes(2 * seed + 1, 1500)
        values.append(mutual_information(x, y, "zlib", shuffles=19, seed=seed))
    assert all(abs(found.bits) < 200 for found in values)
    # under the null a p-value of 1/20 has probability 1/20
    assert sum(found.p_value <= 0.05 for found in values) <= 4


def test_a_code_with_states_is_asked_for_conditional_lengths():
    class Oracle:
        name, kind = "oracle", complexity.Kind.BOUND

        def bits(self, x, *, given=None):
            return 3.0 if given == x else 10.0 * len(x)

    found = mutual_information(b"abcdef", b"abcdef", Oracle(), shuffles=5)
    assert (found.bits, found.reverse_bits, found.asymmetry) == (57, 57, 0)


def chain(seed, size, order=2):
    """A Markov chain over four symbols whose laws are drawn too."""
    random = np.random.default_rng(seed)
    laws, past, made = random.dirichlet([0.3] * 4, 4**order), 0, []
    for _ in range(size):
        made.append(int(random.choice(4, p=laws[past])))
        past = (4 * past + made[-1]) % 4**order
    return bytes(made)


def test_what_makes_y_longer_is_no_evidence():
    """Chains of laws drawn apart have nothing in common; shuffles of y may lose still more by x."""
    for seed in range(6):
        found = mutual_information(
            chain(2 * seed, 2000), chain(2 * seed + 1, 2000), "ctw", shuffles=19
        )
        assert found.bits < 0
        assert found.p_value == 1


def test_rounding_is_no_evidence():
    """By counts of symbols alone a shuffle saves as much as the data: p is 1, whatever is added."""
    for seed in range(20):
        x, y = (bytes(each % 4 for each in random_bytes(2 * seed + at, 300)) for at in (0, 1))
        found = mutual_information(x, y, "kt-bytes", shuffles=9)
        assert (found.p_value, found.null_sd) == (1, 0)


def test_results_do_not_depend_on_workers():
    x, y = "the quick brown fox " * 20, "the lazy brown dog " * 20
    one, many = (mutual_information(x, y, shuffles=9, workers=w) for w in (1, 4))
    assert one == many
    assert one.bits > 0


def test_numbers_of_numpy_are_json():
    found = mutual_information(b"ab" * 9, b"ba" * 9, "zlib", shuffles=np.int64(2), seed=np.int64(1))
    assert json.loads(json.dumps(found.to_dict()))["shuffles"] == 2


def test_objects_without_any_bits_share_none():
    found = mutual_information(b"aaaa", b"aaaa", "entropy", shuffles=2)
    assert (found.bits, found.reverse_bits, found.asymmetry) == (0, 0, 0)


@pytest.mark.parametrize(
    ("x", "y", "options", "error", "message"),
    [
        (b"", b"a", {}, ValueError, "got nothing"),
        (b"a", b"", {}, ValueError, "got nothing"),
        (b"a", 3, {}, TypeError, "got int"),
        (b"a", b"a", {"shuffles": 1}, ValueError, "shuffles: got 1"),
        (b"a", b"a", {"code": "xzz"}, ValueError, "did you mean 'xz'"),
    ],
)
def test_refusals(x, y, options, error, message):
    with pytest.raises(error, match=message):
        mutual_information(x, y, **options)
