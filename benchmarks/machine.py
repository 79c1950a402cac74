"""Facts of the machine and the tools that a figure of speed depends on."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from complexity.provenance import versions


@dataclass(frozen=True)
class Machine:
    """Processor, caches ("L1 Data 48K") and versions of what the benchmarks ran with."""

    cpu: str
    cores: int
    caches: tuple[str, ...]
    system: str
    versions: dict[str, str]


def machine(packages: tuple[str, ...] = ("numpy", "numba")) -> Machine:
    """Read the facts of this machine; what cannot be read is called unknown."""
    tools = versions(*packages) | {"gcc": _first_line("gcc", "-dumpfullversion")}
    return Machine(_cpu(), os.cpu_count() or 1, _caches(), platform.system(), tools)


def _first_line(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "unknown"
    done = subprocess.run(command, capture_output=True, text=True)
    lines = done.stdout.strip().splitlines()
    return lines[0] if lines and done.returncode == 0 else "unknown"


def _cpu() -> str:
    facts: dict[str, str] = {}
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text().splitlines():
            key, _, value = line.partition(":")
            facts.setdefault(key.strip(), value.strip())
    name = facts.get("model name") or platform.processor() or "unknown"
    flags = facts.get("flags", "").split()
    widest = next((f for f in ("avx512f", "avx2", "sse4_2") if f in flags), "")
    return f"{name} ({widest})" if widest else name


def _caches() -> tuple[str, ...]:
    folders = sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"))
    facts = [[(f / name).read_text().strip() for name in _CACHE_FACTS] for f in folders]
    return tuple(f"L{level} {kind} {size}" for level, kind, size in facts)


_CACHE_FACTS = ("level", "type", "size")
