"""Linear rules, whose state after any number of steps is had in time logarithmic in the number.

One step multiplies the state, read as a polynomial, by a fixed one, P. Modulo a prime p, P(x)^p is
P(x^p), so p^m steps are one step among cells p^m apart; modulo p^e, p^(m + e - 1) steps are p^(e-1)
such steps. Modulo other numbers the prime powers are put together again.

References:
    O. Martin, A. M. Odlyzko, S. Wolfram, Algebraic properties of cellular automata, Commun. Math.
    Phys. 93, 1984.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from simulations.automata.analysis.tables import Rule1D, local
from simulations.automata.automaton import Cells
from simulations.automata.one_dimensional import RadiusRule

__all__ = ["LinearRule", "linear"]


@dataclass(frozen=True)
class LinearRule:
    """A cell becomes the sum of the cells around times coefficients, plus a constant, mod `states`.

    Attributes:
        states: the modulus.
        coefficients: of the cells from `radius` to the left to `radius` to the right.
        constant: what is added.
    """

    states: int
    coefficients: tuple[int, ...]
    constant: int = 0

    @property
    def radius(self) -> int:
        """How far a cell's influence reaches in one step."""
        return len(self.coefficients) // 2

    @property
    def rule(self) -> RadiusRule:
        """The same rule by its table."""
        sums = np.zeros(1, np.int64)
        for coefficient in self.coefficients:
            sums = np.add.outer(sums, coefficient * np.arange(self.states)).ravel()
        return RadiusRule((sums + self.constant) % self.states, self.states, self.radius)

    def run(self, state: npt.ArrayLike, steps: int, *, boundary: str = "periodic") -> Cells:
        """The state after any number of steps, as stepping gives it, in time O(log steps).

        Args:
            state: integers of one axis, each below `states`.
            steps: at least 0, of any size.
            boundary: "periodic" or "open"; the last without a constant only.

        Returns:
            uint8 of the same shape; of the open line what is seen through the state's window.

        Raises:
            ValueError, TypeError: a state, number or boundary that is not accepted.
        """
        one_of("boundary", boundary, ("periodic", "open"))
        if boundary == "open" and self.constant:
            raise ValueError(
                f"boundary: got 'open' for a rule with constant {self.constant}, whose empty "
                "ground comes alive; accepted is periodic"
            )
        cells = self.rule.checked(state)
        count = integer("steps", steps, 0)
        if not cells.size or not count:
            return cells
        total = np.full(cells.size, self._constant_after(count), np.int64)
        after = self._ring if boundary == "periodic" else self._window
        for prime, power in _prime_powers(self.states):
            modulus = prime**power
            rest = self.states // modulus
            # all of the 256 states are below a modulus that no byte holds
            residues = cells if modulus == self.states else cells % modulus
            part = after(residues, list(_scales(count, prime, power)), modulus)
            total += part.astype(np.int64) * (rest * pow(rest, -1, modulus) % self.states)
        return (total % self.states).astype(np.uint8)

    def _constant_after(self, steps: int) -> int:
        """What a state of zeros has become: constant times 1 + s + s^2 + ..., s the sum of all."""
        ratio = sum(self.coefficients)
        if ratio == 1:
            return self.constant * steps % self.states
        power = pow(ratio, steps, self.states * (ratio - 1)) if ratio else 0
        geometric = (power - 1) // (ratio - 1) if ratio else 1
        return self.constant * geometric % self.states

    def _mixed(self, part: Callable[[int], Cells], modulus: int) -> Cells:
        """The sum of part(offset) times the coefficients."""
        radius = self.radius
        pairs = [(j - radius, c % modulus) for j, c in enumerate(self.coefficients) if c % modulus]
        total = np.zeros_like(part(0))
        if modulus == 2:
            for offset, _ in pairs:
                total ^= part(offset)
            return total
        wide = total.astype(np.int64)
        for offset, coefficient in pairs:
            wide += part(offset).astype(np.int64) * coefficient
        return (wide % modulus).astype(np.uint8)

    def _ring(self, cells: Cells, scales: list[int], modulus: int) -> Cells:
        for scale in scales:
            now = cells
            cells = self._mixed(lambda j, x=now, s=scale: np.roll(x, -j * s % x.size), modulus)
        return cells

    def _window(self, cells: Cells, scales: list[int], modulus: int) -> Cells:
        """The cells from 0 to the state's length on the open line.

        A step among far cells wants few windows of those that the steps before leave not empty. So
        the windows wanted are found from the last step to the first, and filled the other way.
        """
        width = cells.size
        reaches = [0]
        for scale in scales:
            reaches.append(reaches[-1] + self.radius * scale)
        near = sum(reach <= width for reach in reaches) - 1
        far = list(range(near, len(scales)))
        wanted: dict[int, set[int]] = {len(scales): {0}}
        for level in reversed(far):
            steps = [(j - self.radius) * scales[level] for j in range(len(self.coefficients))]
            places = {place + step for place in wanted[level + 1] for step in steps}
            wanted[level] = {x for x in places if abs(x) < width + reaches[level]}
        wide = self._ring(np.pad(cells, 2 * reaches[near]), scales[:near], modulus)
        wide = np.pad(wide, width)
        shift = width + 2 * reaches[near]
        windows = {x: wide[x + shift : x + shift + width] for x in wanted[near]}
        nothing = np.zeros(width, np.uint8)
        for level in far:
            scale, kept = scales[level], windows
            windows = {
                x: self._mixed(lambda j, x=x, s=scale, w=kept: w.get(x + j * s, nothing), modulus)
                for x in wanted[level + 1]
            }
        return windows[0]


def _prime_powers(number: int) -> Iterator[tuple[int, int]]:
    prime = 2
    while number > 1:
        power = 0
        while number % prime == 0:
            number, power = number // prime, power + 1
        if power:
            yield prime, power
        prime += 1


def _scales(steps: int, prime: int, power: int) -> Iterator[int]:
    """How far apart the cells are in the steps that together are `steps`, ascending."""
    block = prime ** (power - 1)
    yield from [1] * (steps % block)
    blocks, scale = steps // block, 1
    while blocks:
        blocks, digit = divmod(blocks, prime)
        yield from [scale] * (digit * block)
        scale *= prime


def linear(rule: Rule1D) -> LinearRule | None:
    """The rule as a sum modulo its number of states, None if it is none.

    Example:
        >>> linear(90)
        LinearRule(states=2, coefficients=(1, 0, 1), constant=0)
        >>> linear(105).constant, linear(30)
        (1, None)
    """
    known = local(rule)
    states, cells = known.states, 2 * known.radius + 1
    table = known.table.astype(np.int64)
    constant = int(table[0])
    places = states ** np.arange(cells - 1, -1, -1)
    coefficients = (table[places] - constant) % states
    words = np.arange(table.size)
    total = np.full(table.size, constant)
    for place, coefficient in zip(places, coefficients, strict=True):
        total += words // place % states * coefficient
    if (total % states != table).any():
        return None
    return LinearRule(states, tuple(coefficients.tolist()), constant)
