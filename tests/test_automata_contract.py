"""What every automaton of the package keeps to, whatever its family."""

import importlib
import json
import pickle
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from simulations import automata, observe
from simulations.automata.ant import LangtonAnt
from simulations.automata.asynchronous import Asynchronous
from simulations.automata.automaton import Automaton, Reversible
from simulations.automata.elementary import ElementaryCA
from simulations.automata.exclusion import Exclusion
from simulations.automata.isotropic import Isotropic
from simulations.automata.lattice_gas import LatticeGas
from simulations.automata.life import Generations, LifeLike
from simulations.automata.local import LocalRule
from simulations.automata.margolus import BlockAutomaton, Margolus
from simulations.automata.names import NAMES, get_automaton
from simulations.automata.one_dimensional import RadiusRule, Totalistic1D
from simulations.automata.sandpile import Sandpile
from simulations.automata.scenes import first_state, scene
from simulations.automata.second_order import SecondOrder

STEPS = 6


@dataclass(frozen=True)
class Case:
    """A rule of a family, made with a boundary.

    `state` gives a state of a shape of space, where not every array of cells is one; `boundaries`
    are the family's, or those that are worth compiling a function for.
    """

    family: type[Automaton]
    make: Callable[[str], Automaton]
    shapes: tuple[tuple[int, ...], ...] = ((1, 1), (5, 9), (70, 3))
    state: Callable[[Automaton, tuple[int, ...], np.random.Generator], np.ndarray] | None = None
    boundaries: tuple[str, ...] | None = None

    def begin(self, automaton: Automaton, shape: tuple[int, ...]) -> np.ndarray:
        random = np.random.default_rng([7, *shape])
        if self.state is not None:
            return self.state(automaton, shape, random)
        lead = (2,) * (automaton.axes - automaton.dimensions)
        return random.integers(0, automaton.states, (*lead, *shape))


LINES = ((1,), (2,), (9,), (131,))
EVEN = ((2, 2), (4, 6), (10, 34))


def with_ant(automaton, shape, random):
    ground = random.integers(0, automaton.colours, shape)
    return automaton.placed(ground, *(int(random.integers(side)) for side in shape), "E")


def exclusion(boundary, **given):
    rates = {"alpha": 0.4, "beta": 0.7} if boundary == "reservoirs" else {}
    return Exclusion(boundary=boundary, **given, **rates)


def greatest(cells):
    return cells.max()


PARITY = [cells.bit_count() % 2 for cells in range(1 << 7)]


def infected(cells, uniform):
    return 1 if cells[2] == 1 or uniform < 0.2 * cells.sum() else 0


