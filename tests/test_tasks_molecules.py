"""Molecules: Hückel's closed forms, SMILES against formulas and RDKit's table, QM7's geometry."""

from __future__ import annotations

import math
from collections import Counter

import networkx
import numpy as np
import pytest

pytest.importorskip("torch")
from hypothesis import given, settings
from hypothesis import strategies as st

from neural import datasets
from neural.tasks.molecules import esol, hueckel, orbitals, qm7, split
from neural.tasks.smiles import AROMATIC, parse_smiles

WEIGHTS = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "P": 30.974, "S": 32.067,
    "Cl": 35.453, "Br": 79.904, "I": 126.904,
}  # fmt: skip


def formula(text: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for atom in parse_smiles(text).atoms:
        found[atom.element] += 1
        found["H"] += atom.hydrogens
    return {element: count for element, count in found.items() if count}


@pytest.mark.parametrize("size", range(3, 10))
def test_rings_and_chains_in_closed_form(size):
    """Levels 2 cos(2 pi k / n) of a ring and 2 cos(pi k / (n + 1)) of a chain, each below alpha."""
    chain = np.eye(size, k=1) + np.eye(size, k=-1)
    ring = chain.copy()
    ring[0, -1] = ring[-1, 0] = 1
    for beta, levels in (
        (ring, [-2 * math.cos(2 * math.pi * k / size) for k in range(size)]),
        (chain, [-2 * math.cos(math.pi * k / (size + 1)) for k in range(1, size + 1)]),
    ):
        levels.sort()
        energy, gap = orbitals(np.full(size, 0.5), beta)
        filled = 2 * sum(levels[: size // 2]) + (size % 2) * levels[size // 2]
        assert energy == pytest.approx(filled - 0.5 * size)
        assert gap == pytest.approx(0 if size % 2 else levels[size // 2] - levels[size // 2 - 1])


def test_benzene():
    ring = np.roll(np.eye(6), 1, 0) + np.roll(np.eye(6), -1, 0)
    assert orbitals(np.zeros(6), ring) == (pytest.approx(-8), pytest.approx(2))


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_random_molecules(seed):
    made = hueckel(3, seed=seed)
    gaps = hueckel(3, target="gap", seed=seed)
    np.testing.assert_array_equal(made.edges, gaps.edges)
    alpha, beta = np.array([0, 0.5, 1, -0.5]), np.array([1, 0.8, 1.3])
    for at in range(3):
        size = int(made.nodes[at].any(1).sum())
        assert made.nodes[at, :size].sum() == size
        assert not made.nodes[at, size:].any()
        pairs = made.edges[at][made.edges[at, :, 0] >= 0]
        bonds = made.features[at, : len(pairs)] @ beta
        matrix = np.zeros((size, size))
        matrix[tuple(pairs.T)] = bonds
        np.testing.assert_array_equal(matrix, matrix.T)
        graph = networkx.from_numpy_array(matrix)
        assert networkx.is_connected(graph)
        assert 6 <= size <= 12
        assert max(degree for _, degree in graph.degree) <= 4
        assert size - 1 <= graph.number_of_edges() <= size + 2
        energy, gap = orbitals((made.nodes[at, :size] @ alpha).astype(float), matrix)
        assert (made.targets[at], gaps.targets[at]) == (pytest.approx(energy), pytest.approx(gap))


def test_parts():
    made = hueckel(20)
    train, test = split(made, 5, seed=0)
    assert (len(train), len(test)) == (15, 5)
    both = np.sort(np.concatenate([train.targets, test.targets]))
    np.testing.assert_array_equal(both, np.sort(made.targets))
    with pytest.raises(ValueError, match="tested: got 20, accepted is an integer from 1 to 19"):
        split(made, 20, seed=0)
    with pytest.raises(ValueError, match="atoms: got 5"):
        hueckel(1, atoms=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C", "C H4"), ("CCO", "C2 H6 O"), ("c1ccccc1", "C6 H6"), ("c1ccsc1", "C4 H4 S"),
        ("Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C8 H10 N4 O2"), ("[nH]1cccc1", "C4 H5 N"),
        ("C[N+](=O)[O-]", "C H3 N O2"), ("CN(=O)=O", "C H3 N O2"), ("CS(=O)(=O)C", "C2 H6 O2 S"),
        ("OP(=O)(O)O", "H3 O4 P"), ("N[C@@H](C)C(=O)O", "C3 H7 N O2"), ("F/C=C/F", "C2 H2 F2"),
        ("C%10CCCCC%10", "C6 H12"), ("[13CH4]", "C H4"), ("[NH4+].[Cl-]", "Cl H4 N"),
        ("C12CCCCC1CCCC2", "C10 H18"), ("c1ccccc1-c2ccccc2", "C12 H10"), ("BrCC#N", "C2 H2 Br N"),
    ],
)  # fmt: skip
def test_formulas(text, expected):
    parts = [part.rstrip("0123456789") for part in expected.split()]
    counts = [int(part[len(name) :] or 1) for part, name in
              zip(expected.split(), parts, strict=True)]  # fmt: skip
    assert formula(text) == dict(zip(parts, counts, strict=True))


def test_bonds_that_are_not_written():
    def kinds(text: str) -> Counter[int]:
        return Counter(kind for *_, kind in parse_smiles(text).bonds)

    assert kinds("c1ccccc1") == {AROMATIC: 6}
    assert kinds("c1ccccc1c2ccccc2") == {
        AROMATIC: 12,
        1: 1,
    }  # the bond between the rings is in none
    assert kinds("CC=CC#C") == {1: 2, 2: 1, 3: 1}
    assert parse_smiles("C[N+](=O)[O-]").atoms[3].charge == -1
    assert parse_smiles("C(.O)=C").bonds == ((0, 2, 2),)
    assert parse_smiles("C=1CC=1").bonds == parse_smiles("C1CC=1").bonds
    assert parse_smiles("[Cu++]").atoms[0].charge == parse_smiles("[Cu+2]").atoms[0].charge == 2


@pytest.mark.parametrize(
    "text",
    [
        "", "C(", "C)", "C1CC", "C=", "[C", "[]", "C11", "Cx", "1CC1", "=C", "C==C", "C(=)C",
        "C=(C)C", "(C)C", "C()C", "C=.C", ".C", "C..C", "C.", "C=1CCCCC-1",
    ],
)  # fmt: skip
def test_what_is_no_smiles(text):
    with pytest.raises(ValueError, match="accepted is a SMILES"):
        parse_smiles(text)


@pytest.mark.skipif(not datasets.available("esol"), reason="the table is not at hand")
def test_esol_as_rdkit_has_it():
    found, graphs = datasets.esol(), esol()
    columns = dict(zip(found.feature_names, found.features.T, strict=True))
    assert len(graphs) == 1128
    cages = 0  # of which that version of RDKit counts a ring more than there are independent ones
    for at, text in enumerate(found.smiles):
        molecule = parse_smiles(text)
        weight = sum(WEIGHTS[a.element] + a.hydrogens * WEIGHTS["H"] for a in molecule.atoms)
        assert weight == pytest.approx(columns["Molecular Weight"][at], abs=0.02), text
        graph = networkx.Graph([bond[:2] for bond in molecule.bonds])
        graph.add_nodes_from(range(len(molecule.atoms)))
        parts = networkx.number_connected_components(graph)
        rings = len(molecule.bonds) - len(molecule.atoms) + parts
        more = columns["Number of Rings"][at] - rings
        cages += more != 0
        assert more in (0, 1), text
        assert min(d for _, d in graph.degree) == columns["Minimum Degree"][at], text
        assert graphs.nodes[at].any(1).sum() == len(molecule.atoms)
        assert (graphs.edges[at, :, 0] >= 0).sum() == 2 * len(molecule.bonds)
    assert cages == 4


@pytest.mark.skipif(not datasets.available("qm7"), reason="the molecules are not at hand")
def test_bonds_of_qm7_from_its_geometry():
    """All molecules hang together, and a hydrogen has one bond."""
    graphs = qm7()
    assert len(graphs) == 7101
    real = np.any(graphs.nodes, axis=2)
    np.testing.assert_allclose(graphs.features.sum(2), graphs.edges[..., 0] >= 0, atol=1e-6)
    degrees = np.zeros(real.shape, int)
    rows, at = np.nonzero(graphs.edges[..., 0] >= 0)
    np.add.at(degrees, (rows, graphs.edges[rows, at, 0]), 1)
    assert set(degrees[graphs.nodes[..., 0] > 0]) == {1}
    assert degrees[graphs.nodes[..., 1] > 0].max() <= 4
    for row in range(0, 7101, 20):
        graph = networkx.Graph()
        graph.add_nodes_from(range(int(np.sum(real[row]))))
        pairs = graphs.edges[row]
        graph.add_edges_from(pairs[np.flatnonzero(pairs[:, 0] >= 0)].tolist())
        assert networkx.is_connected(graph)
