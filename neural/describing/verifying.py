"""The sender's side of verification: a fresh process is asked what the files say, and is checked.

A row is verified if a process that was started for this, and that has been given nothing of the
network but its architecture, found in the file the very tensors that it stands for, bit for bit,
and (with data) the very predictions and labels.
"""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from mdl.weights.tensors import tensors_of
from neural.describing.receiver import Message, Request, received
from neural.describing.stand_in import layout_of
from neural.describing.subject import Encoded, NotApplicableError, Subject

__all__ = ["Verification", "verified"]

_START = "from neural.describing.receiver import main; main()"


@dataclass(frozen=True)
class Verification:
    """Whether a file was decoded to what it stands for.

    Attributes:
        where: "fresh" (in a fresh process), "here" (in this one: no fresh one can have the
            network), "no" (decoded to something else, or not at all), "" (no file, or not tried).
        why: of "here" and "no".
    """

    where: str = ""
    why: str = ""


def verified(
    subject: Subject, rows: Mapping[str, tuple[dict[str, Any], Encoded]]
) -> dict[str, Verification]:
    """Decode every row's file, in a fresh process where that is possible.

    Args:
        subject: what was described.
        rows: by code, its options and what it made.
    """
    sent = {name: row for name, row in rows.items() if row[1].blob is not None}
    messages = [
        Message(name, options, found.blob or b"", found.labels, found.buffers)
        for name, (options, found) in sent.items()
    ]
    base = {
        "layout": layout_of(subject.module),
        "inputs": subject.inputs,
        "classes": 0 if subject.inputs is None else subject.table.shape[1],
        "seed": subject.seed,
    }
    verdicts: dict[str, Verification] = {name: Verification() for name in rows}
    left = {message.code: message for message in messages}
    reasons: dict[str, None] = {}
    for route in _routes(subject, any(_needs_network(sent[m.code][1]) for m in messages)):
        if not left:
            break
        try:
            how, network, make = route()
            request = Request(tuple(left.values()), **base, how=how, network=network, make=make)
            answers = _asked(request)
        except _NoProcessError as error:
            reasons[str(error)] = None
            continue
        for name, answer in zip(list(left), answers, strict=True):
            found = _judged(sent[name][1], answer, subject, "fresh")
            if found.where == "fresh":
                verdicts[name] = found
                del left[name]
            else:
                reasons[found.why] = None
    if left:
        network = _blank(subject.module)
        request = Request(tuple(left.values()), **base)
        make = _made(subject)
        for name, answer in zip(left, received(request, network, make), strict=True):
            verdicts[name] = _judged(sent[name][1], answer, subject, "here", "; ".join(reasons))
    return verdicts


def _needs_network(found: Encoded) -> bool:
    return found.labels is not None or found.weights is None


def _judged(
    found: Encoded, answer: Mapping[str, Any], subject: Subject, where: str, why: str = ""
) -> Verification:
    """Compare what the receiver found with what the file stands for."""
    if "error" in answer:
        return Verification("no", answer["error"])
    for what, stated in (("weights", found.weights), ("predictions", found.predictions)):
        if stated is not None and answer.get(what) != stated:
            return Verification("no", f"other {what} than the sender's")
    if subject.labels is not None and not np.array_equal(answer.get("labels", ()), subject.labels):
        return Verification("no", "other labels than the sender's")
    return Verification(where, why)


# ---- how a fresh process gets the architecture


class _NoProcessError(RuntimeError):
    """There is no fresh process by this route; says why."""


def _routes(subject: Subject, network: bool) -> list[Any]:
    """What to try: functions that give (how, network, make)."""
    if not network:
        return [lambda: ("", b"", b"")]
    return [lambda: _by_class(subject), lambda: _by_program(subject)]


def _by_class(subject: Subject) -> tuple[str, bytes, bytes | None]:
    """The module by the names of its classes, which a fresh process has to be able to import."""
    for each in subject.module.modules():
        kind = type(each)
        if kind.__module__ == "__main__" or "<locals>" in kind.__qualname__:
            raise _NoProcessError(
                f"the class {kind.__qualname__} is in {kind.__module__}, where a fresh process "
                "cannot import it; put it into a module"
            )
    try:
        make = None if subject.make is None else pickle.dumps(subject.make)
    except Exception:  # a lambda: rows that need no fresh network do without
        return "class", _pickled(subject.module), None
    return "class", _pickled(subject.module), b"" if make is None else make


def _pickled(module: nn.Module) -> bytes:
    try:
        return pickle.dumps(_blank(module))
    except Exception as error:  # whatever the module holds that does not go
        raise _NoProcessError(f"the module cannot be sent: {error}") from None


def _by_program(subject: Subject) -> tuple[str, bytes, None]:
    """What the module computes, as a program of `torch.export`."""
    if subject.inputs is None:
        raise _NoProcessError("without data there is no program")
    example = subject.inputs[:2]
    several = {0: torch.export.Dim.AUTO} if len(example) > 1 else None
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.export.export(
                _blank(subject.module), (example,), dynamic_shapes=(several,)
            )
            stream = io.BytesIO()
            torch.export.save(program, stream)
    except Exception as error:  # whatever torch.export cannot follow
        raise _NoProcessError(f"torch.export: {type(error).__name__}: {error}") from None
    return "program", stream.getvalue(), None


def _blank(module: nn.Module) -> nn.Module:
    """The architecture: a copy whose weights and buffers are zero."""
    blank = copy.deepcopy(module).eval()
    with torch.no_grad():
        for tensor in tensors_of(blank).values():
            tensor.zero_()
    return blank


def _made(subject: Subject) -> Any:
    try:
        return subject.fresh()
    except NotApplicableError:
        return None


def _asked(request: Request) -> list[dict[str, Any]]:
    """What a fresh process says.

    Raises:
        _NoProcessError: there is none, or it has no network.
    """
    if not sys.executable:
        raise _NoProcessError("this Python does not know its own executable")
    paths = [os.getcwd() if path == "" else path for path in sys.path]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", _START], input=pickle.dumps(request), capture_output=True,
            env=environment, check=False,
        )  # fmt: skip
    except OSError as error:
        raise _NoProcessError(f"no process: {error}") from None
    try:
        answer = json.loads(done.stdout.decode().rpartition("\n")[2])
    except ValueError:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise _NoProcessError(f"the process failed: {' '.join(last)}") from None
    if answer["network"] is not True:
        raise _NoProcessError(answer["network"])
    return answer["found"]
