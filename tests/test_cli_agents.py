"""`cxd agents`: tables, files, resuming, agents and environments of one's own, one-line errors."""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("gymnasium")

from complexity import figures
from complexodynamics.commands.agents import naming
from simulations.agents import HLQ, MCAIXI, FreqAgent, compare, learning_curve, make, names

pytestmark = pytest.mark.usefixtures("own_folder")

MINE = """
import gymnasium


class Light(gymnasium.Env):
    observation_space = action_space = gymnasium.spaces.Discrete(2)
    reward_levels = (0, 1)

    def __init__(self, start=0):
        self.start = start

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.light = self.start
        return self.light, {}

    def step(self, action):
        reward, self.light = float(action == self.light), 1 - self.light
        return self.light, reward, False, False, {}


class Copies:
    def reset(self, interface, seed):
        pass

    def act(self, observation, reward):
        return observation


class Fails(Copies):
    def act(self, observation, reward):
        raise ArithmeticError("no idea")


class Nothing:
    pass
"""


@pytest.fixture
def mine(monkeypatch, tmp_path):
    """A module of one's own in the working folder."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "my_agents", raising=False)
    (tmp_path / "my_agents.py").write_text(MINE)
    yield "my_agents"
    sys.modules.pop("my_agents", None)


@pytest.fixture
def refused(cxd):
    """Run a command that must fail: one line on standard error, no file."""

    def run(*arguments: str) -> str:
        before = sorted(Path().iterdir())
        status, out, err = cxd("agents", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1), err
        assert err.startswith("cxd: ")
        assert sorted(Path().iterdir()) == before
        return err

    return run


def test_help(cxd):
    listed = cxd("agents", "--help")[1]
    for verb in ("run", "aiq", "environments", "solve"):
        assert f" {verb} " in listed
        assert "As in:" in cxd("agents", verb, "--help")[1] or verb in ("environments", "solve")


def test_a_run(cxd):
    """The printed means are those of the library, for one seed without an interval."""
    arguments = ["agents", "run", "--env", "bandit", "--agent", "hlq:epsilon=0.2,lambda=0.9"]
    status, out, err = cxd(*arguments, "--cycles", "60", "--seed", "4")
    assert (status, err) == (0, "")
    assert "optimum: 4/5 = 0.8000, exact, in the long run" in out
    document = json.loads(cxd(*arguments, "--cycles", "60", "--seed", "4", "--json")[1])
    learner = HLQ(epsilon=0.2, gamma=0.7, lambda_=0.9)
    curve = learning_curve(learner, make("bandit"), 60, 10, seed=4, progress=False)
    found = [phase["agent"]["mean"] for phase in document["phases"]]
    assert found == curve["mean_reward"][:, 0].tolist()
    assert all(f"{mean:.4f}" in out for mean in found)
    assert document["phases"][0]["agent"]["half_width"] is None
    assert (document["phases"][-1]["from"], document["phases"][-1]["to"]) == (54, 60)
    assert not list(Path().iterdir())


def test_a_run_in_a_folder(cxd, refused):
    arguments = ["agents", "run", "--env", "coin", "--agent", "freq", "--seeds", "2", "--out", "o"]
    status, out, _ = cxd(*arguments, "--cycles", "40")
    assert status == 0
    assert "±" in out
    assert Path("o/figure.png").read_bytes().startswith(b"\x89PNG")
    document = json.loads(Path("o/result.json").read_text())
    assert document["optimum_exact"] == "4/5"
    assert cxd(*arguments, "--cycles", "40")[1] == out
    told = refused(*arguments[1:], "--cycles", "50")
    assert "holds another run" in told


def test_mc_aixi_takes_what_its_paper_says(cxd):
    document = json.loads(
        cxd("agents", "run", "--env", "1d-maze", "--agent", "mc-aixi:simulations=5", "--cycles",
            "30", "--json")[1]
    )  # fmt: skip
    learner = MCAIXI(32, 10, 5, epsilon=1.0, epsilon_decay=0.01 ** (2 / 30))
    curve = learning_curve(learner, make("1d-maze"), 30, 10, seed=0, progress=False)
    found = [phase["agent"]["mean"] for phase in document["phases"]]
    assert found == curve["mean_reward"][:, 0].tolist()


def test_ones_own(cxd, mine, refused):
    arguments = ["agents", "run", "--cycles", "20", "--env", f"{mine}:Light:start=1"]
    status, out, _ = cxd(*arguments, "--agent", f"{mine}:Copies")
    assert status == 0
    assert "optimum: not known" in out
    assert out.count("1.0000") >= 10
    run = ["run", "--cycles", "20", "--env"]
    assert "known: start" in refused(*run, f"{mine}:Light:begin=1")
    assert "known in my_agents: Light" in refused(*run, f"{mine}:Dark")
    assert "ArithmeticError: no idea" in refused(*run, f"{mine}:Light", "--agent", f"{mine}:Fails")
    assert "made a Nothing" in refused(*run, f"{mine}:Light", "--agent", f"{mine}:Nothing")
    assert "got a Nothing, accepted is a gymnasium.Env" in refused(*run, f"{mine}:Nothing")
    assert "is no Model" in refused("solve", f"{mine}:Light")
    quick = ["aiq", "--programs", "4", "--interactions", "5", "--workers", "1"]
    assert "in the program" in refused(*quick, f"{mine}:Fails")


def test_aiq(cxd):
    arguments = ["agents", "aiq", "freq", "hlq:gamma=0.5", "--programs", "40", "--seed", "3",
                 "--interactions", "30", "--workers", "1"]  # fmt: skip
    status, out, err = cxd(*arguments, "--out", "q")
    assert (status, err) == (0, "")
    named = {"freq": FreqAgent(0.07), "hlq:gamma=0.5": HLQ(0.04, 0.5, 0.95)}
    options = {"programs": 40, "interactions": 30, "seed": 3, "workers": 1, "progress": False}
    found = compare(named, **options)
    [difference] = found.differences
    for each in (*found.quotients, difference):
        assert f"{each.value:.2f} ± {each.half_width:.2f}" in out
    assert "hlq:gamma=0.5 less freq" in out
    assert "without input or output, passive, or over time" in " ".join(out.split())
    assert Path("q/figure.png").read_bytes().startswith(b"\x89PNG")
    chunks = {each: each.stat().st_mtime_ns for each in Path("q").glob("*.cxd")}
    assert chunks
    document = json.loads(cxd(*arguments, "--out", "q", "--json")[1])
    assert document["quotients"][1]["aiq"] == found.quotients[1].value
    assert {each: each.stat().st_mtime_ns for each in Path("q").glob("*.cxd")} == chunks


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_band_is_the_interval_that_is_printed(cxd, monkeypatch, seeds):
    drawn = []
    monkeypatch.setattr(figures, "save_figure", lambda figure, path: drawn.append(figure))
    played = ("--env", "tiger", "--agent", "q", "--cycles", "200", "--seeds", seeds)
    document = json.loads(cxd("agents", "run", *played, "--out", "o", "--json")[1])
    [axes] = drawn[0].axes
    bands = [label for label in axes.get_legend_handles_labels()[1] if label == "95 % interval"]
    assert len(axes.collections) == len(bands) == (2 if seeds > 1 else 0)
    for band, who in zip(axes.collections, ("agent", "random"), strict=seeds > 1):
        corners = band.get_paths()[0].vertices
        for phase in document["phases"]:
            at = corners[corners[:, 0] == phase["to"], 1]
            mean, half = phase[who]["mean"], phase[who]["half_width"]
            assert (at.min(), at.max()) == pytest.approx((mean - half, mean + half))


def test_environments(cxd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, out, err = cxd("agents", "environments")
    assert (status, err) == (0, "")
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= 80
    rows = json.loads(cxd("agents", "environments", "--json")[1])["environments"]
    assert [row["name"] for row in rows] == list(names())
    assert {row["name"]: row["optimum_exact"] for row in rows}["cheese-maze"] == "67/43"


def test_solve(cxd):
    """Published optima: the tiger of Kaelbling and others, by belief value iteration elsewhere."""
    out = cxd("agents", "solve", "tiger")[1]
    assert "optimum  595/549 = 1.08378871, exact" in out
    assert "random   -91/3 = -30.3333333, exact" in out
    document = json.loads(cxd("agents", "solve", "tiger", "--discount", "0.95", "--json")[1])
    assert document["optimal_value"] == pytest.approx(19.3713684, abs=1e-6)
    # a coin guessed rightly with its own greater chance
    for told in ("0.7", "7/10"):
        document = json.loads(cxd("agents", "solve", f"coin:p={told}", "--json")[1])
        assert Fraction(document["exact"]) == Fraction(7, 10)
    out = cxd("agents", "solve", "tiger", "--horizon", "3")[1]
    assert "tiger: sum of rewards of 3 cycles\n" in out
    assert "optimum  68/25 = 2.72" in out
    out = cxd("agents", "solve", "coin", "--horizon", "3", "--discount", "0.9")[1]
    assert "coin: sum of rewards discounted by 9/10 of 3 cycles\n" in out
    assert "optimum  271/125 = 2.168" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "--env requires an argument"),
        (["run", "--env", "tigre"], "did you mean 'tiger'"),
        (["run", "--env", "tiger:acuracy=1"], "known: accuracy"),
        (["run", "--env", "tiger:accuracy=2"], "accepted is a number from 0 to 1"),
        (["run", "--env", "ring:p=2"], "ring has no parameters"),
        (["run", "--env", "tiger", "--cycles", "0"], "cycles: got 0"),
        (["run", "--env", "tiger", "--cycles", "2.5"], "accepted is an integer"),
        (["run", "--env", "tiger", "--cycles", str(10**20)], f"cycles: got {10**20}, accepted is"),
        (["aiq", "freq", "--interactions", str(10**20)], f"interactions: got {10**20}, accepted"),
        (["run", "--env", "tiger", "--seeds", "0"], "seeds: got 0"),
        (["run", "--env", "tiger", "--agent", "hql"], "known beside module:callable: random"),
        (["run", "--env", "tiger", "--agent", "hlq:eps=1"], "did you mean 'epsilon'"),
        (["run", "--env", "tiger", "--agent", "hlq:0.1"], "as hlq:epsilon=0.1"),
        (["run", "--env", "tiger:accuracy=1,accuracy=0.9"], "got accuracy twice in 'tiger:acc"),
        (["run", "--env", "tiger", "--agent", "mc-aixi:depth=x"], "depth: got 'x'"),
        (["run", "--env", "no_module:x"], "neither a module 'no_module' here nor an env"),
        (["aiq", "hlq", "hlq"], "got 'hlq' twice"),
        (["aiq", "hlq", "--programs", "1"], "programs: got 1"),
        (["aiq", "hlq", "--method", "foo"], "known: stratified, simple"),
        (["aiq", "hlq", "--workers", "2", "--cluster", "tcp://h:1"], "--cluster or --workers"),
        (["aiq", "q:alpha=-1"], "alpha: got -1"),
        (["solve", "pacman"], "pacman"),
        (["solve", "tiger", "--discount", "x"], "accepted is a number below 1"),
        (["solve", "tiger", "--limit", "3"], "a greater limit"),
        (["solv"], 'Did you mean "solve"'),
    ],
)  # fmt: skip
def test_bad_commands(refused, arguments, message):
    assert message in refused(*arguments)


def test_every_named_agent_can_be_made():
    for name in naming.AGENTS:
        assert hasattr(naming.agent(name), "act")
