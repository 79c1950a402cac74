"""`cxd agents environments` and `solve`: what there is, and the most one can get in it."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from complexodynamics.commands.agents import naming

__all__ = ["environments", "solve"]


def environments(*, json: Annotated[bool, Parameter(show_default=False)] = False) -> None:
    """List the environments that come by name, with their exact optima.

    The optimum is the greatest mean reward a cycle that any agent can get in the long run; where it
    says "in all", the greatest sum of rewards. First come the domains of the MC-AIXI paper, then
    the environments of Legg's thesis; "seen" counts the observations.

    Args:
        json: Print one JSON document in place of the table.
    """
    from simulations.agents import domains, thesis

    rows = [
        _row(name, origin, room.get(name))
        for origin, room in (("MC-AIXI", domains), ("thesis", thesis))
        for name in room.names()
    ]
    if json:
        from complexodynamics.output import print_json

        print_json({"environments": rows})
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from complexodynamics.output import terminal

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("environment", no_wrap=True)
    for title in ("actions", "seen", "rewards", "optimum"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        if row["from"] == "thesis" and rows[rows.index(row) - 1]["from"] != "thesis":
            table.add_section()
        optimum = row["optimum_exact"] or "not known"
        if row["optimum_exact"] and "/" in optimum:
            optimum = f"{optimum} = {row['optimum']:.4f}"
        table.add_row(
            row["name"], f"{row['actions']:,}", f"{row['observations']:,}", row["rewards"],
            optimum + (" in all" if row["summable"] and row["optimum_exact"] else ""),
        )  # fmt: skip
    terminal().print(table)


def _row(name: str, origin: str, model: Any) -> dict[str, Any]:
    interface = model.interface
    low, high = (float(end) for end in interface.reward_bounds)
    best = model.optimal_value
    return {
        "name": name,
        "from": origin,
        "actions": interface.actions,
        "observations": interface.observations,
        "rewards": f"{low:g} to {high:g}",
        "summable": model.summable,
        "optimum": None if best is None else float(best),
        "optimum_exact": None if best is None else str(best),
    }


def solve(
    env: str,
    *,
    discount: str | None = None,
    horizon: int | None = None,
    observed: bool = False,
    limit: int = 4096,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Compute the exact optimum of an environment, and what chance gets.

    The agent knows the environment's probabilities, not its hidden state; the optimum is over all
    that it can remember. By default the criterion is the mean reward a cycle in the long run.

    Args:
        env: The environment, as `cxd agents environments` lists them, with its parameters as
            tiger:accuracy=0.9; or your own as module:callable, which returns a Model.
        discount: The sum of discount^k times the k-th reward instead, as 0.95 or 19/20.
        horizon: The sum of the rewards of so many cycles instead, discounted if that is given too.
        observed: The agent is told the hidden state.
        limit: How many beliefs may be looked at.
        json: Print one JSON document in place of the lines.
    """
    from complexity.errors import integer
    from simulations.agents import Model, value_of
    from simulations.agents import solve as solved

    integer("limit", limit, 1)
    model = naming.environment(env)
    model = model if isinstance(model, Model) else getattr(model, "model", None)
    if not isinstance(model, Model):
        raise ValueError(f"env: {env} is no Model; only what states its probabilities is solved")
    options: dict[str, Any] = {"discount": _fraction(discount), "horizon": horizon, "limit": limit}
    criterion = "total" if horizon is not None else "average" if discount is None else "discounted"
    found = solved(model, criterion, observed=observed, **options)
    chance = value_of(model, "uniform", criterion, **options)
    if json:
        from complexodynamics.output import print_json

        told = {"random": float(chance), "random_exact": str(chance)}
        print_json({"environment": env} | found.to_dict() | told)
        return
    weighed = "" if found.discount == 1 else f" discounted by {found.discount}"
    what = {
        "average": "mean reward a cycle in the long run",
        "discounted": f"sum of rewards{weighed}",
        "total": f"sum of rewards{weighed} of {horizon} cycle{'s' * (horizon != 1)}",
    }[criterion]
    print(f"{env}: {what}{', hidden states told' if observed else ''}")
    proven = "exact" if found.exact else f"from {found.bounds[0]:.12g} to {found.bounds[1]:.12g}"
    beliefs = f"{found.states:,} belief{'s' * (found.states != 1)}"
    print(f"optimum  {_told(found.optimal_value)}, {proven}, by {beliefs}")
    print(f"random   {_told(chance)}, exact")


def _fraction(text: str | None) -> Any:
    from fractions import Fraction

    try:
        return None if text is None else Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"--discount: got {text!r}, accepted is a number below 1") from None


def _told(value: Any) -> str:
    number, exact = f"{float(value):.9g}", str(value)
    return f"{exact} = {number}" if "/" in exact and len(exact) <= 40 else number
