"""Notations of lambda terms, to and from tokens in prefix order."""

from __future__ import annotations

import re
from collections.abc import Sequence

LAMBDA, APPLY = 0, -1

_WORD = re.compile(r"\s*(?:([\\λ])|([()])|(\.)|([A-Za-z_][A-Za-z_0-9']*)|([0-9]+))")
_LETTERS = "xyzuvwabcdefghijklmnopqrst"


def tokens_of_bits(bits: str) -> tuple[int, ...]:
    """The term that all of `bits` is.

    Raises:
        ValueError: they end within a term or go on behind it.
    """
    tokens, missing, at = [], 1, 0
    while missing and at < len(bits):
        if bits[at] == "1":
            index = bits.find("0", at) - at
            if index < 0:
                break
            tokens.append(index)
            missing, at = missing - 1, at + index + 1
        elif at + 1 == len(bits):
            break
        else:
            tokens.append(-int(bits[at + 1]))
            missing, at = missing + int(bits[at + 1]), at + 2
    if missing:
        raise ValueError(f"got {len(bits)} bits that end within a term, accepted is a whole one")
    if at < len(bits):
        raise ValueError(
            f"got {len(bits)} bits of which the first {at} are a term, accepted is one term"
        )
    return tuple(tokens)


def tokens_of_text(text: str) -> tuple[int, ...]:
    """The term that `text` writes with names or indices.

    Raises:
        ValueError: it is no term.
    """
    words, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _WORD.match(text, at)
        if found is None:
            raise ValueError(
                f"got {text[at:].strip()[:20]!r} where a term goes on; in {text!r:.80}"
            )
        words.append((found.lastindex, found[found.lastindex or 0], at))
        at = found.end()
    return _Reader(text, words).whole()


class _Reader:
    """Words, read one after the other without recursion: a frame per open parenthesis or lambda."""

    def __init__(self, text: str, words: Sequence[tuple[int | None, str, int]]) -> None:
        self.text, self.words, self.at = text, words, 0

    def fail(self, what: str) -> ValueError:
        return ValueError(f"{what}; in {self.text!r:.80}")

    def whole(self) -> tuple[int, ...]:
        scope: list[str | None] = []
        # (the term so far, lambdas that it is below, whether a parenthesis closes it)
        frames: list[tuple[list[int], int, bool]] = []
        term: list[int] = []
        lambdas, closes = self.binders(scope), False
        while True:
            kind, word, _ = self.words[self.at] if self.at < len(self.words) else (0, "", 0)
            self.at += 1
            if kind == 2 and word == "(":
                frames.append((term, lambdas, closes))
                term, lambdas, closes = [], self.binders(scope), True
            elif kind == 1:
                self.at -= 1
                frames.append((term, lambdas, closes))
                term, lambdas, closes = [], self.binders(scope), False
            elif kind in (4, 5):
                term = _applied(term, [self.variable(kind, word, scope)])
            elif kind == 3:
                raise self.fail("got a '.' without a lambda")
            else:
                if kind == 2 and not any(each for *_, each in frames) and not closes:
                    raise self.fail("got ')' without '('")
                while True:  # what ends here: lambdas without a parenthesis, then one that has it
                    if not term:
                        raise self.fail("got nothing where a term is wanted")
                    term = [LAMBDA] * lambdas + term
                    del scope[len(scope) - lambdas :]
                    ended = closes
                    if not frames:
                        if kind == 2 or ended:
                            raise self.fail("got '(' without ')'")
                        return tuple(term)
                    if ended and kind == 0:
                        raise self.fail("got '(' without ')'")
                    outer, lambdas, closes = frames.pop()
                    term = _applied(outer, term)
                    if ended:
                        break

    def binders(self, scope: list[str | None]) -> int:
        """Lambdas from here on, their names put in scope."""
        count = 0
        while self.at < len(self.words) and self.words[self.at][0] == 1:
            self.at += 1
            start, names = self.at, []
            while self.at < len(self.words) and self.words[self.at][0] == 4:
                names.append(self.words[self.at][1])
                self.at += 1
            if names and self.at < len(self.words) and self.words[self.at][0] == 3:
                self.at += 1
            else:  # no dot: a lambda without a name, and the names are of the body
                self.at, names = start, [None]
            scope += names
            count += len(names)
        return count

    def variable(self, kind: int, word: str, scope: list[str | None]) -> int:
        if kind == 5:
            if int(word) < 1:
                raise self.fail("got the index 0, accepted are de Bruijn indices from 1")
            return int(word)
        if word not in scope:
            raise self.fail(f"got the name {word!r}, which no lambda binds")
        return scope[::-1].index(word) + 1


def _applied(function: list[int], argument: list[int]) -> list[int]:
    return [APPLY, *function, *argument] if function else argument


def nameless(tokens: Sequence[int]) -> str:
    """The text with de Bruijn indices."""
    return _text(tokens, names=False)


def named(tokens: Sequence[int]) -> str:
    """The text with names; free variables are numbers, as in `nameless`."""
    return _text(tokens, names=True)


def _text(tokens: Sequence[int], *, names: bool) -> str:
    # from behind: texts of the subterms, each with how tightly it binds (0 a lambda, 1 an
    # application, 2 a variable) and, for names, how the lambdas below merge
    stack: list[tuple[str, int]] = []
    depths = _depths(tokens)
    for token, depth in zip(reversed(tokens), reversed(depths), strict=True):
        if token > 0:
            bound = names and token <= depth
            stack.append((_name(depth - token) if bound else str(token), 2))
        elif token == LAMBDA:
            body, _ = stack.pop()
            if not names:
                stack.append((f"\\ {body}", 0))
            elif body.startswith("\\"):
                stack.append((f"\\{_name(depth)} {body[1:]}", 0))
            else:
                stack.append((f"\\{_name(depth)}. {body}", 0))
        else:
            (function, tight), (argument, bound) = stack.pop(), stack.pop()
            function = function if tight else f"({function})"
            stack.append((f"{function} {argument if bound == 2 else f'({argument})'}", 1))
    return stack[0][0]


def _depths(tokens: Sequence[int]) -> list[int]:
    """Lambdas around each token."""
    wanted, depths = [0], []
    for token in tokens:
        depth = wanted.pop()
        depths.append(depth)
        wanted += [depth + 1] if token == LAMBDA else [depth, depth] if token == APPLY else []
    return depths


def _name(depth: int) -> str:
    letter, turn = _LETTERS[depth % len(_LETTERS)], depth // len(_LETTERS)
    return f"{letter}{turn}" if turn else letter
