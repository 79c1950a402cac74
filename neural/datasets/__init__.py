"""Real data sets: read from a folder or downloaded once, checked by digest, as plain arrays.

The environment variable COMPLEXODYNAMICS_DATA names a folder to look in first. Otherwise pooch
fetches a file from its host into the user's cache folder. `digits` needs neither.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.datasets.audio import Recordings as Recordings
    from neural.datasets.audio import fsdd as fsdd
    from neural.datasets.characters import Characters as Characters
    from neural.datasets.characters import OneShot as OneShot
    from neural.datasets.characters import omniglot as omniglot
    from neural.datasets.characters import omniglot_one_shot as omniglot_one_shot
    from neural.datasets.fetching import available as available
    from neural.datasets.images import Images as Images
    from neural.datasets.images import cifar10 as cifar10
    from neural.datasets.images import cifar10_sample as cifar10_sample
    from neural.datasets.images import digits as digits
    from neural.datasets.images import fashion_mnist as fashion_mnist
    from neural.datasets.images import fashion_mnist_sprite as fashion_mnist_sprite
    from neural.datasets.images import mnist as mnist
    from neural.datasets.loading import load as load
    from neural.datasets.micrographs import Micrographs as Micrographs
    from neural.datasets.micrographs import isbi2012_em as isbi2012_em
    from neural.datasets.molecules import Geometries as Geometries
    from neural.datasets.molecules import Molecules as Molecules
    from neural.datasets.molecules import esol as esol
    from neural.datasets.molecules import freesolv as freesolv
    from neural.datasets.molecules import lipophilicity as lipophilicity
    from neural.datasets.molecules import qm7 as qm7
    from neural.datasets.registry import DatasetEntry as DatasetEntry
    from neural.datasets.registry import FileEntry as FileEntry
    from neural.datasets.registry import entry as entry
    from neural.datasets.registry import names as names
    from neural.datasets.stories import Question as Question
    from neural.datasets.stories import Questions as Questions
    from neural.datasets.stories import babi as babi
    from neural.datasets.stories import babi_1k as babi_1k
    from neural.datasets.stories import babi_10k as babi_10k
    from neural.datasets.text import Text as Text
    from neural.datasets.text import tinyshakespeare as tinyshakespeare
    from neural.datasets.text import wikitext2 as wikitext2
    from neural.datasets.translations import Translations as Translations
    from neural.datasets.translations import multi30k as multi30k
    from neural.datasets.translations import tatoeba_spa_eng as tatoeba_spa_eng

_CONTENTS = {
    # which there are, whether one is at hand, and one by its name
    "DatasetEntry": "registry",
    "FileEntry": "registry",
    "available": "fetching",
    "entry": "registry",
    "load": "loading",
    "names": "registry",
    # images with labels
    "Images": "images",
    "cifar10": "images",
    "cifar10_sample": "images",
    "digits": "images",
    "fashion_mnist": "images",
    "fashion_mnist_sprite": "images",
    "mnist": "images",
    # handwritten characters of many alphabets; cells and their membranes
    "Characters": "characters",
    "Micrographs": "micrographs",
    "OneShot": "characters",
    "isbi2012_em": "micrographs",
    "omniglot": "characters",
    "omniglot_one_shot": "characters",
    # texts, translations, questions about stories
    "Question": "stories",
    "Questions": "stories",
    "Text": "text",
    "Translations": "translations",
    "babi": "stories",
    "babi_10k": "stories",
    "babi_1k": "stories",
    "multi30k": "translations",
    "tatoeba_spa_eng": "translations",
    "tinyshakespeare": "text",
    "wikitext2": "text",
    # spoken digits
    "Recordings": "audio",
    "fsdd": "audio",
    # molecules
    "Geometries": "molecules",
    "Molecules": "molecules",
    "esol": "molecules",
    "freesolv": "molecules",
    "lipophilicity": "molecules",
    "qm7": "molecules",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
