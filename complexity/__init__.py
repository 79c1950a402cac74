"""How many bits does this object take? Codes, estimators, machines, distances, randomness."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity import machines as machines
    from complexity import randomness as randomness
    from complexity.code import Code as Code
    from complexity.code import Codec as Codec
    from complexity.code import CodeEntry as CodeEntry
    from complexity.code import DecodeError as DecodeError
    from complexity.code import Kind as Kind
    from complexity.code import codes as codes
    from complexity.code import get_code as get_code
    from complexity.code import register as register
    from complexity.coding_theorem.decomposition import bdm as bdm
    from complexity.coding_theorem.enumeration import enumerate_machines as enumerate_machines
    from complexity.coding_theorem.table import CTMTable as CTMTable
    from complexity.coding_theorem.table import ctm_table as ctm_table
    from complexity.context import ContextTree as ContextTree
    from complexity.distances.joining import neighbour_joining as neighbour_joining
    from complexity.distances.matrix import DistanceMatrix as DistanceMatrix
    from complexity.distances.matrix import ncd_matrix as ncd_matrix
    from complexity.distances.pairs import NCDReport as NCDReport
    from complexity.distances.pairs import ncd as ncd
    from complexity.distances.pairs import ncd_report as ncd_report
    from complexity.distances.quartets import QuartetTree as QuartetTree
    from complexity.distances.quartets import quartet_tree as quartet_tree
    from complexity.distances.reach import WindowExceededWarning as WindowExceededWarning
    from complexity.distances.trees import Tree as Tree
    from complexity.entropy.blocks import block_entropy as block_entropy
    from complexity.entropy.blocks import entropy_rate as entropy_rate
    from complexity.entropy.blocks import excess_entropy as excess_entropy
    from complexity.entropy.ordinal import permutation_entropy as permutation_entropy
    from complexity.entropy.regularity import approximate_entropy as approximate_entropy
    from complexity.entropy.regularity import sample_entropy as sample_entropy
    from complexity.envelope import decode_file as decode_file
    from complexity.envelope import encode_file as encode_file
    from complexity.graphs.adjacency import plain_graph as plain_graph
    from complexity.graphs.canonical import canonical_form as canonical_form
    from complexity.graphs.codec import GraphCodec as GraphCodec
    from complexity.information import MutualInformation as MutualInformation
    from complexity.information import mutual_information as mutual_information
    from complexity.lempel_ziv.lz76 import lz76 as lz76
    from complexity.lempel_ziv.lz76 import lz76_phrases as lz76_phrases
    from complexity.lempel_ziv.lz76 import lz76_zscore as lz76_zscore
    from complexity.lempel_ziv.lz78 import lz78 as lz78
    from complexity.lempel_ziv.lz78 import lz78_phrases as lz78_phrases
    from complexity.lempel_ziv.null import lz76_null as lz76_null
    from complexity.measurement import Measurement as Measurement
    from complexity.measurement import MeasurementRow as MeasurementRow
    from complexity.measurement import best_bits as best_bits
    from complexity.measurement import measure as measure
    from complexity.mixing import ContextMixer as ContextMixer
    from complexity.mixing import MixerState as MixerState
    from complexity.scans import scan_order as scan_order
    from complexity.serialise import ArrayCodec as ArrayCodec
    from complexity.serialise import StringCodec as StringCodec
    from complexity.serialise import TextCodec as TextCodec
    from complexity.serialise import array_to_bytes as array_to_bytes
    from complexity.serialise import codec_for as codec_for
    from complexity.serialise import to_bytes as to_bytes
    from complexity.structure.coarse import apparent_complexity as apparent_complexity
    from complexity.structure.curves import effective_complexity as effective_complexity
    from complexity.structure.curves import sophistication as sophistication
    from complexity.structure.curves import structure_function as structure_function
    from complexity.structure.curves import sufficient_statistic as sufficient_statistic
    from complexity.structure.depth import logical_depth as logical_depth
    from complexity.structure.scales import scale_map as scale_map
    from complexity.symbolic import SymbolSeries as SymbolSeries
    from complexity.symbolic import symbolise as symbolise

_CONTENTS = {
    # codes by name
    "Code": "code",
    "CodeEntry": "code",
    "Codec": "code",
    "DecodeError": "code",
    "Kind": "code",
    "codes": "code",
    "get_code": "code",
    "register": "code",
    # models of what comes next
    "ContextTree": "context",
    "ContextMixer": "mixing",
    "MixerState": "mixing",
    # texts, strings and arrays as bytes
    "ArrayCodec": "serialise",
    "StringCodec": "serialise",
    "TextCodec": "serialise",
    "array_to_bytes": "serialise",
    "codec_for": "serialise",
    "to_bytes": "serialise",
    # graphs, and series as symbols
    "GraphCodec": "graphs.codec",
    "canonical_form": "graphs.canonical",
    "plain_graph": "graphs.adjacency",
    "SymbolSeries": "symbolic",
    "symbolise": "symbolic",
    # orders of the cells of arrays
    "scan_order": "scans",
    # files
    "decode_file": "envelope",
    "encode_file": "envelope",
    # conditional and joint
    "MutualInformation": "information",
    "mutual_information": "information",
    # bits of data
    "Measurement": "measurement",
    "MeasurementRow": "measurement",
    "best_bits": "measurement",
    "measure": "measurement",
    # Lempel-Ziv parsings: phrase counts and their null
    "lz76": "lempel_ziv.lz76",
    "lz76_phrases": "lempel_ziv.lz76",
    "lz76_zscore": "lempel_ziv.lz76",
    "lz78": "lempel_ziv.lz78",
    "lz78_phrases": "lempel_ziv.lz78",
    "lz76_null": "lempel_ziv.null",
    # is it random
    "randomness": "",
    # tiny universal machines
    "machines": "",
    # the coding theorem method and block decomposition: estimates
    "CTMTable": "coding_theorem.table",
    "bdm": "coding_theorem.decomposition",
    "ctm_table": "coding_theorem.table",
    "enumerate_machines": "coding_theorem.enumeration",
    # entropies: estimates
    "approximate_entropy": "entropy.regularity",
    "block_entropy": "entropy.blocks",
    "entropy_rate": "entropy.blocks",
    "excess_entropy": "entropy.blocks",
    "permutation_entropy": "entropy.ordinal",
    "sample_entropy": "entropy.regularity",
    # structure against noise: two-part codes
    "apparent_complexity": "structure.coarse",
    "effective_complexity": "structure.curves",
    "logical_depth": "structure.depth",
    "scale_map": "structure.scales",
    "sophistication": "structure.curves",
    "structure_function": "structure.curves",
    "sufficient_statistic": "structure.curves",
    # distances and trees
    "DistanceMatrix": "distances.matrix",
    "NCDReport": "distances.pairs",
    "QuartetTree": "distances.quartets",
    "Tree": "distances.trees",
    "WindowExceededWarning": "distances.reach",
    "ncd": "distances.pairs",
    "ncd_matrix": "distances.matrix",
    "ncd_report": "distances.pairs",
    "neighbour_joining": "distances.joining",
    "quartet_tree": "distances.quartets",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