CASES = {
    "rule 30": Case(ElementaryCA, lambda boundary: ElementaryCA(30, boundary), LINES),
    "rule 45": Case(ElementaryCA, lambda boundary: ElementaryCA(45, boundary), LINES),
    "radius 2": Case(
        RadiusRule, lambda boundary: RadiusRule(0xBEEFCAFE, 2, 2, boundary=boundary), LINES
    ),
    "three states": Case(
        RadiusRule, lambda boundary: RadiusRule(3**26 + 5 * 3**9, 3, 1, boundary=boundary), LINES
    ),
    "code 777": Case(Totalistic1D, lambda boundary: Totalistic1D(777, boundary=boundary), LINES),
    "outer code": Case(
        Totalistic1D,
        lambda boundary: Totalistic1D(5 * 3**7, outer=True, radius=2, boundary=boundary),
        LINES,
    ),
    "life": Case(LifeLike, lambda boundary: LifeLike("B3/S23", boundary)),
    "B0": Case(LifeLike, lambda boundary: LifeLike("B0/S8", boundary)),
    "star wars": Case(Generations, lambda boundary: Generations("B2/S345/C4", boundary)),
    "no dying state": Case(Generations, lambda boundary: Generations("B3/S23/C2", boundary)),
    "Hensel": Case(Isotropic, lambda boundary: Isotropic("B2-a/S12", boundary)),
    "critters": Case(Margolus, lambda boundary: Margolus("critters", boundary), EVEN),
    "bbm": Case(Margolus, lambda boundary: Margolus("bbm", boundary), EVEN),
    "sand": Case(BlockAutomaton, lambda boundary: BlockAutomaton("sand", boundary), EVEN),
    "rule 37R": Case(SecondOrder, lambda boundary: SecondOrder(ElementaryCA(37, boundary)), LINES),
    "star wars R": Case(
        SecondOrder, lambda boundary: SecondOrder(Generations("B2/S345/C4", boundary))
    ),
    "HPP": Case(LatticeGas, lambda boundary: LatticeGas("HPP", boundary)),
    "FHP-I": Case(LatticeGas, lambda boundary: LatticeGas("FHP-I", boundary)),
    "FHP-III": Case(LatticeGas, lambda boundary: LatticeGas("FHP-III", boundary)),
    "sandpile": Case(Sandpile, Sandpile),
    "ant": Case(LangtonAnt, lambda boundary: LangtonAnt("RL", boundary), state=with_ant),
    "ant of four": Case(LangtonAnt, lambda boundary: LangtonAnt("LLRU", boundary), state=with_ant),
    "TASEP": Case(Exclusion, exclusion, LINES),
    "SEP": Case(Exclusion, lambda boundary: exclusion(boundary, right=0.5, left=0.5), LINES),
    "hexagons": Case(LocalRule, lambda boundary: get_automaton("B2/S34H", boundary)),
    "a function": Case(
        LocalRule,
        lambda boundary: LocalRule(greatest, "von-neumann", states=5, boundary=boundary),
        boundaries=("reflecting", "open"),
    ),
    "a function that draws": Case(
        LocalRule,
        lambda boundary: LocalRule(infected, "von-neumann", boundary=boundary),
        boundaries=("periodic",),
    ),
    "three dimensions": Case(
        LocalRule,
        lambda boundary: LocalRule(PARITY, "von-neumann", dimensions=3, boundary=boundary),
        ((1, 1, 1), (3, 4, 5)),
    ),
    "one after another": Case(
        Asynchronous, lambda boundary: Asynchronous(ElementaryCA(30, boundary)), LINES
    ),
    "in a random order": Case(
        Asynchronous,
        lambda boundary: Asynchronous(get_automaton("B2/S34H", boundary), "random-permutation"),
    ),
    "half at once": Case(
        Asynchronous,
        lambda boundary: Asynchronous(LifeLike("B3/S23", boundary), "alpha", alpha=0.5),
    ),
    "parallel": Case(Exclusion, lambda boundary: exclusion(boundary, update="parallel"), LINES),
}


def built() -> list:
    """Every case with every boundary that its rule has."""
    found = []
    for name, case in CASES.items():
        for boundary in case.boundaries or case.family.BOUNDARIES:
            try:
                automaton = case.make(boundary)
            except ValueError as error:
                # empty ground that comes alive has no unbounded plane, and no past is outside
                if boundary != "open" or not re.search("'open'|outside of the window", str(error)):
                    raise
                continue
            found.append(pytest.param(case, automaton, id=f"{name}, {boundary}"))
    return found


every = pytest.mark.parametrize(("case", "automaton"), built())
bounded = pytest.mark.parametrize(
    ("case", "automaton"), [each for each in built() if each.values[1].boundary != "open"]
)


def families() -> set[type[Automaton]]:
    """The concrete families of the package."""
    found = set()
    for module in pkgutil.walk_packages(automata.__path__, "simulations.automata."):
        for each in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(each, type)
                and issubclass(each, Automaton)
                and each.__module__ == module.name
            ):
                found.add(each)
    return found - {Automaton, Reversible}


def test_every_family_is_here():
    assert {type(each.values[1]) for each in built()} == families()


