"""Molecules and a number to predict for each: QM7, ESOL, FreeSolv, lipophilicity."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents

__all__ = [
    "ELEMENTS",
    "Geometries",
    "Molecules",
    "esol",
    "freesolv",
    "lipophilicity",
    "parse_xyz",
    "qm7",
]

ELEMENTS = {"H": 1, "C": 6, "N": 7, "O": 8, "S": 16}
"""The elements that occur in QM7, and their atomic numbers."""

Folder = str | os.PathLike[str] | None


@dataclass(frozen=True, eq=False, repr=False)
class Geometries:
    """Molecules by the positions of their atoms, padded to the largest.

    Attributes:
        name: of the data set.
        split: which part of it.
        elements: (n, atoms) uint8, atomic numbers; 0 where a molecule has no more atoms.
        positions: (n, atoms, 3) float64, in angstrom; 0 there.
        targets: (n,) float64.
        unit: of the targets.
        names: of the molecules.
    """

    name: str
    split: str
    elements: NDArray[np.uint8]
    positions: NDArray[np.float64]
    targets: NDArray[np.float64]
    unit: str
    names: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the numbers."""
        return {
            "name": self.name,
            "split": self.split,
            "molecules": len(self.targets),
            "atoms": self.elements.shape[1],
            "unit": self.unit,
        }

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        return shown(self)


