"""Molecules as graphs, with a number to predict of each: Hückel's energies, QM7, ESOL.

References:
    E. Hückel, Quantentheoretische Beiträge zum Benzolproblem, Zeitschrift für Physik 70, 1931.
    J. Gilmer et al., Neural message passing for quantum chemistry, ICML 2017, section 6: features
        of atoms, kinds of bonds, distances.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from neural.tasks.smiles import AROMATIC, parse_smiles

__all__ = ["MoleculeGraphs", "esol", "hueckel", "orbitals", "qm7", "split"]

Floats = NDArray[np.float64]

_ALPHA = np.array([0.0, 0.5, 1.0, -0.5])  # of four kinds of atoms, in units of beta
_BETA = np.array([1.0, 0.8, 1.3])  # of three kinds of bonds
_DEGREE = 4
_RADII = {1: 0.31, 6: 0.76, 7: 0.71, 8: 0.66, 16: 1.05}  # covalent, in angstrom
_SLACK = 0.3  # bonded: nearer than the sum of the radii and this
_CENTRES = np.linspace(0.9, 2.0, 12)  # of the bins of a bond's length, in angstrom
_ELEMENTS = ("C", "N", "O", "F", "P", "S", "Cl", "Br", "I")
_HYDROGENS = 4


@dataclass(frozen=True, eq=False)
class MoleculeGraphs:
    """Molecules as graphs, padded to the largest, and a number for each.

    Attributes:
        nodes: (n, k, features) float32; a row of zeros where a molecule has no more atoms.
        edges: (n, m, 2) int64, from which atom to which, either way; -1 where there are no more.
        features: (n, m, edge features) float32, of these.
        targets: (n,) float64.
        unit: of the targets.
    """

    nodes: NDArray[np.float32]
    edges: NDArray[np.int64]
    features: NDArray[np.float32]
    targets: Floats
    unit: str

    def __len__(self) -> int:
        return len(self.targets)

    def part(self, rows: NDArray[np.integer]) -> MoleculeGraphs:
        """The molecules of these rows."""
        return MoleculeGraphs(
            self.nodes[rows], self.edges[rows], self.features[rows], self.targets[rows], self.unit
        )


def split(graphs: MoleculeGraphs, tested: int, *, seed: int) -> tuple[MoleculeGraphs, ...]:
    """All but `tested` in a random order, and those.

    Raises:
        ValueError: there are not more molecules than that.
    """
    integer("tested", tested, 1, len(graphs) - 1)
    order = np.random.default_rng(seed).permutation(len(graphs))
    return graphs.part(order[tested:]), graphs.part(order[:tested])


def orbitals(alpha: Floats, beta: Floats) -> tuple[float, float]:
    """Total pi energy and gap of a molecule by Hückel's theory, with an electron for every atom.

    Args:
        alpha: (k,), Coulomb integrals: how deep each atom is.
        beta: (k, k), resonance integrals of the bonds, symmetric, 0 where there is none.

    Returns:
        The sum of the energies of all electrons, two in each of the lowest orbitals of
        H = -diag(alpha) - beta, and the step from the highest orbital with an electron to the next;
        0 for one that has a single electron.

    Example:
        >>> [round(each, 9) + 0 for each in orbitals(np.zeros(2), np.eye(2)[::-1])]  # ethylene
        [-2.0, 2.0]
    """
    levels = np.linalg.eigvalsh(-np.diag(alpha) - beta)
    pairs, odd = divmod(len(levels), 2)
    energy = 2 * levels[:pairs].sum() + (levels[pairs] if odd else 0.0)
    return float(energy), 0.0 if odd else float(levels[pairs] - levels[pairs - 1])


def hueckel(
    count: int, *, target: Literal["energy", "gap"] = "energy", atoms: int = 12, seed: int = 0
) -> MoleculeGraphs:
    """Random molecules of four kinds of atoms and three of bonds, solved by Hückel's theory.

    A tree of 6 to `atoms` atoms in which none has more than four bonds, with up to three more bonds
    that close rings. Features are the kinds, one-hot.

    Args:
        count: of molecules.
        target: "energy", which grows with the molecule, or "gap"; in units of beta.
        atoms: the most.
        seed: of everything.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> hueckel(5).nodes.shape
        (5, 12, 4)
    """
    integer("count", count, 1)
    integer("atoms", atoms, 6)
    which = ("energy", "gap").index(one_of("target", target, ("energy", "gap")))
    rng = np.random.default_rng(integer("seed", seed, 0))
    made, targets = [], []
    for _ in range(count):
        pairs, size = _skeleton(int(rng.integers(6, atoms + 1)), int(rng.integers(4)), rng)
        kinds, bonds = rng.integers(0, len(_ALPHA), size), rng.integers(0, len(_BETA), len(pairs))
        beta = np.zeros((size, size))
        beta[tuple(np.transpose(pairs))] = _BETA[bonds]
        targets.append(orbitals(_ALPHA[kinds], beta + beta.T)[which])
        made.append((np.eye(len(_ALPHA))[kinds], pairs, np.eye(len(_BETA))[bonds]))
    return _packed(made, np.array(targets), "beta", size=atoms)


def _skeleton(size: int, rings: int, rng: np.random.Generator) -> tuple[list[tuple[int, int]], int]:
    """Bonds of a tree, and of rings where atoms are left that may have them."""
    pairs: list[tuple[int, int]] = []
    degrees = np.zeros(size, int)
    for new in range(1, size):
        pairs.append((int(rng.choice(np.flatnonzero(degrees[:new] < _DEGREE))), new))
        degrees[[*pairs[-1]]] += 1
    for _ in range(rings):
        a, b = sorted(rng.choice(size, 2, replace=False).tolist())
        if (a, b) not in pairs and max(degrees[a], degrees[b]) < _DEGREE:
            pairs.append((a, b))
            degrees[[a, b]] += 1
    return pairs, size


def qm7() -> MoleculeGraphs:
    """The 7,101 molecules of `neural.datasets.qm7` with their hydrogens, and heats of formation.

    Features of an atom are its element; of a bond, its length in soft bins, two of which share
    it. Bonded are atoms nearer than the sum of their covalent radii and 0.3 angstrom.

    Raises:
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets.qm7`.
    """
    from neural.datasets import qm7 as read

    found = read()
    numbers = np.array(list(_RADII))
    nodes = (found.elements[:, :, None] == numbers).astype(np.float32)  # (n, k, 5)
    radii = nodes @ np.array(list(_RADII.values()))
    made = []
    for row, radius, places in zip(nodes, radii, found.positions, strict=True):
        count = int(row.any(1).sum())
        places, radius = places[:count], radius[:count]
        lengths = np.sqrt(((places[:, None] - places) ** 2).sum(2))
        bonded = lengths < radius[:, None] + radius + _SLACK
        pairs = np.argwhere(np.triu(bonded, 1))
        made.append((row[:count], pairs, _soft_bins(lengths[tuple(pairs.T)])))
    return _packed(made, found.targets, found.unit)


def _soft_bins(lengths: Floats) -> Floats:
    """Shares of the two nearest centres, (m, centres); the outer ones take what is beyond."""
    width = _CENTRES[1] - _CENTRES[0]
    inside = lengths.clip(_CENTRES[0], _CENTRES[-1])
    return np.maximum(0.0, 1 - np.abs(inside[:, None] - _CENTRES) / width)


def esol() -> MoleculeGraphs:
    """The 1,128 molecules of `neural.datasets.esol`, and their solubility.

    Features of an atom are its element, how many hydrogens hang on it (which are no nodes), and
    whether it is aromatic; of a bond its kind.

    Raises:
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets.esol`.
    """
    from neural.datasets import esol as read

    found = read()
    made = []
    for text in found.smiles:
        molecule = parse_smiles(text)
        atoms = np.zeros((len(molecule.atoms), len(_ELEMENTS) + _HYDROGENS + 2))
        for row, atom in zip(atoms, molecule.atoms, strict=True):
            row[_ELEMENTS.index(atom.element)] = 1
            row[len(_ELEMENTS) + min(atom.hydrogens, _HYDROGENS)] = 1
            row[-1] = atom.aromatic
        kinds = np.array([kind for _, _, kind in molecule.bonds], int)
        pairs = [(first, second) for first, second, _ in molecule.bonds]
        made.append((atoms, pairs, np.eye(AROMATIC + 1)[kinds][:, 1:]))
    return _packed(made, found.targets, found.unit)


def _packed(
    made: Sequence[tuple[NDArray[np.floating], Iterable[Iterable[int]], Floats]],
    targets: Floats,
    unit: str,
    *,
    size: int = 0,
) -> MoleculeGraphs:
    """Atoms, bonds once each and their features, as arrays with every bond either way.

    They are padded to the largest molecule, or to `size` atoms.
    """
    pairs = [np.array(list(each), np.int64).reshape(-1, 2) for _, each, _ in made]
    size = max(size, *(len(atoms) for atoms, _, _ in made))
    most = 2 * max(map(len, pairs))
    nodes = np.zeros((len(made), size, made[0][0].shape[1]), np.float32)
    edges = np.full((len(made), most, 2), -1, np.int64)
    features = np.zeros((len(made), most, made[0][2].shape[1]), np.float32)
    for at, ((atoms, _, bonds), joined) in enumerate(zip(made, pairs, strict=True)):
        nodes[at, : len(atoms)] = atoms
        edges[at, : 2 * len(joined)] = np.concatenate([joined, joined[:, ::-1]])
        features[at, : 2 * len(joined)] = np.concatenate([bonds, bonds])
    return MoleculeGraphs(nodes, edges, features, targets, unit)
