"""The parsings against their definitions, the null against enumeration, codewords bit by bit."""

import itertools
import json
import math

import laws
import numpy as np
import pytest
import strategies
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity import lz76, lz76_null, lz76_phrases, lz76_zscore, lz78, lz78_phrases
from complexity.code import DecodeError, Kind
from complexity.lempel_ziv import Lz76, Lz78, __main__, _kernels, null, simulate_null

relaxed = settings(deadline=None, max_examples=100)
words = st.integers(1, 40).flatmap(lambda size: st.lists(st.integers(0, size - 1), max_size=60))


@pytest.fixture(autouse=True)
def _wrap_around():
    # as plain Python the hash of a table overflows on purpose, and NumPy warns
    with np.errstate(over="ignore"):
        yield


def occurs_before(x, start, stop):
    """Whether x[start:stop] also begins at an earlier place (it may overlap itself)."""
    return any(x[i : i + stop - start] == x[start:stop] for i in range(start))


def plain_lz76(x):
    """Ends of the phrases, each the shortest word that does not occur earlier."""
    ends, start = [], 0
    while start < len(x):
        stop = start + 1
        while stop < len(x) and occurs_before(x, start, stop):
            stop += 1
        ends.append(stop)
        start = stop
    return ends


def plain_lz78(x):
    """Ends of the words, each the shortest that is not among those before."""
    ends, seen, start = [], set(), 0
    for stop in range(1, len(x) + 1):
        if tuple(x[start:stop]) not in seen:
            seen.add(tuple(x[start:stop]))
            ends.append(stop)
            start = stop
    return ends if start == len(x) else [*ends, len(x)]


def parsed(kernel, x, alphabet_size):
    ends, sources = np.empty((2, len(x)), np.int32)
    count = kernel(np.array(x, np.int32), alphabet_size, ends, sources)
    return ends[:count].tolist(), sources[:count].tolist()


def test_all_binary_strings_up_to_13():
    counted = 0
    for n in range(1, 14):
        for letters in itertools.product("01", repeat=n):
            x, found = "".join(letters), 0
            start = 0
            while start < n:  # as plain_lz76, by the search of str
                length = 1
                while start + length < n and x.find(x[start : start + length]) < start:
                    length += 1
                found += 1
                start += length
            assert lz76(x) == found, x
            counted += 1
    assert counted == 16_382


@pytest.mark.parametrize(
    ("x", "phrases"),
    [
        ("", ""),
        ("0", "0"),
        ("0001101001000101", "0.001.10.100.1000.101"),
        ("1001111011000010", "1.0.01.1110.1100.0010"),
        ("0" * 100, "0." + "0" * 99),
        ("10" * 5, "1.0." + "10" * 4),
        ("abcabcabcd", "a.b.c.abcabcd"),
    ],
)
def test_known_histories(x, phrases):
    ends = list(itertools.accumulate(len(phrase) for phrase in phrases.split(".") if phrase))
    assert lz76_phrases(x).tolist() == ends
    assert lz76(x) == len(ends)


def test_known_words_of_lz78():
    assert lz78("1001111011000010") == 8
    assert lz78("") == 0
    assert lz78("0" * 10) == 4  # 0.00.000.0000
    assert lz78("0" * 11) == 5  # and an incomplete 0
    assert lz76("1001111011000010") == 6


def fixed_point(rules, times):
    word = "0"
    for _ in range(times):
        word = "".join(rules[letter] for letter in word)
    return word


@pytest.mark.parametrize(
    ("rules", "count"),
    [
        ({"0": "01", "1": "10"}, lambda k: 2 * k - 1),  # Thue-Morse, 2**k symbols, k >= 2
        ({"0": "01", "1": "00"}, lambda k: k + 1),  # period doubling, 2**k symbols
        ({"0": "01", "1": "0"}, lambda k: k + 1),  # Fibonacci
        ({"0": "01", "1": "02", "2": "0"}, lambda k: k + 1),  # Tribonacci
    ],
    ids=["thue-morse", "period-doubling", "fibonacci", "tribonacci"],
)
def test_fixed_points_of_morphisms(rules, count):
    # logarithmic in the length (Constantinescu and Ilie 2007); the constants by brute force
    for times in range(2, 8):
        word = fixed_point(rules, times)
        assert len(plain_lz76(word)) == count(times)
    for times in range(2, 17):
        assert lz76(fixed_point(rules, times)) == count(times)


