"""Which explanation is shortest in total? Universal codes, two-part and prequential description."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl import bayesian_network as bayesian_network
    from mdl import bits_back as bits_back
    from mdl import clustering as clustering
    from mdl import consistency as consistency
    from mdl import discrete as discrete
    from mdl import epiplexity as epiplexity
    from mdl import experts as experts
    from mdl import families as families
    from mdl import histogram as histogram
    from mdl import integers as integers
    from mdl import label_coder as label_coder
    from mdl import markov as markov
    from mdl import nml as nml
    from mdl import objects as objects
    from mdl import prequential as prequential
    from mdl import regression as regression
    from mdl import regret as regret
    from mdl import segmentation as segmentation
    from mdl import trees as trees
    from mdl import weights as weights
    from mdl.clustering.candidates import Clusters as Clusters
    from mdl.clustering.result import Clustering as Clustering
    from mdl.clustering.result import cluster as cluster
    from mdl.consistency import Consistency as Consistency
    from mdl.description import Candidate as Candidate
    from mdl.description import Description as Description
    from mdl.description import Predictive as Predictive
    from mdl.estimators.classifiers import MDLRuleListClassifier as MDLRuleListClassifier
    from mdl.estimators.classifiers import MDLTreeClassifier as MDLTreeClassifier
    from mdl.estimators.density import MDLHistogram as MDLHistogram
    from mdl.estimators.mixture import MDLMixture as MDLMixture
    from mdl.estimators.regression import MDLPolynomialRegression as MDLPolynomialRegression
    from mdl.histogram.candidates import IrregularHistogram as IrregularHistogram
    from mdl.histogram.candidates import RegularHistogram as RegularHistogram
    from mdl.histogram.result import Histogram as Histogram
    from mdl.report import Report as Report
    from mdl.segmentation.candidates import Segments as Segments
    from mdl.segmentation.result import Segmentation as Segmentation
    from mdl.segmentation.search import segment as segment
    from mdl.selection import Selection as Selection
    from mdl.selection import SelectionRow as SelectionRow
    from mdl.selection import select as select
    from mdl.trees.candidates import DecisionTrees as DecisionTrees
    from mdl.trees.candidates import RuleLists as RuleLists

_CONTENTS = {
    # what a model class says of data
    "Candidate": "description",
    "Description": "description",
    "Predictive": "description",
    # parametric complexity, codes of letters, predictors that combine predictors, regret
    "discrete": "",
    "experts": "",
    "nml": "",
    "regret": "",
    # numbers and combinatorial objects
    "integers": "",
    "objects": "",
    # numbers one after the other, and one given others
    "families": "",
    "regression": "",
    # clusters
    "Clustering": "clustering.result",
    "Clusters": "clustering.candidates",
    "cluster": "clustering.result",
    "clustering": "",
    # densities in bins, and series in segments
    "Histogram": "histogram.result",
    "IrregularHistogram": "histogram.candidates",
    "RegularHistogram": "histogram.candidates",
    "Segmentation": "segmentation.result",
    "Segments": "segmentation.candidates",
    "histogram": "",
    "segment": "segmentation.search",
    "segmentation": "",
    # labels given attributes
    "DecisionTrees": "trees.candidates",
    "RuleLists": "trees.candidates",
    "trees": "",
    # for scikit-learn
    "MDLHistogram": "estimators.density",
    "MDLMixture": "estimators.mixture",
    "MDLPolynomialRegression": "estimators.regression",
    "MDLRuleListClassifier": "estimators.classifiers",
    "MDLTreeClassifier": "estimators.classifiers",
    # sequences, and networks of columns
    "markov": "",
    "bayesian_network": "",
    # how often the truth is found
    "Consistency": "consistency",
    "consistency": "",
    # networks: weights and labels as descriptions, and what of data is structure
    "Report": "report",
    "bits_back": "",
    "epiplexity": "",
    "label_coder": "",
    "prequential": "",
    "weights": "",
    # which is shortest
    "Selection": "selection",
    "SelectionRow": "selection",
    "select": "selection",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
