"""`cxd randomness`: are the bits of a file as of a fair coin?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, check_options, print_json, terminal

if TYPE_CHECKING:
    from complexity.randomness import Battery, Proportions

__all__ = ["randomness"]


def randomness(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    reading: Literal["auto", "bytes", "text", "array"] = "auto",
    first: int | None = None,
    alpha: float = 0.01,
    test: list[str] | None = None,
    code: list[str] | None = None,
    constants: Literal["exact", "published"] = "exact",
    sequences: int | None = None,
    workers: int | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Test whether bits are as of a fair coin: SP 800-22, codes and bets, one verdict.

    Of a random file the probability that any test rejects is at most alpha. That none rejects is no
    proof of randomness: the digits of pi pass.

    Args:
        file: A file, - for standard input, or FILE.csv:COLUMN of 0 and 1.
        reading: How it is read: its bytes, most significant bits first; a text of the characters 0
            and 1, spaces and line ends left out; or an array (.npy) of 0 and 1. auto goes by the
            name: .npy and columns as arrays, all others as bytes.
        first: Take the first so many bits.
        alpha: Family-wise level (with --sequences, the level of each p-value).
        test: Only this test, by its name in the table; repeat it for several.
        code: A code of the sum test (cxd codes lists them); repeat it for several. By default all
            that take bits or bytes.
        constants: exact, or published to compare with the figures of SP 800-22 and its program.
        sequences: Split the bits in so many sequences of equal length, and tell what share of them
            passes each test and whether p-values are uniform (SP 800-22, section 4.2).
        workers: Threads (all processors); results do not depend on it.
        json: Print one JSON document in place of the table.
        out: Also write the result to this file, .json or .csv, or draw it: .png, .svg, .pdf.
    """
    check_options(randomness, [file])
    if code and sequences is not None:
        raise ValueError("--code: with --sequences there is no sum test; leave one of them out")
    if out is not None:
        check_file("--out", out, (".json", ".csv", *FIGURES), [file])
    from complexity.bitstrings import MAX_BITS
    from complexity.errors import integer
    from complexity.randomness import battery, proportions

    if first is not None:
        integer("first", first, 1, MAX_BITS)
    # without --first as much as shows that it is too long; with it what shows a text for one
    most = MAX_BITS // 8 + 1 if first is None else max(-(-first // 8), 100)
    bits = _bits(file, reading, most)
    if first is not None and first > bits.size:
        raise ValueError(f"--first: got {first}, {file} has {bits.size} bits")
    bits, name = bits[:first], "standard input" if file == "-" else file
    result: Battery | Proportions
    if sequences is None:
        result = battery(
            bits,
            alpha=alpha,
            tests=test,
            codes=code,
            constants=constants,
            workers=workers,
            name=name,
        )
    else:
        result = proportions(
            bits,
            sequences,
            alpha=alpha,
            tests=test,
            constants=constants,
            workers=workers,
            name=name,
        )
    if out is not None:
        (result.plot if out.suffix.lower() in FIGURES else result.save)(out)
    if json:
        print_json(result.to_dict())
    else:
        terminal().print(str(result), highlight=False, soft_wrap=True)


def _bits(file: str, reading: str, most: int) -> Any:
    """The bits of a file, (n,) of uint8: of one that is read as bytes, of so many at most."""
    import numpy as np

    from complexity.bitstrings import MAX_BITS
    from complexity.inputs import read_inputs
    from complexity.randomness.outcome import sequence

    [named] = read_inputs([file], reading=reading, most=most)
    data: Any = named.data
    if isinstance(data, bytes) and len(data) > MAX_BITS // 8:
        raise ValueError(
            f"{named.name} has more than {MAX_BITS} bits, the most that are accepted: take some "
            "with --first"
        )
    if isinstance(data, str):
        data = "".join(data.split())
    elif isinstance(data, bytes) and reading == "auto" and not data.strip(b"01 \t\r\n"):
        raise ValueError(
            f"{named.name} is a text of 0 and 1: --reading text tests those, --reading bytes its "
            "bytes"
        )
    elif isinstance(data, np.ndarray) and data.dtype.kind == "f":
        raise ValueError(f"{named.name} holds real numbers, accepted are 0 and 1")
    try:
        return sequence(named.name, data)
    except TypeError as error:
        raise ValueError(str(error)) from None
