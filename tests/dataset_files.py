"""Files of data sets made by hand, and which of the real ones are at hand."""

from __future__ import annotations

import io
import os
import struct
import tarfile
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from neural import datasets

DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere"))


def at_hand(name: str, split: str | None = None) -> pytest.MarkDecorator:
    """Skip a test whose real files are in no folder."""
    there = DATA.is_dir() and datasets.available(name, split=split, folder=DATA)
    return pytest.mark.skipif(not there, reason=f"{name} is not below COMPLEXODYNAMICS_DATA")


def as_idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def zipped(found: dict[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in found.items():
            archive.writestr(name, data)
    return octets.getvalue()


def tarred(found: dict[str, bytes]) -> bytes:
    octets = io.BytesIO()
    with tarfile.open(fileobj=octets, mode="w:gz") as archive:
        for name, data in found.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return octets.getvalue()


def png(array: np.ndarray) -> bytes:
    from PIL import Image

    octets = io.BytesIO()
    Image.fromarray(array).save(octets, "PNG")
    return octets.getvalue()


def sound(samples: list[int], *, rate: int = 8000, channels: int = 1) -> bytes:
    octets = io.BytesIO()
    with wave.open(octets, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return octets.getvalue()
