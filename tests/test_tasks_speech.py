"""Strings of digits: lengths, contents, spectra; recordings where they are at hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
from neural import datasets
from neural.tasks.speech import Clips, digit_clips, digit_strings, spectrogram, synthetic_clips


def test_a_tone_is_in_its_bin():
    time = np.arange(4000) / 8000
    for hertz in (500, 1250, 3000):
        found = spectrogram(np.sin(2 * np.pi * hertz * time))
        assert found.shape == (49, 81)  # 20 ms every 10 ms; 50 Hz apart
        assert set(found.argmax(1)) == {hertz // 50}
        merged = spectrogram(np.sin(2 * np.pi * hertz * time), merge=2)
        assert merged.shape == (49, 40)
        assert set(merged.argmax(1)) == {hertz // 100}
    assert found.mean() == pytest.approx(0, abs=1e-5)
    assert found.std() == pytest.approx(1, abs=1e-3)
    assert spectrogram(np.ones(10)).shape == (1, 81)


def test_strings_are_their_clips():
    # every digit a tone of its own, 200 Hz apart
    time = np.arange(1600) / 8000
    tones = [np.sin(2 * np.pi * (600 + 200 * d) * time).astype(np.float32) for d in range(10)]
    clips = Clips((*tones, *tones), np.tile(np.arange(10), 2), np.repeat([0, 1], 10))
    strings = digit_strings(clips, 30, most=4, noise=1e-3, seed=5)
    assert (np.diff(strings.frames) >= 0).all()
    for heard, frames, said, length in zip(
        strings.spectrograms, strings.frames, strings.transcripts, strings.lengths, strict=True
    ):
        assert not heard[frames:].any()
        assert not said[length:].any()
        loud = heard[:frames][heard[:frames].max(1) > 1.5].argmax(1)
        heard_digits = (np.round(loud * 50 / 200) - 3).astype(int)
        # each tone lasts 19 frames or so; pauses take 2 to 15
        runs = [d for d, e in zip(heard_digits, np.r_[-1, heard_digits], strict=False) if d != e]
        spoken = [d - 1 for d, e in zip(said[:length], np.r_[-1, said], strict=False) if d != e]
        assert runs == spoken
        assert 20 * length < frames < 37 * length + 18


def test_synthetic_clips():
    clips = synthetic_clips(2, speakers=3, seed=1)
    assert len(clips) == 60
    assert np.bincount(clips.digits).tolist() == [6] * 10
    again, other = synthetic_clips(2, speakers=3, seed=1), synthetic_clips(2, speakers=3, seed=2)
    np.testing.assert_array_equal(again.signals[7], clips.signals[7])
    assert len(other.signals[7]) != len(clips.signals[7])
    for signal in clips.signals:
        assert 0.1 < len(signal) / 8000 < 1
        assert np.sqrt(np.mean(np.square(signal))) == pytest.approx(1, abs=1e-3)
    train, test = (digit_clips("synthetic", split, seed=4) for split in ("train", "test"))
    assert (len(train), len(test)) == (1200, 300)
    assert not any(np.array_equal(test.signals[0], each) for each in train.signals)


@pytest.mark.skipif(not datasets.available("fsdd", split="test"), reason="no recordings here")
def test_recordings():
    clips = digit_clips("fsdd", "test")
    assert len(clips) == 300
    assert np.bincount(clips.digits).tolist() == [30] * 10
    assert np.bincount(clips.speakers).tolist() == [50] * 6


def test_arguments():
    with pytest.raises(ValueError, match="source: unknown 'timit'"):
        digit_clips("timit", "train")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="most: got 0"):
        digit_strings(synthetic_clips(1, speakers=1), 2, most=0)
    for merge in (0, 82):
        with pytest.raises(ValueError, match=f"merge: got {merge}, accepted is .* from 1 to 81"):
            digit_strings(synthetic_clips(1, speakers=1), 2, merge=merge)
    with pytest.raises(ValueError, match="hop: got 0"):
        spectrogram(np.zeros(400), hop=0)
