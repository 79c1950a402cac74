r"""A trained network as a file for a receiver who knows its architecture.

The file is an envelope (`complexity.envelope`) of kind "weights" without further description. Its
payload:

======  =====  ===========================================================================
offset  bytes  meaning
======  =====  ===========================================================================
0       4      BLAKE2b of `mdl.weights.tensors.architecture`, 32 bits
4       .      the weights' codeword (`mdl.weights.codec.payload`)
======  =====  ===========================================================================

Overhead beside the numbers themselves: 37 to 39 bytes of envelope, 4 of architecture, 1 of layout,
and 1 for every floating tensor. Damage is certain to be noticed by the envelope's checksum, another
architecture by its hash.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from complexity.errors import integer, one_of
from mdl.devices import usable
from mdl.report import Report
from mdl.weights.codec.network import (
    architecture_hash,
    exact,
    plans_of,
    quantised_for_weights,
    with_tensors,
)
from mdl.weights.codec.payload import Coded, read_payload, write_payload
from mdl.weights.codec.search import search_tolerance, search_total
from mdl.weights.tensors import checked_module, parameters_of, tensors_of

__all__ = ["QUANTISERS", "compress", "decompress", "file_report"]

QUANTISERS = {"trellis": (8,), "trellis-4": (4,), "scalar": (0,), "auto": (0, 8), "exact": ()}
"""Names of quantisers, and the numbers of states that are tried."""

_KIND = "weights"
_HASH = 4
_RELATIVE_ERROR = 0.02
_RELATIVE_RISE = 0.05

Data = tuple[Any, Any]
"""Inputs (n, ...), a tensor or array, and labels (n,), integer classes."""


def compress(
    module: torch.nn.Module,
    data: Data | None = None,
    *,
    tolerance: float | Literal["total"] | None = None,
    quantiser: str = "auto",
    seed: int = 0,
    evaluations: int | None = None,
    device: torch.device | str = "cpu",
) -> bytes:
    """A trained network as a file.

    Without data, every matrix is quantised with a relative error ||W - Q|| / ||W|| of at most
    `tolerance`, every vector with a quarter of it. With data, errors are put where they cost least:
    steps are searched and errors compensated so that the file is short while the labels' codelength
    by the network (in bits, over all the data) rises by at most `tolerance` times itself, or by one
    bit; or, with "total", so that weights and labels together take the fewest bits that are found;
    weights that no prediction for these inputs hangs on are then 0.

    Args:
        module: with finite weights; buffers of the state dict are kept, tied tensors once.
        data: (inputs, labels) of a classifier whose predictions are logits (n, K).
        tolerance: see above; by default 0.02 without data, 0.05 with data. "total" needs data.
        quantiser: "trellis" (8 states), "trellis-4", "scalar", "auto" (the shorter of scalar and
            trellis; without data, the trellis), or "exact" (every weight comes back to the bit).
        seed: of the labels drawn to measure sensitivities.
        evaluations: quantised networks that are judged on the data, at most, but at least one for
            each quantiser; by default 24. For "total" 1000, and as in `two_part`.
        device: where the network runs during the search; the file does not depend on it but for
            rounding.

    Returns:
        A file that `decompress` reads.

    Raises:
        TypeError, ValueError: the module is none or has weights that are not finite, or an argument
            is wrong.

    Example:
        >>> import torch
        >>> net = torch.nn.Linear(64, 10)
        >>> blob = compress(net, tolerance=0.1)
        >>> len(blob) < 650 * 4 / 6
        True
        >>> error = decompress(blob, torch.nn.Linear(64, 10)).weight - net.weight
        >>> bool(error.norm() <= 0.1 * net.weight.norm())
        True
    """
    checked_module("module", module)
    one_of("quantiser", quantiser, QUANTISERS)
    tensors, states = _chosen(module, data, tolerance, quantiser, seed, evaluations, device)
    body = write_payload(plans_of(module), tensors, states=states)
    return pack(architecture_hash(module) + body, kind=_KIND)


def decompress(blob: bytes, module: torch.nn.Module) -> torch.nn.Module:
    """The network in a file of `compress`.

    Args:
        blob: a whole file.
        module: of the same architecture, with any weights; it is not changed.

    Returns:
        A copy of `module` with the weights and buffers of the file, to the bit those of every other
        receiver.

    Raises:
        TypeError: `module` is no module.
        DecodeError: the file is damaged, is none of weights, or is of another architecture.
    """
    if not isinstance(module, torch.nn.Module):
        raise TypeError(
            f"module: got {type(module).__name__}, accepted is a torch.nn.Module instance"
        )
    _, payload = unpack(blob, kind=_KIND)
    if len(payload) < _HASH:
        raise DecodeError(f"truncated: {len(payload)} bytes do not hold the architecture's hash")
    return weights_from(payload[:_HASH], payload[_HASH:], module)


def weights_from(expected: bytes, body: bytes, module: torch.nn.Module) -> torch.nn.Module:
    """A copy of the module that has the weights of a codeword, if it has the expected architecture.

    Raises:
        DecodeError: it has not, or the codeword is damaged.
    """
    found = architecture_hash(module)[: len(expected)]
    if expected != found:
        raise DecodeError(
            f"another architecture: the file has weights for tensors with hash {expected.hex()}, "
            f"the module's have {found.hex()} (of names, dtypes, shapes and ties)"
        )
    plans = plans_of(module)
    tensors, states = read_payload(body, plans)
    return with_tensors(module, plans, tensors, states)


def file_report(
    blob: bytes,
    module: torch.nn.Module,
    data_bits: Callable[[Any], float] | None = None,
    **fields: Any,
) -> Report:
    """The bits of a file of `compress`: the weights' codeword, and the header around it.

    Args:
        blob: the file.
        module: of the architecture.
        data_bits: of a module, in evaluation mode: the ideal bits of data that it describes. They
            are counted by the network in the file, which is what a receiver has; the report then is
            of an ideal codelength.
        fields: further ones of the report, as `name`.

    Raises:
        DecodeError: as `decompress`.
    """
    _, payload = unpack(blob, kind=_KIND)
    model = 8 * (len(payload) - _HASH)
    if data_bits is not None:
        with torch.no_grad():
            fields["data_bits"] = float(data_bits(decompress(blob, module).eval()))
        fields["kind"] = Kind.IDEAL
    known: dict[str, Any] = {"name": "weights", "kind": Kind.FILE, **fields}
    return Report(
        **known,
        model_bits=model,
        header_bits=8 * len(blob) - model,
        parameters=sum(p.numel() for p in parameters_of(module).values()),
    )


def checked_data(data: Data, argument: str = "data") -> tuple[torch.Tensor, NDArray[np.int64]]:
    """Inputs as a tensor and labels as an array, if there are as many of both.

    Raises:
        TypeError, ValueError: they are none.
    """
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"{argument}: got {type(data).__name__}, accepted is (inputs, labels)")
    inputs = checked_inputs(data[0], argument)
    labels = _array(data[1])
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise TypeError(
            f"{argument}: got labels {labels.dtype} of shape {labels.shape}, accepted are integer "
            "classes (n,)"
        )
    if len(labels) != len(inputs) or not len(labels):
        raise ValueError(
            f"{argument}: got {len(inputs)} inputs and {len(labels)} labels, accepted are as many "
            "of both, at least 1"
        )
    if not 0 <= int(labels.min()) <= int(labels.max()) < 1 << 63:  # -100 too: nothing is left out
        wrong = labels.min() if labels.min() < 0 else labels.max()
        raise ValueError(f"{argument}: got label {wrong}, accepted are integers from 0")
    return inputs, labels.astype(np.int64)


def checked_inputs(inputs: Any, argument: str = "inputs") -> torch.Tensor:
    """Inputs (n, ...) as a tensor on the processor.

    Raises:
        TypeError: they are no numbers.
    """
    if isinstance(inputs, torch.Tensor):
        found = inputs.detach().cpu()
    else:
        array = np.asarray(inputs)
        if array.dtype.kind not in "fiub":
            raise TypeError(f"{argument}: got inputs {array.dtype}, accepted are numbers (n, ...)")
        native = array.astype(array.dtype.newbyteorder("="), copy=False)
        found = torch.from_numpy(np.ascontiguousarray(native))
    if not found.ndim:
        raise TypeError(f"{argument}: got a single number as inputs, accepted are (n, ...)")
    return found


def _array(values: ArrayLike | torch.Tensor) -> NDArray[Any]:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def _chosen(
    module: torch.nn.Module,
    data: Data | None,
    tolerance: float | str | None,
    quantiser: str,
    seed: int,
    evaluations: int | None,
    device: torch.device | str,
) -> tuple[list[Coded], int]:
    """The numbers of the file, and the states of its trellis."""
    accepted = "accepted is a number above 0, or 'total' with data"
    if isinstance(tolerance, str) and (tolerance != "total" or data is None):
        raise ValueError(f"tolerance: got {tolerance!r}, {accepted}")
    if not isinstance(tolerance, str | None):
        if isinstance(tolerance, bool) or not isinstance(tolerance, int | float | np.number):
            raise TypeError(f"tolerance: got {tolerance!r}, {accepted}")
        if not 0 < tolerance < np.inf:
            raise ValueError(f"tolerance: got {tolerance!r}, {accepted}")
    integer("seed", seed, 0, (1 << 63) - 1)
    usable(device)
    if evaluations is not None:
        integer("evaluations", evaluations, 1)
    states = QUANTISERS[quantiser]
    if not states:
        return [exact(tensor) for tensor in tensors_of(module).values()], 0
    if data is None:
        error = _RELATIVE_ERROR if tolerance is None else float(tolerance)
        return quantised_for_weights(module, tolerance=error, states=states[-1]), states[-1]
    inputs, labels = checked_data(data)
    options: dict[str, Any] = {"seed": seed, "device": device}
    if tolerance == "total":
        trial = search_total(
            module, inputs, labels, states=states, evaluations=evaluations or 1000, **options
        )
        return trial.tensors, trial.recipe.states
    rise = _RELATIVE_RISE if tolerance is None else float(tolerance)
    trial = search_tolerance(
        module, inputs, labels, tolerance=rise, states=states,
        evaluations=evaluations or 24, **options,
    )  # fmt: skip
    if trial is None:
        return [exact(tensor) for tensor in tensors_of(module).values()], 0
    return trial.tensors, trial.recipe.states
