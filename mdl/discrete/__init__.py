"""Universal codes for letters of a known alphabet: candidates, codecs, codelengths of counts."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.discrete.candidates import Bernoulli as Bernoulli
    from mdl.discrete.candidates import Multinomial as Multinomial
    from mdl.discrete.codecs import BernoulliCodec as BernoulliCodec
    from mdl.discrete.codecs import MultinomialCodec as MultinomialCodec
    from mdl.discrete.codelengths import dirichlet_bits as dirichlet_bits
    from mdl.discrete.codelengths import grid_bits as grid_bits
    from mdl.discrete.codelengths import maximum_likelihood_bits as maximum_likelihood_bits
    from mdl.discrete.codelengths import nml_bits as nml_bits
    from mdl.discrete.codelengths import type_bits as type_bits
    from mdl.discrete.letters import as_letters as as_letters
    from mdl.discrete.sequential import conditional_nml_bits as conditional_nml_bits
    from mdl.discrete.sequential import snml_bits as snml_bits

_CONTENTS = {
    # model classes for `mdl.select`
    "Bernoulli": "candidates",
    "Multinomial": "candidates",
    # codecs
    "BernoulliCodec": "codecs",
    "MultinomialCodec": "codecs",
    # codelengths of counts
    "dirichlet_bits": "codelengths",
    "grid_bits": "codelengths",
    "maximum_likelihood_bits": "codelengths",
    "nml_bits": "codelengths",
    "type_bits": "codelengths",
    # and of sequences
    "as_letters": "letters",
    "conditional_nml_bits": "sequential",
    "snml_bits": "sequential",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
