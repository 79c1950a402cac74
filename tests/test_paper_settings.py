"""Settings of all works: what nothing could be trained with is refused before anything is."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("torch")

from neural import papers
from neural.engine import Arm, Check, Limit, Outcome, Paper, Trial, Verdict, judge
from neural.engine.judgement import mean_interval
from neural.engine.settings import check_settings
from tests.toy_paper import PAPER as TOY

KEYS = list(papers.keys())
RUN: dict[str, Any] = {"scale": "smoke", "seeds": 1, "jobs": 1, "progress": False}


def plain(value: Any) -> Any:
    """As JSON holds it."""
    return json.loads(json.dumps(value))


def stated(paper: Paper) -> dict[str, list[Any]]:
    """Each setting's values at all scales, of all arms."""
    found: dict[str, list[Any]] = {}
    for each in [*paper.scales.values(), *(arm.options for arm in paper.arms)]:
        for name, value in plain(dict(each)).items():
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("key", KEYS)
def test_a_work_accepts_what_it_states(key):
    paper = papers.get(key)
    for name, values in stated(paper).items():
        for value in values:
            check_settings(paper, {name: value})
    assert paper.limits.keys() <= stated(paper).keys()


def kind(value: Any) -> str:
    named = {type(None): "null", bool: "boolean", str: "string", list: "array", dict: "object"}
    return named.get(type(value), "number")


def senseless(values: Sequence[Any]) -> list[Any]:
    """What no setting can mean that has these values: another type, less than none, no number."""
    kinds = {kind(each) for each in values}
    found: list[Any] = [math.nan, math.inf, -math.inf, [math.nan]]
    if "number" in kinds:
        found += [-1, -0.5, *([] if any(type(each) is float for each in values) else [0.5])]
    if any(kind(each) == "array" and each for each in values):
        found += [[-1], [None], [[[[]]]]]
    if "array" in kinds and not any(each == [] for each in values):
        found.append([])
    others = (7, True, "x", [7], {"a": 7}, None)
    return [*found, *(each for each in others if kind(each) not in kinds)]


def test_senseless_values_are_refused_before_training(tmp_path):
    """With the setting's name, what came and what is accepted; all works, all settings."""

    def never(given: Trial) -> Outcome:
        raise AssertionError("a trial was begun")

    for key in KEYS:
        paper = replace(papers.get(key), trial=never, where="")
        for name, values in stated(paper).items():
            arm = next(arm for arm in paper.arms if name in paper.settings("smoke", arm))
            for value in senseless([*values, *paper.limits.get(name, Limit()).like]):
                with pytest.raises((TypeError, ValueError)) as error:
                    paper.run(**RUN, out=tmp_path, arms=[arm.name], settings={name: value})
                said = str(error.value)
                assert name in said, (key, said)
                assert re.search("got .+, accepted is ", said), (key, said)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("key", "settings", "message"),
    [
        ("rnn-regularization", {"test": 1}, "test: got 1, accepted is an integer at least 2"),
        ("rnn-regularization", {"layers": 0}, "layers: got 0, accepted is an integer at least 1"),
        ("rnn-regularization", {"unroll": 60}, "unroll: got 60, accepted are at most 59 of stre"),
        ("char-rnn", {"watched": 0}, "watched: got 0, accepted is an integer at least 2"),
        ("char-rnn", {"watched": 1}, "watched: got 1, accepted is an integer at least 2"),
        ("understanding-lstm", {"tolerances": []}, r"tolerances: got \[\], accepted is a list"),
        ("deep-speech-2", {"passes": 0}, "passes: got 0, accepted is an integer at least 1"),
        ("vlae", {"times": 1}, "times: got 1, accepted is an integer at least 2"),
        ("relation-network", {"dropout": 1.5}, "dropout: got 1.5, accepted is .* from 0 to 1"),
        ("ntm", {"controller": 3}, "controller: got 3, accepted is text that is not empty or null"),
        ("attention", {"heads": True}, "heads: got True, accepted is an integer at least 1"),
        ("resnet", {"layers": {"20": 1.5}}, r"layers.20: got 1.5, accepted is an integer at least"),
    ],
)
def test_what_is_accepted(key, settings, message, tmp_path):
    with pytest.raises((TypeError, ValueError), match=message):
        papers.get(key).run(**RUN, settings=settings, out=tmp_path)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"train": -1}, r"texts\.main\.train: got -1, accepted is an integer at least 0"),
        ({"test": 1}, "test: got 1, accepted is 0, or at least 2"),
        ({"epochs": 0.001}, "epochs: got 0.001, which is no step; one is 0.2 epochs"),
    ],
)
def test_a_text_that_cannot_be_learned(part, message, tmp_path):
    text = {"text": "story", "train": 3000, "test": 100, "epochs": 1.0} | part
    with pytest.raises(ValueError, match=message):
        papers.get("char-rnn").run(
            **RUN, arms=["LSTM"], settings={"texts": {"main": text}}, out=tmp_path
        )


