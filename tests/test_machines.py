"""Lambda terms: notations, lists of bits, running; the Kraft-Chaitin theorem."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complexity.machines import KraftChaitin, Term, kraft_chaitin, list_term, run

TRUE, FALSE, IDENTITY = map(Term.parse, (r"\x y. x", r"\x y. y", r"\x. x"))


def terms():
    """Closed and open terms, as tokens."""
    leaf = st.integers(1, 30).map(lambda index: (index,))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda body: (0, *body)),
            st.tuples(inner, inner).map(lambda pair: (-1, *pair[0], *pair[1])),
        ),
        max_leaves=20,
    ).map(Term)


@given(terms())
def test_every_notation_is_read_back(term):
    assert Term.parse(term.bits) == term
    assert len(term.bits) == term.size
    closed = Term((0,) * 30 + term.tokens)  # under a lambda, "1 1" is not taken for bits
    for text in (str(closed), closed.de_bruijn, closed.de_bruijn.replace("\\", "λ")):
        assert Term.parse(text) == closed


@pytest.mark.parametrize(
    ("text", "bits"),
    [  # Tromp's examples: the identity, K, S, omega's half, and the empty list
        (r"\x. x", "0010"),
        (r"\x y. x", "0000110"),
        (r"\x y z. x z (y z)", "00000001011110100111010"),
        (r"(\x. x x) (\x. x x)", "010001101000011010"),
        (r"\ \ 1", "000010"),
        (r"λx.λy.y", "000010"),
        (r"\x x. x", "000010"),
        (r"\f. (\x. f (x x)) \x. f (x x)", "000100011100110100001110011010"),
        (r"\x. x \y. y x", "0001100001" + "10" + "110"),
    ],
)
def test_names_and_bits(text, bits):
    assert Term.parse(text).bits == bits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 bits that end within a term"),
        ("001", "3 bits that end within a term"),
        ("0", "1 bits that end within"),
        ("01001011", "8 bits that end within"),
        ("00100", "the first 4 are a term"),
        (r"\x. y", "the name 'y'"),
        (r"\x. (x", "'(' without ')'"),
        (r"(\x. x", "'(' without ')'"),
        (r"\x. x)", "')' without '('"),
        (r"\x.", "nothing where a term is wanted"),
        (r"\x. ()", "nothing where a term is wanted"),
        ("(", "nothing where a term is wanted"),
        ("\\", "nothing where a term is wanted"),
        (". x", "'.' without a lambda"),
        (r"\x. 0", "the index 0"),
        (r"\x. x $ x", "'$ x' where a term goes on"),
    ],
)
def test_what_is_no_term(text, said):
    with pytest.raises(ValueError, match="got") as error:
        Term.parse(text)
    assert said in str(error.value)
    with pytest.raises(ValueError, match="program: got"):
        run(text)


@pytest.mark.parametrize("tokens", [(), (0,), (-1, 1), (1, 1), (-2,), (0, 1.5)])
def test_tokens_that_are_no_term(tokens):
    with pytest.raises(ValueError, match="one whole term"):
        Term(tokens)


def test_closed_or_not():
    assert Term.parse(r"\ \ 2").is_closed
    assert not Term.parse(r"\ 2").is_closed
    assert not Term.parse(r"(\ 1) (\ 2)").is_closed
    assert not Term((1,)).is_closed
    assert run(r"\ (\ 2) 1").output == Term.parse(r"\ 1")
    assert run(r"(\ 2) 5").output == Term((1,))  # an open term runs too


@given(st.text("01", max_size=40))
def test_lists_of_bits(bits):
    """Heads and tails are what `true` and `false` select, to the empty list, which is false."""
    term = list_term(bits)
    assert term.is_closed
    assert term.list_bits == bits
    assert list_term(np.array(list(bits), np.uint8)) == term
    if bits:
        assert run(term(TRUE)).output == (FALSE if bits[0] == "1" else TRUE)
        assert run(term(FALSE)).output_bits == bits[1:]
    else:
        assert term == FALSE


@pytest.mark.parametrize("text", [r"\x. x", r"\x. x (\y. y) (\y z. z)", r"\x y. x", r"\x. x x x"])
def test_what_is_no_list(text):
    assert Term.parse(text).list_bits is None


def test_programs_that_read_bits():
    """Negation of every bit, by a fixed point over the list; the empty list eats three terms."""
    negate = r"""(\w. w w)
        (\w l. l (\b r s. (\z. z (b (\x y. y) (\x y. x)) (w w r))) (\x y. y))"""
    for bits in ("", "0", "1", "0110100110010110"):
        flipped = bits.translate(str.maketrans("01", "10"))
        assert run(negate, bits).output_bits == flipped
    assert run(IDENTITY, "0110").output_bits == "0110"
    assert run(IDENTITY, "0110").input == "0110"
    assert run(IDENTITY).input is None


@given(st.integers(0, 6), st.integers(0, 6))
def test_arithmetic_of_numerals(a, b):
    """Church numerals: m applied to n is n to the power m."""

    def numeral(n):
        return r"(\f x. " + "f (" * n + "x" + ")" * n + ")"

    times = rf"(\m n f. m (n f)) {numeral(a)} {numeral(b)}"
    assert run(times).output == Term.parse(numeral(a * b))
    plus = rf"(\m n f x. m f (n f x)) {numeral(a)} {numeral(b)}"
    assert run(plus).output == Term.parse(numeral(a + b))
    if a and b <= 3:
        assert run(numeral(a) + numeral(b)).output == Term.parse(numeral(b**a))


def test_statuses():
    grows = r"(\x. x x) (\x. x (\y. y (x x)))"
    assert run(grows, steps=500).status in ("looping", "open")
    fuel = run(r"(\f x. f (f (f x))) (\f x. f (f (f x)))", steps=3)
    assert (fuel.status, fuel.steps, fuel.output) == ("open", 3, None)
    exact = run(r"(\x. x) (\x. x)", steps=1)
    assert (exact.status, exact.steps, exact.output) == ("halted", 1, IDENTITY)
    nothing = run(r"(\x. x) (\x. x)", steps=0)
    assert (nothing.status, nothing.steps, nothing.size, nothing.largest) == ("open", 0, 10, 10)
    small = run(r"(\f x. f (f (f x))) (\f x. f (f (f x)))", max_size=60)
    assert small.status == "open"
    assert small.largest <= 60
    document = json.loads(json.dumps(exact.to_dict()))
    assert document["output"] == "0010"
    assert document["program"] == "0100100010"
    assert Term.parse(document["program_text"]) == exact.program


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"program": 7}, TypeError, "program: got int"),
        ({"program": IDENTITY, "steps": -1}, ValueError, "steps"),
        ({"program": IDENTITY, "steps": 1.5}, TypeError, "steps"),
        ({"program": IDENTITY, "max_size": 3}, ValueError, "max_size"),
        ({"program": FALSE, "max_size": 5}, ValueError, "6 bits"),
        ({"program": IDENTITY, "input": "012"}, ValueError, "input"),
        ({"program": IDENTITY, "input": b"01"}, TypeError, "input"),
    ],
)
def test_bad_input(arguments, error, said):
    with pytest.raises(error, match=said):
        run(**arguments)


@given(st.lists(st.integers(0, 8), max_size=40))
def test_words_are_given_out_as_long_as_krafts_inequality_holds(lengths):
    words, total, given_out = KraftChaitin(), Fraction(0), []
    for length in lengths:
        share = Fraction(1, 2**length)
        if total + share > 1:
            with pytest.raises(ValueError, match="of the Kraft sum 1"):
                words.request(length)
            continue
        given_out.append(words.request(length))
        total += share
        assert len(given_out[-1]) == length
        assert words.free == 1 - total
    for word in given_out:
        assert [other for other in given_out if other.startswith(word)] == [word]


def test_words_of_a_published_example():
    assert kraft_chaitin([2, 3, 3, 1]) == ("00", "010", "011", "1")
    assert kraft_chaitin([0]) == ("",)
    assert kraft_chaitin([]) == ()
    with pytest.raises(ValueError, match="nothing is left"):
        kraft_chaitin([1, 1, 9])
    with pytest.raises(TypeError, match="length"):
        kraft_chaitin([1.0])  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="length: got -1"):
        kraft_chaitin([-1])
