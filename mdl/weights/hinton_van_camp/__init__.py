"""The method of 1993: noisy weights, exact expected errors, an adaptive mixture as their prior."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.weights.hinton_van_camp.arms import Arm as Arm
    from mdl.weights.hinton_van_camp.arms import decay_network as decay_network
    from mdl.weights.hinton_van_camp.arms import ridge as ridge
    from mdl.weights.hinton_van_camp.arms import tuned as tuned
    from mdl.weights.hinton_van_camp.expected import expected_errors as expected_errors
    from mdl.weights.hinton_van_camp.experiment import Experiment as Experiment
    from mdl.weights.hinton_van_camp.experiment import peptides_like as peptides_like
    from mdl.weights.hinton_van_camp.experiment import run as run
    from mdl.weights.hinton_van_camp.fitting import HintonVanCamp as HintonVanCamp
    from mdl.weights.hinton_van_camp.fitting import fit as fit
    from mdl.weights.hinton_van_camp.fitting import relative_error as relative_error
    from mdl.weights.hinton_van_camp.fitting import trivial_bits as trivial_bits

_CONTENTS = {
    # the method
    "HintonVanCamp": "fitting",
    "expected_errors": "expected",
    "fit": "fitting",
    "relative_error": "fitting",
    "trivial_bits": "fitting",
    # its experiment, and what it is compared with
    "Arm": "arms",
    "Experiment": "experiment",
    "decay_network": "arms",
    "peptides_like": "experiment",
    "ridge": "arms",
    "tuned": "arms",
    "run": "experiment",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
