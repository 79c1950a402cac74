"""Tasks: data drawn from a seed, that need no download, and real data in the shape of a task."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.tasks.algorithms import associative_recall as associative_recall
    from neural.tasks.algorithms import copies as copies
    from neural.tasks.algorithms import nth_farthest as nth_farthest
    from neural.tasks.algorithms import repeat_copies as repeat_copies
    from neural.tasks.algorithms import two_hops as two_hops
    from neural.tasks.arithmetic import ModularTask as ModularTask
    from neural.tasks.arithmetic import modular as modular
    from neural.tasks.geometry import convex_hull as convex_hull
    from neural.tasks.geometry import delaunay as delaunay
    from neural.tasks.geometry import problems as problems
    from neural.tasks.geometry import tour as tour
    from neural.tasks.images import LabelledImages as LabelledImages
    from neural.tasks.images import labelled_images as labelled_images
    from neural.tasks.long_range import adding as adding
    from neural.tasks.long_range import temporal_order as temporal_order
    from neural.tasks.molecules import MoleculeGraphs as MoleculeGraphs
    from neural.tasks.molecules import hueckel as hueckel
    from neural.tasks.scenes import Scenes as Scenes
    from neural.tasks.scenes import sort_of_clevr as sort_of_clevr
    from neural.tasks.segmentation import contours as contours
    from neural.tasks.segmentation import membranes as membranes
    from neural.tasks.sets import numbers_to_sort as numbers_to_sort
    from neural.tasks.sets import star as star
    from neural.tasks.speech import Utterances as Utterances
    from neural.tasks.speech import digit_clips as digit_clips
    from neural.tasks.speech import digit_strings as digit_strings
    from neural.tasks.stories import Stories as Stories
    from neural.tasks.stories import babi_stories as babi_stories
    from neural.tasks.teachers import Teacher as Teacher
    from neural.tasks.teachers import teacher as teacher
    from neural.tasks.text import corpus as corpus
    from neural.tasks.text import story as story
    from neural.tasks.translation import Bitext as Bitext
    from neural.tasks.translation import copying as copying
    from neural.tasks.translation import phrases as phrases

_CONTENTS = {
    "associative_recall": "algorithms",
    "copies": "algorithms",
    "nth_farthest": "algorithms",
    "repeat_copies": "algorithms",
    "two_hops": "algorithms",
    "convex_hull": "geometry",
    "delaunay": "geometry",
    "problems": "geometry",
    "tour": "geometry",
    "LabelledImages": "images",
    "labelled_images": "images",
    "adding": "long_range",
    "temporal_order": "long_range",
    "MoleculeGraphs": "molecules",
    "hueckel": "molecules",
    "contours": "segmentation",
    "membranes": "segmentation",
    "numbers_to_sort": "sets",
    "star": "sets",
    "ModularTask": "arithmetic",
    "modular": "arithmetic",
    "Scenes": "scenes",
    "sort_of_clevr": "scenes",
    "Utterances": "speech",
    "digit_clips": "speech",
    "digit_strings": "speech",
    "Stories": "stories",
    "babi_stories": "stories",
    "Teacher": "teachers",
    "teacher": "teachers",
    "corpus": "text",
    "story": "text",
    "Bitext": "translation",
    "copying": "translation",
    "phrases": "translation",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
