"""`cxd distance`: how far are files from each other?"""

from __future__ import annotations

import difflib
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import check_not_read, print_json, terminal

if TYPE_CHECKING:
    from complexity.distances import Dendrogram, DistanceMatrix, QuartetTree, Tree

__all__ = ["distance"]

_WIDEST_MATRIX = 8
"""Files up to which the whole matrix is printed."""

_FILES = {"matrix": "matrix.csv", "document": "matrix.json", "heat map": "heatmap.png"}
_TREE_FILES = {"newick": "tree.nwk", "tree": "tree.png"}


def distance(
    *files: Annotated[Path, Parameter(json_list=False)],
    code: str = "xz",
    reading: Literal["auto", "bytes", "text", "array", "image", "fasta"] = "auto",
    tree: Annotated[bool, Parameter(show_default=False)] = False,
    method: Literal["quartet", "joining", "average"] | None = None,
    seed: int = 0,
    restarts: int = 8,
    workers: int | None = None,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Compare files by the normalised compression distance, and draw their tree.

    Prints the matrix, or the nearest neighbours of each file when there are more than eight. Of
    FASTA files (.fa, .fasta, .fna, or beginning with ">") only the letters of the sequences are
    compared: headers and line ends are removed.

    Args:
        files: Files of any content; a folder stands for the files in it.
        code: By which code: see cxd codes.
        reading: How files are read; auto goes by the name (.npy, images, FASTA, else bytes).
        tree: Also make a tree.
        method: Of the tree: quartet (of four files or more; the default), joining (neighbour
            joining), average.
        seed: Of the search for the quartet tree.
        restarts: Of that search.
        workers: Threads (all processors); results do not depend on it.
        out: Folder for matrix.csv, matrix.json, heatmap.png, and tree.nwk and tree.png.
        json: Print one JSON document instead of tables.
    """
    if method is not None and not tree:
        raise ValueError("--method: no tree is asked for; give --tree too, or leave it out")
    method = "quartet" if method is None else method
    paths = _expanded(files)
    least = 4 if tree and method == "quartet" else 2
    if len(paths) < least:
        what = " for a quartet tree (or --method joining)" if least == 4 else ""
        raise ValueError(f"distance: got {len(paths)} files, accepted are at least {least}{what}")
    if out is not None:
        _check_folder(out)
        names = [*_FILES.values(), *(_TREE_FILES.values() if tree else ())]
        check_not_read("--out", [out / name for name in names], paths)
    from complexity.errors import integer, one_of

    one_of("method", method, ("quartet", "joining", "average"))
    integer("seed", seed, 0)
    integer("restarts", restarts, 1)
    if workers is not None:
        integer("workers", workers, 1)
    chosen = _byte_code(code)
    objects = _objects(paths, reading)
    from complexity import distances

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", distances.WindowExceededWarning)
        matrix = distances.ncd_matrix(objects, code=chosen, workers=workers)
    for problem in matrix.warnings:
        print(f"cxd: warning: {problem}", file=sys.stderr)
    found = _tree(matrix, method, seed, restarts, workers) if tree else None
    if said := "" if found is None else _undecided(matrix):
        print(f"cxd: warning: {said}", file=sys.stderr)
    written = _write(matrix, found, out) if out is not None else {}
    if json:
        plain = (
            None
            if found is None
            else _described(found, matrix) | {"method": method, "warning": said}
        )
        print_json({"matrix": matrix.to_dict(), "tree": plain, "files": written})
    else:
        _print(matrix, found, written)


def _expanded(files: tuple[Path, ...]) -> list[Path]:
    """The files themselves, folders replaced by their files; all that is wrong is said here."""
    if not files:
        raise ValueError("distance: no file given; name at least two, or a folder")
    paths: list[Path] = []
    for path in files:
        if not path.exists():
            raise ValueError(f"{path} does not exist{_nearest(path)}")
        if not path.is_dir():
            paths.append(path)
            continue
        try:
            inside = sorted(p for p in path.iterdir() if p.is_file() and p.name[0] != ".")
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
        if not inside:
            raise ValueError(f"{path} is a folder without files")
        paths += inside
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise ValueError(f"{path} is named twice")
        seen.add(path.resolve())
    return paths


def _nearest(path: Path) -> str:
    try:
        siblings = [item.name for item in path.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, siblings, n=1)
    return f"; did you mean {path.parent / near[0]}?" if near else ""


def _check_folder(out: Path) -> None:
    """Refuse a folder that cannot be made or written, before anything is computed."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"out: {out} is a file; give a folder")
    there = next(place for place in (out, *out.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"out: cannot make the folder {out}: {there} cannot be written")


def _byte_code(spec: str) -> Any:
    from complexity.code import domain_of, resolve

    chosen = resolve(spec)
    if domain_of(chosen) not in ("bytes", ""):
        raise ValueError(f"code: {spec!r} takes no byte strings; cxd codes lists those that do")
    return chosen


def _objects(paths: list[Path], reading: str) -> dict[str, Any]:
    from complexity.inputs import read_inputs

    objects = {}
    for label, path in zip(_labels(paths), paths, strict=True):
        how = "fasta" if reading == "auto" and _begins_like_fasta(path) else reading
        [named] = read_inputs([path], reading=how)
        objects[label] = named.data
    return objects


def _begins_like_fasta(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(1) == b">"
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def _labels(paths: list[Path]) -> list[str]:
    """File names without endings, or with them, or whole paths: the first that all differ."""
    for names in ([p.stem for p in paths], [p.name for p in paths]):
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]


def _tree(
    matrix: DistanceMatrix, method: str, seed: int, restarts: int, workers: int | None
) -> QuartetTree | Tree | Dendrogram:
    from complexity import distances

    if method == "quartet":
        return distances.quartet_tree(matrix, seed=seed, restarts=restarts, workers=workers)
    if method == "joining":
        return distances.neighbour_joining(matrix)
    return distances.linkage(matrix)


def _undecided(matrix: DistanceMatrix) -> str:
    """Why any tree is as good as another, "" if it is not."""
    from complexity.distances.quartets import undecided

    if len(matrix) < 4 or not undecided(matrix):
        return ""
    return (
        f"{matrix.code}: however four files are paired, the distances are equal: any tree has "
        "S(T) = 1 and this one says nothing; consider another code"
    )


def _shape(found: QuartetTree | Tree | Dendrogram) -> Tree:
    from complexity.distances import Dendrogram, Tree

    if isinstance(found, Dendrogram):
        return found.to_tree()
    return found if isinstance(found, Tree) else found.tree


def _described(found: QuartetTree | Tree | Dendrogram, matrix: DistanceMatrix) -> dict[str, Any]:
    from complexity.distances import quartet_score

    shape = _shape(found)
    score = quartet_score(shape, matrix) if len(matrix) > 3 else None
    return found.to_dict() | {"newick": shape.to_newick(), "score": score}


def _write(
    matrix: DistanceMatrix, found: QuartetTree | Tree | Dendrogram | None, out: Path
) -> dict[str, str]:
    """Every file whole or not at all."""
    from complexity.distances import Tree

    out.mkdir(parents=True, exist_ok=True)
    names = dict(_FILES)
    matrix.save(out / names["matrix"])
    matrix.save(out / names["document"])
    matrix.plot(out / names["heat map"])
    if found is not None:
        names |= _TREE_FILES
        _shape(found).save(out / names["newick"])
        if isinstance(found, Tree):
            found.plot(out / names["tree"], title=f"by {matrix.code}", lengths=False)
        else:
            found.plot(out / names["tree"])
    return {what: str(out / name) for what, name in names.items()}


def _print(
    matrix: DistanceMatrix,
    found: QuartetTree | Tree | Dendrogram | None,
    written: dict[str, str],
) -> None:

    console = terminal()
    console.print(f"NCD by {matrix.code}, {len(matrix)} files", highlight=False)
    console.print(_whole(matrix) if len(matrix) <= _WIDEST_MATRIX else _neighbours(matrix))
    if found is not None:
        described = _described(found, matrix)
        if described["score"] is not None:
            console.print(f"S(T) = {described['score']:.4f}", highlight=False)
        console.print(described["newick"], highlight=False, soft_wrap=True, markup=False)
    for what, path in written.items():
        console.print(f"{what:<10}{path}", highlight=False, soft_wrap=True, markup=False)


def _whole(matrix: DistanceMatrix) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("file", overflow="fold")
    for at in range(len(matrix)):
        table.add_column(str(at + 1), justify="right", no_wrap=True)
    for at, label in enumerate(matrix.labels):
        row = [f"{value:.4f}" for value in matrix.values[at]]
        row[at] = "-"
        table.add_row(Text(f"{at + 1} {label}"), *row)
    return table


def _neighbours(matrix: DistanceMatrix) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("file", overflow="fold")
    for title in ("nearest", "second", "third"):
        table.add_column(title, overflow="fold")
    for label in matrix.labels:
        near = [Text(f"{value:.4f} {other}") for other, value in matrix.nearest(label)[:3]]
        table.add_row(Text(label), *near)
    return table
