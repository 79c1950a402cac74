"""How many bits are in a trained network? Architectures, tasks and papers, on top of the others."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural import coarse as coarse
    from neural import datasets as datasets
    from neural import engine as engine
    from neural import models as models
    from neural import papers as papers
    from neural import tasks as tasks
    from neural import training as training

_CONTENTS = {
    # the works of the reading list, and what runs them
    "engine": "",
    "papers": "",
    # what they are made of
    "datasets": "",
    "models": "",
    "tasks": "",
    "training": "",
    # the complexity of weights
    "coarse": "",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
