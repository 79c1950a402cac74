"""`cxd paper`: run a work of the reading list, or show what its run gave."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, print_json, terminal

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from rich.table import Table

    from neural.engine.result import PaperResult

__all__ = ["executor_of", "paper"]

_COLUMNS = 6
"""Arms that a terminal has room for side by side."""


def paper(
    key: str,
    *,
    scale: Literal["smoke", "lab", "paper"] = "lab",
    seeds: int | None = None,
    arm: list[str] | None = None,
    set: list[str] | None = None,
    model: str | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    device: str = "cpu",
    out: Path = Path("runs/papers"),
    figure: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Train the arms of a work, judge its claim over seeds, and count its networks' bits.

    A run that was interrupted goes on where it was; a finished one is shown.

    Args:
        key: The work, as `cxd papers` lists it.
        scale: smoke takes seconds, lab some minutes a seed, paper is the published configuration.
        seeds: How many; by default the work's own number.
        arm: Only this arm; may be given more than once.
        set: A setting, as steps=100; may be given more than once. Checks of arms that it makes
            others are not judged.
        model: A family of models of your own, as package.module:function, for works that sweep one;
            the module may be in this folder. Other code wants another name, or another --out.
        jobs: Processes; by default as many as there are cores.
        cluster: A Dask scheduler, as tcp://10.0.0.1:8786, whose workers run the trials; they write
            into --out, which has to be on a disk they share, and have one thread each.
        device: Where torch trains, as cuda.
        out: The ledger's folder.
        figure: Where to draw the figure; by default in the ledger, beside the result, as
            result.png; of some arms, or with other settings, as part.png.
        json: Print one JSON document in place of the table.
    """
    if figure is not None:
        check_file("--figure", figure, FIGURES)
    from neural import papers

    work, settings = papers.get(key), _settings(set or ())
    if model is not None:
        if "model" not in work.settings(scale, work.arms[0]):
            raise ValueError(f"--model: {key} sweeps no family of models; scaling-laws does")
        if "model" in settings:
            raise ValueError("--model: given by --set too, accepted is one of them")
        settings["model"] = model
        sys.path.insert(0, str(Path.cwd()))  # where a user's own module is
    with executor_of(cluster, jobs=jobs) as executor:
        found = work.run(
            scale=scale,
            seeds=seeds,
            arms=arm or None,
            settings=settings,
            jobs=jobs,
            executor=executor,
            device=device,
            out=out,
        )
    whole = not (arm or settings)  # what result.json holds
    drawn = figure or out / key / scale / ("result.png" if whole else "part.png")
    found.plot(drawn)
    if json:
        print_json(found.to_dict())
        return
    _print(found, drawn)


def executor_of(cluster: str | None, **beside: object) -> AbstractContextManager[Executor | None]:
    """The executor of the Dask cluster at this address; None without one.

    Args:
        cluster: the address.
        **beside: the option that counts processes here, which a cluster takes the place of.

    Raises:
        ValueError: both are given.
    """
    if cluster is None:
        return nullcontext()
    for option, value in beside.items():
        if value is not None:
            raise ValueError(
                f"--{option}: a cluster has its own workers; give --cluster or --{option}"
            )
    from simulations.cluster import dask_executor

    return dask_executor(cluster)


def _settings(texts: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in map(_setting, texts):
        if name in found:
            raise ValueError(f"--set: got {name} twice, accepted is one value")
        found[name] = value
    return found


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ValueError(f"--set {text}: accepted is NAME=VALUE, as steps=100")
    import json

    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _print(found: PaperResult, drawn: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from neural.engine.result import spread
    from neural.papers import row

    console = terminal()
    console.print(f"{found.key}: {row(found.key).reference.short}", highlight=False, style="bold")
    console.print(found.claim, highlight=False)
    seeds = f"{len(found.seeds)} seed{'s' * (len(found.seeds) != 1)}"
    console.print(f"{found.verdict}, at scale {found.scale}, {seeds}", style="bold")
    checks = Table(box=SIMPLE_HEAD, pad_edge=False)
    checks.add_column("check")
    checks.add_column("beyond asked [95 %]", justify="right", no_wrap=True)
    checks.add_column("verdict", no_wrap=True)
    for each in found.judgements:
        interval = f"{each.mean:.4g} [{each.low:.4g}, {each.high:.4g}]"
        checks.add_row(each.what, interval, str(each.verdict))
    if found.judgements:
        console.print(checks)
    if found.unjudged:
        console.print(found.unjudged, highlight=False)
    console.print(
        _by_arm(
            "metric",
            found.arms,
            {
                name.replace("_", " "): {arm: spread(found.values(arm, name)) for arm in found.arms}
                for name in found.metrics
            },
        )
    )
    bits = {arm: found.bits(arm) for arm in found.arms}
    codes = dict.fromkeys(name for totals in bits.values() for name in totals)
    if codes:
        rows = {
            code: {arm: spread(bits[arm][code]) for arm in found.arms if code in bits[arm]}
            for code in codes
        }
        console.print(_by_arm("total bits by code", found.arms, rows))
    if found.answer:
        console.print(found.question, style="italic", highlight=False)
        console.print(found.answer, highlight=False)
    console.print(f"figure: {drawn}", highlight=False, soft_wrap=True)


def _by_arm(heading: str, arms: Sequence[str], rows: Mapping[str, Mapping[str, str]]) -> Table:
    """A column for each arm; of many, a line for each figure that there is."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(heading)
    if len(arms) <= _COLUMNS:
        for arm in arms:
            table.add_column(arm, justify="right")
        for name, cells in rows.items():
            table.add_row(name, *(cells.get(arm, "") for arm in arms))
        return table
    table.add_column("arm")
    table.add_column("", justify="right")
    for name, cells in rows.items():
        said = {arm: text for arm, text in cells.items() if text != "-"}
        for first, (arm, text) in enumerate(said.items()):
            table.add_row("" if first else name, arm, text)
    return table
