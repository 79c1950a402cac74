"""Two-part codes: how many bits are structure, how many are noise, relative to stated classes."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.structure.automata import Automata as Automata
    from complexity.structure.coarse import CoarseGrainings as CoarseGrainings
    from complexity.structure.coarse import apparent_complexity as apparent_complexity
    from complexity.structure.coarse import block_sums as block_sums
    from complexity.structure.coarse import coarse_grain as coarse_grain
    from complexity.structure.context_trees import ContextTrees as ContextTrees
    from complexity.structure.context_trees import TreeModel as TreeModel
    from complexity.structure.context_trees import map_tree as map_tree
    from complexity.structure.curves import effective_complexity as effective_complexity
    from complexity.structure.curves import sophistication as sophistication
    from complexity.structure.curves import structure_function as structure_function
    from complexity.structure.curves import sufficient_statistic as sufficient_statistic
    from complexity.structure.depth import LogicalDepth as LogicalDepth
    from complexity.structure.depth import MachineDepth as MachineDepth
    from complexity.structure.depth import logical_depth as logical_depth
    from complexity.structure.depth import machine_depth as machine_depth
    from complexity.structure.markov_types import MarkovTypes as MarkovTypes
    from complexity.structure.markov_types import Prefixes as Prefixes
    from complexity.structure.markov_types import markov_type_size as markov_type_size
    from complexity.structure.models import Model as Model
    from complexity.structure.models import ModelClass as ModelClass
    from complexity.structure.results import EffectiveComplexity as EffectiveComplexity
    from complexity.structure.results import Sophistication as Sophistication
    from complexity.structure.results import StructureFunction as StructureFunction
    from complexity.structure.scales import ScaleMap as ScaleMap
    from complexity.structure.scales import scale_map as scale_map

_CONTENTS = {
    # what a model is, and the classes of them
    "Model": "models",
    "ModelClass": "models",
    "Automata": "automata",
    "CoarseGrainings": "coarse",
    "ContextTrees": "context_trees",
    "MarkovTypes": "markov_types",
    "Prefixes": "markov_types",
    # their pieces
    "TreeModel": "context_trees",
    "block_sums": "coarse",
    "coarse_grain": "coarse",
    "map_tree": "context_trees",
    "markov_type_size": "markov_types",
    # structure against noise
    "EffectiveComplexity": "results",
    "Sophistication": "results",
    "StructureFunction": "results",
    "apparent_complexity": "coarse",
    "effective_complexity": "curves",
    "sophistication": "curves",
    "structure_function": "curves",
    "sufficient_statistic": "curves",
    # time
    "LogicalDepth": "depth",
    "MachineDepth": "depth",
    "logical_depth": "depth",
    "machine_depth": "depth",
    # space
    "ScaleMap": "scales",
    "scale_map": "scales",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
