"""All programs to a size: published counts, brute force, the prior, Omega, shortest programs."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_machines_kernels import normalised, plain_codes, tokens_of, tree_of

from complexity.machines import (
    Term,
    closed_terms,
    count_closed,
    enumerate,
    halting_probability,
    kraft_sum,
    list_term,
    literal_program,
    run,
    shortest_program,
    universal_prior,
)

HALTING = [1, 0, 1, 1, 2, 1, 6, 5, 13, 14, 37, 44, 101, 134, 297, 431, 882, 1361, 2729, 4405, 8549]
"""OEIS A333958 from 4 bits on: closed terms with a normal form."""

LARGEST = [4, 0, *range(6, 21), 22, 24, 26, 30]
"""OEIS A333479 from 4 bits on: bits of the largest normal form."""

SIZES = range(25)


def brute(size):
    """Output -> the programs that print it, of all terms of up to so many bits; shortest first."""
    found = defaultdict(list)
    for bits in range(size + 1):
        for term in plain_codes(bits):
            normal = normalised(tree_of(term.tokens))
            assert normal is not None  # the smallest that loops has 18 bits
            found[Term(tokens_of(normal[0]))].append((term, normal[1]))
    return found


@pytest.fixture(scope="module")
def printed():
    return brute(15)


def test_counts_of_closed_terms():
    """OEIS A114852."""
    published = {18: 298, 20: 883, 25: 14334, 30: 293840, 40: 130880047}
    assert {size: count_closed(size) for size in published} == published
    for size in range(21):
        assert len(list(closed_terms(size))) == count_closed(size)


def test_weight_of_all_closed_terms():
    """Between partial sums, and these with the weight that terms of all kinds have left."""
    reach = 160
    every = [0] * (reach + 1)  # terms, closed or not: a complete code
    for n in range(2, reach + 1):
        pairs = sum(every[k] * every[n - 2 - k] for k in range(n - 1))
        every[n] = 1 + every[n - 2] + pairs
    closed = sum(Fraction(count_closed(n), 2**n) for n in range(reach + 1))
    left = 1 - sum(Fraction(count, 2**n) for n, count in zip(range(reach + 1), every, strict=True))
    lower, upper = kraft_sum()
    assert closed < lower < upper < closed + left
    assert upper - lower < Fraction(1, 2**100)
    # the equations it solves, in floating point, from 60 lambdas on which all terms are closed
    weight = 1.0
    for lambdas in range(60, -1, -1):
        weight = 2 - math.sqrt(2 + 2.0 ** (1 - lambdas) - weight)
    assert math.isclose(weight, lower, rel_tol=1e-12)


def test_halting_counts_and_busy_beavers():
    found = enumerate(24)
    assert [row.halted for row in found.rows[4:]] == HALTING
    assert [row.busy_beaver or 0 for row in found.rows[4:]] == LARGEST
    assert found.decided_to == 24
    for row in found.rows:
        assert row.programs == count_closed(row.size) == row.halted + row.looping
        assert (row.open, row.void, row.reading) == (0, 0, 0)
        if row.champion is not None:
            champion = run(row.champion)
            assert champion.program.size == row.size
            assert champion.size == row.busy_beaver


def test_all_is_decided_to_28_bits():
    """Tromp's counts and largest normal forms from 25 bits on; whatever else there is loops."""
    found = enumerate(28)
    assert found.decided_to == 28
    rows = found.rows[25:]
    assert [row.halted for row in rows] == [14311, 27400, 47101, 89022]
    assert [row.busy_beaver for row in rows] == [42, 52, 44, 58]


def test_what_is_not_decided_is_open():
    found = enumerate(20, steps=1)
    assert found.decided_to == 13
    reached = [row.halted for row in found.rows[4:]]
    assert reached[:10] == HALTING[:10]
    assert all(few <= exact for few, exact in zip(reached, HALTING, strict=False))
    for row in found.rows:
        assert row.halted + row.looping + row.open == row.programs
    assert "all decided to 13 bits" in repr(found)


def test_enumeration_as_a_file(tmp_path):
    found = enumerate(12)
    path = found.save(tmp_path / "rows.json")
    document = json.loads(path.read_text())
    assert document["rows"][12]["halted"] == 13
    assert document["decided_to"] == 12


