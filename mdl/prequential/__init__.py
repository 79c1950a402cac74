"""Labels coded one after another by learners that see what came before, and re-train to decode."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.prequential.blockwise import BlockwiseLearner as BlockwiseLearner
    from mdl.prequential.blockwise import CalibratedLearner as CalibratedLearner
    from mdl.prequential.code import PrequentialCode as PrequentialCode
    from mdl.prequential.curve import LearningCurve as LearningCurve
    from mdl.prequential.ensembles import EnsembleLearner as EnsembleLearner
    from mdl.prequential.files import code_in as code_in
    from mdl.prequential.files import decode_labels as decode_labels
    from mdl.prequential.learners import Frequencies as Frequencies
    from mdl.prequential.learners import Learner as Learner
    from mdl.prequential.learners import Uniform as Uniform
    from mdl.prequential.mixing import MIXINGS as MIXINGS
    from mdl.prequential.modules import NetworkLearner as NetworkLearner
    from mdl.prequential.neighbours import SoftNeighbours as SoftNeighbours
    from mdl.prequential.portable import PortableNetwork as PortableNetwork
    from mdl.prequential.presets import portable_learners as portable_learners
    from mdl.prequential.presets import standard_learners as standard_learners
    from mdl.prequential.specs import LEARNERS as LEARNERS
    from mdl.prequential.specs import learner_from_spec as learner_from_spec
    from mdl.prequential.specs import spec_of as spec_of

_CONTENTS = {
    # the code, and its files
    "PrequentialCode": "code",
    "code_in": "files",
    "decode_labels": "files",
    "portable_learners": "presets",
    "standard_learners": "presets",
    # bits along the way
    "LearningCurve": "curve",
    # learners
    "EnsembleLearner": "ensembles",
    "Frequencies": "learners",
    "Learner": "learners",
    "NetworkLearner": "modules",
    "PortableNetwork": "portable",
    "SoftNeighbours": "neighbours",
    "Uniform": "learners",
    # that change another learner
    "BlockwiseLearner": "blockwise",
    "CalibratedLearner": "blockwise",
    # how learners are mixed, and named in files
    "LEARNERS": "specs",
    "MIXINGS": "mixing",
    "learner_from_spec": "specs",
    "spec_of": "specs",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
