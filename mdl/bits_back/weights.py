"""The bits-back argument of 1993, executed: labels by weights whose choice is paid back.

The sender fits a posterior Q of a network's weights to the labels, *samples* weights by popping
them off a payload that is to be sent anyhow, pushes the labels given the weights, and pushes the
weights under the prior P. The receiver pops weights and labels, fits the same posterior to the
labels it now has, and pushes the weights under Q: the payload is there again, bit for bit. What the
file is longer than the payload is, on average, KL(Q || P) and the expected bits of the labels.

Weights lie on a grid of step 2^-grid_bits; a finer one needs a longer payload, 1 bit a weight and
halving, and costs nothing.

The payload of the envelope is: the grid's bits, bins and lowest point (zigzag) and the number of
labels as LEB128; 4 bytes each of the hashes of the table, the posterior and the payload; the
prior (`mdl.bits_back.priors`); the stack.

References:
    G. E. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: section 5.2, equation 9, and footnote 3 (the receiver
        runs the learning algorithm).
    C. S. Wallace, Classification by minimum-message-length inference, 1990 (the same argument).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity import _leb128
from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from complexity.errors import integer
from mdl.bits_back.ans import AnsStack, PayloadError
from mdl.bits_back.chain import HASH_BYTES, short_hash
from mdl.bits_back.frequencies import cumulative_frequencies
from mdl.bits_back.grid import Grid, pop_weights, push_weights
from mdl.bits_back.priors import prior_from_bytes, prior_to_bytes
from mdl.report import Report, null_bits
from mdl.weights.variational.posterior import Posterior

__all__ = ["BitsBackWeights", "RecoveredLabels", "weights_bound_bits"]

_KIND = "bits-back-weights"

Trainer = Callable[[Any, NDArray[np.int64]], Posterior]
"""Fits a posterior to inputs and labels (n,): the same arrays must give the same bits."""

Network = Callable[[NDArray[np.float64], Any], NDArray[np.float64]]
"""Class probabilities (n, K) of inputs by weights (D,): the same arrays must give the same bits."""


@dataclass(frozen=True)
class RecoveredLabels:
    """What a file held.

    Attributes:
        labels: (n,) int64.
        payload: the bytes that were there before.
        weights: (D,) the sample that the labels were coded with.
        posterior: fitted anew to the labels.
    """

    labels: NDArray[np.int64]
    payload: bytes = field(repr=False)
    weights: NDArray[np.float64] = field(repr=False)
    posterior: Posterior = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"RecoveredLabels({self.labels.size} labels, payload of {len(self.payload)} bytes, "
            f"{self.weights.size} weights)"
        )


@dataclass(frozen=True)
class _Sent:
    """A stack with weights and labels on it, and what is told beside it."""

    stack: AnsStack
    grid: Grid
    prior: bytes
    payload: bytes
    table: bytes
    refund_bits: float
    label_bits: float
    weight_bits: float


@dataclass(frozen=True)
class BitsBackWeights:
    """Labels given inputs by a network whose weights are sampled from the payload.

    Attributes:
        trainer: inputs and labels to a posterior; deterministic, and run by both ends.
        network: weights and inputs to class probabilities; deterministic.
        alphabet_size: number of classes.
        parameters: D, the number of weights.
        grid_bits: weights are multiples of 2^-grid_bits; None takes the coarsest grid whose step is
            at most half of the smallest posterior deviation.
        seed: of the random bits where no payload is given.

    Raises:
        ValueError, TypeError: an option is out of range.
    """

    trainer: Trainer
    network: Network
    alphabet_size: int
    parameters: int
    grid_bits: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        integer("alphabet_size", self.alphabet_size, 2, 1 << 16)
        integer("parameters", self.parameters, 1)
        integer("seed", self.seed, 0)
        if self.grid_bits is not None:
            integer("grid_bits", self.grid_bits, 0, 30)

    def encode(
        self,
        inputs: Any,
        labels: ArrayLike,
        *,
        payload: bytes | None = None,
        posterior: Posterior | None = None,
    ) -> bytes:
        """A file of the labels (n,), for receivers that have the inputs and this code.

        Args:
            inputs: whatever `trainer` and `network` take.
            labels: (n,) integers, 0 to K - 1.
            payload: bytes to code into, which the receiver gets back and which should look random;
                None draws as many as are needed from the seed.
            posterior: what `trainer` gives for these, if it was run before.

        Raises:
            ValueError: the labels are no such integers, or the network says NaN.
            PayloadError: the payload is too short; says what is needed.
        """
        return self._file(*self._send(inputs, labels, payload, posterior))

    def recover(self, blob: bytes, inputs: Any) -> RecoveredLabels:
        """Labels and payload of a file: the learner is run again.

        Raises:
            DecodeError: the file is damaged; or the network or the learner, run here on these
                inputs, does not give what it gave the sender.
        """
        grid, count, hashes, body = _opened(unpack(blob, kind=_KIND)[1])
        prior, start = prior_from_bytes(body, self.parameters)
        stack = AnsStack.from_bytes(body[start:], sampling=True)
        try:  # a stack that runs out, a table too large, a network that says NaN
            places = pop_weights(stack, prior, self.parameters, grid)
            weights = grid.values(places)
            table = self._table(weights, inputs, count)
        except ValueError as error:
            raise DecodeError(f"damaged, or of other inputs: {error}") from None
        if short_hash(table.tobytes()) != hashes[0]:
            raise DecodeError("the network gives other probabilities here than it gave the sender")
        try:
            labels = stack.pop_table(table)
        except PayloadError as error:
            raise DecodeError(f"damaged: {error}") from None
        try:
            posterior = self.trainer(inputs, labels)
        except (ArithmeticError, ValueError) as error:
            raise DecodeError(f"the learner fails on the decoded labels: {error}") from error
        if posterior.mean.size != self.parameters or _hash_of(posterior) != hashes[1]:
            raise DecodeError(
                "the learner gives another posterior here than it gave the sender: it is another "
                "learner, or its arithmetic differs; the labels were decoded, the payload is lost"
            )
        stack.push_normal(places, posterior.mean, posterior.sd, grid.edges())
        if short_hash(stack.to_bytes()[1:]) != hashes[2]:
            raise DecodeError("damaged: the bits to start from do not come back")
        payload = stack.payload()
        return RecoveredLabels(labels, payload, weights, posterior)

    def describe(
        self,
        inputs: Any,
        labels: ArrayLike,
        *,
        payload: bytes | None = None,
        posterior: Posterior | None = None,
        samples: int = 16,
    ) -> Report:
        """The lengths, split, beside the bound that they meet on average.

        `model_bits` is what the weights cost under the prior less the refund, `data_bits` what the
        labels cost, `header_bits` the rest of the file without the payload, the prior's parameters
        included. Details: "net_bits" (model and data), "bound_bits" (KL and expected bits of the
        labels, by `samples` samples), "kl_bits", "refund_bits", "weight_bits", "initial_bits",
        "prior_bits", "grid_bits", "file_bits", "payload_bits".
        """
        sent, checked, fitted = self._send(inputs, labels, payload, posterior)
        blob = self._file(sent, checked, fitted)
        expected = weights_bound_bits(self.network, fitted, inputs, checked, samples=samples)
        model = sent.weight_bits - sent.refund_bits
        whole = 8.0 * (len(blob) - len(sent.payload))
        return Report(
            "bits-back-weights",
            Kind.FILE,
            model_bits=model,
            data_bits=sent.label_bits,
            header_bits=whole - model - sent.label_bits,
            parameters=fitted.mean.size,
            details={
                "net_bits": model + sent.label_bits,
                "bound_bits": expected,
                "kl_bits": fitted.kl_bits,
                "refund_bits": sent.refund_bits,
                "weight_bits": sent.weight_bits,
                "initial_bits": sent.stack.initial_bits,
                "prior_bits": 8 * len(sent.prior),
                "grid_bits": sent.grid.bits,
                "payload_bits": 8 * len(sent.payload),
                "file_bits": 8 * len(blob),
            },
            **null_bits(checked, self.alphabet_size),
        )

    def _send(
        self, inputs: Any, labels: ArrayLike, payload: bytes | None, posterior: Posterior | None
    ) -> tuple[_Sent, NDArray[np.int64], Posterior]:
        checked = _labels(labels, self.alphabet_size)
        fitted = self.trainer(inputs, checked) if posterior is None else posterior
        if fitted.mean.size != self.parameters:
            raise ValueError(
                f"posterior: got {fitted.mean.size} weights, accepted are {self.parameters}"
            )
        grid = Grid.covering(fitted.mean, fitted.sd, bits=self.grid_bits)
        told = prior_to_bytes(fitted.prior, self.parameters)
        prior = prior_from_bytes(told, self.parameters)[0]
        seed = self.seed if payload is None else None
        stack = AnsStack(b"" if payload is None else payload, seed=seed, sampling=True)
        lengths = [0.0]
        try:
            places = stack.pop_normal(fitted.mean, fitted.sd, grid.edges())
        except PayloadError as error:
            source = AnsStack(seed=self.seed, sampling=True)
            source.pop_normal(fitted.mean, fitted.sd, grid.edges())
            raise PayloadError(
                f"payload: got {8 * len(payload or b'')} bits, accepted are about "
                f"{source.initial_bits + 48:.0f} or more ({error}); None draws random bits"
            ) from None
        lengths.append(stack.net_bits)
        table = self._table(grid.values(places), inputs, checked.size)
        stack.push_table(checked, table)
        lengths.append(stack.net_bits)
        push_weights(stack, places, prior, grid)
        lengths.append(stack.net_bits)
        refund, label_bits, weight_bits = np.diff(lengths).tolist()
        given = stack.supplied if payload is None else bytes(payload)
        digest = short_hash(table.tobytes())
        sent = _Sent(stack, grid, told, given, digest, -refund, label_bits, weight_bits)
        return sent, checked, fitted

    def _file(self, sent: _Sent, labels: NDArray[np.int64], posterior: Posterior) -> bytes:
        grid = sent.grid
        numbers = (grid.bits, grid.bins, _unsigned(grid.lowest), labels.size)
        told = b"".join(_leb128.write(number) for number in numbers)
        told += sent.table + _hash_of(posterior) + short_hash(sent.payload)
        return pack(told + sent.prior + sent.stack.to_bytes(), kind=_KIND)

    def _table(self, weights: NDArray[np.float64], inputs: Any, count: int) -> NDArray[np.uint64]:
        probabilities = np.asarray(self.network(weights, inputs), np.float64)
        if probabilities.shape != (count, self.alphabet_size):
            raise ValueError(
                f"network: gave shape {probabilities.shape}, accepted is "
                f"({count}, {self.alphabet_size})"
            )
        return cumulative_frequencies(probabilities)


def weights_bound_bits(
    network: Network,
    posterior: Posterior,
    inputs: Any,
    labels: ArrayLike,
    *,
    samples: int = 16,
    seed: int = 0,
) -> float:
    """KL(Q || P) + E_Q[bits of the labels]: what the executed argument costs on average.

    Args:
        network: weights and inputs to class probabilities (n, K).
        posterior: Q and P; the divergence is `posterior.kl_bits`.
        inputs: of the network.
        labels: (n,) integers.
        samples: of the weights, for the expectation.
        seed: of the samples.

    Raises:
        ValueError: the labels are no integers from 0 to K - 1.
    """
    integer("samples", samples, 1)
    rng = np.random.default_rng(seed)
    rows, total = np.arange(np.size(labels)), 0.0
    for _ in range(samples):
        p = np.asarray(network(posterior.sample(seed=rng), inputs), np.float64)
        classes = _labels(labels, p.shape[1])
        total -= float(np.log2(np.maximum(p[rows, classes], 2.0**-39)).sum())
    return posterior.kl_bits + total / samples


def _labels(labels: ArrayLike, size: int) -> NDArray[np.int64]:
    array = np.asarray(labels)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iub"):
        raise ValueError(
            f"labels: got {array.dtype} of shape {array.shape}, accepted are integers (n,)"
        )
    array = array.astype(np.int64)
    if array.size and not (array.min() >= 0 and array.max() < size):
        raise ValueError(f"labels: got {array.min()} to {array.max()}, accepted is 0 to {size - 1}")
    return array


def _hash_of(posterior: Posterior) -> bytes:
    arrays = (posterior.mean, posterior.sd)
    return short_hash(b"".join(np.ascontiguousarray(each, "<f8").tobytes() for each in arrays))


def _unsigned(number: int) -> int:
    """0, -1, 1, -2, ... as 0, 1, 2, 3, ..."""
    return 2 * number if number >= 0 else -2 * number - 1


def _opened(body: bytes) -> tuple[Grid, int, list[bytes], bytes]:
    """The grid, the number of labels, the hashes of table, posterior and payload, and the rest."""
    numbers, start = [], 0
    for what in ("the grid's bits", "the number of bins", "the lowest", "the number of labels"):
        number, start = _leb128.read(body, start, what)
        numbers.append(number)
    bits, bins, lowest, count = numbers
    if len(body) < start + 3 * HASH_BYTES:
        raise DecodeError("truncated: it ends inside the hashes")
    try:
        grid = Grid(bits, lowest // 2 if lowest % 2 == 0 else -(lowest + 1) // 2, bins)
    except ValueError as error:
        raise DecodeError(f"damaged: {error}") from None
    hashes = [body[start + HASH_BYTES * k :][:HASH_BYTES] for k in range(3)]
    return grid, count, hashes, body[start + 3 * HASH_BYTES :]