@every
def test_a_run_gives_a_state_and_leaves_its_argument_alone(case, automaton):
    for shape in case.shapes:
        state = case.begin(automaton, shape)
        before = state.copy()
        state.flags.writeable = False
        after = automaton.run(state, STEPS, seed=1)
        assert after.dtype == np.uint8
        assert after.shape == state.shape
        assert after.max() < automaton.states
        np.testing.assert_array_equal(automaton.checked(after), after)
        np.testing.assert_array_equal(state, before)
        for other in (state.tolist(), state.astype(np.int8), np.asfortranarray(state)):
            np.testing.assert_array_equal(automaton.run(other, STEPS, seed=1), after)


@every
def test_no_step_changes_nothing_and_gives_a_copy(case, automaton):
    state = automaton.checked(case.begin(automaton, case.shapes[-1]))
    after = automaton.run(state, 0)
    np.testing.assert_array_equal(after, state)
    assert not np.shares_memory(after, state)


@bounded
@pytest.mark.parametrize("start", [0, 3])
def test_two_runs_are_one_run(case, automaton, start):
    for shape in case.shapes:
        state = case.begin(automaton, shape)
        whole = automaton.run(state, STEPS, start=start, seed=5)
        for first in range(STEPS + 1):
            half = automaton.run(state, first, start=start, seed=5)
            again = automaton.run(half, STEPS - first, start=start + first, seed=5)
            np.testing.assert_array_equal(again, whole)


@every
def test_a_history_is_made_of_runs(case, automaton):
    for shape in case.shapes:
        state = case.begin(automaton, shape)
        history = automaton.history(state, STEPS, start=2, seed=5)
        assert history.dtype == np.uint8
        assert history.shape == (STEPS + 1, *state.shape)
        for t in range(STEPS + 1):
            np.testing.assert_array_equal(history[t], automaton.run(state, t, start=2, seed=5))


@every
def test_a_system_is_the_same_run_and_goes_on_from_a_snapshot(case, automaton):
    for shape in case.shapes:
        state = case.begin(automaton, shape)
        system = automaton.system(state, seed=5)
        child = system._child(0)
        system.advance(2)
        kept = {name: array.copy() for name, array in system.snapshot().items()}
        assert all(array.dtype != object for array in kept.values())
        system.advance(STEPS - 2)
        np.testing.assert_array_equal(system.states()[0], automaton.run(state, STEPS, seed=child))
        again = automaton.system(state, seed=5)
        again.restore(kept)
        assert again.time == 2
        again.advance(STEPS - 2)
        np.testing.assert_array_equal(again.states()[0], system.states()[0])


@every
def test_replicas_do_not_meet(case, automaton):
    state = case.begin(automaton, case.shapes[-1])
    other = automaton.run(state, 1, seed=9)
    system = automaton.system(np.stack([state, other]), seed=5)
    system.advance(STEPS)
    assert system.replicas == 2
    for i, each in enumerate((state, other)):
        alone = automaton.run(each, STEPS, seed=system._child(i))
        np.testing.assert_array_equal(system.states()[i], alone)


@every
def test_it_can_be_observed_and_said_in_json(case, automaton):
    state = case.begin(automaton, case.shapes[-1])
    system = automaton.system(state, seed=5)
    child = system._child(0)
    live = {"live_cells": lambda cells: float(np.count_nonzero(cells))}
    run = observe(system, live, [0, 1, 4], progress=False)
    counts = [np.count_nonzero(automaton.run(state, t, seed=child)) for t in (0, 1, 4)]
    assert run.values[:, 0, 0].tolist() == counts
    said = json.loads(json.dumps(dict(system.parameters)))
    assert said["boundary"] == automaton.boundary
    assert said["automaton"] == type(automaton).__name__
    assert automaton.name in repr(automaton)


