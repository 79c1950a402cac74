"""The pictures of docs/automata.md.

Run it as `python -m examples.automata_gallery` from the root of the repository: less than a minute
of one core. It writes docs/figures/automata-*.png and .gif; names given after it make those alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from simulations.automata.exclusion import Exclusion
from simulations.automata.names import get_automaton
from simulations.automata.pictures import film, hexagons, picture, ramp
from simulations.automata.sandpile import sandpile_identity
from simulations.automata.scenes import first_state, scene

SEED = 1970
GUN = """
........................O...........
......................O.O...........
............OO......OO............OO
...........O...O....OO............OO
OO........O.....O...OO..............
OO........O...O.OO....O.O...........
..........O.....O.......O...........
...........O...O....................
............OO......................
"""
SEA = ramp("#f4f8fb", "#0b3c6f", 16)
SNOW = ("#ffffff", *ramp("#9cc4e4", "#0b3c6f", 40))

Drawn = tuple[np.ndarray, dict[str, Any]]
"""States, and how they are drawn."""


def cropped(states: np.ndarray, margin: int = 4) -> np.ndarray:
    """What is not empty, and a margin around it."""
    places = np.argwhere(states)
    low, high = places.min(axis=0), places.max(axis=0) + 1
    return np.pad(states[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], margin)


# --- rows -----------------------------------------------------------------------------------------


def elementary(number: int, width: int, steps: int, density: float | None = None) -> Drawn:
    """A history: from one cell, or from a random row."""
    rule = get_automaton(number)
    state = first_state(rule, (width,), density=density, seed=SEED)
    return rule.history(state, steps), {"zoom": 2}


def second_order() -> Drawn:
    """Rule 150 of second order, from a random middle."""
    rule = get_automaton("150R")
    state = np.zeros((2, 257), np.uint8)
    state[:, 118:139] = first_state(rule, (21,), density=0.5, seed=SEED)[1]
    return scene(rule).view(rule.history(state, 256)), {"zoom": 2}


def exclusion() -> Drawn:
    """Shocks between few particles and many, where as many come in as can leave."""
    jam = Exclusion(boundary="reservoirs", alpha=0.2, beta=0.2)
    state, rows = first_state(jam, (256,), density=0.5, seed=SEED), []
    for t in range(256):
        rows.append(state)
        state = jam.run(state, 12, start=12 * t, seed=SEED)
    return np.array(rows), {"zoom": 2}


# --- planes ---------------------------------------------------------------------------------------


def soup(rule: str, side: int, steps: int, density: float, zoom: int) -> Drawn:
    """What becomes of a random state."""
    made = get_automaton(rule)
    state = first_state(made, (side, side), density=density, seed=SEED)
    return made.run(state, steps), {"states": made.states, "zoom": zoom}


def gun() -> Drawn:
    """One period of Gosper's gun, after the first gliders have gone."""
    life = get_automaton("life", "open")
    lines = GUN.split()
    state = np.zeros((64, 84), np.uint8)
    state[4 : 4 + len(lines), 4 : 4 + len(lines[0])] = [[c == "O" for c in row] for row in lines]
    return life.history(state, 330)[300:330], {"zoom": 4, "milliseconds": 80}


def brain() -> Drawn:
    """Brian's Brain, some steps after a random state."""
    rule = get_automaton("brians-brain")
    state = first_state(rule, (64, 96), density=0.2, seed=SEED)
    frames = rule.history(rule.run(state, 100), 39)
    return frames, {"states": rule.states, "zoom": 4, "milliseconds": 100}


