"""What has been run: a folder for every arm, seed and setting, found again by what it is.

A cell's folder is named after its arm, its seed and a digest of everything that determines it: the
settings and the source of the trial. So nothing finished runs twice, and other settings or
another program never meet the results of these. `cell.json` is written last and checksummed; a
folder without it is unfinished, and its training resumes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from complexity.files import write_atomically
from mdl.description import plain

if TYPE_CHECKING:
    from neural.engine.paper import Outcome
    from simulations.trajectory import Trajectory

__all__ = ["Cell", "DamagedCellError", "Ledger", "Record"]

_FORMAT = "complexodynamics cell"
_VERSION = 1


class DamagedCellError(ValueError):
    """A file of a cell is damaged or of another format; the message has its path."""


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
            DamagedCellError: a file is damaged.
        """
        path = self.folder / "cell.json"
        if not path.exists():
            return None
        document = _checked(path)
        if document["identity"] != self.identity:
            raise DamagedCellError(f"{path}: damaged: it is the cell of something else")
        return Record(
            arm=self.arm,
            seed=self.seed,
            metrics={name: _number(value) for name, value in document["metrics"].items()},
            reports=tuple(document["reports"]),
            seconds=document["seconds"],
            trajectory=self._trajectory() if document["trajectory"] else None,
        )

    def write(self, outcome: Outcome, *, seconds: float) -> Path:
        """Keep what a trial found: weights, trajectory, then `cell.json`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if outcome.module is not None:
            from safetensors.torch import save

            from mdl.weights.tensors import tensors_of

            tensors = {
                n: t.detach().cpu().contiguous() for n, t in tensors_of(outcome.module).items()
            }
            write_atomically(self.folder / "weights.safetensors", save(tensors))
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
        }
        body = json.loads(json.dumps(body, allow_nan=False))
        text = json.dumps(body | {"checksum": _digest(body)}, indent=1, allow_nan=False) + "\n"
        return write_atomically(self.folder / "cell.json", text.encode())

    def _trajectory(self) -> Trajectory:
        from simulations.run_folder import DamagedRunError
        from simulations.trajectory import Trajectory

        try:
            return Trajectory.load(self.folder / "training")
        except (DamagedRunError, FileNotFoundError) as error:
            raise DamagedCellError(str(error)) from None


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
        name = f"{arm.replace(' ', '-')}-seed{seed}-{_digest(identity)[:8]}"
        return Cell(identity, self.root / paper / scale / name)


def _checked(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DamagedCellError(f"{path}: damaged: not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise DamagedCellError(f"{path}: not the file of a cell")
    if document.get("version") != _VERSION:
        raise DamagedCellError(
            f"{path}: format version {document.get('version')}, known is {_VERSION}"
        )
    if document.pop("checksum", None) != _digest(document):
        raise DamagedCellError(
            f"{path}: damaged: its checksum does not match; delete its folder to run it again"
        )
    return document


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