@every
def test_draws_come_from_the_seed_alone(case, automaton):
    state = case.begin(automaton, case.shapes[-1])
    first = automaton.run(state, STEPS, seed=11)
    np.random.seed(1)  # noqa: NPY002
    np.testing.assert_array_equal(automaton.run(state, STEPS, seed=11), first)
    copied = pickle.loads(pickle.dumps(automaton))  # as a process pool sends it
    np.testing.assert_array_equal(copied.run(state, STEPS, seed=11), first)


@every
def test_no_step_changes_an_invariant(case, automaton):
    for shape in case.shapes:
        state = automaton.checked(case.begin(automaton, shape))
        system = automaton.system(state, seed=5)
        values = {name: count(state) for name, count in automaton.invariants.items()}
        for _ in range(STEPS):
            system.advance(1)
            now = system.states()[0]
            assert {name: count(now) for name, count in automaton.invariants.items()} == values
        assert all(isinstance(value, int) for value in values.values())


@bounded
def test_what_is_reversible_runs_backwards(case, automaton):
    if not isinstance(automaton, Reversible):
        assert not hasattr(automaton, "reverse")
        return
    for shape in case.shapes:
        state = automaton.checked(case.begin(automaton, shape))
        for start in (0, 1, 3):
            after = automaton.run(state, STEPS, start=start)
            back = automaton.reverse(after, STEPS, start=start + STEPS)
            np.testing.assert_array_equal(back, state)
        np.testing.assert_array_equal(automaton.reverse(automaton.run(state, 5), 5), state)
        with pytest.raises(ValueError, match="start: got 2"):
            automaton.reverse(state, 3, start=2)


@every
def test_states_that_are_none(case, automaton):
    state = automaton.checked(case.begin(automaton, case.shapes[-1]))
    with pytest.raises(TypeError, match="state: got an array of dtype float64, accepted are"):
        automaton.run(state.astype(float), 1)
    with pytest.raises(ValueError, match=rf"state: got an array of {state.ndim + 1} axes"):
        automaton.run(state[None], 1)
    for wrong in (-1, automaton.states):
        bad = state.astype(int)
        bad.flat[-1] = wrong
        with pytest.raises(
            ValueError, match=rf"state: got cells from .* to {automaton.states - 1}"
        ):
            automaton.run(bad, 1)
    with pytest.raises(ValueError, match="steps: got -1, accepted is an integer at least 0"):
        automaton.run(state, -1)
    with pytest.raises(TypeError, match=r"steps: got 1\.5"):
        automaton.run(state, 1.5)
    with pytest.raises(ValueError, match="start: got -1"):
        automaton.run(state, 1, start=-1)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_boundaries_that_are_none(case):
    known = case.family.BOUNDARIES
    for wrong in ("torus", *({"periodic", "fixed", "reflecting", "open"} - set(known))):
        message = f"boundary: unknown '{wrong}'; known: {', '.join(case.family.BOUNDARIES)}"
        with pytest.raises(ValueError, match=message):
            case.make(wrong)


@every
def test_a_name_is_a_rule_that_can_be_read(case, automaton):
    if isinstance(automaton, Exclusion | LocalRule | Asynchronous):
        return  # rates, tables and orders are no part of a name
    again = get_automaton(automaton.name, automaton.boundary)
    assert again.name == automaton.name
    state = case.begin(automaton, case.shapes[-1])
    np.testing.assert_array_equal(again.run(state, STEPS), automaton.run(state, STEPS))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_scene(name):
    automaton = get_automaton(name)
    usual = scene(automaton)
    shape = tuple(min(side, 20) for side in usual.shape)
    for density in (None, 0.0, 0.4):
        state = first_state(automaton, shape, density=density, seed=3)
        np.testing.assert_array_equal(first_state(automaton, shape, density=density, seed=3), state)
        seen = usual.view(automaton.history(state, 3))
        assert seen.shape == (4, *shape)
        if usual.colours is not None:
            assert seen.max() < len(usual.colours)
