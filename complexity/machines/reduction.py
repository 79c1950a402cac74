"""A lambda term run: reduced by normal order within so many steps and bits.

References:
    J. Tromp, Binary lambda calculus and combinatory logic, 2008.
    H. P. Barendregt, The Lambda Calculus, its Syntax and Semantics, 1984, chapters 8 and 13: head
        and leftmost reduction; a term without a head normal form has no normal form.
    M. Takahashi, Parallel reductions in lambda calculus, Information and Computation 118(1), 1995:
        a reduction before it does not lengthen a head or a leftmost reduction.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from complexity.bitstrings import BitsLike, as_bits
from complexity.errors import integer
from complexity.machines.lists import list_term
from complexity.machines.terms import Term, TermLike, as_term, tokens_as_term

__all__ = ["MAX_SIZE", "STEPS", "Run", "Status", "run"]

Status = Literal["halted", "looping", "open"]

STEPS, MAX_SIZE = 10_000, 100_000
"""Beta steps and bits within which a term is run, where nothing else is said."""

STATUSES = ("halted", "looping", "open")


@dataclass(frozen=True)
class Run:
    """What became of a term.

    Attributes:
        program: the term, without its input.
        input: the bit string it was applied to as a list, None for none.
        status: "halted" at its normal form; "looping" if it is proved to have none; "open" where
            steps or bits ran out, which says nothing.
        steps: beta steps made; exactly those to the normal form if it halted.
        output: the normal form, None unless it halted.
        output_bits: the bit string that it is as a list, None if it is none.
        size: bits of the last term, the normal form if it halted.
        largest: bits of the largest term on the way.
    """

    program: Term
    input: str | None
    status: Status
    steps: int
    output: Term | None
    output_bits: str | None
    size: int
    largest: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values, terms as bits and with names."""
        told = asdict(self) | {"program": self.program.bits, "program_text": str(self.program)}
        output = self.output
        return told | {
            "output": None if output is None else output.bits,
            "output_text": None if output is None else str(output),
        }


def run(
    program: TermLike,
    input: BitsLike | None = None,
    *,
    steps: int = STEPS,
    max_size: int = MAX_SIZE,
) -> Run:
    r"""Reduce a term by normal order: the leftmost of the outermost redexes first.

    If the term does not halt within 64 steps, two proofs are tried that it has no normal form: it
    comes back below lambdas and applied to more, or in an argument of a variable. What diverges in
    other ways stays open.

    Args:
        program: a term, closed or not, as `Term` or in any notation that `Term.parse` reads.
        input: a bit string; the program is applied to it as a list.
        steps: beta steps at most.
        max_size: bits at most; a step that would lead beyond is not made.

    Raises:
        TypeError: an argument is of another type.
        ValueError: the program is no term, or larger than `max_size` with its input; the input is
            no bit string; a number is out of range.

    Example:
        >>> two = r"\f x. f (f x)"
        >>> result = run(rf"({two}) ({two})")
        >>> result.status, result.steps, str(result.output)
        ('halted', 6, '\\x y. x (x (x (x y)))')
        >>> run(r"(\x. x x) (\x. x x)").status
        'looping'
        >>> run(r"\l. l (\x y. y)", "0110").output_bits  # false as selector: all but the first
        '110'
    """
    from complexity.machines import _kernels

    term = as_term("program", program, closed=False)
    steps = integer("steps", steps, 0)
    max_size = integer("max_size", max_size, 4, 1 << 30)
    given = None if input is None else list_term(as_bits("input", input))
    whole = term if given is None else term(given)
    if whole.size > max_size:
        raise ValueError(
            f"program: got {whole.size} bits with its input, accepted are at most "
            f"{max_size} (max_size)"
        )
    totals = np.zeros(5, np.int64)
    found = _kernels.decide(np.array(whole.tokens, np.int32), steps, max_size, True, totals)  # pyright: ignore[reportCallIssue]
    status, made, length, size, largest = totals.tolist()
    output = tokens_as_term(found[:length].tolist()) if status == _kernels.HALTED else None
    return Run(
        program=term,
        input=None if given is None else given.list_bits,
        status=STATUSES[status],
        steps=made,
        output=output,
        output_bits=None if output is None else output.list_bits,
        size=size,
        largest=largest,
    )
