"""Data sets: parsers on files made by hand, members of archives, damaged files."""

from __future__ import annotations

import gzip
import hashlib
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural.datasets import (
    archives,
    audio,
    characters,
    idx,
    images,
    molecules,
    pixels,
    stories,
)
from tests.dataset_files import as_idx, png, sound, tarred, zipped

SHAPES = st.lists(st.integers(0, 4), min_size=0, max_size=4)


@given(SHAPES, st.booleans(), st.randoms(use_true_random=False))
def test_idx_files_are_read_back(shape, compressed, draw):
    array = np.frombuffer(draw.randbytes(int(np.prod(shape))), np.uint8).reshape(shape)
    octets = as_idx(array)
    found = idx.parse(gzip.compress(octets) if compressed else octets)
    assert found.dtype == np.uint8
    assert found.flags.writeable
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\0\0\x08",
        b"\0\0\x08\x01",
        b"\0\0\x0d\x01\0\0\0\0",  # floats
        b"\0\0\x08\x01\0\0\0\2a",
        b"\0\0\x08\x01\0\0\0\2abc",
        b"\x1f\x8b",
        gzip.compress(b"\0\0\x08\x01\0\0\0\1a", mtime=0)[:-9],
    ],
)
def test_what_is_no_idx_file(octets):
    with pytest.raises(ValueError, match="idx: "):
        idx.parse(octets)


def test_records_of_cifar():
    """Pixel (row, column) of a colour is at 1 + 1024 colour + 32 row + column of its record."""
    octets = bytearray(2 * 3073)
    octets[0], octets[3073] = 9, 4
    octets[3073 + 1 + 1024 * 2 + 32 * 5 + 7] = 200
    pixel, labels = images.parse_cifar_records(bytes(octets))
    assert labels.tolist() == [9, 4]
    assert pixel.shape == (2, 32, 32, 3)
    assert pixel[1, 5, 7].tolist() == [0, 0, 200]
    assert pixel.sum() == 200
    for bad in (b"", bytes(3072), bytes([10]) + bytes(3072)):
        with pytest.raises(ValueError, match="cifar10: "):
            images.parse_cifar_records(bad)


NAMES = st.text("abc", min_size=1, max_size=3)


@given(st.dictionaries(NAMES, st.binary(max_size=20), min_size=1), NAMES)
def test_members_do_not_depend_on_the_archive(found, folder):
    inside = {f"{folder}/{name}": data for name, data in found.items()}
    for octets in (zipped(inside), tarred(inside), zipped(found)):
        assert archives.members(octets, ".*") == found
        assert list(archives.members(octets, ".*")) == sorted(found)
    assert archives.members(tarred(inside), ".*", whole_path=True) == inside
    said = b"".join(b"%s %d\n%s" % (n.encode(), len(d), d) for n, d in sorted(found.items()))
    assert archives.contents_digest(found) == hashlib.sha256(said).hexdigest()


def test_archives_that_are_refused():
    with pytest.raises(ValueError, match="without a member like b"):
        archives.members(zipped({"a": b""}), "b")
    with pytest.raises(ValueError, match="two members a"):
        archives.members(zipped({"x/a": b"", "y/a": b""}), "a")
    with pytest.raises(ValueError, match="cannot be read"):
        archives.members(b"neither", ".*")


WORDS = st.text("abc", min_size=1, max_size=4)
STORIES = st.lists(
    st.lists(
        st.one_of(
            WORDS,
            st.tuples(WORDS, WORDS, st.lists(st.integers(0, 3), max_size=3)),
        ),
        min_size=1,
        max_size=6,
    ),
    max_size=4,
)


@given(STORIES)
def test_stories_are_read_back(told):
    """Written as the format says, statements and questions come back as they were."""
    text, expected = [], []
    for number, story in enumerate(told):
        facts: dict[int, str] = {}
        for identity, said in enumerate(story, 1):
            if isinstance(said, str):
                facts[identity] = said
                text.append(f"{identity} {said}\n")
                continue
            question, answer, wanted = said
            supporting = tuple(index for index in wanted if index < len(facts))
            references = " ".join(str(list(facts)[index]) for index in supporting)
            text.append(f"{identity} {question}? \t{answer}\t{references}\n")
            expected.append(
                stories.Question(number, tuple(facts.values()), f"{question}?", answer, supporting)
            )
    assert stories.parse_stories("".join(text).encode()) == tuple(expected)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1\n", "neither"),
        ("1 \n", "neither"),
        ("a b\n", "neither"),
        ("1 a\tb\n", "neither"),
        ("2 a\n", "ID 2 after 0"),
        ("1 a\n3 b\n", "ID 3 after 1"),
        ("1 a\n2 b?\tc\t2\n", "no such statements"),
        ("1 a\n2 b?\tc\tx\n", "no such statements"),
        ("1 a\n\n", "neither"),
    ],
)
def test_what_is_no_story(text, said):
    with pytest.raises(ValueError, match=said):
        stories.parse_stories(text.encode())