@pytest.mark.parametrize(
    ("key", "arm", "settings", "message"),
    [
        ("alexnet", "ReLU", {"pool": [3]}, r"pool: got \(3,\), accepted are a side and a stride"),
        (
            "coffee-automaton",
            "stirred",
            {"periods": [0, 3]},
            r"periods: got .* peak_period, 5, amon",
        ),
        ("coffee-automaton", "stirred", {"periods": [30, 5, 0]}, "periods: got .* in their order"),
        (
            "gpipe",
            "one process",
            {"parts": 7},
            r"parts: got 7, accepted are microbatches, \[1, 2\]",
        ),
        (
            "message-passing",
            "2 steps",
            {"updates": 2},
            "times: got 4, accepted are at most 3: of a",
        ),
        (
            "pointer-networks",
            "pointer",
            {"least": 7},
            "least: got 7, accepted is an integer from 3",
        ),
        (
            "scaling-laws",
            "data",
            {"amounts": [400, 400, 800]},
            "amounts: got .* three or more diff",
        ),
        (
            "scaling-laws",
            "transformer",
            {"sizes": [4, 6]},
            r"sizes: got \[4, 6\], accepted are three",
        ),
        ("vlae", "factorised", {"tested": 5000}, "tested: got 5000, accepted is .* from 1 to 1796"),
    ],
)
def test_settings_that_do_not_fit_each_other(key, arm, settings, message, tmp_path):
    with pytest.raises(ValueError, match=f"{arm}, seed 0 with .* work's own: .*{message}"):
        papers.get(key).run(**RUN, arms=[arm], settings=settings, out=tmp_path)


@pytest.mark.parametrize("molecules", [2, 3])
def test_fewer_molecules_than_moments_at_which_new_ones_come(molecules, tmp_path):
    """Batches of none would have no mean loss."""
    found = papers.get("message-passing").run(
        **RUN, arms=["no messages"], settings={"molecules": molecules, "every": 2}, out=tmp_path
    )
    assert math.isfinite(found.values("no messages", "bits_per_molecule")[0])


def test_heads_are_dropped_where_there_are_any(tmp_path):
    found = papers.get("attention").run(
        **RUN, arms=["one head", "recurrent"], settings={"drop": True}, out=tmp_path
    )
    heads = [found.values(arm, "heads")[0] for arm in found.arms]
    assert heads[0] == 3  # one layer's: of the encoder, and two of the decoder
    assert math.isnan(heads[1])


