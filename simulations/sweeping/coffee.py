"""The coffee automaton as a function to sweep: one cup, and the numbers of its summary."""

from __future__ import annotations

from simulations.coffee import simulate, summarise

__all__ = ["coffee_numbers"]


def coffee_numbers(
    *,
    seed: int,
    size: int = 100,
    model: str = "interacting",
    engine: str | None = None,
    boundary: str | None = None,
    initial: str = "half",
    clock: str | None = None,
    steps: int | None = None,
    amplitude: float | None = None,
    attempts_per_cell: int | None = None,
    samples: int = 200,
    code: str = "gzip",
    coarse: str | None = None,
    null_samples: int = 16,
) -> dict[str, float]:
    """Run one cup and read its curves; the arguments are those of `coffee.simulate`.

    Returns:
        For entropy, complexity and, with a null model, the null's mean and the corrected curve:
        NAME_start_bits, NAME_peak_bits, NAME_peak_time in units of the clock, NAME_end_bits;
        and corrected_at_peak_bits, the corrected complexity at the complexity's peak, with the ends
        of its 95 % interval, corrected_at_peak_low_bits and corrected_at_peak_high_bits. The peak
        is picked, so that of mere noise the mean over cups is above 0, and its spread says nothing
        against that: the interval, simultaneous over all times, does.
    """
    stirring = {"amplitude": amplitude, "attempts_per_cell": attempts_per_cell}
    cup = simulate(
        size, model=model, engine=engine, boundary=boundary, initial=initial, clock=clock,
        steps=steps, replicas=1, seed=seed, samples=samples, code=code, coarse=coarse,
        null_samples=null_samples, keep=0, workers=1, progress=False,
        **{name: value for name, value in stirring.items() if value is not None},
    )  # fmt: skip
    summary = summarise(cup)
    found: dict[str, float] = {}
    for row in summary.rows:
        found[f"{row.name}_start_bits"] = row.start
        found[f"{row.name}_peak_bits"] = row.peak
        found[f"{row.name}_peak_time"] = row.peak_time
        found[f"{row.name}_end_bits"] = row.end
    if summary.corrected is not None:
        for name, value in zip(("", "_low", "_high"), summary.corrected, strict=True):
            found[f"corrected_at_peak{name}_bits"] = value
    return found
