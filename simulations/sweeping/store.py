"""The cells of a sweep on disk: one checksummed file each, named by what determines it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from complexity.files import write_atomically
from simulations import run_folder
from simulations.ledger import DamagedCellError, alone, digest, naming
from simulations.sweeping.grid import Cell
from simulations.sweeping.outcome import Outcome

__all__ = ["Store", "opened"]

_KIND = "sweep cell"


@dataclass(frozen=True)
class Store:
    """The finished cells below a folder.

    Attributes:
        folder: of the sweep; cells are in `cells/` in it.
        function: what tells the function from another.
        seed: the sweep's.
    """

    folder: Path
    function: Mapping[str, Any]
    seed: int

    def read(self, cell: Cell) -> Outcome | None:
        """What the cell gave, None if it is not finished.

        Raises:
            DamagedCellError: its file is damaged.
        """
        path, identity = self._place(cell)
        try:
            blob = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            meta, payload = unpack(blob, kind=_KIND)
            arrays = run_folder.unpack_arrays(payload, path)
        except (DecodeError, run_folder.DamagedRunError) as error:
            raise _damaged(path, str(error)) from None
        if meta["identity"] != identity:
            raise _damaged(path, "it is the cell of something else")
        return Outcome(
            {name: arrays[f"array{i}"] for i, name in enumerate(meta["names"])},
            meta["seconds"], meta["units"], meta["clock"], arrays["times"],
        )  # fmt: skip

    def write(self, cell: Cell, outcome: Outcome) -> None:
        """Keep a finished cell, whole or not at all.

        Raises:
            OSError: a full disk, or a folder that cannot be written; names the file.
        """
        path, identity = self._place(cell)
        meta = {
            "identity": identity,
            "names": list(outcome.arrays),
            "units": dict(outcome.units),
            "clock": outcome.clock,
            "seconds": round(outcome.seconds, 6),
        }
        arrays = {f"array{i}": array for i, array in enumerate(outcome.arrays.values())}
        payload = run_folder.pack_arrays(arrays | {"times": outcome.times})
        with naming(path):
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, pack(payload, kind=_KIND, meta=meta))

    def _place(self, cell: Cell) -> tuple[Path, dict[str, Any]]:
        identity = {
            **self.function,
            "parameters": dict(cell.parameters),
            "replica": cell.replica,
            "seed": self.seed,
        }
        return self.folder / "cells" / f"{digest(identity)[:32]}.cxd", identity


@contextmanager
def opened(
    folder: str | os.PathLike[str], function: Mapping[str, Any], seed: int
) -> Iterator[Store]:
    """The folder's store, once no other sweep is at it; without a cell, no new folder remains.

    Raises:
        ValueError: it holds a run that is no sweep.
        OSError: the folder cannot be made or written to.
    """
    with run_folder.prepared(folder) as path:
        if run_folder.kind(path) == "run" or (path / "checkpoint.cxd").exists():
            raise ValueError(f"out: {path} holds a run that is no sweep; choose another folder")
        try:
            with alone(path):
                yield Store(path, function, seed)
        except BaseException:
            if not (path / "cells").exists():
                (path / "lock").unlink(missing_ok=True)
            raise


def _damaged(path: Path, what: str) -> DamagedCellError:
    return DamagedCellError(f"{path}: damaged: {what}; delete it to compute this cell again")
