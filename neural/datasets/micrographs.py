"""Electron micrographs with their membranes: the ISBI 2012 challenge's training stack."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural.datasets._records import chosen, shown
from neural.datasets.fetching import contents
from neural.datasets.pixels import read_image

__all__ = ["Micrographs", "isbi2012_em"]


@dataclass(frozen=True, eq=False, repr=False)
class Micrographs:
    """Micrographs and which of their pixels are membrane.

    Attributes:
        name: of the data set.
        split: which part of it.
        images: (n, height, width) uint8.
        membranes: (n, height, width) bool, True on a membrane.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    membranes: NDArray[np.bool_]

    def to_dict(self) -> dict[str, Any]:
        """What they are, without the pixels."""
        return {"name": self.name, "split": self.split, "shape": list(self.images.shape)}

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return shown(self)


def isbi2012_em(*, split: str = "all", folder: str | os.PathLike[str] | None = None) -> Micrographs:
    """The 30 micrographs of the ISBI 2012 challenge whose membranes are known: 512x512 pixels.

    They are neighbouring sections of one tissue: parts to train and to test on are better cut from
    its ends than drawn at random.

    Args, Raises: as for `mnist`; the only split is "all".

    References:
        I. Arganda-Carreras et al., Crowdsourcing the creation of image segmentation algorithms for
        connectomics (2015).
    """
    each, files = chosen("isbi2012_em", split)
    read = [read_image(contents(each, name, folder=folder)) for name in files]
    half = len(files) // 2
    # their labels are white inside cells and black on membranes
    return Micrographs(each.name, split, np.stack(read[:half]), np.stack(read[half:]) <= 127)
