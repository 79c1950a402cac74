"""Levin's universal search against brute force over programs and their times."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import pytest
from test_machines_enumeration import brute
from test_machines_kernels import normalised, plain_codes, tokens_of, tree_of

from complexity.machines import Term, kraft_sum, levin_search, list_term, run

REACH = 15


@pytest.fixture(scope="module")
def printed():
    return brute(REACH)


def least(programs):
    """The least |p| + log2 t, and the first program that has it."""
    return min(
        (term.size + math.log2(max(steps, 1)), term.size, term.bits) for term, steps in programs
    )


def test_least_kt_of_every_output(printed):
    """Phase and program are those of the least |p| + log2 t, for all outputs that have one."""
    for output, programs in printed.items():
        kt, size, bits = least(programs)
        if kt > REACH:
            continue
        found = levin_search(lambda term, output=output: term == output, phases=REACH)
        assert found.program is not None
        assert (found.kt_bits, found.program.size, found.program.bits) == (kt, size, bits)
        assert found.phase == math.ceil(kt)
        assert found.output == output
        assert found.capped == 0
        assert found.total_steps <= 2 ** (found.phase + 1) * kraft_sum()[1]


@pytest.mark.parametrize("given", ["0110", "1", "01"])
def test_programs_with_an_input(given):
    """What each output of some program of up to 13 bits takes, by brute force."""
    results = {}
    for size in range(14):
        for term in plain_codes(size):
            normal = normalised(tree_of(term(list_term(given)).tokens))
            if normal is not None:
                results.setdefault(Term(tokens_of(normal[0])), []).append((term, normal[1]))
    tried = 0
    for output, programs in results.items():
        kt, _, bits = least(programs)
        if kt <= 13:
            tried += 1
            found = levin_search(lambda term, output=output: term == output, input=given)
            assert found.program is not None
            assert (found.kt_bits, found.program.bits) == (kt, bits)
            assert run(found.program, given).output == output
    assert tried > 5


def test_work_of_a_search_that_finds_nothing():
    """All phases run; every program that halts is shown once, in the order of phases."""
    shown = []
    found = levin_search(lambda term: shown.append(term) is not None, phases=18)
    assert not found.found
    assert (found.program, found.output, found.kt_bits, found.phase) == (None, None, None, 18)
    assert found.total_steps <= 2**19 * kraft_sum()[1]
    halting = sum(len(programs) for programs in brute(15).values())
    assert len(shown) > halting
    again = []
    assert levin_search(lambda term: again.append(term) is not None, phases=18) == found
    assert again == shown
    work, seen = 0, 0
    for phase in range(1, 16):  # by hand: who has not halted before runs for 2^(phase - size)
        for size in range(phase + 1):
            for term in plain_codes(size):
                normal = normalised(tree_of(term.tokens))
                assert normal is not None
                budget = 2 ** (phase - size)
                if size == phase or normal[1] > budget // 2:
                    work += min(normal[1], budget)
                    seen += 1
    by_hand = levin_search(lambda term: False, phases=15)
    assert (by_hand.total_steps, by_hand.runs) == (work, seen)


def test_programs_stopped_by_their_size_are_told():
    tight = levin_search(lambda term: False, input="01100110", phases=14, max_size=160)
    wide = levin_search(lambda term: False, input="01100110", phases=14)
    assert tight.capped > 0
    assert wide.capped == 0
    assert Fraction(tight.total_steps) <= 2**15 * kraft_sum()[1]


def test_documents():
    found = levin_search(lambda term: term.list_bits == "110", input="0110")
    document = json.loads(json.dumps(found.to_dict()))
    assert document["program"] == found.program.bits  # pyright: ignore[reportOptionalMemberAccess]
    assert document["output_bits"] == "110"
    assert document["found"]


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"check": "0110"}, TypeError, "check: got str"),
        ({"phases": 3}, ValueError, "phases: got 3"),
        ({"phases": 37}, ValueError, "phases"),
        ({"input": "02"}, ValueError, "input"),
        ({"max_size": 10}, ValueError, "max_size"),
    ],
)
def test_bad_input(arguments, error, said):
    with pytest.raises(error, match=said):
        levin_search(**({"check": lambda term: True} | arguments))
