"""Labels and the network that explains them in one file: the two-part code, with its bytes.

The file is an envelope of kind "two-part" without further description. Its payload:

======  =======  =========================================================================
offset  bytes    meaning
======  =======  =========================================================================
0       2        BLAKE2b of `mdl.weights.tensors.architecture`, 32 bits, the first 16 of them
2       4        BLAKE2b of the predictions as the labels' coder rounds them, 32 bits
6       1 to 10  length W of the weights' codeword, LEB128
.       W        the weights' codeword (`mdl.weights.codec.payload`)
.       .        the labels' codeword by those predictions (`mdl.label_coder`)
======  =======  =========================================================================

Both ends compute the predictions with the decoded weights, in eval mode, on the processor, on one
thread and in batches of the same size: logits as the network has them, the softmax in float64,
0.999 p + 0.001 / K. A machine whose arithmetic differs in the last bit is found out by the hash:
labels are decoded exactly or not at all.

References:
    J. Rissanen, Modeling by shortest data description, Automatica 1978.
    G. Hinton and D. van Camp, Keeping neural networks simple by minimizing the description length
        of the weights, COLT 1993, section 2 (the receiver has the inputs and the architecture).
    L. Blier and Y. Ollivier, The description length of deep learning models, NeurIPS 2018.
"""

from __future__ import annotations

import hashlib
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from complexity import _leb128
from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from complexity.errors import integer, one_of
from mdl.devices import usable
from mdl.label_coder import cumulative_frequencies, decode_labels, encode_labels
from mdl.report import Report, null_bits
from mdl.weights.codec.files import QUANTISERS, Data, checked_data, checked_inputs, weights_from
from mdl.weights.codec.network import architecture_hash, exact, plans_of
from mdl.weights.codec.payload import write_payload
from mdl.weights.codec.search import predictions, search_total
from mdl.weights.tensors import checked_module, parameters_of, reproducible, tensors_of

__all__ = ["two_part", "two_part_decode"]

_KIND = "two-part"
_ARCHITECTURE = 2  # another one is told by name; that it is another, the predictions say too
_HASH = 4
_BODY = _ARCHITECTURE + _HASH


def two_part(
    module: torch.nn.Module,
    data: Data,
    *,
    quantiser: str = "auto",
    seed: int = 0,
    evaluations: int = 1000,
    device: torch.device | str = "cpu",
) -> tuple[bytes, Report]:
    """The labels and the weights that predict them as one short file.

    Weights that no prediction for these inputs hangs on come back as 0.

    Args:
        module: a trained classifier whose predictions are logits (n, K).
        data: inputs (n, ...), which the receiver has too, and labels (n,), 0 to K - 1.
        quantiser: as in `compress`.
        seed: of the labels drawn to measure sensitivities.
        evaluations: quantised networks that are judged in the search, at most, but for its first
            steps, which are always made: some 20 networks with a trellis, some 100 with scalars.
        device: where the search runs; the file's predictions are the processor's.

    Returns:
        The file, and its bits: model_bits of the weights' codeword, data_bits of the labels', and
        header_bits of the rest, all of them multiples of 8; `details` has the accuracy.

    Raises:
        TypeError, ValueError: the module or the data are none, or a label is K or more.
    """
    start = time.perf_counter()
    checked_module("module", module)
    one_of("quantiser", quantiser, QUANTISERS)
    integer("evaluations", evaluations, 1)
    integer("seed", seed, 0, (1 << 63) - 1)
    usable(device)
    inputs, labels = checked_data(data)
    states, plans = QUANTISERS[quantiser], plans_of(module)
    if states:
        trial = search_total(
            module, inputs, labels, states=states, evaluations=evaluations, seed=seed,
            device=device,
        )  # fmt: skip
        body = write_payload(plans, trial.tensors, states=trial.recipe.states)
    else:
        body = write_payload(plans, [exact(tensor) for tensor in tensors_of(module).values()])
    expected = architecture_hash(module)[:_ARCHITECTURE]
    net = weights_from(expected, body, module)
    table, check = _predicted(net, inputs)
    coded = encode_labels(table, labels)
    payload = expected + check + _leb128.write(len(body)) + body + coded
    blob = pack(payload, kind=_KIND)
    report = Report(
        name=f"two-part({quantiser})",
        kind=Kind.FILE,
        model_bits=8.0 * len(body),
        data_bits=8.0 * len(coded),
        header_bits=8.0 * (len(blob) - len(body) - len(coded)),
        parameters=sum(p.numel() for p in parameters_of(module).values()),
        seconds=time.perf_counter() - start,
        details={"seed": seed, "accuracy": float(np.mean(table.argmax(1) == labels))},
        **null_bits(labels, table.shape[1]),
    )
    return blob, report


def two_part_decode(
    blob: bytes, module: torch.nn.Module, inputs: Any
) -> tuple[torch.nn.Module, NDArray[np.int64]]:
    """The network and the labels of a file of `two_part`.

    Args:
        blob: a whole file.
        module: of the same architecture, with any weights; it is not changed.
        inputs: (n, ...), those of the sender.

    Returns:
        A copy of the module with the file's weights, and the labels (n,) int64.

    Raises:
        TypeError: the module is none, or the inputs are no numbers.
        DecodeError: the file is damaged or of another architecture, or the predictions differ from
            the sender's: other inputs, or a machine with other arithmetic.
    """
    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            f"module: got {type(module).__name__}, accepted is a torch.nn.Module instance"
        )
    known = checked_inputs(inputs)
    _, payload = unpack(blob, kind=_KIND)
    size, start = _leb128.read(payload, _BODY, "the weights' length")
    if len(payload) < start + size:
        raise DecodeError(f"damaged: {len(payload) - start} of {size} bytes of weights are there")
    net = weights_from(payload[:_ARCHITECTURE], payload[start : start + size], module)
    try:
        table, check = _predicted(net, known)
    except (RuntimeError, ValueError) as error:
        raise DecodeError(f"the network has no predictions for these inputs: {error}") from error
    if check != payload[_ARCHITECTURE:_BODY]:
        raise DecodeError(
            "the predictions are not the sender's: the inputs are others, or this machine's "
            "arithmetic differs in the last bits; decode where the file was made"
        )
    return net, decode_labels(payload[start + size :], table)


def _predicted(net: torch.nn.Module, inputs: torch.Tensor) -> tuple[NDArray[np.float64], bytes]:
    """The predictions (n, K), and the hash of what the labels' coder makes of them."""
    with reproducible(0, threads=1):
        table = predictions(net.cpu(), inputs)
    words = cumulative_frequencies(table).astype("<i8").tobytes()
    return table, hashlib.blake2b(words, digest_size=_HASH).digest()
