"""Points for scaling laws: one family of language models, trained at every size and amount of text.

A family is any function (symbols, size) -> torch module that maps symbols (B, T) to logits
(B, T, K) of what follows, without looking ahead; by name it is "package.module:function". All
points have one recipe, as Kaplan et al. train theirs: only size, text and steps differ. Finished
points are kept in a folder, each under all that determines it, the family's program too, so that
what was interrupted goes on with the next.

References:
    J. Kaplan et al., Scaling laws for neural language models, 2020, sections 2 and 3.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer
from complexity.files import save_json
from complexity.progress import progress as progress_bar
from mdl.weights import compress, decompress
from mdl.weights.tensors import parameters_of, reproducible
from neural.tasks.text import Corpus
from neural.training import TrainingRun, cosine, linear_warmup, passes
from simulations.ledger import digest
from simulations.program import program_text

__all__ = ["Family", "Point", "Recipe", "counted_parameters", "family_of", "sweep"]

Family = Callable[[int, int], nn.Module]
"""(symbols of the vocabulary, size) -> module of symbols (B, T) to logits (B, T, K)."""

_BITS = 1 / math.log(2)


@dataclass(frozen=True)
class Recipe:
    """How every point is trained and measured.

    Attributes:
        context: symbols that a network sees before each it predicts, at most.
        batch: texts of that length in a step.
        epochs: passes over the text; the first one is the prequential code.
        steps: at most, 0 for as many as the passes take.
        learning_rate: of AdamW with betas 0.9 and 0.98, at most; falls to 0 by a cosine.
        reference: parameters up to which that rate holds; it falls as N^-1/4 beyond, which is
            width^-1/2 in transformers of one depth.
        warmup: steps.
        clip: the greatest norm of a gradient.
        measured: moments, evenly spaced, at which the test text is coded; the last is the end. At
            most one for each step.
        tested: symbols of the test text that are coded, 0 for all.
        tolerances: relative errors of weights in files; () for no files.
    """

    context: int = 64
    batch: int = 32
    epochs: int = 1
    steps: int = 0
    learning_rate: float = 0.01
    reference: int = 6144
    warmup: int = 50
    clip: float = 1.0
    measured: int = 8
    tested: int = 20_000
    tolerances: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        least = {"steps": 0, "warmup": 0, "tested": 0}
        names = ("context", "batch", "epochs", "steps", "reference", "warmup", "measured", "tested")
        for name in names:
            integer(name, getattr(self, name), least.get(name, 1))
        object.__setattr__(self, "tolerances", tuple(map(float, self.tolerances)))


@dataclass(frozen=True)
class Point:
    """What one network gave.

    Attributes:
        size: as the family was asked for.
        parameters: N, see `counted_parameters`.
        all_parameters: with embeddings, biases and norms; tied ones once.
        symbols: D, of the text that was learned from.
        steps: at which it was measured.
        losses: bits of a symbol of the test text then.
        coded_symbols: that had been learned from then, each counted once.
        coded_bits: of these, each by the network in evaluation mode as it was before it learned
            from them.
        batch: symbols of a step.
        files: (bits of the weights' file, bits of a test symbol by the decoded network) each.
    """

    size: int
    parameters: int
    all_parameters: int
    symbols: int
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    coded_symbols: tuple[int, ...]
    coded_bits: tuple[float, ...]
    batch: int
    files: tuple[tuple[float, float], ...] = ()

    @property
    def loss(self) -> float:
        """Bits of a test symbol at the end."""
        return self.losses[-1]

    @property
    def best_loss(self) -> float:
        """The least that was measured: as if stopped early."""
        return min(self.losses)

    @property
    def compute(self) -> tuple[float, ...]:
        """Operations until each measurement, 6 N B S."""
        return tuple(6.0 * self.parameters * self.batch * step for step in self.steps)

    @property
    def prequential_bits(self) -> float:
        """Of a symbol of the text that was learned from."""
        return self.coded_bits[-1] / self.coded_symbols[-1]

    def file(self, symbols: float) -> tuple[float, float]:
        """The file with which that many symbols like the test's are shortest, and its loss.

        Raises:
            ValueError: no files were made.
        """
        if not self.files:
            raise ValueError("files: this point has none; give the recipe `tolerances`")
        return min(self.files, key=lambda each: each[0] + symbols * each[1])

    def coarsest(self, rise: float) -> float:
        """Bits of the shortest file whose loss is at most that much above the network's own.

        NaN where there is none.
        """
        able = [bits for bits, loss in self.files if loss <= self.loss + rise]
        return min(able, default=math.nan)


def family_of(family: Family | str) -> Family:
    """The function that is named "package.module:function", or the function itself.

    Raises:
        ValueError: the name has no colon, or there is no such function.
        TypeError: it is none.
    """
    found: Any = family
    if isinstance(family, str):
        module, colon, attribute = family.partition(":")
        accepted = 'accepted is "package.module:function" of a function that can be imported'
        if not colon or not module:
            raise ValueError(f"family: got {family!r}, {accepted}")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            raise ValueError(f"family: got {family!r}, {accepted}: {error}") from None
    if not callable(found):
        raise TypeError(f"family: got {found!r}, accepted is a function (symbols, size) -> module")
    return cast("Family", found)


def counted_parameters(module: nn.Module) -> int:
    """N as Kaplan et al. count: weights of matrices that are no embeddings, tied outputs with them.

    An attribute `nonembedding` of the module wins, if it has one.

    Raises:
        TypeError, ValueError: there are none.
    """
    own = getattr(module, "nonembedding", None)
    if own is not None:
        return integer("nonembedding", own, 1)
    tables = {
        id(each.weight) for each in module.modules() if isinstance(each, nn.Embedding)
    }  # by identity: a tied output is the same tensor
    every = parameters_of(module).values()
    found = sum(p.numel() for p in every if p.ndim > 1 and id(p) not in tables)
    if not found:
        raise ValueError(
            "family: its module has no matrix outside embeddings, accepted is one that has, or an "
            "attribute `nonembedding`"
        )
    return found


def sweep(
    family: Family | str,
    text: Corpus,
    sizes: Sequence[int],
    *,
    symbols: Sequence[int] = (0,),
    recipe: Recipe | None = None,
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
    executor: Executor | None = None,
    device: str = "cpu",
    progress: bool = True,
) -> tuple[Point, ...]:
    """Train the family at every size on every amount of text.

    Args:
        family: see the module; by name if an executor's processes are to find it.
        text: to learn from, and to test on.
        sizes: as the family takes them.
        symbols: of the text's beginning that are learned from; 0 for all.
        recipe: None for `Recipe()`.
        seed: of weights and batches.
        folder: where finished points are kept; None for nowhere.
        executor: of `concurrent.futures`, which runs the points; None for this process.
        device: of torch.
        progress: whether to show it on a terminal.

    Returns:
        A point for each size and amount, sizes varying slowest.

    Raises:
        TypeError, ValueError: an argument is out of range, the family gives no module or other
            logits, or a training diverged.
    """
    function = family_of(family)
    recipe = recipe or Recipe()
    amounts = [integer("symbols", each, 0, len(text.train)) or len(text.train) for each in symbols]
    cells = list(product([integer("sizes", each, 1) for each in sizes], amounts))
    if not cells:
        raise ValueError("sizes, symbols: got none, accepted is at least one of each")
    for amount in amounts:
        if amount <= recipe.context:
            raise ValueError(
                f"symbols: got {amount}, accepted are more than the context of {recipe.context}"
            )
    kept = None if folder is None else Path(folder)
    common = [] if kept is None else [program_text(function), asdict(recipe), seed, _digest(text)]
    found: dict[int, Point] = {}
    with progress_bar("points", len(cells), show=progress) as advance:
        waiting = {}
        for at, (size, amount) in enumerate(cells):
            path = None if kept is None else kept / _name(size, amount, common)
            arguments = (family, text, size, amount, recipe, seed, device)
            if path is not None and path.exists():
                found[at] = _read(path)
                advance()
            elif executor is not None:
                waiting[executor.submit(trained, *arguments)] = at, path
            else:
                found[at] = _kept(trained(*arguments), path)
                advance()
        try:
            for future in as_completed(waiting):
                at, path = waiting[future]
                found[at] = _kept(future.result(), path)
                advance()
        finally:
            for future in waiting:
                future.cancel()
    return tuple(found[at] for at in range(len(cells)))


def trained(
    family: Family | str,
    text: Corpus,
    size: int,
    symbols: int,
    recipe: Recipe,
    seed: int,
    device: str = "cpu",
) -> Point:
    """Train one network of the family.

    Args:
        family, text, recipe, seed, device: as of `sweep`.
        size: as the family takes it.
        symbols: of the text that are learned from.

    Raises:
        TypeError, ValueError: as of `sweep`.
    """
    with reproducible(seed):
        module = family_of(family)(len(text.symbols), size)
    if not isinstance(module, nn.Module):
        raise TypeError(f"family: gave {type(module).__name__}, accepted is a torch.nn.Module")
    rows = _windows(text.train[:symbols], recipe.context)
    test = _windows(text.test[: recipe.tested or None], recipe.context)
    once = -(-len(rows) // recipe.batch)
    steps = min(recipe.steps or math.inf, recipe.epochs * once)
    parameters = counted_parameters(module)
    classes = len(text.symbols)
    run = TrainingRun(
        module,
        partial(_nats, classes=classes),
        passes([rows], recipe.batch, seed=seed),
        learning_rate=recipe.learning_rate * min(1.0, (recipe.reference / parameters) ** 0.25),
        schedule=linear_warmup(recipe.warmup, cosine(int(steps))),
        clip=recipe.clip,
        options={"betas": (0.9, 0.98), "weight_decay": 0.0},
        seed=seed,
        device=device,
        prequential=partial(_text_bits, classes=classes),
    )
    times = np.linspace(0, steps, recipe.measured + 1).round().astype(int)
    times = np.unique(times[times > 0])
    losses, bits, seen = [], [], []
    for time in times:
        run.advance(int(time) - run.time)
        losses.append(_loss(module, test))
        bits.append(run.prequential_bits)
        seen.append(run.examples_seen * recipe.context)
    return Point(
        size,
        parameters,
        sum(p.numel() for p in parameters_of(module).values()),
        symbols,
        tuple(map(int, times)),
        tuple(losses),
        tuple(seen),
        tuple(bits),
        recipe.batch * recipe.context,
        tuple(_file(module.cpu(), test, each) for each in recipe.tolerances),
    )


def _nats(module: nn.Module, batch: Any, *, classes: int, reduction: str = "mean") -> Tensor:
    """Of the symbols but the first of texts (B, T + 1)."""
    (rows,) = batch
    logits = _logits(module, rows[:, :-1], classes).transpose(1, 2)  # (B, K, T)
    return functional.cross_entropy(logits, rows[:, 1:], reduction=reduction)


def _text_bits(module: nn.Module, batch: Any, *, classes: int) -> Tensor:
    return _nats(module, batch, classes=classes, reduction="none").double().sum(1) * _BITS


def _logits(module: nn.Module, tokens: Tensor, classes: int) -> Tensor:
    found = module(tokens)
    wanted = (*tokens.shape, classes)
    if not isinstance(found, Tensor) or found.shape != wanted:
        got = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
        raise ValueError(f"family: its module gave {got}, accepted are logits of shape {wanted}")
    return found


def _windows(text: np.ndarray, context: int) -> np.ndarray:
    """Texts of context + 1 symbols, (n, context + 1); each begins with the one before's last."""
    if len(text) <= context:
        raise ValueError(f"text: got {len(text)} symbols, accepted are more than {context}")
    starts = np.arange((len(text) - 1) // context) * context
    return text[starts[:, None] + np.arange(context + 1)]


@torch.no_grad()
def _loss(module: nn.Module, test: np.ndarray) -> float:
    """Bits of a symbol."""
    device = next(module.parameters()).device
    total = 0.0
    module.eval()
    for rows in torch.from_numpy(test).split(128):
        rows = rows.to(device)
        logits = module(rows[:, :-1]).double().transpose(1, 2)
        total += float(functional.cross_entropy(logits, rows[:, 1:], reduction="sum"))
    return total * _BITS / test[:, 1:].size


def _file(module: nn.Module, test: np.ndarray, tolerance: float) -> tuple[float, float]:
    blob = compress(module, tolerance=tolerance)
    return 8.0 * len(blob), _loss(decompress(blob, module), test)


def _digest(text: Corpus) -> str:
    found = hashlib.sha256(repr(text.symbols).encode())
    for part in (text.train, text.test):
        found.update(len(part).to_bytes(8, "little") + part.astype("<i8").tobytes())
    return found.hexdigest()


def _name(size: int, amount: int, common: list[Any]) -> str:
    identity = json.dumps([size, amount, *common], sort_keys=True)
    return f"size{size}-{amount}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}.json"


def _kept(point: Point, path: Path | None) -> Point:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        body = json.loads(json.dumps(asdict(point)))
        save_json(path, body | {"checksum": digest(body)})
    return point


def _read(path: Path) -> Point:
    try:
        found = json.loads(path.read_bytes())
        if found.pop("checksum", None) != digest(found):
            raise ValueError("its checksum does not match")
        files = tuple(map(tuple, found.pop("files")))
        parts: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in found.items()
        }
        return Point(**parts, files=files)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: no point of a sweep ({error}); delete it") from None