@dataclass(frozen=True, eq=False, repr=False)
class Molecules:
    """Molecules by their SMILES.

    Attributes:
        name: of the data set.
        split: which part of it.
        smiles: as the file has them.
        targets: (n,) float64.
        unit: of the targets.
        names: of the molecules; "" where the file has none.
        features: (n, k) float64, what else the file has of each.
        feature_names: of the k columns.
    """

    name: str
    split: str
    smiles: tuple[str, ...]
    targets: NDArray[np.float64]
    unit: str
    names: tuple[str, ...]
    features: NDArray[np.float64]
    feature_names: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the numbers."""
        return {
            "name": self.name,
            "split": self.split,
            "molecules": len(self.targets),
            "features": list(self.feature_names),
            "unit": self.unit,
        }

    def __len__(self) -> int:
        return len(self.targets)

    def __repr__(self) -> str:
        return shown(self)


def qm7(*, split: str = "all", folder: Folder = None) -> Geometries:
    """7,101 molecules of up to seven atoms besides hydrogen, and their heats of formation.

    The published set has 7,165; these are those that the QML package has in its tests.

    Args:
        split: "all".
        folder: as for `mnist`.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        M. Rupp, A. Tkatchenko, K.-R. Müller, O. A. von Lilienfeld, Fast and Accurate Modeling of
        Molecular Atomization Energies with Machine Learning (2012).
    """
    each, files = chosen("qm7", split)
    archive, table = (contents(each, name, folder=folder) for name in files)
    found = members(archive, each.file(files[0]).members)
    rows = [line.split() for line in table.decode("ascii").splitlines() if line.strip()]
    # the third column is an approximation to the second that comes with the set; not used
    energies = {row[0]: float(row[1]) for row in rows}
    missing = sorted(found.keys() - energies.keys())
    if missing:
        raise ValueError(f"qm7: no energy for {missing[0]} and {len(missing) - 1} more")
    geometries = [parse_xyz(octets) for octets in found.values()]
    size = max(len(elements) for elements, _ in geometries)
    elements = np.zeros((len(geometries), size), np.uint8)
    positions = np.zeros((len(geometries), size, 3))
    for row, (atoms, places) in enumerate(geometries):
        elements[row, : len(atoms)] = atoms
        positions[row, : len(atoms)] = places
    targets = np.array([energies[name] for name in found])
    names = tuple(name.removesuffix(".xyz") for name in found)
    return Geometries(each.name, split, elements, positions, targets, "kcal/mol", names)


def esol(*, split: str = "all", folder: Folder = None) -> Molecules:
    """1,128 molecules and the logarithm (base 10) of their solubility in water in mol/l.

    Its features are the columns of numbers besides the target: Delaney's own prediction first.

    Args, Raises: as for `qm7`.

    References:
        J. Delaney, ESOL: Estimating Aqueous Solubility Directly from Molecular Structure (2004).
    """
    each, files = chosen("esol", split)
    heading, *rows = _table(contents(each, files[0], folder=folder))
    if (heading[0], heading[-2:]) != (
        "Compound ID",
        ["measured log solubility in mols per litre", "smiles"],
    ):
        raise ValueError(f"esol: columns {heading} are not those of delaney-processed.csv")
    numbers = np.array([[float(cell) for cell in row[1:-1]] for row in rows])
    return Molecules(
        each.name,
        split,
        tuple(row[-1].strip() for row in rows),
        numbers[:, -1].copy(),
        "log10 mol/l",
        tuple(row[0].strip() for row in rows),
        numbers[:, :-1].copy(),
        tuple(heading[1:-2]),
    )


def freesolv(*, split: str = "all", folder: Folder = None) -> Molecules:
    """642 molecules and their measured free energy of hydration in kcal/mol.

    Its features are the uncertainty of that, and a calculated value with its uncertainty.

    Args, Raises: as for `qm7`.

    References:
        D. Mobley, J. P. Guthrie, FreeSolv: a database of experimental and calculated hydration
        free energies, with input files (2014); version 0.52.
    """
    each, files = chosen("freesolv", split)
    text = contents(each, files[0], folder=folder).decode("utf-8")
    rows = [line.split(";") for line in text.splitlines() if line and not line.startswith("#")]
    # identifier; SMILES; name; measured, uncertainty; calculated, uncertainty; ...
    numbers = np.array([[float(cell) for cell in row[3:7]] for row in rows])
    return Molecules(
        each.name,
        split,
        tuple(row[1].strip() for row in rows),
        numbers[:, 0].copy(),
        "kcal/mol",
        tuple(row[2].strip() for row in rows),
        numbers[:, 1:].copy(),
        ("uncertainty", "calculated", "uncertainty of the calculated"),
    )


def lipophilicity(*, split: str = "all", folder: Folder = None) -> Molecules:
    """4,200 molecules and their octanol/water distribution coefficient, log D at pH 7.4.

    Args, Raises: as for `qm7`.

    References:
        Z. Wu et al., MoleculeNet: A Benchmark for Molecular Machine Learning (2018).
    """
    each, files = chosen("lipophilicity", split)
    heading, *rows = _table(contents(each, files[0], folder=folder))
    if heading != ["smiles", "exp"]:
        raise ValueError(f"lipophilicity: columns {heading}, accepted are smiles, exp")
    smiles = tuple(row[0].strip() for row in rows)
    targets = np.array([float(row[1]) for row in rows])
    none = np.empty((len(rows), 0))
    return Molecules(each.name, split, smiles, targets, "log10", ("",) * len(rows), none)


def parse_xyz(octets: bytes) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Read one molecule: the number of atoms, a comment, then `element x y z` a line.

    Returns:
        Atomic numbers, (atoms,) uint8, and positions in angstrom, (atoms, 3) float64.

    Raises:
        ValueError: it is not such a file, or has an element that is none of `ELEMENTS`.
    """
    text = octets.decode("ascii").splitlines()
    rows = [line.split() for line in text[2:] if line.strip()]
    if len(text) < 2 or text[0].strip() != str(len(rows)):
        raise ValueError(f"xyz: {len(rows)} atoms after the number {text[:1]}")
    if not all(len(row) == 4 and row[0] in ELEMENTS for row in rows):
        raise ValueError(f"xyz: accepted is an element of {', '.join(ELEMENTS)} and x y z a line")
    elements = np.array([ELEMENTS[row[0]] for row in rows], np.uint8)
    return elements, np.array([[float(cell) for cell in row[1:]] for row in rows])


def _table(octets: bytes) -> Sequence[list[str]]:
    rows = list(csv.reader(io.StringIO(octets.decode("utf-8"), newline="")))
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("a table whose rows have different numbers of cells")
    return rows
