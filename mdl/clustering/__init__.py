"""How many clusters rows of a table have: normalised maximum likelihood of rows and labels."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.clustering.candidates import Clusters as Clusters
    from mdl.clustering.consistency import recovery as recovery
    from mdl.clustering.families import CategoricalFamily as CategoricalFamily
    from mdl.clustering.families import DiagonalGaussian as DiagonalGaussian
    from mdl.clustering.families import Family as Family
    from mdl.clustering.families import FullGaussian as FullGaussian
    from mdl.clustering.families import RenormalisedGaussian as RenormalisedGaussian
    from mdl.clustering.normaliser import mixture_complexities as mixture_complexities
    from mdl.clustering.result import Clustering as Clustering
    from mdl.clustering.result import cluster as cluster

_CONTENTS = {
    # the front door
    "Clustering": "result",
    "cluster": "result",
    # what a cluster is
    "CategoricalFamily": "families",
    "DiagonalGaussian": "families",
    "Family": "families",
    "FullGaussian": "families",
    "RenormalisedGaussian": "families",
    # k clusters as a candidate
    "Clusters": "candidates",
    "mixture_complexities": "normaliser",
    # how often the number is found
    "recovery": "consistency",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
