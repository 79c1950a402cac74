"""`cxd agents aiq`: agents on random programs, and their paired differences."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.commands.agents import naming

if TYPE_CHECKING:
    from simulations.agents import Comparison

__all__ = ["aiq"]


def aiq(
    *agents: str,
    programs: int = 1000,
    interactions: int = 1000,
    symbols: int = 5,
    method: Literal["stratified", "simple"] = "stratified",
    seed: int = 0,
    workers: int | None = None,
    cluster: str | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Test agents on random programs: the algorithmic intelligence quotient.

    As in: cxd agents aiq random freq q-lambda hlq --out runs/aiq

    Every agent plays the same programs, drawn from the prior 2^-length of a small machine, with
    their rewards (-100 to 100) and with these turned round, so that acting at random is worth 0.
    Programs that are over time for one agent are dropped for all. Intervals are of 95 %; those of
    differences are paired, program by program.

    Args:
        agents: random, always, freq, q, q-lambda, sarsa, hls, hlq or mc-aixi, with parameters as
            hlq:epsilon=0.1,lambda=0.9; or your own as module:callable. By default random, freq, q,
            q-lambda and hlq. Those run in compiled code; mc-aixi and your own take much longer.
        programs: How many each plays.
        interactions: Cycles of an episode.
        symbols: Of the machine's tapes: actions, observations and levels of reward.
        method: stratified draws four times as many programs and plays where they tell most; simple
            plays them as they are drawn.
        seed: Of programs, machines and agents; the result depends on it, not on the workers.
        workers: Threads, or processes for agents in Python; by default one a core.
        cluster: A Dask scheduler, as tcp://10.0.0.1:8786, whose workers play.
        out: Folder for result.json and figure.png; it keeps what was played, so that the same
            command goes on after an interruption, and more agents cost only their own plays.
        json: Print one JSON document in place of the tables.
    """
    from complexity.errors import integer, one_of

    if cluster is not None and workers is not None:
        raise ValueError("--workers: a cluster has its own; give --cluster or --workers")
    integer("programs", programs, 2)
    integer("interactions", interactions, 1)
    integer("symbols", symbols, 2, 100)
    integer("seed", seed, 0)
    if workers is not None:
        integer("workers", workers, 1)
    one_of("method", method, ("stratified", "simple"))
    chosen = agents or ("random", "freq", "q", "q-lambda", "hlq")
    twice = next((each for each in chosen if chosen.count(each) > 1), None)
    if twice is not None:
        raise ValueError(f"agents: got {twice!r} twice, accepted are different ones")
    named = {text: naming.agent(text) for text in chosen}
    from complexodynamics.commands.paper import executor_of
    from simulations.agents import compare
    from simulations.agents.reference_machine import BrokenEpisodeError

    try:
        with executor_of(cluster) as executor:
            found = compare(
                named, programs=programs, interactions=interactions, symbols=symbols,
                method=method, seed=seed, workers=workers, executor=executor, out=out,
            )  # fmt: skip
    except BrokenEpisodeError as error:
        raise ValueError(str(error)) from error
    files = {}
    if out is not None:
        found.plot(out / "figure.png")
        found.save(out / "result.json")
        files = {"result": str(out / "result.json"), "figure": str(out / "figure.png")}
    if json:
        from complexodynamics.output import print_json

        print_json(found.to_dict() | {"files": files})
    else:
        _print(found, files)


def _print(found: Comparison, files: dict[str, str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from complexodynamics.output import terminal

    console = terminal()
    first = found.quotients[0]
    dropped, drawn = sum(first.dropped.values()), sum(first.rejected.values())
    console.print(
        f"AIQ over {len(first.played):,} programs of {first.interactions:,} interactions; "
        f"{dropped} were over time and dropped; {drawn:,} others were drawn and left out: without "
        "input or output, passive, or over time at once",
        highlight=False,
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("agent", overflow="fold")
    table.add_column("AIQ ± 95 %", justify="right", no_wrap=True)
    for each in found.quotients:
        table.add_row(each.agent, _told(each))
    console.print(table)
    if found.differences:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("on the same programs", overflow="fold")
        table.add_column("difference ± 95 %", justify="right", no_wrap=True)
        table.add_column("variance apart / paired", justify="right")
        for each in found.differences:
            ratio = f"{each.variance_ratio:.1f}"
            table.add_row(f"{each.first} less {each.second}", _told(each), ratio)
        console.print(table)
    for name, path in files.items():
        console.print(f"{name:<8}{path}", highlight=False, soft_wrap=True)


def _told(each: Any) -> str:
    return f"{each.value:.2f} ± {each.half_width:.2f}"
