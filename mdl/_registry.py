"""The codes of `mdl` in the registry of `complexity`, which imports this when it is first asked."""

from __future__ import annotations

from typing import Any

from complexity.code import CodeEntry, Kind, register

__all__: list[str] = []


def _add(name: str, where: str, summary: str, **rest: Any) -> None:
    entry = {"kind": Kind.IDEAL, "domain": "integer"} | rest
    register(CodeEntry(name=name, summary=summary, factory=f"mdl.{where}", **entry))


_add("unary", "integers.elias:Unary", "n - 1 zeros and a one", parameters={"integers": "positive"})
_add(
    "elias-gamma",
    "integers.elias:EliasGamma",
    "digits behind as many zeros, 2 log2 n + 1 bits",
    parameters={"integers": "positive"},
)
_add(
    "elias-delta",
    "integers.elias:EliasDelta",
    "gamma of the number of digits, log2 n + 2 log2 log2 n bits",
    parameters={"integers": "positive"},
)
_add(
    "elias-omega",
    "integers.elias:EliasOmega",
    "digits behind their number, and so on, log2 n + log2 log2 n + ... bits",
    parameters={"integers": "positive"},
)
_add(
    "log-star",
    "integers.log_star:LogStar",
    "Rissanen's universal prior of the integers, log2 c + log2 n + log2 log2 n + ...",
    parameters={"integers": "positive"},
)
_add(
    "fibonacci",
    "integers.fibonacci:Fibonacci",
    "sums of Fibonacci numbers, 1.44 log2 n bits",
    parameters={"integers": "positive"},
)
_add(
    "golomb",
    "integers.golomb:Golomb",
    "quotient by m in unary, remainder in truncated binary; for geometric sources",
    parameters={"m": 10, "integers": "natural"},
)
_add(
    "rice",
    "integers.golomb:Rice",
    "the Golomb code with m = 2^k",
    parameters={"k": 4, "integers": "natural"},
)
_add(
    "truncated-binary",
    "integers.ranges:TruncatedBinary",
    "uniform over a known range, phased in",
    parameters={"low": 1, "high": 65536},
)
_add(
    "leb128",
    "integers.bytewise:Leb128",
    "7 bits to a byte, the varint of file formats",
    parameters={"integers": "natural"},
)
_add(
    "integers",
    "integers.arrays:IntegerArray",
    "a 1-D array of integers: their number, then one codeword behind another",
    domain="integers",
    inner="elias-delta",
)
_add(
    "real",
    "integers.reals:Real",
    "sign, integer part by log-star, digits to a stated precision",
    domain="real",
    parameters={"precision": 8, "base": 2},
)
_add(
    "uniform-real",
    "integers.reals:UniformReal",
    "uniform over a known range, to a stated precision",
    domain="real",
    parameters={"low": 0.0, "high": 1.0, "precision": 8, "base": 2},
)
_add(
    "permutation",
    "objects.permutations:Permutation",
    "the index among n! by the Lehmer code",
    domain="permutation",
)
_add(
    "subset",
    "objects.subsets:Subset",
    "a subset of n items: its size, the index among C(n, k)",
    domain="subset",
    parameters={"n": 64},
)
_add(
    "golomb-subset",
    "objects.subsets:GolombSubset",
    "a subset of n items: its size, the gaps in the best Golomb code",
    domain="subset",
    parameters={"n": 64},
)
_add(
    "multiset",
    "objects.subsets:Multiset",
    "counts of n kinds, k in all: the index among C(n + k - 1, k)",
    domain="counts",
)
_add(
    "set-partition",
    "objects.partitions:SetPartition",
    "a restricted growth string: the index among Bell's number, or by the number of blocks",
    domain="set-partition",
    parameters={"by": "all"},
)
_add(
    "integer-partition",
    "objects.partitions:IntegerPartition",
    "the index among the partitions of n",
    domain="integer-partition",
)
_add(
    "ordered-tree",
    "objects.trees:OrderedTree",
    "balanced parentheses: the index among the Catalan number",
    domain="ordered-tree",
)
_add(
    "binary-tree",
    "objects.trees:BinaryTree",
    "a Zaks sequence: the index among the Catalan number",
    domain="binary-tree",
)
_add(
    "rooted-tree",
    "objects.rooted:RootedTree",
    "sorted parentheses: the index among the rooted trees of as many nodes without order",
    domain="rooted-tree",
)
_add(
    "labelled-tree",
    "objects.trees:LabelledTree",
    "a networkx tree on 0 to n - 1 by its Prüfer sequence, (n - 2) log2 n",
    domain="labelled-tree",
)
_add(
    "bernoulli",
    "discrete.codecs:BernoulliCodec",
    "bits of one coin: normalised maximum likelihood, a Bayes mixture, or sequential NML",
    domain="bits",
    parameters={"version": "nml", "alpha": 0.5},
)
_add(
    "multinomial",
    "discrete.codecs:MultinomialCodec",
    "independent letters 0 to K - 1: NML, a Bayes mixture, or sequential NML",
    domain="letters",
    parameters={"alphabet_size": 4, "version": "nml", "alpha": 0.5},
)
_add(
    "histogram",
    "histogram.codec:HistogramCode",
    "integers counted in units of their precision: the bins of fewest bits, indices in them",
    domain="grid",
)
_add(
    "cabac",
    "weights.codec.integers:Cabac",
    "integers near 0, adaptive binary decisions mixed from contexts",
    domain="integers",
)
