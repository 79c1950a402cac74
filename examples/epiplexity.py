"""Everything in docs/epiplexity.md: its figure, tables and docs/results/epiplexity.json.

Run it as `python -m examples.epiplexity` from the root of the repository; some ten minutes on one
core. `--part NAME` measures one part again and leaves the others as they were; `--quick` takes
small sizes and writes below runs/.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically
from complexity.provenance import versions
from complexodynamics.tables import fill, markdown
from mdl.epiplexity import Epiplexity, Training, Transformer, epiplexity, requential
from simulations import coffee

SEEDS = (0, 1, 2)
RULES = (15, 30, 54)
WIDTH, STEPS, BURN_IN = 32, 48, 1000
DESCRIBED = 10**8
"""Tokens of the automata's data, as in the paper."""

RULE_TRAINING = Training(batch_size=16, learning_rate=0.01)
CUP_TRAINING = Training(batch_size=2, updates=2, learning_rate=0.01)
PERIODS = (0, 1, 2, 3, 4, 6, 10, 30)
CUP, GRAIN = 64, 4
T_95 = {2: 12.706, 3: 4.303}
"""Student's t, 97.5 %, by the number of values."""


def evolve(words: NDArray[np.uint32], rule: int, steps: int) -> NDArray[np.uint32]:
    """Rings of 32 cells under an elementary rule, bit 31 the leftmost cell."""
    one, rest = np.uint32(1), np.uint32(31)
    for _ in range(steps):
        left, right = words >> one | words << rest, words << one | words >> rest
        new = np.zeros_like(words)
        for k in range(8):
            if rule >> k & 1:
                new |= (
                    (left if k & 4 else ~left)
                    & (words if k & 2 else ~words)
                    & (right if k & 1 else ~right)
                )
        words = new
    return words


