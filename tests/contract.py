"""What the contract of papers watches while a trial runs, without a word in the paper's module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from complexity import envelope
from mdl.label_coder import LabelDecoder
from neural.engine import Trial
from neural.training import TrainingRun
from simulations.observation import StateInstrument


class Gradients:
    """Which parameters of every run have had a gradient other than 0."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.missing: list[tuple[TrainingRun, dict[str, Any]]] = []
        before, step = TrainingRun.__init__, TrainingRun._step

        def made(run: TrainingRun, *arguments: Any, **options: Any) -> None:
            before(run, *arguments, **options)
            named = run.module.named_parameters()
            self.missing.append((run, {name: p for name, p in named if p.requires_grad}))

        def stepped(run: TrainingRun) -> None:
            step(run)
            waiting = next(found for other, found in self.missing if other is run)
            for name, parameter in list(waiting.items()):
                if parameter.grad is not None and bool(parameter.grad.any()):
                    del waiting[name]

        patch.setattr(TrainingRun, "__init__", made)
        patch.setattr(TrainingRun, "_step", stepped)

    @property
    def unreached(self) -> list[str]:
        """Names of those that had none; a run that took no step is not asked."""
        return [name for run, left in self.missing if run.time for name in left]


class OpenedFiles:
    """Sizes in bits of all of the toolkit's files, and of labels' codewords, that were opened."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.bits: set[float] = set()
        lengths, decoder = envelope._lengths, LabelDecoder.__init__

        def opened(blob: bytes) -> tuple[int, int, int]:
            self.bits.add(8.0 * len(blob))
            return lengths(blob)

        def begun(found: LabelDecoder, blob: bytes) -> None:
            self.bits.add(8.0 * len(blob))
            decoder(found, blob)

        patch.setattr(envelope, "_lengths", opened)
        patch.setattr(LabelDecoder, "__init__", begun)

    def holds(self, report: Mapping[str, Any]) -> bool:
        """Whether a report of kind file was decoded: in a fresh process, or a file of its size."""
        if report["details"].get("verified") in ("fresh", "here"):
            return True
        model, data, header = (report[f"{part}_bits"] for part in ("model", "data", "header"))
        return bool(self.bits & {model, model + header, model + data, model + data + header})


class Stopping:
    """Ctrl-C in the middle of what each trial observes, once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.stopped: set[Path] = set()
        observe = Trial.observe

        def observed(given: Trial, system: Any, observables: Any, times: Sequence[int]) -> Any:
            assert given.folder is not None
            if given.folder not in self.stopped:
                self.stopped.add(given.folder)
                observables = _Stopping(observables, max(1, 2 * len(times) // 3))
            return observe(given, system, observables, times)

        patch.setattr(Trial, "observe", observed)


class _Stopping:
    """An instrument that is interrupted in place of one measurement."""

    def __init__(self, observables: Any, measured: int) -> None:
        mapping = isinstance(observables, Mapping)
        self.instrument: Any = StateInstrument(observables) if mapping else observables
        self.left = measured

    def __getattr__(self, name: str) -> Any:
        return getattr(self.instrument, name)

    def __call__(self, system: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self.instrument(system)
