"""What tells programs apart: sweeps of a module that is rewritten, in this and other processes."""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from simulations.program import source_digest, value_text
from simulations.sweeping import sweep

ARRAY = """import numpy as np
A = np.zeros(5000); A[2500] = 1 + @ * 1e-12
def fn(seed): return round((A[2500] - 1) * 1e12)
"""
CHANGES = {
    "a default": "N = @\ndef fn(*, seed, n=N): return n",
    "a helper's default": "N = @\ndef helper(n=N): return n\ndef fn(seed): return helper()",
    "an array that prints alike": ARRAY,
    "a path": "from pathlib import Path\nP = Path('@')\ndef fn(seed): return int(P.name)",
    "an automaton": """from simulations.automata.elementary import ElementaryCA
CA = ElementaryCA(@)
def fn(seed): return CA.number""",
    "a base class": """class Base:
    def value(self): return @
class Derived(Base): pass
def fn(seed): return Derived().value()""",
    "a class's value": "N = @\nclass C:\n    n = N\ndef fn(seed): return C.n",
    "an instance's class": """class C:
    def value(self): return @
ONE = C()
def fn(seed): return ONE.value()""",
    "a static method": """def helper(): return @
class C:
    @staticmethod
    def value(): return helper()
def fn(seed): return C.value()""",
    "a class method": """def helper(): return @
class C:
    @classmethod
    def value(cls): return helper()
def fn(seed): return C.value()""",
    "a property": """def helper(): return @
class C:
    @property
    def value(self): return helper()
def fn(seed): return C().value""",
    "a cached property": """from functools import cached_property
def helper(): return @
class C:
    @cached_property
    def value(self): return helper()
def fn(seed): return C().value""",
    "beneath a cache": """from functools import lru_cache
def helper(): return @
@lru_cache
def cached(): return helper()
def fn(seed): return cached()""",
    "a table of functions": """def one(): return @
TABLE = {"one": one}
def fn(seed): return TABLE["one"]()""",
    "a partial": """from functools import partial
def one(n): return n
PART = partial(one, @)
def fn(seed): return PART()""",
}


@pytest.fixture
def swept(tmp_path, monkeypatch):
    """Sweep a module's `fn` once the module is rewritten: its value, and what was computed."""
    name = f"rewritten_{tmp_path.name}"
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def again(text: str) -> tuple[float, int]:
        (tmp_path / f"{name}.py").write_text(text)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        fn = importlib.import_module(name).fn
        found = sweep(fn, {}, workers=1, out=tmp_path / "out")
        return found["value"].item(), found.provenance["computed"]

    yield again
    sys.modules.pop(name, None)


@pytest.mark.parametrize("text", CHANGES.values(), ids=CHANGES)
def test_what_changes_the_value_is_computed_again(swept, text):
    before, after = (_with(text, number) for number in ("30", "45"))
    assert swept(before) == (30, 1)
    assert swept(before) == (30, 0)
    assert swept(after) == (45, 1)


def _with(text: str, number: str) -> str:
    """The text with a number for every @ that begins no decorator."""
    lines = [
        line if line.lstrip().startswith("@") else line.replace("@", number)
        for line in text.splitlines()
    ]
    return "\n".join(lines) + "\n"


CLASS = "N = @\ndef helper(): return N\nclass C:\n    def value(self): return helper()\n"


def test_a_class_is_what_its_module_makes_it(tmp_path, monkeypatch):
    """As an agent's is in the ledger of an intelligence test."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    digests = []
    for number in ("30", "30", "45"):
        (tmp_path / "module_of_a_class.py").write_text(_with(CLASS, number))
        sys.modules.pop("module_of_a_class", None)
        importlib.invalidate_caches()
        digests.append(source_digest(importlib.import_module("module_of_a_class").C))
    del sys.modules["module_of_a_class"]
    assert digests[0] == digests[1] != digests[2]


STRANGE = """
import functools, logging, re, threading
from pathlib import Path
import numpy as np
from simulations.automata.elementary import ElementaryCA
from simulations.program import source_digest
class Thing: pass
LOCK, LOG, WORDS = threading.Lock(), logging.getLogger("a"), {"a", "b", "c", "d"}
ONE, RULES = Thing(), [ElementaryCA(30), functools.partial(print, 1), re.compile("a"), Path("b")]
LOOP = []; LOOP.append(LOOP)
DEEP = ()
for _ in range(3000): DEEP = (DEEP, DEEP)
def fn(seed, a=np.eye(3), b=Thing()): return [LOCK, LOG, WORDS, ONE, RULES, LOOP, DEEP]
print(source_digest(fn))
"""


def test_processes_agree(tmp_path):
    """Neither addresses, nor the order of a set, nor what refers to itself."""
    script = tmp_path / "strange.py"
    script.write_text(STRANGE)
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.getcwd()}
        command = [sys.executable, str(script)]
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        found.add(run.stdout)
    assert len(found) == 1


class Halved:
    """A number, and its half once it was asked for."""

    def __init__(self, number):
        self.number = number

    @functools.cached_property
    def half(self):
        return self.number / 2


def test_equal_values_have_equal_words():
    def adding(n):
        return lambda x: x + n

    def made():
        return [
            0.0,
            -0.0,
            np.float32(0),
            np.arange(3),
            Path("a"),
            Halved(3),
            adding(1),
            {1: {2, 3}},
        ]

    assert [value_text(each) for each in made()] == [value_text(each) for each in made()]
    other = [*made(), np.arange(4), np.arange(3.0), Path("b"), Halved(4), adding(2), {1: {2, 4}}]
    assert len({value_text(each) for each in other}) == len(other)
    one, two = lambda x: x + 1, lambda x: x + 2
    assert value_text(one) != value_text(two)
    assert source_digest(one) != source_digest(two)
    halved = Halved(3)
    before = value_text(halved)
    assert halved.half == 1.5
    assert value_text(halved) == before
