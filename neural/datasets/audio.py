"""Spoken digits: the Free Spoken Digit Dataset."""

from __future__ import annotations

import io
import os
import wave
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.datasets._records import chosen, shown
from neural.datasets.archives import members
from neural.datasets.fetching import contents

__all__ = ["Recordings", "fsdd", "parse_wave"]

_RATE = 8000


@dataclass(frozen=True, eq=False, repr=False)
class Recordings:
    """Recordings of digits, each spoken once.

    Attributes:
        name: of the data set.
        split: which part of it.
        signals: for every recording its samples, (length,) int16.
        rate: samples a second.
        digits: (n,) int64, what is said.
        speakers: who says it, a name for every recording.
        takes: (n,) int64, the number of the recording among those of this digit and speaker.
    """

    name: str
    split: str
    signals: tuple[NDArray[np.int16], ...]
    rate: int
    digits: NDArray[np.int64]
    speakers: tuple[str, ...]
    takes: NDArray[np.int64]

    @property
    def seconds(self) -> NDArray[np.float64]:
        """How long the recordings are, (n,) float64."""
        return np.array([len(signal) for signal in self.signals]) / self.rate

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the samples."""
        return {
            "name": self.name,
            "split": self.split,
            "recordings": len(self.signals),
            "speakers": len(set(self.speakers)),
            "seconds": round(float(self.seconds.sum()), 3),
        }

    def __len__(self) -> int:
        return len(self.signals)

    def __repr__(self) -> str:
        return shown(self)


def fsdd(*, split: str = "train", folder: str | os.PathLike[str] | None = None) -> Recordings:
    """Digits spoken by six people at 8 kHz, sorted by digit, speaker and take.

    Args:
        split: "train", takes 5 to 24 (1,200 recordings); "train_all", the official takes 5 to 49
            (2,700); "test", the official takes 0 to 4 (300).
        folder: as for `mnist`.

    Raises:
        ValueError, FileNotFoundError, ConnectionError, ImportError: as for `mnist`.

    References:
        Z. Jackson et al., Free Spoken Digit Dataset (2018), README, for the split.
    """
    each, files = chosen("fsdd", split)
    octets = contents(each, files[0], folder=folder)
    found = members(octets, each.file(files[0]).members)
    # 7_jackson_32.wav: digit, speaker, take
    parts = {name: name.removesuffix(".wav").split("_") for name in found}
    order = sorted(found, key=lambda name: (*parts[name][:2], int(parts[name][2])))
    return Recordings(
        each.name,
        split,
        tuple(parse_wave(found[name], _RATE) for name in order),
        _RATE,
        np.array([int(parts[name][0]) for name in order], np.int64),
        tuple(parts[name][1] for name in order),
        np.array([int(parts[name][2]) for name in order], np.int64),
    )


def parse_wave(octets: bytes, rate: int) -> NDArray[np.int16]:
    """The samples of a WAV file of one channel and 16 bits: (length,) int16.

    Raises:
        ValueError: it is another kind of file, of another rate, or truncated.
    """
    try:
        with wave.open(io.BytesIO(octets)) as file:
            kind = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            count, frames = file.getnframes(), file.readframes(-1)
    except (wave.Error, EOFError, RuntimeError) as error:  # the last for chunks beyond the end
        raise ValueError(f"not a WAV file: {error}") from None
    if kind != (1, 2, rate):
        raise ValueError(f"channels, bytes, rate: got {kind}, accepted is (1, 2, {rate})")
    if len(frames) != 2 * count:
        raise ValueError(f"not a whole WAV file: {len(frames)} bytes of {count} samples")
    return np.frombuffer(frames, "<i2").astype(np.int16)
