"""Who imports whom, what is imported late, and what each module promises to export."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELOW = {
    "complexity": set(),
    "simulations": {"complexity"},
    "mdl": {"complexity"},
    "neural": {"complexity", "simulations", "mdl"},
    "complexodynamics": {"complexity", "simulations", "mdl", "neural"},
}
"""Package -> the packages it may import, besides itself."""

LATE = {"matplotlib", "torch", "rich", "pandas", "xarray", "sklearn"}
"""Imported inside functions only, in the lower packages."""

TRAINING = ("mdl/weights", "mdl/prequential", "mdl/bits_back", "mdl/epiplexity")
"""Rooms whose modules may import torch as they are imported; their tables of contents do not."""

EXTRAS = {
    "torch",
    "safetensors",
    "pooch",
    "sacrebleu",
    "distributed",
    "gymnasium",
    "pandas",
    "xarray",
    "brotli",
    "pyppmd",
    "sklearn",
}
"""Distributed as extras: a module that needs one may fail to import without it."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, *, late_too: bool) -> Iterator[str]:
    """The first part of every imported name; without `late_too` only what importing runs."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            yield node.module.split(".")[0]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for other in node.orelse:
                yield from imported(ast.Module([other], []), late_too=late_too)
            if late_too:
                yield from imported(ast.Module(node.body, []), late_too=True)
        elif late_too or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imported(node, late_too=late_too)


@pytest.mark.parametrize(
    ("source", "at_import", "at_all"),
    [
        ("import a.b, c", {"a", "c"}, {"a", "c"}),
        ("from a.b import c", {"a"}, {"a"}),
        ("def f():\n import a", set(), {"a"}),
        ("class C:\n import a\n def f(self):\n  import b", {"a"}, {"a", "b"}),
        ("try:\n import a\nexcept ImportError:\n import b", {"a", "b"}, {"a", "b"}),
        ("if TYPE_CHECKING:\n import a\nelse:\n import b", {"b"}, {"a", "b"}),
    ],
)
def test_the_walk_finds_imports(source, at_import, at_all):
    tree = ast.parse(source)
    assert set(imported(tree, late_too=False)) == at_import
    assert set(imported(tree, late_too=True)) == at_all


@pytest.mark.parametrize("package", BELOW)
def test_nobody_imports_upward(package):
    assert modules(package)
    for path in modules(package):
        ours = set(imported(ast.parse(path.read_text()), late_too=True)) & BELOW.keys()
        assert ours <= BELOW[package] | {package}, path.relative_to(ROOT)


@pytest.mark.parametrize("package", ["complexity", "simulations", "mdl"])
def test_heavy_libraries_are_imported_late(package):
    for path in modules(package):
        early = set(imported(ast.parse(path.read_text()), late_too=False)) & LATE
        room = path.relative_to(ROOT).as_posix().startswith(TRAINING)
        assert early <= ({"torch"} if room and path.name != "__init__.py" else set()), (
            path.relative_to(ROOT)
        )


@pytest.mark.parametrize("package", ["complexity", "simulations"])
def test_torch_is_never_imported(package):
    for path in modules(package):
        assert "torch" not in set(imported(ast.parse(path.read_text()), late_too=True)), path


def loaded_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys\nsys.stderr.write(' '.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(run.stderr.split())


@pytest.mark.parametrize(
    "package",
    ["complexity", "simulations", "simulations.coffee", "mdl", "neural", "complexodynamics"],
)
def test_packages_import_nothing_heavy(package):
    loaded = loaded_after(f"import {package}")
    assert package in loaded
    assert not loaded & {"numba", "numpy", "scipy", "PIL", *LATE}


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_imports_nothing_heavy(argument):
    loaded = loaded_after(
        f"import complexodynamics.cli as cli\n"
        f"try: cli.main([{argument!r}])\nexcept SystemExit as stop: assert not stop.code"
    )
    assert "complexodynamics.cli" in loaded
    assert not loaded & {"cyclopts", "numba", "numpy", "scipy", *LATE}


def test_a_bad_value_imports_no_figure():
    """What fails early pays for no drawing."""
    loaded = loaded_after(
        "import complexodynamics.cli as cli\n"
        "try: cli.main(['coffee', '--size', 'x'])\nexcept SystemExit as stop: assert stop.code == 2"
    )
    assert "cyclopts" in loaded
    assert not loaded & {"numba", "numpy", "matplotlib"}


def public_modules() -> list[str]:
    every = [dotted(path) for package in BELOW for path in modules(package)]
    return [name for name in every if not any(part.startswith("_") for part in name.split("."))]


def is_empty(name: str) -> bool:
    """Whether a module consists of its docstring."""
    path = ROOT / name.replace(".", "/")
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return all(isinstance(node, ast.Expr) for node in ast.parse(source.read_text()).body)


@pytest.mark.parametrize("name", public_modules())
def test_every_public_name_resolves(name):
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        if error.name is not None and error.name.split(".")[0] in EXTRAS:
            pytest.skip(f"needs {error.name}")
        raise
    assert module.__doc__
    if is_empty(name):
        return
    names = module.__all__
    assert len(set(names)) == len(names)
    for public in names:
        assert getattr(module, public) is not None
    if hasattr(module, "__path__") and names:
        assert set(names) <= set(dir(module))


@pytest.mark.parametrize(
    "package", [p.parent for r in BELOW for p in modules(r) if p.stem == "__init__"]
)
def test_no_late_name_is_hidden_by_a_module(package):
    """Importing `a.b` sets `b` in `a`: a function of that name would be found once, then lost."""
    module = importlib.import_module(dotted(package / "__init__.py"))
    for name, where in getattr(module, "_CONTENTS", {}).items():
        beside = (package / f"{name}.py").exists() or (package / name).is_dir()
        assert not (where and beside), f"{module.__name__}.{name} is also a module"


@pytest.mark.parametrize("name", [name for name in BELOW if name != "complexodynamics"])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match="no_such_name"):
        importlib.import_module(name).no_such_name  # noqa: B018