@relaxed
@given(words)
def test_both_kernels_equal_the_definition(x):
    for kernel in (_kernels.lz76_dense, _kernels.lz76_hashed):
        ends, sources = parsed(kernel, x, 40)
        assert ends == plain_lz76(x)
        for start, stop, source in zip([0, *ends], ends, sources, strict=False):
            copied = stop - start - 1
            if stop == len(x) and occurs_before(x, start, stop):
                copied += 1  # incomplete
            assert (source == -1) == (copied == 0)
            assert source < start
            assert copied == 0 or x[source : source + copied] == x[start : start + copied]
    for kernel in (_kernels.lz78_dense, _kernels.lz78_hashed):
        assert parsed(kernel, x, 40)[0] == plain_lz78(x)


@relaxed
@given(words, st.integers(0, 39))
def test_one_more_symbol_is_at_most_one_more_phrase(x, symbol):
    for count in (lz76, lz78):
        assert count([*x, symbol]) - count(x) in (0, 1)


@relaxed
@given(words)
def test_no_history_is_shorter_than_the_exhaustive_one(x):
    # Lempel and Ziv 1976, section III; the words of LZ78 are a history
    assert lz76(x) <= lz78(x)


@relaxed
@given(words, st.permutations(range(40)), st.sampled_from([1, -(2**40), 2**50]))
def test_names_of_symbols_do_not_matter(x, names, scale):
    renamed = [scale * names[symbol] for symbol in x]
    assert lz76_phrases(renamed).tolist() == lz76_phrases(x).tolist()
    assert lz78_phrases(renamed).tolist() == lz78_phrases(x).tolist()


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "<i2", ">i4", "i8", "u8"])
def test_every_kind_of_input_is_the_same_string(dtype):
    x = np.random.default_rng(3).integers(0, 2, 300)
    expected, text = plain_lz76(x.tolist()), "".join("01"[b] for b in x)
    array = x.astype(dtype)
    forms = [array, np.repeat(array, 2)[::2], array[::-1][::-1], text, text.encode(), x.tolist()]
    if dtype == "i1":
        forms += [array * -128, memoryview(text.encode()), text.replace("1", "☕"), tuple(x)]
        forms += [(255 * array.astype("u1")).view("i1"), array.astype("i1") * 127 - (1 - array)]
    if dtype == "u8":
        forms += [array * np.uint64(2**64 - 1), array + np.uint64(2**64 - 2)]
        forms += [(array + np.uint64(2**64 - 2)).astype(">u8")]
        forms += [memoryview(np.repeat(array, 2).astype("u1"))[::2]]
    for form in forms:
        assert lz76_phrases(form).tolist() == expected
        assert lz78(form) == len(plain_lz78(x.tolist()))


def test_wide_signed_bytes_keep_their_order_and_number():
    x = np.arange(-128, 128, dtype=np.int8)
    assert lz76(x) == lz78(x) == 256
    assert lz76(np.concatenate([x, x])) == 257


def de_bruijn(order):
    """The binary de Bruijn word of an order, by the rule "prefer one", 2**order symbols."""
    word = [0] * order
    seen = {tuple(word)}
    while True:
        for bit in (1, 0):
            window = (*word[len(word) - order + 1 :], bit)
            if window not in seen:
                seen.add(window)
                word.append(bit)
                break
        else:
            return word[: 1 << order]


@pytest.mark.parametrize("order", [6, 9])
def test_de_bruijn_words(order):
    x = de_bruijn(order)
    assert lz76_phrases(x).tolist() == plain_lz76(x)


def test_both_kernels_agree_on_long_strings():
    rng = np.random.default_rng(4)
    for x in (rng.integers(0, 16, 50_000), np.zeros(50_000, np.int64), rng.random(50_000) < 0.02):
        dense, hashed = (parsed(k, x, 16) for k in (_kernels.lz76_dense, _kernels.lz76_hashed))
        assert dense == hashed


