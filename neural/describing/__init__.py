"""What stands behind `neural.describe`: codes of a network by name, receivers, where bits sit."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.describing.codes import CODES as CODES
    from neural.describing.codes import NetworkCode as NetworkCode
    from neural.describing.layers import Layers as Layers
    from neural.describing.layers import TensorBits as TensorBits
    from neural.describing.stand_in import StandIn as StandIn
    from neural.describing.subject import Encoded as Encoded
    from neural.describing.subject import Fresh as Fresh
    from neural.describing.subject import Subject as Subject

_CONTENTS = {
    # the table of codes
    "CODES": "codes",
    "NetworkCode": "codes",
    # what they take and give
    "Encoded": "subject",
    "Fresh": "subject",
    "Subject": "subject",
    # a network's tensors without its class
    "StandIn": "stand_in",
    # where the bits sit
    "Layers": "layers",
    "TensorBits": "layers",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
