"""Networks from NumPy alone, as CS231n teaches them: every gradient written out, and checked.

Nothing here needs torch but `as_torch`; `neural.models` has what is trained at size.

Example:
    >>> from neural import numpy_networks as nets
    >>> x, y = nets.spiral(seed=0)
    >>> net = nets.perceptron(2, 3, hidden=100, decay=1e-3, seed=0)
    >>> nets.gradient_check(net, x[::30], y[::30]).error < 1e-7
    True
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.numpy_networks.checking import GradientCheck as GradientCheck
    from neural.numpy_networks.checking import gradient_check as gradient_check
    from neural.numpy_networks.checking import numeric_gradient as numeric_gradient
    from neural.numpy_networks.checking import relative_error as relative_error
    from neural.numpy_networks.convolution import Convolution as Convolution
    from neural.numpy_networks.convolution import MaxPool as MaxPool
    from neural.numpy_networks.convolution import col2im as col2im
    from neural.numpy_networks.convolution import im2col as im2col
    from neural.numpy_networks.layers import Affine as Affine
    from neural.numpy_networks.layers import BatchNorm as BatchNorm
    from neural.numpy_networks.layers import Dropout as Dropout
    from neural.numpy_networks.layers import Flatten as Flatten
    from neural.numpy_networks.layers import Layer as Layer
    from neural.numpy_networks.layers import ReLU as ReLU
    from neural.numpy_networks.learners import NeighbourVotes as NeighbourVotes
    from neural.numpy_networks.learners import OnlineNetwork as OnlineNetwork
    from neural.numpy_networks.losses import LOSSES as LOSSES
    from neural.numpy_networks.losses import softmax_loss as softmax_loss
    from neural.numpy_networks.losses import svm_loss as svm_loss
    from neural.numpy_networks.neighbours import nearest as nearest
    from neural.numpy_networks.network import Network as Network
    from neural.numpy_networks.network import convolutional as convolutional
    from neural.numpy_networks.network import perceptron as perceptron
    from neural.numpy_networks.optimisers import OPTIMISERS as OPTIMISERS
    from neural.numpy_networks.optimisers import train as train
    from neural.numpy_networks.points import spiral as spiral
    from neural.numpy_networks.seeing import class_image as class_image
    from neural.numpy_networks.seeing import saliency as saliency
    from neural.numpy_networks.twin import as_torch as as_torch

_CONTENTS = {
    # a network, and two that the course builds
    "Network": "network",
    "convolutional": "network",
    "perceptron": "network",
    # what it is made of
    "Affine": "layers",
    "BatchNorm": "layers",
    "Convolution": "convolution",
    "Dropout": "layers",
    "Flatten": "layers",
    "Layer": "layers",
    "MaxPool": "convolution",
    "ReLU": "layers",
    "LOSSES": "losses",
    "col2im": "convolution",
    "im2col": "convolution",
    "softmax_loss": "losses",
    "svm_loss": "losses",
    # training, and whether gradients are right
    "OPTIMISERS": "optimisers",
    "train": "optimisers",
    "GradientCheck": "checking",
    "gradient_check": "checking",
    "numeric_gradient": "checking",
    "relative_error": "checking",
    # what a network looks at
    "class_image": "seeing",
    "saliency": "seeing",
    # without a network, and the data of the notes
    "nearest": "neighbours",
    "spiral": "points",
    # the same in torch
    "as_torch": "twin",
    # as codes of labels
    "NeighbourVotes": "learners",
    "OnlineNetwork": "learners",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
