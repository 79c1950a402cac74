"""What has been run: a folder for every arm, seed and setting, found again by what it is.

A cell's folder is named after its arm, its seed and a digest of everything that determines it: the
settings and the source of the trial. So nothing finished runs twice, and other settings or
another program never meet the results of these. `cell.json` is written last and checksummed; a
folder without it is unfinished, and its training resumes.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from complexity.files import write_atomically
from mdl.description import plain
from simulations.ledger import DamagedCellError, alone, digest, naming

if TYPE_CHECKING:
    from torch import nn

    from neural.engine.paper import Outcome
    from simulations.trajectory import Trajectory

__all__ = ["Cell", "DamagedCellError", "Ledger", "Record", "naming"]

_FORMAT = "complexodynamics cell"
_VERSION = 1


@dataclass(frozen=True)
class Record:
    """A finished cell.

    Attributes:
        arm: its name.
        seed: of the trial.
        metrics: name -> number.
        reports: description lengths, as `Report.to_dict` gives them.
        seconds: the trial took.
        trajectory: what was measured along the training, None for nothing.
    """

    arm: str
    seed: int
    metrics: Mapping[str, float]
    reports: tuple[Mapping[str, Any], ...]
    seconds: float
    trajectory: Trajectory | None = None


@dataclass(frozen=True)
class Cell:
    """One arm under one seed, and where it is kept.

    Attributes:
        identity: all that determines it, as JSON values.
        folder: its own.
    """

    identity: Mapping[str, Any]
    folder: Path

    @property
    def arm(self) -> str:
        """The arm's name."""
        return self.identity["arm"]

    @property
    def seed(self) -> int:
        """The trial's seed."""
        return self.identity["seed"]

    def read(self) -> Record | None:
        """The finished trial, or None where there is none.

        Raises:
            DamagedCellError: a file is damaged, or the weights are gone.
        """
        path = self.folder / "cell.json"
        if not path.exists():
            return None
        document = _checked(path)
        if document["identity"] != self.identity:
            raise _damaged(path, "it is the cell of something else")
        self._see_weights(document)
        return Record(
            arm=self.arm,
            seed=self.seed,
            metrics={name: _number(value) for name, value in document["metrics"].items()},
            reports=tuple(document["reports"]),
            seconds=document["seconds"],
            trajectory=self._trajectory() if document["trajectory"] else None,
        )

    def alone(self) -> AbstractContextManager[None]:
        """Wait until no other process is at this cell; one that ends, however, gives it free."""
        return alone(self.folder)

    def load(self, module: nn.Module) -> nn.Module:
        """Write the trained weights that were kept into a module of the trial's architecture.

        Raises:
            FileNotFoundError: the trial has not finished, or kept no network.
            DamagedCellError: the file is damaged, or gone.
            ValueError: the module is of another architecture; names the first tensor that differs.
        """
        import torch
        from safetensors import SafetensorError
        from safetensors.torch import load

        from mdl.weights.tensors import tensors_of

        path = self.folder / "weights.safetensors"
        document = _checked(self.folder / "cell.json")
        self._see_weights(document)
        octets, expected = path.read_bytes(), document.get("weights")
        if expected and hashlib.sha256(octets).hexdigest() != expected:  # older cells have none
            raise _damaged(path, "its checksum does not match")
        try:
            given, tensors = load(octets), tensors_of(module)
        except SafetensorError as error:
            raise _damaged(path, str(error)) from None
        for name in sorted(given.keys() | tensors.keys()):
            there, here = (list(t[name].shape) if name in t else None for t in (given, tensors))
            if there != here:
                raise ValueError(
                    f"module: {name!r} has the shape {here}, and {there} in {path} (None is a "
                    f"tensor that is missing); build it with the settings of the cell: "
                    f"{dict(self.identity['settings'])}"
                )
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(given[name])
        return module

    def write(self, outcome: Outcome, *, seconds: float) -> Path:
        """Keep what a trial found: weights, trajectory, then `cell.json`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        weights = ""
        if outcome.module is not None:
            from safetensors.torch import save

            from mdl.weights.tensors import tensors_of

            tensors = {
                n: t.detach().cpu().contiguous() for n, t in tensors_of(outcome.module).items()
            }
            octets = save(tensors)
            weights = hashlib.sha256(octets).hexdigest()
            write_atomically(self.folder / "weights.safetensors", octets)
        training = self.folder / "training"
        if outcome.trajectory is not None and not (training / "run.json").exists():
            outcome.trajectory.save(training)
        body = {
            "format": _FORMAT,
            "version": _VERSION,
            "identity": dict(self.identity),
            "metrics": {name: plain(float(value)) for name, value in outcome.metrics.items()},
            "reports": [report.to_dict() for report in outcome.reports],
            "seconds": round(seconds, 3),
            "trajectory": outcome.trajectory is not None,
            "weights": weights,
        }
        body = json.loads(json.dumps(body, allow_nan=False))
        text = json.dumps(body | {"checksum": digest(body)}, indent=1, allow_nan=False) + "\n"
        written = write_atomically(self.folder / "cell.json", text.encode())
        shutil.rmtree(self.folder / "trained", ignore_errors=True)  # was for resuming
        return written

    def _see_weights(self, document: Mapping[str, Any]) -> None:
        path = self.folder / "weights.safetensors"
        if document.get("weights") and not path.is_file():
            raise _damaged(path, "it is gone")

    def _trajectory(self) -> Trajectory:
        from simulations.run_folder import DamagedRunError
        from simulations.trajectory import Trajectory

        try:
            return Trajectory.load(self.folder / "training")
        except (DamagedRunError, FileNotFoundError) as error:
            raise DamagedCellError(f"{error}; {_mend(self.folder)}") from None


@dataclass(frozen=True)
class Ledger:
    """The cells below a folder: ROOT/PAPER/SCALE/ARM-SEED-DIGEST."""

    root: Path

    def cell(
        self, paper: str, scale: str, arm: str, seed: int, settings: Mapping[str, Any], code: str
    ) -> Cell:
        """The cell that these determine, finished or not.

        Raises:
            TypeError: settings that JSON cannot hold.
        """
        identity = json.loads(
            json.dumps(
                {
                    "paper": paper,
                    "scale": scale,
                    "arm": arm,
                    "seed": seed,
                    "settings": dict(settings),
                    "code": code,
                },
                allow_nan=False,
            )
        )
        name = f"{arm.replace(' ', '-')}-seed{seed}-{digest(identity)[:8]}"
        return Cell(identity, self.root / paper / scale / name)


def _mend(folder: Path) -> str:
    return f"delete the folder {folder} to run its trial again"


def _damaged(path: Path, what: str) -> DamagedCellError:
    return DamagedCellError(f"{path}: damaged: {what}; {_mend(path.parent)}")


def _checked(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(path, f"not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise _damaged(path, "not the file of a cell")
    if document.get("version") != _VERSION:
        raise DamagedCellError(
            f"{path}: format version {document.get('version')}, known is {_VERSION}; update "
            f"complexodynamics, or {_mend(path.parent)}"
        )
    if document.pop("checksum", None) != digest(document):
        raise _damaged(path, "its checksum does not match")
    return document


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
