"""Kernels of the binary lambda calculus against terms as trees, reduced by textbook rules."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.machines import _kernels, _listing_kernels, closed_terms, run
from complexity.machines.terms import Term

NONE = np.zeros(0, np.int32)


# trees: an int is a variable, (body,) a lambda, (function, argument) an application


def tree_of(tokens):
    tokens = iter(tokens)

    def subterm():
        token = next(tokens)
        if token > 0:
            return token
        return (subterm(),) if token == 0 else (subterm(), subterm())

    return subterm()


def tokens_of(tree):
    if isinstance(tree, int):
        return (tree,)
    return (1 - len(tree), *itertools.chain.from_iterable(map(tokens_of, tree)))


def shifted(tree, by, above=0):
    if isinstance(tree, int):
        return tree + by if tree > above else tree
    if len(tree) == 1:
        return (shifted(tree[0], by, above + 1),)
    return tuple(shifted(part, by, above) for part in tree)


def replaced(tree, value, index=1):
    """`tree` with the variable `index` replaced and those beyond it lowered."""
    if isinstance(tree, int):
        if tree == index:
            return shifted(value, index - 1)
        return tree - 1 if tree > index else tree
    if len(tree) == 1:
        return (replaced(tree[0], value, index + 1),)
    return tuple(replaced(part, value, index) for part in tree)


def stepped(tree):
    """One step of normal order, None at a normal form."""
    if isinstance(tree, int):
        return None
    if len(tree) == 1:
        body = stepped(tree[0])
        return None if body is None else (body,)
    function, argument = tree
    if isinstance(function, tuple) and len(function) == 1:
        return replaced(function[0], argument)
    if (inner := stepped(function)) is not None:
        return (inner, argument)
    inner = stepped(argument)
    return None if inner is None else (function, inner)


def normalised(tree, most=60, size=3000):
    """The normal form and the steps to it, or None."""
    for steps in range(most + 1):
        after = stepped(tree)
        if after is None:
            return tree, steps
        if len(tokens_of(after)) > size:
            return None
        tree = after
    return None


def trees(lambdas, depth):
    """All trees below so many lambdas whose branches are no longer than `depth`."""
    leaves = st.integers(1, lambdas + 2)
    if depth == 0:
        return leaves
    smaller = trees(lambdas, depth - 1)
    return st.one_of(leaves, st.tuples(trees(lambdas + 1, depth - 1)), st.tuples(smaller, smaller))


TREES = trees(0, 6)
REDEXES = st.tuples(st.tuples(trees(1, 5)), trees(0, 4))


def reduced(tokens, steps=60, size=12_000):
    totals = np.zeros(5, np.int64)
    found = _kernels.reduce(np.array(tokens, np.int32), steps, size, totals)
    return totals.tolist(), tuple(found[: totals[2]].tolist())


@settings(max_examples=300)
@given(st.one_of(TREES, REDEXES))
def test_contracting_is_substitution(tree):
    """One step, also of open terms below and above the redex."""
    totals, found = reduced(tokens_of(tree), steps=1)
    after = stepped(tree)
    assert totals[1] == (after is not None)
    assert found == tokens_of(tree if after is None else after)
    assert totals[3] == Term(found).size
    assert totals[4] == max(totals[3], Term(tokens_of(tree)).size)


@settings(max_examples=200)
@given(st.tuples(REDEXES, TREES))
def test_normal_forms_and_steps(tree):
    plain = normalised(tree)
    totals, found = reduced(tokens_of(tree))
    if plain is not None:
        assert (totals[0], totals[1]) == (_kernels.HALTED, plain[1])
        assert found == tokens_of(plain[0])
    else:
        assert totals[0] == _kernels.OPEN


def test_all_closed_terms_to_17_bits_reduce_as_trees_do():
    for size in range(18):
        for term in closed_terms(size):
            normal, steps = normalised(tree_of(term.tokens)) or (None, None)
            assert normal is not None
            found = run(term)
            assert (found.status, found.steps) == ("halted", steps)
            assert found.output is not None
            assert found.output.tokens == tokens_of(normal)


def test_size_is_never_exceeded():
    """A step that would lead beyond is not made; one that leads exactly there is."""
    doubling = Term.parse(r"(\f. f (f (\x. x x))) (\f x. f (f x))").tokens
    sizes = [reduced(doubling, steps)[0][3] for steps in range(30)]
    for limit in sorted({size for size in sizes if size >= sizes[0]}):
        totals, found = reduced(doubling, 29, limit)
        first = next((k for k, size in enumerate(sizes) if size > limit), 30)
        assert totals[1] == first - 1 or totals[0] == _kernels.HALTED
        assert totals[4] <= limit
        assert found == reduced(doubling, totals[1])[1]


def plain_codes(size):
    """All words of `size` bits that are closed terms, by reading each of them."""
    for word in itertools.product("01", repeat=size):
        try:
            term = Term.parse("".join(word))
        except ValueError:
            continue
        if term.is_closed:
            yield term


@pytest.mark.parametrize("size", range(1, 15))
def test_listing_is_all_closed_terms_in_order(size):
    codes = np.zeros(60, np.uint64)
    count = _listing_kernels.generate(size, codes)
    expected = list(plain_codes(size))
    assert [f"{code:0{size}b}" for code in codes[:count].tolist()] == [t.bits for t in expected]
    buffer = np.zeros(size, np.int32)
    for code, term in zip(codes, expected, strict=False):
        assert tuple(buffer[: _kernels.decode(code, size, buffer)].tolist()) == term.tokens


def test_listing_counts_beyond_what_it_is_given_room_for():
    codes = np.zeros(3, np.uint64)
    assert _listing_kernels.generate(12, codes) == 13
    assert [Term.parse(f"{code:012b}").size for code in codes.tolist()] == [12] * 3


def diverges(text, kind):
    tokens = np.array(Term.parse(text).tokens, np.int32)
    return _kernels.diverges(tokens, kind, 64, 2000)


@pytest.mark.parametrize(
    ("text", "heads", "arguments"),
    [
        (r"(\x. x x) (\x. x x)", True, True),  # comes back as it is
        (r"(\x. x x x) (\x. x x x)", True, False),  # applied to more and more
        (r"(\x y. x x) (\x y. x x)", True, True),  # below more and more lambdas
        (r"(\x. x x) (\x. x ((\y. y) x))", True, True),  # but for steps in arguments
        (r"\f. (\x. f (x x)) (\x. f (x x))", False, True),  # f (f (f ...)), Curry's Y
        (r"\f. f (\z. z) ((\x. x x) (\x. x x))", True, True),  # behind what has a normal form
        (r"\f. (\x y. y) ((\x. x x) (\x. x x)) f", False, False),  # thrown away
        (r"(\x. x x) (\x y. x)", False, False),
        (r"(\x. x x) (\x. x)", False, False),
    ],
)
def test_what_is_proved(text, heads, arguments):
    assert diverges(text, _kernels.HEADS) == heads
    assert diverges(text, _kernels.ARGUMENTS) == arguments
    assert run(text).status == ("looping" if heads or arguments else "halted")


@settings(max_examples=300)
@given(st.tuples(REDEXES, REDEXES))
def test_nothing_that_halts_is_proved_to_diverge(tree):
    totals, _ = reduced(tokens_of(tree), 300)
    if totals[0] == _kernels.HALTED:
        term = np.array(tokens_of(tree), np.int32)
        assert not any(_kernels.diverges(term, kind, 64, 2000) for kind in range(2))


def test_no_closed_term_that_halts_is_proved_to_diverge():
    """None of 29,000, by themselves and applied to the numeral two, though all are tried."""
    two = np.array(Term.parse(r"\f x. f (f x)").tokens, np.int32)
    totals = np.zeros(5, np.int64)
    tried = 0
    for size, argument in itertools.product((20, 22, 23, 24), (NONE, two)):
        codes = np.zeros(9000, np.uint64)
        buffer = np.zeros(size + 12, np.int32)
        for code in codes[: _listing_kernels.generate(size, codes)]:
            length = _kernels.program(code, size, np.uint64(0), 0, argument, buffer)
            _kernels.reduce(buffer[:length], 500, 20_000, totals)
            if totals[0] == _kernels.HALTED:
                tried += 1
                assert not any(_kernels.diverges(buffer[:length], k, 64, 2000) for k in range(2))
    assert tried > 29_000
