"""How many bits are in a trained network? Architectures, tasks and papers, on top of the others."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural import agents as agents
    from neural import coarse as coarse
    from neural import ctc as ctc
    from neural import datasets as datasets
    from neural import decoding as decoding
    from neural import engine as engine
    from neural import image_code as image_code
    from neural import models as models
    from neural import numpy_networks as numpy_networks
    from neural import papers as papers
    from neural import pipeline as pipeline
    from neural import scaling as scaling
    from neural import tasks as tasks
    from neural import text_codec as text_codec
    from neural import training as training
    from neural import translating as translating
    from neural import variational_code as variational_code
    from neural.description import NetworkDescription as NetworkDescription
    from neural.description import describe as describe

_CONTENTS = {
    # how many bits is my network?
    "NetworkDescription": "description",
    "describe": "description",
    # the works of the reading list, and what runs them
    "engine": "",
    "papers": "",
    # what they are made of
    "agents": "",
    "datasets": "",
    "models": "",
    "numpy_networks": "",
    "tasks": "",
    "training": "",
    # layers in stages over processes; losses against sizes
    "pipeline": "",
    "scaling": "",
    # sequences out of a network, and translators under test
    "ctc": "",
    "decoding": "",
    "translating": "",
    # images and texts as files by networks
    "image_code": "",
    "text_codec": "",
    "variational_code": "",
    # the complexity of weights
    "coarse": "",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
