"""Any torch module as a learner, by a factory that builds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from mdl.devices import usable
from mdl.prequential._memory import Draws
from mdl.prequential._replay import Replay
from mdl.weights.tensors import checked_module

__all__ = ["NetworkLearner"]


@dataclass(kw_only=True)
class NetworkLearner(Replay):
    """One network of any architecture, trained online with replay.

    A file says only that such a learner was there, and how its tensors are named and shaped: it is
    decoded by a code that has the same factory.

    Attributes:
        factory: called with the shape of an input and K, gives a new module that maps inputs
            (b, ...), standardised and in single precision, to logits (b, K).
        device: where to compute.
        updates, replay, fresh, rate, decay, epochs: as `Replay` has them.

    Raises:
        TypeError, ValueError: one of them is out of range.
    """

    factory: Callable[[tuple[int, ...], int], torch.nn.Module]
    device: str = "cpu"

    name: ClassVar[str] = "network"
    portable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.factory):
            raise TypeError(f"factory: got {self.factory!r}, accepted is a callable (shape, K)")
        self.device = usable(self.device)

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The softmax of the module's logits in evaluation mode, (b, K)."""
        x = torch.from_numpy(self._standard(inputs)).to(self.device)
        self._module.eval()
        with torch.no_grad():
            return torch.softmax(self._logits(x).double(), 1).cpu().numpy()

    def _build(self, draws: Draws) -> None:
        with torch.random.fork_rng():
            torch.manual_seed(int(draws.rows(1 << 31, 1)[0]))
            module = checked_module("factory", self.factory(self._shape, self._size))
            self._stream = torch.get_rng_state()
        self._module = module.to(self.device)
        self._adam = torch.optim.AdamW(
            module.parameters(), self.rate, weight_decay=self.decay, foreach=True
        )

    def _train(self, rows: NDArray[np.int64]) -> float:
        loss = torch.zeros(())
        inputs, labels = (
            torch.from_numpy(part) for part in (self._memory.inputs, self._memory.labels)
        )
        self._module.train()
        with self._own_stream(), torch.enable_grad():
            for index in torch.from_numpy(rows[0]):
                self._adam.zero_grad(set_to_none=True)
                logits = self._logits(inputs[index].to(self.device))
                loss = torch.nn.functional.cross_entropy(logits, labels[index].to(self.device))
                loss.backward()
                self._adam.step()
        return float(loss.detach())

    def _logits(self, x: torch.Tensor) -> torch.Tensor:
        logits = self._module(x)
        if logits.shape != (len(x), self._size):
            raise ValueError(
                f"factory: got a module with outputs of shape {tuple(logits.shape)}, accepted are "
                f"logits ({len(x)}, {self._size})"
            )
        return logits

    @contextmanager
    def _own_stream(self) -> Iterator[None]:
        """Dropout and the like draw from the learner's own stream."""
        with torch.random.fork_rng():
            torch.set_rng_state(self._stream)
            yield
            self._stream = torch.get_rng_state()
