"""`cxd mdl polynomial`: which degree describes one column given another in the fewest bits?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexity.figures import new_figure, save_figure
from complexodynamics.output import FIGURES, check_file, print_json

if TYPE_CHECKING:
    from mdl import Selection

__all__ = ["polynomial"]

_DEGREES = 10


def polynomial(
    file: str,
    *,
    x: str,
    y: str,
    max_degree: int = _DEGREES,
    version: Literal["nml", "bayes", "prequential", "snls", "two-part"] = "nml",
    precision: float = 1.0,
    folds: int = 0,
    seed: int = 0,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Describe a column given another by polynomials of several degrees, shortest first.

    Bits are those of the values at resolution 1 unless --precision says what they are recorded to,
    and may be negative.

    Args:
        file: A CSV file; its first line is a heading if it holds other than numbers.
        x: The column of inputs, by its heading or its number from 1.
        y: The column of outputs.
        max_degree: The greatest degree.
        version: Which universal code: normalised maximum likelihood, a Bayesian mixture,
            predictions by least squares, their sequentially normalised form, or two parts.
        precision: The outputs are recorded to this precision, such as 0.1.
        folds: Also cross-validate in this many folds.
        seed: Seed of the folds.
        json: Print one JSON document in place of the table.
        out: Write a figure: data, the best curve, and bits against degree (.png, .svg, .pdf).
    """
    if out is not None:
        check_file("--out", out, FIGURES, [file])
    from complexity.errors import integer
    from complexity.inputs import read_inputs
    from mdl.regression.polynomial import MAX_DEGREE, Polynomial
    from mdl.selection import select

    integer("--max-degree", max_degree, 0, MAX_DEGREE)
    candidates = [
        Polynomial(degree, version, precision=precision) for degree in range(max_degree + 1)
    ]
    inputs, outputs = (each.data for each in read_inputs([f"{file}:{x}", f"{file}:{y}"]))
    try:
        result = select(candidates, (inputs, outputs), folds=folds, seed=seed)
    except ValueError as error:
        raise ValueError(f"{file}: {error}{_advice(str(error), max_degree)}") from None
    best = next(each for each in candidates if each.name == result.best.name)
    if out is not None:
        _draw(result, best, inputs, outputs, names=(x, y), out=out)
    if json:
        print_json({"file": file, "x": x, "y": y, "degree": best.degree, **result.to_dict()})
        return
    print(f"{file}: {y} given {x}, {len(outputs):,} rows: degree {best.degree}; bits")
    print(result)


def _advice(message: str, max_degree: int) -> str:
    """What to do where the highest degrees cannot be described."""
    too_high = ("observations, accepted", "linearly dependent", "different ones", "exactly")
    if max_degree and any(part in message for part in too_high):
        return f"; or give a --max-degree below {max_degree}"
    return ""


def _draw(
    result: Selection, best: Any, x: Any, y: Any, *, names: tuple[str, str], out: Path
) -> None:

    import numpy as np
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(figsize=(10, 4))
    left, right = figure.subplots(1, 2)
    grid = np.linspace(float(np.min(x)), float(np.max(x)), 400)
    left.plot(x, y, ".", alpha=0.4 if len(y) > 200 else 0.8, markersize=4, color="tab:gray")
    left.plot(grid, best.predict((x, y), grid), color="tab:red", label=f"degree {best.degree}")
    left.set_xlabel(names[0], parse_math=False)
    left.set_ylabel(names[1], parse_math=False)
    left.legend()
    rows = sorted(result.rows, key=lambda row: row.description.parameters)
    degrees = [row.description.parameters - 2 for row in rows]
    shown = {"MDL": "total_bits", "BIC": "bic_bits", "AIC": "aic_bits", "CV": "cv_bits"}
    for label, column in shown.items():
        bits = np.array([getattr(row, column) for row in rows])
        if not np.isnan(bits).any():
            right.plot(degrees, bits - bits.min(), marker="o", markersize=4, label=label)
    right.axvline(best.degree, color="tab:red", linewidth=0.8, linestyle=":")
    right.set_yscale("symlog", linthresh=10)
    right.set_ylim(bottom=-1)
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    right.set_xlabel("degree")
    right.set_ylabel("bits above each criterion's least")
    right.legend()
    save_figure(figure, out)