def test_prior_is_brute_force(printed):
    prior = universal_prior(15)
    assert len(prior) == len(printed)
    for output, programs in printed.items():
        mass = sum(Fraction(1, 2**term.size) for term, _ in programs)
        assert prior.mass(output) == mass
        assert prior.bounds(output) == (mass, mass + prior.missing)
    assert prior.total == sum(Fraction(count, 2**n) for n, count in zip(range(4, 16), HALTING))  # noqa: B905
    top = prior.top(10**6)
    assert sum(entry.mass for entry in top) == prior.total
    for entry in top:
        programs = printed[entry.output]
        assert entry.shortest.term == programs[0][0]
        assert entry.programs == len(programs)
        assert math.isclose(2**-entry.bits, entry.mass)
    assert [e.mass for e in top] == sorted((e.mass for e in top), reverse=True)


@settings(max_examples=20)
@given(st.integers(0, 19), st.integers(0, 2), st.sampled_from(["terms", "prefix"]))
def test_prior_grows_towards_what_is_missing(size, slower, machine):
    """With size and steps no mass falls; no mass, and no sum of them, outgrows its bracket."""
    early = universal_prior(size, machine=machine, steps=[1, 2, 10][slower])
    late = universal_prior(20, machine=machine)
    for key, (mass, *_) in early.found.items():
        assert Fraction(mass, 2**size) <= Fraction(late.found[key][0], 2**20)
    assert early.total <= late.total <= late.total + late.missing <= early.total + early.missing
    assert late.total + late.missing <= kraft_sum()[1]


def test_bounds_are_printed_on_their_side():
    """0.117847442627 would round up, to more than is known."""
    prior = universal_prior(20)
    lower, upper = re.findall(r"0\.\d{9}", repr(prior))
    assert 0 <= prior.total - Fraction(lower) < Fraction(1, 10**9)
    assert 0 <= Fraction(upper) - prior.missing < Fraction(1, 10**9)
    assert Fraction(prior.to_dict()["missing_upper_bound"]) >= prior.missing


def test_strings_of_the_prior():
    prior = universal_prior(21)
    entries = prior.top(5, strings=True)
    assert [entry.output_bits for entry in entries] == ["", "1", "0"]
    assert prior.mass("") == prior.mass(r"\x y. y") == entries[0].mass
    assert prior.mass("0101") == 0
    document = json.loads(json.dumps(prior.to_dict(3)))
    assert Fraction(document["top"][0]["mass"]) == prior.mass(r"\x. x")
    assert document["outputs"] == len(prior)


def test_omega():
    """From published counts; the bracket by Tromp's counts to 33 bits lies within."""
    found = halting_probability(24)
    halts = [Fraction(count, 2**n) for n, count in zip(range(4, 25), HALTING, strict=True)]
    loops = [
        Fraction(count_closed(n) - count, 2**n)
        for n, count in zip(range(4, 25), HALTING, strict=True)
    ]
    assert found.lower == sum(halts)
    assert found.upper == kraft_sum()[1] - sum(loops)
    published = Fraction(1056024377, 8589934592), Fraction("0.1259890")
    assert found.lower <= published[0] < published[1] <= found.upper
    sizes, lowers, uppers = zip(*found.brackets, strict=True)
    assert sizes == tuple(SIZES)
    assert list(lowers) == sorted(lowers)
    assert list(uppers) == sorted(uppers, reverse=True)
    assert not found.exact
    assert found.to_dict()["lower_decimal"] == "0.120181739330"
    assert Fraction(found.to_dict()["upper_decimal"]) >= found.upper


@pytest.mark.parametrize(
    ("states", "halting", "machines"), [(1, 12, 36), (2, 3044, 10**4), (3, 2147184, 7529536)]
)
def test_omega_of_turing_machines(states, halting, machines):
    """D(2) and D(3) of Delahaye and Zenil; with one state only an immediate halt ends, 2 of 6."""
    found = halting_probability(states=states)
    assert found.exact
    assert found.lower == Fraction(halting, machines)
    shorter = halting_probability(states=states, steps=2)
    assert shorter.lower <= found.lower <= shorter.upper < 1
    assert [n for n, *_ in found.brackets] == list(range(1, states + 1))


def test_shortest_programs_are_brute_force(printed):
    for output, programs in printed.items():
        found = shortest_program(output, size=15)
        assert found.exact
        assert found.program is not None
        assert (found.program.term, found.steps) == programs[0]
        assert found.lower == found.upper == programs[0][0].size


