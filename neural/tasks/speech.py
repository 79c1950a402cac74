"""Strings of spoken digits as spectrograms: real recordings of one speaker behind one another, or
synthetic ones that need no download.

References:
    Z. Jackson et al., Free Spoken Digit Dataset, 2018: the recordings.
    D. H. Klatt, Software for a cascade/parallel formant synthesizer, JASA 67(3), 1980: sound as
        harmonics, or noise, under formants.
    D. Amodei et al., Deep Speech 2, ICML 2016, section 3: windows of 20 ms, log spectrograms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from neural._options import numbers

__all__ = ["Clips", "Utterances", "digit_clips", "digit_strings", "spectrogram", "synthetic_clips"]

RATE = 8000
_PAUSE = (0.02, 0.15)  # seconds between digits
_HOP = 80  # samples between the windows of the synthesis


@dataclass(frozen=True, eq=False)
class Clips:
    """Digits, each spoken once.

    Attributes:
        signals: their samples at 8 kHz, (length,) float32 each, of a root mean square of 1.
        digits: (n,) int64, what is said.
        speakers: (n,) int64, by whom.
    """

    signals: tuple[NDArray[np.float32], ...]
    digits: NDArray[np.int64]
    speakers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.signals)


@dataclass(frozen=True, eq=False)
class Utterances:
    """Strings of digits, the shortest first.

    Attributes:
        spectrograms: (n, t, bins) float32, 0 beyond the end.
        frames: (n,) int64, of each.
        transcripts: (n, most) int64, digits plus 1, 0 beyond the end.
        lengths: (n,) int64, digits of each.
    """

    spectrograms: NDArray[np.float32]
    frames: NDArray[np.int64]
    transcripts: NDArray[np.int64]
    lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.frames)


def digit_clips(
    source: Literal["synthetic", "fsdd"],
    split: Literal["train", "test"],
    *,
    takes: int | None = None,
    seed: int = 0,
) -> Clips:
    """Digits by six speakers: 20 takes of each to train on, 5 others to test on.

    Args:
        source: "fsdd" for the Free Spoken Digit Dataset, which has to be in a folder or is fetched
            (`neural.datasets`); "synthetic" for made ones.
        split: "train" or "test".
        takes: at most so many.
        seed: of synthetic ones.

    Raises:
        TypeError, ValueError: there is no such source or split, or a number is out of range.
        FileNotFoundError, ConnectionError, ImportError: as `neural.datasets.fsdd`.
    """
    every = {"train": 20, "test": 5}[one_of("split", split, ("train", "test"))]
    most = every if takes is None else min(integer("takes", takes, 1), every)
    if one_of("source", source, ("synthetic", "fsdd")) == "synthetic":
        return synthetic_clips(most, seed=2 * integer("seed", seed, 0) + (split == "test"))
    from neural.datasets import fsdd

    found = fsdd(split=split)
    names = sorted(set(found.speakers))
    kept = np.flatnonzero(found.takes < found.takes.min() + most)
    return Clips(
        tuple(_scaled(found.signals[each]) for each in kept),
        found.digits[kept],
        np.array([names.index(found.speakers[each]) for each in kept]),
    )


def spectrogram(
    signal: NDArray[np.floating], *, window: int = 160, hop: int = 80, merge: int = 1
) -> NDArray[np.float32]:
    """Logarithms of the power in Hann windows, (t, bins), of mean 0 and deviation 1.

    Args:
        signal: samples, (length,).
        window: samples of a window; 20 ms at 8 kHz.
        hop: samples between windows.
        merge: neighbouring frequencies whose power is added: (window // 2 + 1) // merge bins.

    Raises:
        TypeError, ValueError: a number is below 1, or more are merged than there are.
    """
    integer("hop", hop, 1)
    integer("merge", merge, 1, integer("window", window, 1) // 2 + 1)
    padded = np.pad(signal, (0, max(0, window - len(signal))))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    power = np.abs(np.fft.rfft(pieces * np.hanning(window), axis=1)) ** 2
    bins = power.shape[1] // merge
    power = power[:, : bins * merge].reshape(len(power), bins, merge).sum(2)
    logs = np.log(power + 1e-3)
    return ((logs - logs.mean()) / (logs.std() + 1e-6)).astype(np.float32)


def digit_strings(
    clips: Clips, count: int, *, most: int = 5, noise: float = 0.05, merge: int = 1, seed: int = 0
) -> Utterances:
    """Strings of 1 to `most` digits, each spoken by one speaker with short pauses.

    Args:
        clips: to put together.
        count: of strings.
        most: digits of a string.
        noise: its root mean square beside the voice's 1.
        merge: as of `spectrogram`; 81 bins without.
        seed: of everything.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> strings = digit_strings(synthetic_clips(1, seed=0), 4, most=3)
        >>> strings.spectrograms.shape[::2], strings.transcripts.shape
        ((4, 81), (4, 3))
    """
    integer("count", count, 1)
    integer("most", most, 1)
    numbers(0, noise=noise)
    rng = np.random.default_rng(integer("seed", seed, 0))
    by_speaker = [np.flatnonzero(clips.speakers == each) for each in np.unique(clips.speakers)]
    made = []
    for _ in range(count):
        own = by_speaker[rng.integers(len(by_speaker))]
        chosen = rng.choice(own, rng.integers(1, most + 1))
        sound = [_pause(rng)]
        for each in chosen:
            sound += [clips.signals[each], _pause(rng)]
        voice = np.concatenate(sound)
        heard = spectrogram(voice + noise * rng.standard_normal(len(voice)), merge=merge)
        made.append((heard, clips.digits[chosen] + 1))
    made.sort(key=lambda each: len(each[0]))
    frames = np.array([len(heard) for heard, _ in made])
    lengths = np.array([len(said) for _, said in made])
    spectrograms = np.zeros((count, frames.max(), made[0][0].shape[1]), np.float32)
    transcripts = np.zeros((count, most), np.int64)
    for at, (heard, said) in enumerate(made):
        spectrograms[at, : len(heard)] = heard
        transcripts[at, : len(said)] = said
    return Utterances(spectrograms, frames, transcripts, lengths)


def _pause(rng: np.random.Generator) -> NDArray[np.float32]:
    return np.zeros(round(rng.uniform(*_PAUSE) * RATE), np.float32)


def _scaled(signal: NDArray[np.generic]) -> NDArray[np.float32]:
    found = np.asarray(signal, np.float64)
    return (found / (np.sqrt(np.mean(found**2)) + 1e-9)).astype(np.float32)


# formants of a digit's stages in Hz, and whether the stage is voiced: sketches of the English words
_STAGES: tuple[tuple[tuple[int, int, bool], ...], ...] = (
    ((300, 3200, False), (400, 2000, True), (450, 900, True)),  # zero
    ((350, 800, True), (650, 1200, True), (300, 1500, True)),  # one
    ((400, 3000, False), (320, 1000, True), (320, 850, True)),  # two
    ((500, 2500, False), (420, 1400, True), (300, 2300, True)),  # three
    ((600, 1800, False), (550, 850, True), (450, 1300, True)),  # four
    ((600, 1800, False), (700, 1250, True), (350, 2000, True)),  # five
    ((300, 3200, False), (400, 1950, True), (300, 3200, False)),  # six
    ((300, 3200, False), (550, 1800, True), (400, 1500, True)),  # seven
    ((550, 1900, True), (350, 2250, True), (400, 3000, False)),  # eight
    ((300, 1500, True), (700, 1250, True), (300, 1700, True)),  # nine
)


def synthetic_clips(per_digit: int, *, speakers: int = 6, seed: int = 0) -> Clips:
    """Digits by formant synthesis: three stages, gliding, with a pitch or with noise.

    Speakers differ in pitch, in the length of their vocal tract and in pace, and are the same for
    every seed; takes differ in all of these a little, and in their formants.

    Args:
        per_digit: takes of every digit by every speaker.
        speakers: how many.
        seed: of the takes.

    Returns:
        per_digit x speakers x 10 clips.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    integer("per_digit", per_digit, 1)
    integer("speakers", speakers, 1)
    rng = np.random.default_rng(integer("seed", seed, 0))
    of_speakers = np.random.default_rng(1980)
    pitch = of_speakers.uniform(90, 220, speakers)
    tract = of_speakers.uniform(0.88, 1.12, speakers)
    pace = of_speakers.uniform(0.8, 1.25, speakers)
    signals, digits, who = [], [], []
    for speaker in range(speakers):
        for digit in range(10):
            for _ in range(per_digit):
                signals.append(_spoken(digit, pitch[speaker], tract[speaker], pace[speaker], rng))
                digits.append(digit)
                who.append(speaker)
    return Clips(tuple(signals), np.array(digits), np.array(who))


def _spoken(
    digit: int, pitch: float, tract: float, pace: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """One take of a digit: pulses and noise, filtered in windows that overlap by half."""
    stages = np.array(_STAGES[digit], np.float64)  # (3, 3)
    length = int(0.38 * pace * rng.lognormal(0, 0.15) * RATE)
    borders = np.array([0.12, 0.5, 0.88]) + rng.normal(0, 0.03, 3)
    jitter = rng.lognormal(0, 0.06, (3, 2))
    time = np.arange(length) / length
    voiced = np.interp(time, borders, stages[:, 2])
    hertz = pitch * rng.lognormal(0, 0.08) * (1.08 - 0.18 * time)
    turns = np.cumsum(hertz) / RATE
    pulses = np.diff(np.floor(turns), prepend=0.0) * np.sqrt(RATE / hertz)
    source = voiced * pulses + 0.6 * (1 - voiced) * rng.standard_normal(length)
    padded = np.pad(source, (_HOP, 2 * _HOP))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _HOP)[::_HOP]  # (w, 2 hop)
    now = (np.arange(len(windows)) * _HOP / length)[:, None]
    first, second = (
        np.interp(now, borders, stages[:, at] * tract * jitter[:, at]) for at in (0, 1)
    )
    bins = np.fft.rfftfreq(2 * _HOP, 1 / RATE)  # in Hz
    gain = np.exp(-(((bins - first) / 120) ** 2)) + 0.6 * np.exp(-(((bins - second) / 180) ** 2))
    filtered = np.fft.irfft(np.fft.rfft(windows * np.hanning(2 * _HOP)) * gain)
    sound = np.zeros((len(windows) + 1) * _HOP)
    for at, each in enumerate(filtered):
        sound[at * _HOP : (at + 2) * _HOP] += each
    envelope = np.minimum(1, 12 * np.minimum(time, 1 - time))
    return _scaled(envelope * sound[_HOP : _HOP + length])