@pytest.mark.parametrize(
    "error",
    [IndexError("index out of range"), ZeroDivisionError("division by zero"), AssertionError(),
     RuntimeError("size [-1]\nC++ stack"), KeyError("8"), TypeError("no int"), ValueError("bad")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_what_fails_with_other_settings_is_told_with_them(error, tmp_path, cxd, monkeypatch):
    """In one line and without a traceback; a program that fails as it is has one."""

    def fails(given: Trial) -> Outcome:
        raise error

    toy = replace(TOY, trial=fails, where="")
    monkeypatch.setattr(papers, "get", lambda key: toy)
    status, out, err = cxd("paper", "toy", "--scale", "smoke", "--jobs", "1", "--set", "steps=7")
    assert (status, out) == (2, "")
    assert err.startswith("cxd: toy, wide, seed 0 with steps=7 (the work's own: 60): ")
    assert err.count("\n") == 1
    assert ("bad" in err) == isinstance(error, ValueError)
    with pytest.raises(type(error)):
        toy.run(**RUN, out=tmp_path)


def test_limits():
    limited = replace(TOY, limits={"steps": Limit(low=5, high=9, like=("all",))})
    for value in (5, 9, "all"):
        check_settings(limited, {"steps": value})
    for value in (4, 10):
        with pytest.raises(ValueError, match=f"steps: got {value}, accepted is an integer from 5"):
            check_settings(limited, {"steps": value})
    with pytest.raises(TypeError, match=r"steps: got 5\.5, accepted is .* or text that is not"):
        check_settings(limited, {"steps": 5.5})


def depths(*arms: Arm) -> Paper:
    """A paper whose trial looks its depth up."""

    def trial(given: Trial) -> Outcome:
        return Outcome({"x": given["layers"].get(str(given["depth"]), given["depth"])})

    checks = (Check("deep above shallow", "x", "deep", "shallow"), Check("of 2", "x", "deep", by=1))
    scales = {"smoke": {"layers": {}, "depth": 2, "width": {"a": 1}}}
    return replace(TOY, arms=arms, checks=checks, scales=scales, trial=trial, answer=None, where="")


def test_mappings_that_make_two_arms_one_are_not_judged(tmp_path):
    paper = depths(Arm("deep", "", {"depth": 4}), Arm("shallow", "", {"depth": 2}))
    run = RUN | {"seeds": 2, "out": tmp_path}
    assert len(paper.run(**run).judgements) == 2
    same = paper.run(**run, settings={"layers": {"4": 2}})
    assert [each.what for each in same.judgements] == ["of 2"]
    assert same.unjudged.endswith("not the work's (layers): deep above shallow")
    assert len(paper.run(**run, settings={"width": {"a": 3}}).judgements) == 2
    inside = paper.run(**run, settings={"layers": {"9": 3}, "width": {"depth": 3}})
    assert inside.judgements == ()


def test_resnets_of_one_depth_are_not_judged(tmp_path):
    found = papers.get("resnet").run(
        **RUN | {"seeds": 2}, arms=["plain 20", "plain 56"], out=tmp_path,
        settings={"layers": {"56": 8, "20": 8}},
    )  # fmt: skip
    assert found.judgements == ()
    assert "(layers): plain: 20 layers fit better than 56" in found.unjudged


@pytest.mark.parametrize("numbers", [[math.inf, 1.0], [math.inf, -math.inf], [-math.inf]])
def test_what_is_infinite_shows_nothing(numbers):
    seeds = [{"a": {"x": each}} for each in numbers]
    found = judge(Check("above 0", "x", "a"), seeds)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert mean_interval(numbers)[1:] == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("alexnet", {"optimiser": "sgd", "options": {"momentum": 0.9, "betas": [0.9, 0.99]}}),
        ("complexodynamics", {"weight_decay": 0, "learning_rate": 1}),
        ("deep-speech-2", {"noise": 0, "clip": None}),
        ("gpipe", {"stages": [2, 3], "tick": 0}),
        ("message-passing", {"steps": 0, "edge_hidden": [50, 50]}),
        ("ntm", {"controller": None, "optimiser_options": {"momentum": 0.5}}),
        ("relation-network", {"dropout": 0.2, "learning_rate": 1e-3, "steps": 600, "g": [64]}),
        ("relational-rnn", {"gating": None}),
        ("resnet", {"shortcut": {"kind": "B", "gate": "exclusive", "gate_bias": -3.0}}),
        ("rnn-regularization", {"vocabulary": 0, "train": 0, "uniform": 0, "clip": None}),
        ("understanding-lstm", {"without": ["input", "forget"], "tolerances": [1]}),
        ("vlae", {"reaches": {"none": [], "small": [3]}, "shift": 0}),
    ],
)
def test_what_no_work_states_and_makes_sense(key, settings):
    check_settings(papers.get(key), settings)