def pairs(rule: int, rows: int, seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """States of rings after the burn-in, and `STEPS` steps later, as cells (rows, 32)."""
    words = np.random.default_rng(seed).integers(0, 1 << WIDTH, rows, dtype=np.uint32)
    start = evolve(words, rule, BURN_IN)
    places = np.arange(WIDTH - 1, -1, -1, dtype=np.uint32)
    return (
        start[:, None] >> places & np.uint32(1),
        evolve(start, rule, STEPS)[:, None] >> places & np.uint32(1),
    )


def of_rule(rule: int, rows: int, seed: int, *, depths: Sequence[int] = (1, 2)) -> Epiplexity:
    """Final states of an automaton given the initial ones, to learners of these depths."""
    return epiplexity(
        pairs(rule, rows, seed),
        models=[Transformer(32, depth) for depth in depths],
        training=RULE_TRAINING,
        described=DESCRIBED,
        alphabet_size=2,
        holdout=min(0.5, 1500 / rows),
        checkpoints=12,
        seed=seed,
    )


def rules(quick: bool, depth: int = 2) -> list[dict[str, Any]]:
    """Prequential epiplexity of the three rules, over seeds, with the curves of the first.

    The shortest total among learners is the shortest of their own, so each is run by itself.
    """
    found = []
    for rule in RULES:
        for seed in SEEDS[: 1 if quick else None]:
            each = of_rule(rule, 400 if quick else 24000, seed, depths=(depth,))
            print(rule, seed, each, flush=True)
            found.append({"rule": rule} | each.to_dict())
            if seed == SEEDS[0] and depth == 2:
                found[-1]["points"] = points(each)
    return found


def points(found: Epiplexity) -> list[list[float]]:
    """Trained tokens, S and H at every checkpoint of the first learner."""
    curve = found.curves[0]
    columns = (curve.trained_tokens, curve.structure_bits, curve.entropy_bits)
    return np.stack(columns, axis=1).astype(float).tolist()


def shallow(quick: bool) -> list[dict[str, Any]]:
    """The same by a learner of one layer."""
    return rules(quick, depth=1)


def longer(quick: bool) -> list[dict[str, Any]]:
    """Rules 15 and 54 with ten times the data, of the shorter of both learners."""
    found = []
    for rule in (15, 54):
        for seed in SEEDS[: 1 if quick else None]:
            each = of_rule(rule, 800 if quick else 240_000, seed)
            print(rule, seed, each, flush=True)
            found.append({"rule": rule} | each.to_dict())
    return found


def shortest(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Of both learners the one with the shorter total, by rule and seed."""
    both = zip(results["shallow"], results["rules"], strict=True)
    return [min(pair, key=lambda each: each["total_bits"]) for pair in both]


def cups(replicas: int, seed: int) -> dict[int, NDArray[np.int64]]:
    """Coarse pictures (replicas, 256) of stirred cups by period: three buckets, blocks of 4 x 4."""
    coarse = coffee.CoarseGraining(
        grain=GRAIN, window="blocks", levels=3, rounding="interval", adjustment="none"
    )
    cup = coffee.initial_cup(CUP)
    system = coffee.StirredCup(cup, replicas=replicas, seed=seed)
    found = {}
    for period in PERIODS:
        system.advance(period - system.time)
        pictures = [coarse.picture(cells) for cells in system.states()]
        found[period] = np.array(pictures, np.int64).reshape(replicas, -1)
    return found


def stirred(quick: bool) -> dict[str, Any]:
    """Epiplexity of the stirred cup along time, beside its corrected complexity."""
    replicas = 24 if quick else 160
    rows = []
    for seed in SEEDS[: 1 if quick else None]:
        for period, pictures in cups(replicas, seed).items():
            each = epiplexity(
                pictures, models=Transformer(32, 2), alphabet_size=3, seed=seed,
                training=CUP_TRAINING, checkpoints=10,
            )  # fmt: skip
            print(period, seed, each, flush=True)
            rows.append({"period": period} | each.to_dict())
    run = coffee.simulate(
        CUP, model="stirred", times=PERIODS, replicas=4 if quick else 16, seed=SEEDS[0], keep=0,
        workers=1, progress=False,
    )  # fmt: skip
    corrected = run.mean("corrected_bits")
    return {"cups": replicas, "rows": rows, "corrected_bits": np.asarray(corrected).tolist()}


def files(quick: bool) -> list[dict[str, Any]]:
    """Requential files of students of several sizes, of chains and of coins."""
    rng, chain = np.random.default_rng(0), [0]
    draws = rng.random(4096 if quick else 16384)
    for draw in draws[1:]:
        chain.append(int(draw < (0.9, 0.2)[chain[-1]]))
    data = {"chain": np.array(chain), "coins": rng.integers(0, 2, len(draws))}
    found = []
    for name, width in (("chain", 8), ("chain", 16), ("chain", 32), ("coins", 16)):
        each = requential(
            data[name], model=Transformer(width, 1), context=16, seed=0,
            training=Training(batch_size=64, learning_rate=0.01, warmup=5),
        )  # fmt: skip
        print(each, flush=True)
        found.append(
            {
                "data": name,
                "width": width,
                "weights": each.student.parameter_count,
                "kl_bits": each.kl_bits,
                "index_bits": each.index_bits,
                "bound_bits": each.bound_bits,
                "file_bits": 8 * len(each.blob),
                "messages": each.messages,
                "candidates": each.candidates,
            }
        )
    return found


PARTS: dict[str, Callable[[bool], Any]] = {
    "rules": rules,
    "shallow": shallow,
    "longer": longer,
    "cup": stirred,
    "files": files,
}


def spread(values: Sequence[float]) -> str:
    """Mean and half of the 95 % interval between seeds."""
    if len(values) == 1:
        return f"{values[0]:,.0f}"
    half = T_95[len(values)] * np.std(values, ddof=1) / math.sqrt(len(values))
    return f"{np.mean(values):,.0f} ± {half:,.0f}"


def tables(results: dict[str, Any]) -> dict[str, str]:
    """The page's tables."""
    chosen = shortest(results)
    by_rule = {rule: [r for r in chosen if r["rule"] == rule] for rule in RULES}
    by_rule |= {
        f"{rule}, ten times the data": [r for r in results["longer"] if r["rule"] == rule]
        for rule in (15, 54)
    }
    of_rules = markdown(
        [
            "rule",
            "S, bits",
            "H, bits",
            "H per token",
            "trained tokens",
            "S by seed",
            "two layers alone",
        ],
        [
            [
                rule,
                spread([r["structure_bits"] for r in rows]),
                spread([r["entropy_bits"] for r in rows]),
                f"{np.mean([r['entropy_bits'] for r in rows]) / DESCRIBED:.4f}",
                f"{np.mean([r['trained_tokens'] for r in rows]):,.0f}",
                ", ".join(f"{r['structure_bits']:,.0f}" for r in rows),
                ", ".join(
                    f"{r['structure_bits']:,.0f}" for r in results["rules"] if r["rule"] == rule
                ),
            ]
            for rule, rows in by_rule.items()
        ],
    )
    cup = results["cup"]
    along = markdown(
        ["period", "S, bits", "H, bits", "S by seed", "corrected complexity, bits"],
        [
            [
                period,
                spread([r["structure_bits"] for r in cup["rows"] if r["period"] == period]),
                spread([r["entropy_bits"] for r in cup["rows"] if r["period"] == period]),
                ", ".join(
                    f"{r['structure_bits']:,.0f}" for r in cup["rows"] if r["period"] == period
                ),
                f"{bits:,.0f}",
            ]
            for period, bits in zip(PERIODS, cup["corrected_bits"], strict=True)
        ],
    )
    names = ["weights", "kl_bits", "index_bits", "bound_bits", "file_bits", "messages"]
    of_files = markdown(
        ["data, width", "weights", "KL", "indices", "bound", "whole file", "messages"],
        [
            [f"{each['data']}, {each['width']}", *(f"{each[name]:,.0f}" for name in names)]
            for each in results["files"]
        ],
    )
    return {
        "epiplexity-rules": of_rules,
        "epiplexity-cup": along,
        "epiplexity-files": of_files,
    }


def draw(results: dict[str, Any], path: Path) -> None:
    """The rules along the training of two layers, one seed, and the cup over time."""
    figure = new_figure(figsize=(10, 6.4))
    axes = figure.subplots(2, 2)
    colours = dict(zip(RULES, ("tab:green", "tab:red", "tab:purple"), strict=True))
    for each in results["rules"]:
        if each["seed"] != SEEDS[0]:
            continue
        trained, structure, entropy = np.array(each["points"]).T
        for panel, values in zip(axes[0], (structure, entropy), strict=True):
            label = f"rule {each['rule']}"
            panel.plot(trained / 1000, values, color=colours[each["rule"]], label=label, marker=".")
    for panel, title in zip(axes[0], ("S: structure, bits", "H: entropy, bits"), strict=True):
        panel.set_xlabel("training tokens, thousands")
        panel.set_title(f"automata, {title}", fontsize=10)
    axes[0, 0].legend(fontsize=8)
    cup = results["cup"]
    for seed in SEEDS:
        rows = [r for r in cup["rows"] if r["seed"] == seed]
        for panel, name in zip(axes[1], ("structure_bits", "entropy_bits"), strict=True):
            values, label = [r[name] for r in rows], "3 seeds" if seed == SEEDS[0] else None
            panel.plot(PERIODS[: len(rows)], values, color="tab:blue", marker=".", label=label)
    corrected = np.array(cup["corrected_bits"])
    second = axes[1, 0].twinx()
    second.plot(PERIODS, corrected, color="0.5", ls="--", label="corrected complexity of one cup")
    second.set_ylabel("bits", color="0.5")
    second.legend(fontsize=8, loc="upper right")
    for panel, title in zip(axes[1], ("S: structure, bits", "H: entropy, bits"), strict=True):
        panel.set_xlabel("periods")
        panel.set_title(f"stirred cups, {title}", fontsize=10)
    save_figure(figure, path)


def main() -> None:
    """Measure, draw, and write docs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing in docs/")
    parser.add_argument("--part", choices=PARTS, help="measure this one only")
    options = parser.parse_args()
    out = Path("runs/epiplexity") if options.quick else Path("docs")
    for folder in (out / "figures", out / "results"):
        folder.mkdir(parents=True, exist_ok=True)
    path = out / "results" / "epiplexity.json"
    results: dict[str, Any] = json.loads(path.read_text()) if options.part and path.exists() else {}
    for name, measure in PARTS.items():
        if options.part in (None, name):
            results[name] = measure(options.quick)
    results |= {
        "command": "python -m examples.epiplexity",
        "provenance": versions("numpy", "torch"),
    }
    rows = [each for name in ("rules", "shallow", "longer") for each in results.get(name, [])]
    for each in rows + results.get("cup", {"rows": []})["rows"]:
        each.pop("provenance", None)
    write_atomically(path, json.dumps(results, indent=1).encode() + b"\n")
    if not set(PARTS) <= set(results):
        return
    draw(results, out / "figures" / "epiplexity.png")
    if options.quick:
        print("\n\n".join(tables(results).values()))
    else:
        fill(out / "epiplexity.md", tables(results))


if __name__ == "__main__":
    main()