def test_waves():
    assert audio.parse_wave(sound([1, -2, 32767]), 8000).tolist() == [1, -2, 32767]
    with pytest.raises(ValueError, match="accepted is"):
        audio.parse_wave(sound([1, 2], rate=16000), 8000)
    with pytest.raises(ValueError, match="accepted is"):
        audio.parse_wave(sound([1, 2], channels=2), 8000)
    with pytest.raises(ValueError, match="not a WAV file"):
        audio.parse_wave(b"RIFF", 8000)


def test_xyz():
    elements, positions = molecules.parse_xyz(b"2\nwater lacks one\nO 0 0 0.5\n H 1e-1 -2 3\n")
    assert elements.tolist() == [8, 1]
    assert positions.tolist() == [[0, 0, 0.5], [0.1, -2, 3]]
    for bad in (b"", b"2\n", b"1\n\nX 0 0 0", b"2\n\nH 0 0 0", b"1\n\nH 0 0", b"1\n\nH 0 0 z"):
        with pytest.raises(ValueError, match=r"xyz|float"):
            molecules.parse_xyz(bad)


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "idx": (idx.parse, gzip.compress(as_idx(np.arange(24, dtype=np.uint8).reshape(2, 3, 4)))),
    "zip": (lambda octets: archives.members(octets, ".*"), zipped({"x/a": b"1" * 99, "b": b""})),
    "tar": (lambda octets: archives.members(octets, ".*"), tarred({"x/a": b"1" * 99, "b": b""})),
    "stories": (stories.parse_stories, b"1 a b\n2 c?\td\t1\n1 e\n2 f?\tg,h\t1\n"),
    "wave": (lambda octets: audio.parse_wave(octets, 8000), sound(list(range(50)))),
    "xyz": (molecules.parse_xyz, b"3\ncomment\nO 0 0 0.5\nH 1 -2 3\nH 0 2 1\n"),
    "cifar": (images.parse_cifar_records, bytes(3073)),
    "png": (pixels.read_image, png(np.arange(300, dtype=np.uint8).reshape(10, 10, 3))),
    "class labels": (characters.parse_class_labels, b"a/b c/d\ne/f g/h\n"),
}


def mutated(octets: bytes, draw: random.Random) -> bytes:
    """Some bytes changed, removed or put in; or an end cut off."""
    data = bytearray(octets)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(4):
            case 0:
                data[at:at] = draw.randbytes(draw.choice((1, 4)))
            case 1:
                del data[at : at + draw.choice((1, 4))]
            case 2:
                del data[at:]
            case _:
                data[at : at + 1] = draw.randbytes(1)
    return bytes(data)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged PNGs
@pytest.mark.parametrize("name", PARSERS)
def test_damaged_files_are_refused_or_read(name):
    """`fuzz` takes as many rounds as one likes."""
    assert fuzz(name, rounds=1000, seed=0) > 0


def fuzz(name: str, *, rounds: int, seed: int) -> int:
    """How many mutations a parser refuses, all with a ValueError."""
    parse, octets = PARSERS[name]
    parse(octets)
    draw, refused = random.Random(seed), 0
    for _ in range(rounds):
        try:
            parse(mutated(octets, draw))
        except ValueError:
            refused += 1
    return refused


def test_a_wave_that_is_cut_short():
    whole = sound(list(range(50)))
    for cut in (1, 2, 60):
        with pytest.raises(ValueError, match=r"not a whole WAV file: .* of 50 samples"):
            audio.parse_wave(whole[:-cut], 8000)


def test_values_of_more_than_8_bits():
    """Whose lower bytes alone would be another image."""
    with pytest.raises(ValueError, match="an image of uint16, accepted are at most 8 bits"):
        pixels.read_image(png(np.arange(6, dtype=np.uint16).reshape(2, 3) * 200))
