"""Molecules from SMILES: atoms with their hydrogens, and bonds.

What is read: the organic subset, brackets (isotope, chirality, hydrogens, charge, class), bonds,
branches, ring closures and dots. Chirality and direction are dropped. Aromatic is what is written
in small letters; nothing is kekulised.

References:
    D. Weininger, SMILES, a chemical language and information system, Journal of Chemical
        Information and Computer Sciences 28(1), 1988.
    C. James et al., OpenSMILES specification 1.0, 2016, sections 3.1 (implicit hydrogens) and 3.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["AROMATIC", "Atom", "Molecule", "parse_smiles"]

AROMATIC = 4
"""The kind of an aromatic bond; 1, 2 and 3 are single, double and triple ones."""

_VALENCES = {
    "B": (3,), "C": (4,), "N": (3, 5), "O": (2,), "P": (3, 5), "S": (2, 4, 6),
    "F": (1,), "Cl": (1,), "Br": (1,), "I": (1,),
}  # fmt: skip
_BONDS = {"-": 1, "/": 1, "\\": 1, "=": 2, "#": 3, ":": AROMATIC}
_TOKEN = re.compile(
    r"(?P<bracket>\[[^\]]*\])|(?P<atom>Cl|Br|[BCNOPSFIbcnops])|(?P<bond>[-=#:/\\])"
    r"|(?P<ring>\d|%\d\d)|(?P<other>[().])"
)
_BRACKET = re.compile(
    r"\[\d*(?P<symbol>[A-Z][a-z]?|[a-z]{1,2})(?:@{1,2})?(?P<hydrogens>H\d*)?"
    r"(?P<charge>\++\d*|-+\d*)?(?::\d+)?\]"
)


@dataclass(frozen=True)
class Atom:
    """An atom.

    Attributes:
        element: its symbol, as "Cl".
        aromatic: whether it was written so.
        hydrogens: that hang on it and are no atoms of their own.
        charge: in elementary charges.
    """

    element: str
    aromatic: bool = False
    hydrogens: int = 0
    charge: int = 0


@dataclass(frozen=True)
class Molecule:
    """Atoms and bonds.

    Attributes:
        atoms: in the order they are written.
        bonds: (atom, atom, kind), the kind 1, 2, 3 or `AROMATIC`.
    """

    atoms: tuple[Atom, ...]
    bonds: tuple[tuple[int, int, int], ...]


def parse_smiles(text: str) -> Molecule:
    """Read a molecule.

    A bond that is not written is aromatic between aromatic atoms of one ring, and else single.

    Raises:
        ValueError: it is no SMILES; names the place.

    Example:
        >>> [(a.element, a.hydrogens) for a in parse_smiles("CC=O").atoms]
        [('C', 3), ('C', 1), ('O', 0)]
    """
    reader = _Reader(text)
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise reader.error(f"{text[place]!r} at {place}")
        reader.take(found)
        place = found.end()
    return reader.molecule()


class _Reader:
    """What was read so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.atoms: list[tuple[str, bool, int | None, int]] = []  # None: hydrogens by valence
        self.bonds: dict[tuple[int, int], int | None] = {}  # None: not written
        self.rings: dict[int, tuple[int, int | None]] = {}
        self.branches: list[tuple[int, int]] = []  # behind which atom; how many there were
        self.last: int | None = None
        self.bond: int | None = None

    def error(self, what: str) -> ValueError:
        return ValueError(f"smiles: got {self.text!r} with {what}, accepted is a SMILES")

    def take(self, token: re.Match[str]) -> None:
        said, kind = token.group(), token.lastgroup
        if kind == "bracket":
            self.atom(*self.inside(said))
        elif kind == "atom":
            self.atom(said.capitalize(), said.islower(), None, 0)
        elif kind == "ring":
            self.ring(int(said.lstrip("%")))
        elif self.last is None or self.bond is not None:
            raise self.error(f"{said!r} that follows no atom")
        elif kind == "bond":
            self.bond = _BONDS[said]
        elif said == "(":
            self.branches.append((self.last, len(self.atoms)))
        elif said == ")":
            if not self.branches or self.branches[-1][1] == len(self.atoms):
                raise self.error("a branch that ends and never began, or holds nothing")
            self.last = self.branches.pop()[0]
        else:
            self.last = None

    def inside(self, bracket: str) -> tuple[str, bool, int, int]:
        found = _BRACKET.fullmatch(bracket)
        if found is None:
            raise self.error(bracket)
        symbol, hydrogens, charge = found.group("symbol", "hydrogens", "charge")
        return (
            symbol.capitalize(),
            symbol.islower(),
            int(hydrogens[1:] or 1) if hydrogens else 0,
            _charge(charge or ""),
        )

    def atom(self, element: str, aromatic: bool, hydrogens: int | None, charge: int) -> None:
        self.atoms.append((element, aromatic, hydrogens, charge))
        if self.last is not None:
            self.join(self.last, len(self.atoms) - 1, self.bond)
        self.last, self.bond = len(self.atoms) - 1, None

    def ring(self, number: int) -> None:
        if self.last is None:
            raise self.error(f"ring {number} before an atom")
        if number not in self.rings:
            self.rings[number] = self.last, self.bond
        else:
            other, bond = self.rings.pop(number)
            if bond is not None and self.bond is not None and bond != self.bond:
                raise self.error(f"two kinds of bond of ring {number}")
            self.join(other, self.last, bond if self.bond is None else self.bond)
        self.bond = None

    def join(self, first: int, second: int, bond: int | None) -> None:
        pair = min(first, second), max(first, second)
        if first == second or pair in self.bonds:
            raise self.error(f"two bonds between atoms {pair}")
        self.bonds[pair] = bond

    def molecule(self) -> Molecule:
        if self.rings or self.branches or self.bond is not None or self.last is None:
            raise self.error("a ring, a branch, a bond or a dot without its end, or no atom")
        aromatic = {pair for pair in self.bonds if all(self.atoms[each][1] for each in pair)}
        aromatic -= _bridges(len(self.atoms), list(self.bonds))
        bonds = {
            pair: (AROMATIC if pair in aromatic else 1) if kind is None else kind
            for pair, kind in self.bonds.items()
        }
        used = [0] * len(self.atoms)
        for pair, kind in bonds.items():
            for each in pair:
                used[each] += 1 if kind == AROMATIC else kind
        atoms = tuple(
            Atom(
                element,
                small,
                _implicit(element, small, total) if given is None else given,
                charge,
            )
            for (element, small, given, charge), total in zip(self.atoms, used, strict=True)
        )
        return Molecule(atoms, tuple((*pair, kind) for pair, kind in bonds.items()))


def _charge(said: str) -> int:
    """Of "", "+", "--", "+2"."""
    sign = -1 if said.startswith("-") else 1
    digits = said.lstrip("+-")
    return sign * (int(digits) if digits else len(said))


def _implicit(element: str, aromatic: bool, used: int) -> int:
    """Hydrogens up to the least normal valence that is enough.

    An aromatic atom has used 1 more, and knows only the first valence.
    """
    if aromatic:
        return max(_VALENCES[element][0] - used - 1, 0)
    return next((valence - used for valence in _VALENCES[element] if valence >= used), 0)


def _bridges(atoms: int, bonds: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """The bonds in no ring."""
    import networkx

    graph = networkx.Graph(bonds)
    graph.add_nodes_from(range(atoms))
    unused = {frozenset(pair) for pair in networkx.bridges(graph)}  # pyright: ignore[reportArgumentType]
    return {pair for pair in bonds if frozenset(pair) in unused}