@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        (np.zeros((2, 2), int), ValueError, r"shape \(2, 2\), accepted is a 1-D array"),
        (np.array(3), ValueError, "1-D"),
        (np.zeros(3), TypeError, "ndarray of float64, accepted is bytes"),
        ([0.5], TypeError, "make symbols of real numbers first"),
        (np.array([1, None]), TypeError, "object"),
        ([[1, 2], [3, 4]], ValueError, "1-D"),
        (None, (TypeError, ValueError), "accepted is"),
    ],
)
def test_bad_input(x, error, says):
    for function in (lz76, lz78, lz76_phrases, lz78_phrases, lz76_zscore):
        with pytest.raises(error, match=says):
            function(x)


# the null


def test_exact_null_is_the_enumeration():
    stored = json.loads(null.TABLE.read_text())["exact"]
    for n in range(1, 10):
        counts = [len(plain_lz76(x)) for x in itertools.product((0, 1), repeat=n)]
        assert {int(c): k for c, k in stored[str(n)].items()} == {
            c: counts.count(c) for c in sorted(set(counts))
        }
        found = lz76_null(n)
        assert (found.source, found.replicas) == ("exact", 2**n)
        assert found.mean == pytest.approx(np.mean(counts), abs=1e-12)
        assert found.sd == pytest.approx(np.std(counts), abs=1e-12)
    assert all(sum(stored[str(n)].values()) == 2**n for n in range(1, 25))


@pytest.mark.parametrize(
    ("n", "mean", "sd"),  # found before, with another program and other coins
    [
        (64, 13.08, 0.99),
        (256, 35.70, 1.32),
        (1000, 106.65, 1.83),
        (10**4, 774.0, 3.7),
        (10**5, 6123.9, 7.8),
    ],
)
def test_null_at_known_lengths(n, mean, sd):
    found = lz76_null(n)
    assert found.mean == pytest.approx(mean, abs=0.15 * sd)
    assert found.sd == pytest.approx(sd, rel=0.1)


@pytest.mark.parametrize("n", [25, 40, 300, 3000])
def test_null_between_the_lengths_of_the_table(n):
    found, fresh = lz76_null(n), simulate_null(n, replicas=4000, seed=99)
    assert found.source == "interpolated"
    assert abs(found.mean - fresh.mean) < 5 * fresh.sd / math.sqrt(4000)
    assert found.sd == pytest.approx(fresh.sd, rel=5 / math.sqrt(8000))


def test_null_grows_without_jumps():
    steps = np.diff([lz76_null(n).mean for n in range(2, 400)])
    assert steps.min() > 0
    assert steps.max() <= 0.5
    assert abs(np.diff(steps[10:])).max() < 0.02
    spreads = [lz76_null(n).sd for n in range(10, 400)]
    assert abs(np.diff(spreads)).max() < 0.05


