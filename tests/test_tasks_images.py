"""Images: nothing is lost or shared between the parts, and random changes are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")
import torch

from neural import datasets
from neural.tasks import images as tasks


def test_digits_are_divided():
    found = tasks.labelled_images(seed=3)
    assert found.train.shape == (1200, 1, 8, 8)
    assert found.test.shape == (597, 1, 8, 8)
    assert abs(found.train.mean()) < 1e-5
    assert abs(found.train.std() - 1) < 1e-5
    # one affine map leads back to the pixels; the parts together are all digits, with their labels
    every = datasets.digits()
    scaled = every.scaled()
    both = np.concatenate([found.train, found.test])[:, 0]
    order = np.random.default_rng(3).permutation(1797)
    slope, start = np.polyfit(both.ravel(), scaled[order].ravel(), 1)
    np.testing.assert_allclose(slope * both + start, scaled[order], atol=1e-6)
    labels = np.concatenate([found.train_labels, found.test_labels])
    np.testing.assert_array_equal(labels, every.labels[order])
    other = tasks.labelled_images(seed=4)
    assert (other.train_labels != found.train_labels).any()


def test_shrunk_pixels_are_means():
    whole = tasks.labelled_images(train=50, test=20, seed=1)
    small = tasks.labelled_images(train=50, test=20, shrink=4, seed=1)
    assert small.test.shape == (20, 1, 2, 2)
    blocks = np.array([[whole.train[:, 0, 4 * r : 4 * r + 4, 4 * c : 4 * c + 4].mean((1, 2))
                        for c in range(2)] for r in range(2)])  # fmt: skip
    expected = blocks.transpose(2, 0, 1)
    expected = (expected - expected.mean()) / expected.std()
    np.testing.assert_allclose(small.train[:, 0], expected, atol=1e-4)


@pytest.mark.skipif(not datasets.available("cifar10_sample"), reason="not at hand")
def test_colours():
    found = tasks.labelled_images("cifar10_sample", train=300, test=100)
    assert found.train.shape == (300, 3, 32, 32)
    np.testing.assert_allclose(found.train.mean((0, 2, 3), dtype=float), 0, atol=1e-5)
    np.testing.assert_allclose(found.train.std((0, 2, 3), dtype=float), 1, atol=1e-5)
    assert len(found.classes) == 10


def test_wrong_arguments():
    for options, message in [
        ({"name": "digit"}, "did you mean 'digits'"),
        ({"train": 1797}, "train: got 1797, accepted is an integer from 1 to 1796"),
        ({"test": 598}, "test: got 598, accepted is an integer from 1 to 597"),
        ({"shrink": 3}, "shrink: got 3, accepted is a divisor of 8 and 8"),
    ]:
        with pytest.raises(ValueError, match=message):
            tasks.labelled_images(**options)
    with pytest.raises(ValueError, match="size: got 9"):
        tasks.crops(torch.zeros(1, 1, 8, 8), 9, np.random.default_rng(0))
    with pytest.raises(ValueError, match="size: got 9"):
        tasks.ten_crops(torch.zeros(1, 1, 8, 8), 9)


@given(st.integers(0, 1000), st.integers(0, 3), st.booleans(), st.integers(1, 6))
def test_crops_are_parts_of_the_padded_image(seed, pad, flip, size):
    images = torch.arange(1, 1 + 4 * 2 * 6 * 7).reshape(4, 2, 6, 7).float()
    found = tasks.crops(images, size, np.random.default_rng(seed), pad=pad, flip=flip)
    assert found.shape == (4, 2, size, size)
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    for crop, image in zip(found.numpy(), padded, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(image, (size, size), (1, 2))
        candidates = np.moveaxis(windows, 0, 2).reshape(-1, 2, size, size)
        places = [crop] + ([crop[:, :, ::-1]] if flip else [])
        assert any((candidates == each).all((1, 2, 3)).any() for each in places)


def test_all_places_and_both_sides_come_up():
    images = torch.arange(9.0).reshape(1, 1, 3, 3).expand(2000, -1, -1, -1)
    found = tasks.crops(images, 2, np.random.default_rng(0), flip=True)
    seen, counts = np.unique(found.reshape(2000, 4).numpy(), axis=0, return_counts=True)
    assert len(seen) == 8  # 2 x 2 places, mirrored or not
    assert counts.min() > 180  # 250 expected, deviation 15


def test_ten_crops():
    images = torch.randn(3, 2, 5, 7)
    ten = tasks.ten_crops(images, 3)
    assert ten.shape == (10, 3, 2, 3, 3)
    torch.testing.assert_close(ten[4], images[:, :, 1:4, 2:5])
    torch.testing.assert_close(ten[3], images[:, :, 2:, 4:])
    torch.testing.assert_close(ten[5:], ten[:5].flip(4))


def test_colours_shift_along_the_principal_axes():
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(3, 3))
    images = np.einsum("cd,ndhw->nchw", mixing, rng.normal(size=(50, 3, 8, 8)))
    colours = tasks.principal_colours(images).astype(float)
    covariance = np.cov(images.transpose(1, 0, 2, 3).reshape(3, -1))
    lengths = np.linalg.norm(colours, axis=0)  # the eigenvalues
    np.testing.assert_allclose(covariance @ colours, colours * lengths, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(lengths.sum(), np.trace(covariance), rtol=1e-5)
    given_images = torch.from_numpy(np.repeat(images, 100, 0).astype(np.float32))
    changed = tasks.colour_shifts(given_images, tasks.principal_colours(images), rng)
    shift = (changed - given_images).numpy()
    assert np.ptp(shift, (2, 3)).max() < 1e-5  # one colour for the whole image
    spread = np.cov(shift.mean((2, 3)).T)
    np.testing.assert_allclose(
        spread, 0.01 * colours @ colours.T, rtol=0.2, atol=0.02 * spread.max()
    )


def test_pixels_of_one_value_stay_numbers():
    """One image whose pixels are averaged into one has no deviation."""
    found = tasks.labelled_images(train=1, test=3, shrink=8)
    assert found.train.tolist() == [[[[0.0]]]]
    assert np.isfinite(found.test).all()