def test_brackets_of_shortest_programs():
    zeros = shortest_program("0000", size=18)
    assert (zeros.lower, zeros.upper, zeros.exact) == (19, list_term("0000").size, False)
    assert zeros.program is not None
    assert run(zeros.program.term).output_bits == "0000"
    # the smallest program that needs a second step is open with one, and so is what it prints
    unsure = shortest_program(list_term("0000"), size=18, steps=1)
    assert unsure.lower == 14
    larger = r"\x. x (\y. x) (x (\y. x))"  # the busy beaver of 21 bits: 22
    assert shortest_program(larger).upper == 21
    found = shortest_program(larger, steps=1)
    assert (found.lower, found.upper, found.exact) == (14, 21, False)
    json.dumps(zeros.to_dict())


def prefix_program(term, data):
    """What a program of the prefix machine prints by its definition, for a few ends of input."""
    outputs = set()
    for rest in ("", "0", "1", "10", "0110"):
        found = run(term, data + rest, steps=300, max_size=5000)
        tail = list_term(rest).tokens
        whole = () if found.output is None else found.output.tokens
        inner = whole[4 : len(whole) - len(tail)]
        if whole[:4] != (0, -1, -1, 1) or whole[-len(tail) :] != tail or len(inner) < 2:
            return None
        try:
            outputs.add(Term(inner))
        except ValueError:
            return None
    [output, *others] = outputs
    return output if not others and output.is_closed else None


def test_prefix_machine_is_its_definition():
    """All closed terms with all bits behind them, to 15 bits, applied to lists that go on."""
    size = 15
    masses = defaultdict(Fraction)
    counts = [0] * (size + 1)
    words = []
    for whole in range(4, size + 1):
        for term in (t for n in range(4, whole + 1) for t in closed_terms(n)):
            read = whole - term.size
            for data in (f"{k:0{read}b}" if read else "" for k in range(2**read)):
                output = prefix_program(term, data)
                if output is not None:
                    counts[whole] += 1
                    masses[output] += Fraction(1, 2**whole)
                    words.append(term.bits + data)
    assert sum(counts) > 20
    assert len({word[:k] for word in words for k in range(len(word))} & set(words)) == 0
    assert [row.halted for row in enumerate(size, machine="prefix").rows] == counts
    prior = universal_prior(size, machine="prefix")
    assert {entry.output: entry.mass for entry in prior.top(10**6)} == masses
    assert prior.total == sum(masses.values())


def test_prefix_machine_weighs_every_program_once():
    """What halts, what never will and what is left make up all programs, at every size."""
    found = enumerate(18, machine="prefix")
    for row in found.rows:
        ended = (row.halted, row.looping, row.void, row.reading, row.open)
        assert sum(ended) == row.programs
    weight = sum(
        Fraction(row.halted + row.looping + row.void + row.open, 2**row.size) for row in found.rows
    )
    reading = Fraction(found.rows[-1].reading, 2**18)
    assert weight + reading == sum(Fraction(count_closed(n), 2**n) for n in range(19))


@given(st.text("01", max_size=12), st.text("01", max_size=6))
def test_any_string_has_a_program_that_prints_it_and_leaves_the_rest(bits, rest):
    program = literal_program(bits)
    assert program.size == 2 * len(bits) + 112
    assert program.term.is_closed
    printed = run(program.term, program.data + rest).output
    pair = Term.parse(r"\x y z. z x y")(list_term(bits), list_term(rest))
    assert printed == run(pair).output
    found = shortest_program(bits, size=4, machine="prefix")
    assert bits == "" or (found.lower, found.upper) == (5, program.size)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: enumerate(37), "size: got 37"),
        (lambda: enumerate(4, steps=0), "steps"),
        (lambda: enumerate(4, max_size=99), "max_size"),
        (lambda: enumerate(4, machine="term"), "did you mean 'terms'"),  # pyright: ignore[reportArgumentType]
        (lambda: universal_prior(-1), "size: got -1"),
        (lambda: universal_prior(4).mass("012"), "output"),
        (lambda: halting_probability(4, states=2), "accepted is one of them"),
        (lambda: halting_probability(states=6), "from 1 to 5"),
        (lambda: shortest_program(r"(\x. x) (\x. x)"), "normal form"),
        (lambda: shortest_program(Term((1,))), "closed term"),
        (lambda: count_closed(501), "size: got 501"),
        (lambda: enumerate(4).save("rows.csv"), "path"),
        (lambda: halting_probability(4).plot("omega.txt"), "path"),
    ],
)
def test_bad_input(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_figures(tmp_path):
    for name, found in (("omega", halting_probability(12)), ("prior", universal_prior(12))):
        found.plot(tmp_path / f"{name}.png")
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        found.save(tmp_path / f"{name}.json")
        json.loads((tmp_path / f"{name}.json").read_text())
