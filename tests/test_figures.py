"""Names of users' own in figures are shown as they are, and never taken for formulas."""

from __future__ import annotations

from types import SimpleNamespace as Some

import numpy as np
import pytest
from matplotlib.text import Text

import complexity
import mdl
from complexity.distances import DistanceMatrix, classical_mds, linkage, neighbour_joining
from mdl.bayesian_network import learn_network
from mdl.epiplexity import Epiplexity
from simulations import Trajectory, sweep
from simulations.agents.measure import Upsilon
from simulations.agents.quotient import Comparison
from simulations.automata.measures.scatter import Panel, labelled_scatter

NAME = "a$^$"
"""As a formula it is an error."""

MATRIX = DistanceMatrix((NAME, "b", "c"), np.array([[0.0, 1, 2], [1, 0, 2], [2, 2, 0]]))
BITS = np.array([1.0, 2.0])


class Half:
    name, exchangeable = NAME, True

    def describe(self, data):
        return mdl.Description(NAME, "fixed", len(data), 0.0, 8.0, 8.0, 0)


def network(path):
    return learn_network({NAME: np.arange(40) % 2, "b": np.arange(40) % 2}).plot(path)


def learners(path):
    curve = Some(model=NAME, flops=BITS, total_bits=BITS, structure_bits=BITS, entropy_bits=BITS)
    return Epiplexity.plot(Some(curves=[curve], trained_tokens=0), path)  # pyright: ignore


def curve(path):
    values = np.ones((2, 1, 1))
    return Trajectory("steps", np.arange(2), (NAME,), ("bits",), values).plot(path)


def environments(path):
    rows = [Some(name=NAME, bits=1.0, weight=0.5, value=1.0)]
    return Upsilon.plot(Some(rows=rows, agent=NAME, upsilon=0.5), path)  # pyright: ignore


def agents(path):
    found = Some(quotients=[Some(agent=NAME, value=1.0, half_width=0.1)])
    return Comparison.plot(found, path)  # pyright: ignore


def points(path):
    return labelled_scatter([Panel([(0, 0), (1, 1)], ("x", "y"))], [NAME, "b"], [1, 2], path)


def settings(path):
    return sweep(lambda x, y, seed: 1.0, {"x": [1, 2], "y": [NAME, "b"]}, workers=1).plot(path)


def layers(path):
    figure = pytest.importorskip("neural.describing.figure")
    tensor = Some(layer=NAME, kind="linear", bits={"xz": 8.0})
    weights = Some(codes=["xz"], tensors=[tensor], by_layer=lambda _: {NAME: (1, 8.0)})
    report = Some(
        name="xz", total_bits=8.0, model_bits=8.0, data_bits=0.0, header_bits=0.0, labels=0
    )
    return figure.drawn(Some(name=NAME, parameters=1, reports=[report], layers=weights), path)


def arms(path):
    figure = pytest.importorskip("neural.engine.figure")
    found = Some(
        key="x", verdict="shown", scale="lab", seeds=(0,), judgements=(), metrics=("loss",),
        arms=(NAME,), values=lambda *_: BITS,
        trajectory=lambda _: Trajectory(
            "steps", np.arange(2), ("loss",), ("bits",), np.ones((2, 1, 1))
        ),
    )  # fmt: skip
    return figure.drawn(found, path)


@pytest.mark.parametrize(
    "draw",
    [
        MATRIX.plot,
        lambda path: neighbour_joining(MATRIX).plot(path, title=NAME),
        lambda path: linkage(MATRIX).plot(path),
        lambda path: linkage(MATRIX).plot(path, title=NAME),
        lambda path: classical_mds(MATRIX).plot(path),
        complexity.measure(b"ab", codes=["raw"], surrogates=0, name=NAME, progress=False).plot,
        mdl.select([Half()], [0, 1], progress=False).plot,
        network,
        learners,
        curve,
        environments,
        agents,
        layers,
        arms,
        points,
        lambda path: sweep(lambda x, seed: 1.0, {"x": [NAME, "b"]}, workers=1).plot(path),
        settings,
    ],
)
def test_names_are_shown_as_they_are(draw, tmp_path):
    figure = draw(tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 1000
    assert any(NAME in text.get_text() for text in figure.findobj(Text))
