"""Terms of the lambda calculus: parsed and printed as bits, with names, and by de Bruijn indices.

As bits a lambda is 00, an application 01 followed by function and argument, and variable i is
1^i 0, where i counts the lambdas from the variable outwards to its own, from 1.

References:
    J. Tromp, Binary lambda calculus and combinatory logic, in: C. S. Calude (ed.), Randomness and
        Complexity, from Leibniz to Chaitin, World Scientific 2008, 237-260.
    N. G. de Bruijn, Lambda calculus notation with nameless dummies, Indagationes Mathematicae
        75(5), 1972.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from complexity.machines._notation import (
    APPLY,
    LAMBDA,
    named,
    nameless,
    tokens_of_bits,
    tokens_of_text,
)

__all__ = ["Term", "TermLike", "as_term"]


@dataclass(frozen=True, repr=False)
class Term:
    r"""A lambda term.

    Attributes:
        tokens: in prefix notation: 0 for a lambda, -1 for an application, i >= 1 for the variable
            with de Bruijn index i.

    Example:
        >>> term = Term.parse(r"\x y. x")
        >>> term.bits, term.size, term.is_closed, term.de_bruijn
        ('0000110', 7, True, '\\ \\ 2')
        >>> Term.parse("0000110") == term
        True
    """

    tokens: tuple[int, ...]

    def __post_init__(self) -> None:
        missing = 1
        for token in self.tokens:
            if missing == 0 or not isinstance(token, int) or token < APPLY:
                raise ValueError(f"tokens: got {self.tokens!r:.80}, accepted is one whole term")
            missing += (token == APPLY) - (token > 0)
        if missing:
            raise ValueError(f"tokens: got {self.tokens!r:.80}, accepted is one whole term")

    @classmethod
    def parse(cls, text: str) -> Term:
        r"""Read a term.

        Args:
            text: bits; or lambdas as `\\x y. x (y x)`, `\\ \\ 2` with de Bruijn indices, or both,
                `λ` for the backslash. Application is to the left, a lambda reaches as far as it
                can, and 0 and 1 alone are bits.

        Raises:
            TypeError: `text` is not a str.
            ValueError: it is no term; the error says where.
        """
        if not isinstance(text, str):
            raise TypeError(f"term: got {type(text).__name__}, accepted is a str or a Term")
        bits = "".join(text.split())
        return cls(tokens_of_bits(bits) if set(bits) <= {"0", "1"} else tokens_of_text(text))

    def __call__(self, *arguments: Term) -> Term:
        """The application of this term to others, from the left."""
        tokens = self.tokens
        for argument in arguments:
            tokens = (APPLY, *tokens, *argument.tokens)
        return Term(tokens)

    @property
    def bits(self) -> str:
        """The term in binary lambda calculus."""
        words = {LAMBDA: "00", APPLY: "01"}
        return "".join(words[t] if t <= 0 else "1" * t + "0" for t in self.tokens)

    @property
    def size(self) -> int:
        """How many bits it is."""
        return sum(2 if token <= 0 else token + 1 for token in self.tokens)

    @property
    def is_closed(self) -> bool:
        """Whether every variable has its lambda."""
        depths = [0]
        for token in self.tokens:
            depth = depths.pop()
            if token > depth:
                return False
            depths += [depth + 1] if token == LAMBDA else [depth, depth] if token == APPLY else []
        return True

    @property
    def list_bits(self) -> str | None:
        """The bit string that the term is as a list (see `list_term`), None if it is none."""
        from complexity.machines.lists import bits_of_list

        return bits_of_list(self.tokens)

    @property
    def de_bruijn(self) -> str:
        """The term with de Bruijn indices."""
        return nameless(self.tokens)

    def __str__(self) -> str:
        return named(self.tokens)

    def __repr__(self) -> str:
        text = str(self) if len(self.tokens) <= 200 else f"{self.bits[:60]}... ({self.size} bits)"
        return f"Term({text})"


TermLike = Term | str
"""A term, or a text that `Term.parse` reads."""


def as_term(argument: str, x: TermLike, *, closed: bool = True) -> Term:
    """The term that is meant.

    Raises:
        TypeError: `x` is neither a term nor a str.
        ValueError: it is no term, or not closed where it has to be.
    """
    if isinstance(x, Term):
        term = x
    elif isinstance(x, str):
        try:
            term = Term.parse(x)
        except ValueError as error:
            raise ValueError(f"{argument}: {error}") from None
    else:
        raise TypeError(f"{argument}: got {type(x).__name__}, accepted is a Term or a str")
    if closed and not term.is_closed:
        raise ValueError(f"{argument}: got {term.de_bruijn:.80}, accepted is a closed term")
    return term


def tokens_as_term(tokens: Iterable[int]) -> Term:
    """The term of tokens that are known to be one, unchecked."""
    term = object.__new__(Term)
    object.__setattr__(term, "tokens", tuple(tokens))
    return term
