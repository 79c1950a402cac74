"""What can be swept, and how a function is told from another."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any

from complexity.errors import unknown
from simulations.program import source_digest

__all__ = ["checked_function", "function_name", "identity"]


def checked_function(fn: Callable[..., Any], parameters: Iterable[str]) -> None:
    """Check that `fn(**parameters, seed=...)` can be called.

    Raises:
        TypeError: it is no function, takes no seed, or needs more.
        ValueError: it has no such parameter; names the nearest one.
    """
    if not callable(fn):
        raise TypeError(f"fn: got {fn!r}, accepted is a function")
    names = list(parameters)
    call = f"accepted is a function called as f({', '.join(f'{n}=...' for n in [*names, 'seed'])})"
    try:
        signature = inspect.signature(fn)
    except (TypeError, ValueError):  # some builtins have none
        return
    taken = signature.parameters.values()
    if not any(each.kind is each.VAR_KEYWORD for each in taken):
        known = [each.name for each in taken if each.kind is not each.POSITIONAL_ONLY]
        if "seed" not in known:
            raise TypeError(f"fn: {function_name(fn)} takes no seed, {call}")
        for name in names:
            if name not in known:
                known.remove("seed")
                raise unknown("grid", name, known, hint=f"to {function_name(fn)}")
    try:
        signature.bind(**dict.fromkeys([*names, "seed"]))
    except TypeError as error:
        raise TypeError(f"fn: {function_name(fn)}: {error}; {call}") from None


def function_name(fn: Callable[..., Any]) -> str:
    """As "module:function"; of a partial, the function's."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    kind = fn if hasattr(fn, "__qualname__") else type(fn)
    return f"{kind.__module__}:{kind.__qualname__}"


def identity(fn: Callable[..., Any]) -> dict[str, Any]:
    """All that tells a function from another, as JSON values: name, source, a partial's arguments.

    Raises:
        TypeError: something else than its program decides what it does: an object's state, the
            variables of a function around it, arguments that JSON cannot hold.
    """
    if isinstance(fn, functools.partial):
        bound = {"args": list(fn.args), "keywords": dict(fn.keywords)}
        try:
            known = json.loads(json.dumps(bound, allow_nan=False))
        except (TypeError, ValueError):
            raise _untold(fn, "it binds arguments that are no JSON values") from None
        return identity(fn.func) | {"bound": [*identity(fn.func).get("bound", []), known]}
    if not inspect.isfunction(fn):
        raise _untold(fn, "it is an object, and may have a state")
    if fn.__closure__:
        names = ", ".join(fn.__code__.co_freevars)
        raise _untold(fn, f"it uses variables of the function around it ({names})")
    return {"function": function_name(fn), "source": source_digest(fn)}


def _untold(fn: Callable[..., Any], why: str) -> TypeError:
    return TypeError(
        f"fn: cells of {function_name(fn)} cannot be kept in a folder, for {why}; accepted is a "
        "function of a module, or functools.partial with numbers and texts"
    )