def grown(rule: str, side: int, steps: int) -> np.ndarray:
    """Since when each cell has been alive, 40 for the one that was there at first."""
    made = get_automaton(rule, "open")
    state = np.zeros((side, side), np.uint8)
    state[side // 2, side // 2] = 1
    ages = made.history(state, steps).sum(axis=0, dtype=np.int64)
    return -(-ages * 40 // ages.max())


def snowflake() -> Drawn:
    """Packard's: a hexagon freezes with exactly one frozen neighbour, darker the earlier."""
    return cropped(hexagons(grown("B1/S0123456H", 121, 56), 6)), {"zoom": 1, "colours": SNOW}


def crystal() -> Drawn:
    """A cell freezes beside one that touches its corner, or beside two that share edges with it."""
    return cropped(grown("B1c2e/S012345678", 129, 62)), {"zoom": 3, "colours": SNOW}


def critters() -> Drawn:
    """A random square on empty ground, an even number of steps later."""
    rule = get_automaton("critters")
    state = np.zeros((160, 160), np.uint8)
    state[52:108, 52:108] = first_state(rule, (56, 56), density=0.5, seed=SEED)
    return rule.run(state, 240), {"zoom": 3}


def billiard() -> Drawn:
    """Where the balls of the billiard-ball model have been, darker the later."""
    rule = get_automaton("bbm")
    history = rule.history(first_state(rule, (80, 128), density=0.015, seed=SEED), 40)
    when = np.arange(1, len(history) + 1)[:, np.newaxis, np.newaxis]
    seen = (history * when).max(axis=0) * 16 // (len(history) + 1)
    return seen, {"zoom": 4, "colours": ("#ffffff", *ramp("#dbe6f0", "#0b3c6f", 15))}


def gas(model: str) -> Drawn:
    """A dense disc in thin gas, burst; the mean over four cells by four."""
    rule = get_automaton(model)
    state = first_state(rule, (512, 512), seed=SEED)
    particles = scene(rule).view(rule.run(state, 150))
    mean = particles.reshape(128, 4, 128, 4).mean(axis=(1, 3))
    low, high = np.quantile(mean, (0.01, 0.995))
    shades = np.clip((mean - low) / (high - low) * 15, 0, 15).astype(np.uint8)
    # pixels of the triangular lattice are less high than wide
    rows = np.arange(512 if model == "hpp" else 443) * 128 // (512 if model == "hpp" else 443)
    return np.repeat(shades[rows], 4, axis=1), {"zoom": 1, "colours": SEA}


def pile() -> Drawn:
    """The neutral element of the sandpile's group."""
    return sandpile_identity(198), {"zoom": 2, "colours": scene(get_automaton("sandpile")).colours}


def ant(word: str, steps: int, side: int, zoom: int) -> Drawn:
    """An ant's way from the middle of empty ground."""
    rule = get_automaton(word, "open")
    usual = scene(rule)
    state = usual.view(rule.run(first_state(rule, (side, side)), steps))
    return cropped(state), {"zoom": zoom, "colours": usual.colours}


PICTURES: dict[str, Callable[[], Drawn]] = {
    "rule-30": lambda: elementary(30, 257, 128),
    "rule-90": lambda: elementary(90, 257, 127),
    "rule-54": lambda: elementary(54, 257, 128, 0.5),
    "rule-110": lambda: elementary(110, 257, 256, 0.5),
    "rule-184": lambda: elementary(184, 257, 128, 0.5),
    "rule-150r": second_order,
    "tasep": exclusion,
    "life": lambda: soup("life", 256, 600, 0.4, 2),
    "gun": gun,
    "day-and-night": lambda: soup("day-and-night", 256, 300, 0.5, 2),
    "brians-brain": brain,
    "star-wars": lambda: soup("star-wars", 192, 200, 0.3, 2),
    "crystal": crystal,
    "snowflake": snowflake,
    "critters": critters,
    "billiard": billiard,
    "hpp": lambda: gas("hpp"),
    "fhp": lambda: gas("fhp-iii"),
    "sandpile": pile,
    "ant": lambda: ant("RL", 11_400, 120, 5),
    "ant-llrr": lambda: ant("LLRR", 120_000, 120, 6),
}
"""Name -> what makes it; three axes make a film."""


def draw(name: str, folder: Path) -> Path:
    """Make one picture."""
    states, style = PICTURES[name]()
    path = folder / f"automata-{name}{'.gif' if states.ndim == 3 else '.png'}"
    if states.ndim == 3:
        film(states, path, **style)
    else:
        picture(states, path, **style)
    return path


def main() -> None:
    """Make the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(PICTURES))
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    folder = options.out / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    for name in options.names or PICTURES:
        path = draw(name, folder)
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
