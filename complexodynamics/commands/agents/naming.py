"""Agents and environments by what is typed: NAME, NAME:PARAMETER=VALUE,... or MODULE:CALLABLE."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from complexity.errors import unknown

__all__ = ["AGENTS", "agent", "environment"]

AGENTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "random": ("RandomAgent", {}),
    "always": ("ConstantAgent", {"action": 0}),
    "freq": ("FreqAgent", {"epsilon": 0.07}),
    "q": ("QLearner", {"alpha": 0.5, "epsilon": 0.04, "gamma": 0.6}),
    "q-lambda": ("QLearner", {"alpha": 0.5, "epsilon": 0.04, "gamma": 0.6, "lambda": 0.5}),
    "sarsa": ("Sarsa", {"alpha": 0.5, "epsilon": 0.04, "gamma": 0.6, "lambda": 0.5}),
    "hls": ("HLS", {"epsilon": 0.04, "gamma": 0.7, "lambda": 0.95}),
    "hlq": ("HLQ", {"epsilon": 0.04, "gamma": 0.7, "lambda": 0.95}),
    "mc-aixi": ("MCAIXI", {}),
}
"""Name -> (class of `simulations.agents`, what its parameters are unless said otherwise); for freq,
q, q-lambda and hlq the settings of Legg and Veness (2011) for 1000 interactions."""


def agent(text: str, defaults: Mapping[str, Mapping[str, Any]] | None = None) -> Any:
    """The agent that `text` names.

    Args:
        text: as "hlq", "hlq:epsilon=0.1,lambda=0.9", "mymodule:MyAgent",
            "mymodule:MyAgent:speed=2".
        defaults: name -> parameters that stand unless said otherwise, over those of `AGENTS`.

    Raises:
        ValueError: there is no such agent, module, class or parameter, or a value is refused.
    """
    import simulations.agents

    name, _, rest = text.partition(":")
    if name not in AGENTS:
        found = _own("agent", text, AGENTS)
        if not isinstance(found, simulations.agents.Agent):
            raise ValueError(
                f"agent: {text} made a {type(found).__name__}, accepted is an object with "
                "reset(interface, seed) and act(observation, reward)"
            )
        return found

    where, usual = AGENTS[name]
    given = {**usual, **(defaults or {}).get(name, {}), **_parameters("agent", text, rest, _number)}
    return _called(f"agent {name}", getattr(simulations.agents, where), given)


def environment(text: str) -> Any:
    """The environment that `text` names: a Gymnasium environment or a Model.

    Raises:
        ValueError: there is no such environment, module, function or parameter, or a value is
            refused.
    """
    from simulations.agents import domains, thesis

    name, _, rest = text.partition(":")
    known = [*domains.names(), *thesis.names()]
    if name not in known:
        return _own("env", text, known)
    given = _parameters("env", text, rest, _exact)
    if name in domains.names():
        return _called(f"env {name}", domains._MAKERS[name], given)
    if given:
        raise ValueError(f"env: {name} has no parameters, got {rest!r}")
    return thesis.get(name)


def _own(what: str, text: str, known: Any) -> Any:
    """A user's own class or function, called with its parameters."""
    module, _, rest = text.partition(":")
    attribute, _, rest = rest.partition(":")
    if not attribute:
        raise unknown(what, text, known, hint="beside module:callable")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # where a user's own module is
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        raise ValueError(
            f"{what}: got {text!r}, and there is neither a module {module!r} here nor an {what} of "
            f"that name; those are {', '.join(known)}"
        ) from None
    if not callable(make := getattr(found, attribute, None)):
        callables = [each for each in vars(found) if callable(getattr(found, each))]
        raise unknown(what, attribute, callables, hint=f"in {module}")
    return _called(f"{what} {module}:{attribute}", make, _parameters(what, text, rest, _number))


def _parameters(what: str, text: str, rest: str, value: Callable[[str], Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for token in filter(None, rest.split(",")):
        name, equals, given = token.partition("=")
        if not equals or not name.isidentifier() or not given:
            raise ValueError(
                f"{what}: got {text!r}, accepted is NAME:PARAMETER=VALUE,..., as hlq:epsilon=0.1"
            )
        if name in found:
            raise ValueError(f"{what}: got {name} twice in {text!r}, accepted is one value")
        found[name] = value(given)
    return found


def _called(what: str, make: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    """The callable's result; `lambda` is the parameter `lambda_`."""
    named = {f"{name}_" if name == "lambda" else name: value for name, value in given.items()}
    accepted = inspect.signature(make).parameters
    names = [each.removesuffix("_") for each in accepted] or ["none"]
    free = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in accepted.values())
    for name in named:
        if name not in accepted and not free:
            raise unknown(f"{what}: parameter", name.removesuffix("_"), names)
    try:
        return make(**named)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what}: {error}") from None


def _number(text: str) -> Any:
    """An integer, a number, yes or no, or the text."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _exact(text: str) -> Any:
    """An integer, a Fraction (as 17/20 or 0.85), or what `_number` makes of it."""
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return _number(text)
    return int(number) if number.denominator == 1 and "." not in text else number
