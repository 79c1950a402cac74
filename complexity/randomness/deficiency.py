"""Randomness deficiency: how many bits a code saves on what nothing should be saved on.

Among fair coins at most 2^-c of the strings of n bits have a codeword of n - c bits or less: there
are no more such codewords (no hypercompression). So n - L(x) is a test whatever the code, and
2^-(n - L(x)) a p-value, at any length. With weights that sum to 1, the sum of w 2^(n - L(x)) over
codes has a mean of at most 1 too, and its inverse is the p-value of all of them together: a code
that saves a bit more than log2(1 / w) bits makes up for those that save none.

References:
    P. Martin-Löf, The definition of random sequences, Information and Control 9(6), 1966.
    M. Li and P. Vitányi, An Introduction to Kolmogorov Complexity and Its Applications, 2019,
        sections 2.4 (deficiency) and 4.3.5 (sum tests).
    P. D. Grünwald, The Minimum Description Length Principle, MIT Press 2007, section 3.3.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity import code as registry
from complexity.bitstrings import BitsLike
from complexity.code import Code, Kind
from complexity.randomness.outcome import BOUND, Outcome, Part, bound_p, sequence

__all__ = ["MOST_BITS", "chosen_codes", "codelength", "sum_test", "summed"]

MOST_BITS = 1 << 22
"""Bits that are coded and bet on, others cost a bit each: context trees take 64 bytes for each."""


def sum_test(bits: BitsLike | bytes, *, codes: Iterable[str | Code] | None = None) -> Outcome:
    """The sum test over codes: does any of them tell the sequence in fewer bits than it has?

    Args:
        bits: (n,); those behind the first 2^22 are told as they are, a bit each.
        codes: specs or codes of bits or bytes, whose bits are of kind "file", "ideal" or "bound",
            all of the same weight. By default all that are installed and take as many. Codes of
            bytes get the bits packed, most significant first. Fix them before you see the data.

    Returns:
        The statistic is log2 of the mean of 2^(n - L) over the codes, in bits; each code is a part
        with its n - L in bits. p is 2^-statistic, at most 1: a bound that holds at every n.

    Raises:
        TypeError, ValueError: as `battery`; or a code is unknown, an estimate, or of other objects.
        ImportError: a code needs an extra that is not installed.

    Example:
        >>> outcome = sum_test("01" * 500, codes=["xz", "ctw-bits"])
        >>> [(part.label, round(part.statistic)) for part in outcome.parts]
        [('xz', 456), ('ctw-bits', 968)]
    """
    data = sequence("bits", bits)
    chosen = chosen_codes(codes, data.size)
    return summed({each.name: codelength(each, data) for each in chosen}, data.size)


def summed(lengths: Mapping[str, float], n: int) -> Outcome:
    """The sum test, given the codes' lengths of the sequence of `n` bits, in bits."""
    saved = np.array([n - length for length in lengths.values()])
    most = float(saved.max())
    statistic = most + math.log2(float(np.exp2(saved - most).mean()))
    parts = tuple(
        Part(name, float(each), bound_p(float(each)))
        for name, each in zip(lengths, saved, strict=True)
    )
    parameters = {"weight": f"1/{len(parts)}", "bits": min(n, MOST_BITS)}
    return Outcome("sum_test", statistic, bound_p(statistic), BOUND, parameters, parts)


def codelength(code: Any, data: NDArray[np.uint8]) -> float:
    """Bits of the sequence (n,) by a code of bits or bytes, those beyond the limit a bit each."""
    coded = data[:MOST_BITS]
    packed = registry.domain_of(code) == "bytes"
    given = np.packbits(coded).tobytes() if packed else coded
    return float(code.bits(given)) + data.size - coded.size


def chosen_codes(codes: Iterable[str | Code] | None, n: int) -> list[Any]:
    """The codes that are asked for, all that can test `n` bits if None; each once.

    Raises:
        TypeError: `codes` is no list.
        ValueError: there is none, or one is unknown, an estimate, of other objects, or named twice.
    """
    if codes is None:
        return [
            code
            for domain in ("bits", "bytes")
            for name, entry in registry.codes(domain=domain, available=True).items()
            if entry.kind != Kind.ESTIMATE and _fits(code := registry.resolve(name), domain, n)
        ]
    if not isinstance(codes, Iterable):
        raise TypeError(f"codes: got {codes!r}, accepted is a list of specs or codes")
    chosen = [registry.resolve(code) for code in ([codes] if isinstance(codes, str) else codes)]
    if not chosen:
        raise ValueError("codes: got none, accepted is at least one")
    names = [code.name for code in chosen]
    for code in chosen:
        _demand_valid(code)
        if names.count(code.name) > 1:
            raise ValueError(f"codes: {code.name!r} is named twice")
    return chosen


def _fits(code: Any, domain: str, n: int) -> bool:
    coded = min(n, MOST_BITS)
    return (coded if domain == "bits" else -(-coded // 8)) <= getattr(code, "limit", coded)


def _demand_valid(code: Any) -> None:
    if code.kind == Kind.ESTIMATE:
        raise ValueError(
            f"codes: {code.name!r} is an estimate, which tests nothing; accepted are codes"
        )
    domain = registry.domain_of(code)
    if domain not in ("bits", "bytes", ""):
        raise ValueError(
            f"codes: {code.name!r} takes {domain}; accepted are codes of bits and of bytes"
        )
