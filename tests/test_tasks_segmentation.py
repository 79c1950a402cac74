"""Labelled images: outlines against flood filling, distances against brute force, real tiles."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_fill_holes, label

from neural.datasets import available, isbi2012_em
from neural.tasks.segmentation import contours, distances, membranes

MADE = contours(60, seed=3)


def test_labels_are_what_the_outline_encloses():
    clean = contours(60, specks=0.0, seed=3)
    outlines = np.asarray(clean.images[:, 0] > 0)
    for outline, inside in zip(outlines, clean.labels, strict=True):
        np.testing.assert_array_equal(binary_fill_holes(outline), inside == 1)
        # every pixel of the outline is inside, and none of those next to an outside one is missing
        padded = np.pad(inside, 1)
        neighbours = [padded[2:, 1:-1], padded[:-2, 1:-1], padded[1:-1, 2:], padded[1:-1, :-2]]
        np.testing.assert_array_equal(outline, (inside == 1) & (np.min(neighbours, 0) == 0))
        pieces = np.zeros(inside.shape, np.int32)
        assert label(inside, output=pieces) == 1
    edges = np.concatenate([clean.labels[:, [0, -1]].ravel(), clean.labels[:, :, [0, -1]].ravel()])
    assert not edges.any()  # no blob leaves the image
    assert 0.2 < clean.labels.mean() < 0.5


def test_specks():
    clean = contours(60, specks=0.0, seed=3)
    np.testing.assert_array_equal(clean.labels, MADE.labels)
    more = MADE.images[:, 0][clean.images[:, 0] == 0]
    assert abs(more.mean() - 0.01) < 0.002


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_distances_by_brute_force(seed, side):
    labels = np.random.default_rng(seed).integers(0, 2, (1, side, side))
    found = distances(labels)[0]
    places = np.argwhere(np.ones((side, side)))
    for y, x in places:
        others = places[labels[0].ravel() != labels[0, y, x]]
        nearest = np.hypot(*(others - [y, x]).T).min() if len(others) else np.inf
        assert found[y, x] == pytest.approx(nearest)


def test_a_small_window_does_not_tell_the_side():
    """Far from the outline what is seen within 8 pixels is specks, whichever label it has."""
    far = MADE.distances > 12
    views = np.lib.stride_tricks.sliding_window_view(MADE.images[:, 0], (17, 17), axis=(1, 2))
    inner = far[:, 8:-8, 8:-8]
    seen, labels = views[inner].sum((1, 2)), MADE.labels[:, 8:-8, 8:-8][inner]
    assert abs(seen[labels == 0].mean() - seen[labels == 1].mean()) < 0.15
    assert min((labels == 0).sum(), (labels == 1).sum()) > 500


def test_seeds_and_arguments():
    np.testing.assert_array_equal(contours(60, seed=3).images, MADE.images)
    assert not np.array_equal(contours(60, seed=4).labels, MADE.labels)
    with pytest.raises(ValueError, match="side: got 8, accepted is an integer at least 16"):
        contours(1, side=8)
    with pytest.raises(ValueError, match="specks: got 1"):
        contours(1, specks=1)
    with pytest.raises(ValueError, match="split: unknown 'all'"):
        membranes("all")


@pytest.mark.skipif(not available("isbi2012_em"), reason="the micrographs are not at hand")
def test_real_micrographs():
    found = membranes("test", side=64, reduce=4)
    assert found.images.shape == (8 * 4, 1, 64, 64)
    whole = isbi2012_em()
    # the second tile of section 22 begins at row 0 and column 256 of the original
    part = whole.images[22, :256, 256:512].astype(float).reshape(64, 4, 64, 4).mean((1, 3))
    np.testing.assert_allclose(found.images[1, 0], (part / 255 - 0.5) / 0.2, rtol=1e-5)
    marked = whole.membranes[22, :256, 256:512].reshape(64, 4, 64, 4).mean((1, 3)) > 0.5
    np.testing.assert_array_equal(found.labels[1], marked)
    assert 0.1 < found.labels.mean() < 0.4
