"""The receiver: decodes what was sent, in a process that has never seen the network.

What it is given of the network is its architecture alone, with all weights zero: for files of
weights the names, dtypes and shapes of tensors; to predict labels, the class (found by its name,
where a fresh process can import it) or else the program that `torch.export` makes of it.
"""

from __future__ import annotations

import copy
import io
import json
import pickle
import sys
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from mdl.label_coder import decode_labels
from mdl.weights.codec.files import decompress
from neural.describing.codes import CODES
from neural.describing.files import table_digest
from neural.describing.stand_in import Layout, StandIn, digest, fill_from, plain_attention
from neural.describing.subject import Fresh, NotApplicableError, predicted
from neural.describing.training import Receiver

__all__ = ["Message", "Program", "Request", "main", "received"]


@dataclass(frozen=True)
class Message:
    """One row's file.

    Attributes:
        code: its name.
        options: of the code.
        blob: the file.
        labels: the labels' codeword beside it, None if there is none.
        buffers: a file of buffers beside it, None if there is none.
    """

    code: str
    options: dict[str, Any]
    blob: bytes
    labels: bytes | None = None
    buffers: bytes | None = None


@dataclass(frozen=True)
class Request:
    """What is sent to the receiver.

    Attributes:
        messages: the files.
        layout: of the tensors.
        inputs: (n, ...) as an array and its dtype in torch; None without data.
        classes: K.
        seed: of the codes.
        how: "class" or "program", what `network` is; "" for nothing.
        network: the blank network, pickled by the sender for its own child; or a program's file.
        make: pickled likewise; b"" for the layers' own initialisation, None if it cannot be sent.
    """

    messages: tuple[Message, ...]
    layout: Layout
    inputs: Any = None
    classes: int = 0
    seed: int = 0
    how: str = ""
    network: bytes = b""
    make: bytes | None = b""


class Program(StandIn):
    """A program of `torch.export` as a module whose tensors have the network's names and order.

    Args:
        layout: of the network.
        saved: the file of `torch.export.save`.
    """

    def __init__(self, layout: Layout, saved: bytes) -> None:
        blank = StandIn.blank(layout)
        super().__init__(blank.state_dict(keep_vars=True))
        self._graph = (torch.export.load(io.BytesIO(saved)).module(),)  # a tuple: no child

    def forward(self, inputs: torch.Tensor) -> Any:
        """What the network gives, in evaluation mode."""
        tensors = dict(self.state_dict(keep_vars=True))
        return torch.func.functional_call(self._graph[0], tensors, (inputs,))


def received(request: Request, network: nn.Module | None, make: Any) -> list[dict[str, Any]]:
    """For every message what was found: digests of weights and predictions, labels, or an error."""
    with plain_attention(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own, about its programs
        return [_found(each, request, network, make) for each in request.messages]


def _found(
    message: Message, request: Request, network: nn.Module | None, make: Any
) -> dict[str, Any]:
    code, found = CODES[message.code], {}
    try:
        if code.read is not None:
            held = code.read(message.blob, StandIn.blank(request.layout))
            found["weights"] = digest(held)
            if message.labels is not None:
                net = _network(network)
                fill_from(net, held)
                table = predicted(net, request.inputs)
                found["predictions"] = table_digest(table)
                found["labels"] = decode_labels(message.labels, table).tolist()
        elif code.read_labels is not None:
            net = _network(network)
            if message.buffers is not None:
                _fill_buffers(net, message.buffers)
            given = Receiver(
                net, request.inputs, request.classes, make or _nothing, request.seed,
                message.options,
            )  # fmt: skip
            found["labels"] = code.read_labels(message.blob, given).tolist()
    except Exception as error:  # whatever it is, this row was not decoded
        found["error"] = f"{type(error).__name__}: {error}"
    return found


def _nothing() -> nn.Module:
    raise NotApplicableError("what makes a fresh network cannot be had here; import it by name")


def _network(network: nn.Module | None) -> nn.Module:
    if network is None:
        raise NotApplicableError("no network here")
    return copy.deepcopy(network)


def _fill_buffers(network: nn.Module, blob: bytes) -> None:
    own = dict(network.named_parameters())
    blank = StandIn({n: b for n, b in network.state_dict(keep_vars=True).items() if n not in own})
    fill_from(network, decompress(blob, blank))


def _make(request: Request, network: nn.Module) -> Any:
    if request.make:
        return pickle.loads(request.make)
    try:
        return None if request.make is None else Fresh.of(network)
    except NotApplicableError:
        return None


def main() -> None:
    """Read a request of the parent process from standard input, print what was found as JSON."""
    request: Request = pickle.loads(sys.stdin.buffer.read())
    answer: dict[str, Any] = {"network": True}
    network = make = None
    try:
        if request.how == "class":
            network = pickle.loads(request.network)
            make = _make(request, network)
        elif request.how == "program":
            network = Program(request.layout, request.network)
    except Exception as error:  # a class that cannot be imported, a program of another torch
        answer["network"] = f"{type(error).__name__}: {error}"
    answer["found"] = received(request, network, make)
    sys.stdout.write("\n" + json.dumps(answer))  # a line of its own: modules may print