@pytest.mark.parametrize("n", [1, 64, 130, 192])
def test_simulated_null_is_of_the_bits_of_the_generator(n):
    """Every string begins with a new word of 64 bits, its lowest bit first."""
    stream, counts = np.random.PCG64(np.random.SeedSequence(3, spawn_key=(n,))), []
    for _ in range(20):
        words = stream.random_raw(-(-n // 64)).tolist()
        counts.append(len(plain_lz76([words[k // 64] >> k % 64 & 1 for k in range(n)])))
    found = simulate_null(n, replicas=20, seed=3)
    assert found.mean == pytest.approx(np.mean(counts), abs=1e-12)
    assert found.sd == pytest.approx(np.std(counts, ddof=1), abs=1e-12)


def test_simulated_null_is_reproducible_and_in_its_range():
    a = simulate_null(100, replicas=50, seed=1)
    assert a == simulate_null(100, replicas=50, seed=1)
    assert a != simulate_null(100, replicas=50, seed=2)
    assert simulate_null(2**21, replicas=2).mean > lz76_null(2**20).mean
    with pytest.raises(ValueError, match="n: got 1048577, accepted is an integer from 1"):
        lz76_null(2**20 + 1)
    with pytest.raises(ValueError, match="replicas"):
        simulate_null(10, replicas=1)


def test_the_command_makes_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(null, "EXACT_UP_TO", 8)
    monkeypatch.setattr(null, "GRID", [32, 1024])
    monkeypatch.setattr(null, "SYMBOLS", 1)
    __main__.main(["--out", str(tmp_path / "table.json")])
    made = json.loads((tmp_path / "table.json").read_text())
    stored = json.loads(null.TABLE.read_text())
    assert made["command"] == stored["command"]
    assert made["exact"] == {n: stored["exact"][n] for n in made["exact"]}
    assert [row["replicas"] for row in made["simulated"]] == [300, 300]
    again = simulate_null(1024, replicas=300)
    assert made["simulated"][1]["mean"] == pytest.approx(again.mean, abs=1e-6)


def test_score_of_coins_and_of_structure():
    rng = np.random.default_rng(5)
    coins = [lz76_zscore(rng.integers(0, 2, 500)).z for _ in range(400)]
    assert abs(np.mean(coins)) < 5 / math.sqrt(400)
    assert np.std(coins) == pytest.approx(1, abs=5 / math.sqrt(800))
    ordered = lz76_zscore("01101" * 100)
    assert ordered.z < -20
    assert ordered.ratio < 0.1
    assert ordered.kind is Kind.ESTIMATE
    assert ordered.value == pytest.approx(ordered.phrases * math.log2(500) / 500)
    assert ordered.to_dict()["units"] == "bits/symbol"
    json.dumps(ordered.to_dict(), allow_nan=False)


def test_shuffled_null_takes_bias_and_alphabet_away():
    rng = np.random.default_rng(6)
    biased = (rng.random(2000) < 0.1).astype(int)
    assert lz76_zscore(biased).z < -20
    assert abs(lz76_zscore(biased, null="shuffled").z) < 4
    wide = rng.integers(0, 100, 2000)
    score = lz76_zscore(wide, null="shuffled", replicas=30, seed=2)
    assert abs(score.z) < 4
    assert score == lz76_zscore(wide, null="shuffled", replicas=30, seed=2)
    with pytest.raises(ValueError, match='consider null="shuffled"'):
        lz76_zscore(wide)


def test_numbers_of_numpy_are_json():
    score = lz76_zscore("0110" * 9, null="shuffled", replicas=np.int64(3), seed=np.uint8(1))
    assert json.loads(json.dumps(score.to_dict()))["replicas"] == 3


def test_scores_that_say_nothing():
    assert math.isnan(lz76_zscore("a" * 50, null="shuffled").z)
    assert lz76_zscore("a", null="fair").to_dict()["z"] is None
    with pytest.raises(ValueError, match="at least one"):
        lz76_zscore("")
    with pytest.raises(ValueError, match="null: unknown 'fare'"):
        lz76_zscore("01", null="fare")


# the codewords


class Bits:
    """A codeword read bit by bit."""

    def __init__(self, blob):
        self.bits = "".join(f"{byte:08b}" for byte in blob)

    def take(self, width):
        part, self.bits = self.bits[:width], self.bits[width:]
        return int(part or "0", 2)

    def delta(self):
        zeros = self.bits.index("1")
        digits = self.take(2 * zeros + 1)
        return (1 << (digits - 1)) + self.take(digits - 1)

    def below(self, bound):
        digits = bound.bit_length() - 1
        value = self.take(digits)
        short = (2 << digits) - bound
        return value if value < short else 2 * value + self.take(1) - short

    def head(self):
        n = self.delta() - 1
        size = self.delta() if n else 0
        gaps = [self.delta() for _ in range(size)] if size < 256 else [1] * 256
        return n, [total - 1 for total in itertools.accumulate(gaps)]


def plain_lz76_decoder(blob):
    stream = Bits(blob)
    n, alphabet = stream.head()
    out = []
    while len(out) < n:
        length = stream.delta() - 1 if out else 0
        source = stream.below(len(out)) if length else 0
        for k in range(length):
            out.append(out[source + k])
        if len(out) < n:
            choices = [b for b in alphabet if not length or b != out[source + length]]
            out.append(choices[stream.below(len(choices))])
    assert len(stream.bits) < 8
    return bytes(out)


def plain_lz78_decoder(blob):
    stream = Bits(blob)
    n, alphabet = stream.head()
    out, known = b"", [b""]
    while len(out) < n:
        word = known[stream.below(len(known))]
        if len(out) + len(word) < n:
            word += bytes([alphabet[stream.below(len(alphabet))]])
        known.append(word)
        out += word
    assert len(stream.bits) < 8
    return out


CODECS = [(Lz76(), plain_lz76_decoder), (Lz78(), plain_lz78_decoder)]


@pytest.mark.parametrize(("code", "decoder"), CODECS)
@settings(deadline=None, max_examples=60)
@given(strategies.byte_strings(largest=1500))
def test_a_plain_decoder_reads_the_codewords(code, decoder, x):
    assert decoder(code.encode(x)) == x
    laws.check_round_trip(code, x)


@pytest.mark.parametrize("name", ["lz76", "lz78"])
def test_codes_are_registered_files(name):
    code = complexity.get_code(name)
    assert code.kind is Kind.FILE
    assert complexity.codes()[name].domain == "bytes"
    assert code.bits(b"") == 8
    for x in (b"", b"a", b"abracadabra", bytes(range(256))):
        laws.check_damage(code, x, replacements=range(1, 256, 7))
        laws.check_prefix_free(code, x)


def test_lengths_of_codewords():
    coins = np.random.default_rng(7).integers(0, 2, 100_000).astype(np.uint8).tobytes()
    assert Lz76().bits(bytes(10**6)) <= 64
    words = lz78(coins)  # word k costs at most ceil(log2 k) + 1 bits
    most = sum((k - 1).bit_length() + 1 for k in range(1, words + 1))
    assert 0.95 * most < Lz78().bits(coins) < most + 64
    assert Lz76().bits(coins) < 1.5e5
    phrase = coins[:5000]
    assert Lz76().bits(phrase * 20) < Lz76().bits(phrase) + 100  # no window
    assert Lz78().bits(phrase * 20) < 20 * Lz78().bits(phrase)


def coded(*parts):
    bits = "".join(parts)
    return int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")


def delta(value):
    digits = value.bit_length()
    prefix = "0" * (digits.bit_length() - 1) + f"{digits:b}"
    return prefix + f"{value:b}"[1:]


@pytest.mark.parametrize("code", [Lz76(), Lz78()])
@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (b"", "truncated"),
        (b"\0", "damaged"),
        (b"\0\0\0\0", "damaged"),
        (coded(delta(2**30 + 1), delta(1), delta(1)), "out of its range"),
        (coded(delta(5), delta(257)), "out of its range"),
        (coded(delta(5), delta(2), delta(200), delta(57)), "out of its range"),
        (coded(delta(5), delta(2), delta(1))[:1], "truncated"),
        (coded(delta(1), "0000001"), "out of its range"),  # bits that fill the last byte
        (coded(delta(1)) + b"\0", "bytes follow"),
    ],
)
def test_damaged_heads(code, blob, says):
    with pytest.raises(DecodeError, match=says):
        code.decode(blob)


@pytest.mark.parametrize(
    ("code", "blob"),
    [
        (Lz76(), coded(delta(4), delta(1), delta(98), delta(5))),  # "a", then 4 of 2 symbols
        (Lz76(), coded(delta(4), delta(1), delta(98), delta(2))),  # "a", "a", and no other symbol
        (Lz78(), coded(delta(5), delta(1), delta(98), "1", "11")),  # "a", "aa", 2 of 1 symbol
    ],
)
def test_impossible_phrases(code, blob):
    with pytest.raises(DecodeError, match="out of its range"):
        code.decode(blob)


def test_a_codeword_that_states_much_and_holds_little_is_refused_at_once():
    blob = coded(delta(2**30), delta(2), delta(1), delta(1), "0", delta(3))
    for code in (Lz76(), Lz78()):
        with pytest.raises(DecodeError, match=r"truncated|damaged"):
            code.decode(blob)
