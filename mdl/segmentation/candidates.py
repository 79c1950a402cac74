"""Segmentations as candidates of `mdl.select`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from numpy.typing import ArrayLike

from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.segmentation.families import FAMILIES, as_segment_scale
from mdl.segmentation.search import segment

__all__ = ["Segments"]

_REALS = {"gaussian": 2, "mean": 1, "poisson": 1, "linear": 3}


@dataclass(frozen=True)
class Segments:
    """The segmentation of fewest bits, NML in every segment; `max_segments=1` for one segment.

    Cuts count as free parameters beside those of the segments.

    Args:
        family: as for `segment`.
        scale: as for `segment`; with equal scales, families of real series are comparable.
        max_segments: as for `segment`; the name says it.

    Raises:
        TypeError, ValueError: the family is unknown, or a number is out of range.
    """

    family: str = "gaussian"
    scale: float | None = None
    max_segments: int | None = None
    exchangeable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        one_of("family", self.family, FAMILIES)
        if self.scale is not None:
            as_segment_scale(self.scale)
        if self.max_segments is not None:
            integer("max_segments", self.max_segments, 1)

    @property
    def name(self) -> str:
        """As in "segments-gaussian (nml)", "segments-gaussian-1 (nml)"."""
        most = "" if self.max_segments is None else f"-{self.max_segments}"
        return f"segments-{self.family}{most} (nml)"

    def describe(self, data: ArrayLike) -> Description:
        """The codelength of a series (n,), in bits at resolution 1.

        Raises:
            TypeError, ValueError: as `segment`.
        """
        found = segment(data, self.family, scale=self.scale, max_segments=self.max_segments)
        each = _REALS.get(self.family, 0) or len(found.parameters[0]["shares"]) - 1
        return Description(
            name=self.name,
            version="nml",
            n=found.n,
            model_bits=found.model_bits,
            data_bits=found.data_bits,
            best_fit_bits=found.data_bits,
            parameters=each * len(found.parameters) + found.cuts.size,
            fit={"cuts": found.cuts, "parameters": list(found.parameters)},
        )
