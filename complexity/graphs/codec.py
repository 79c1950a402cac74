"""A code of graphs, as labelled graphs or as isomorphism classes, by their adjacency bits.

A graph is a networkx `Graph` or `DiGraph` on the nodes 0 to n - 1, with or without self-loops. Its
codeword is LEB128 of 4 n + 2 directed + loops (8 bits for up to 31 nodes), and then the codeword,
by a code of bits or of bytes, of one bit per node pair, row by row of the adjacency matrix:

==================  =========================================  ===================
graph               pairs in row i                             node pairs
==================  =========================================  ===================
undirected          j > i, with loops j >= i                   n (n - 1) / 2, + n
directed            all j but i, with loops all j              n (n - 1), + n
==================  =========================================  ===================

Codes of bytes get the bits packed, the first one highest, with zeros to the byte's end.

With the code `enumerative` this is the code of Erdős-Rényi graphs: a uniform choice of the number
m of edges, then one of the C(N, m) graphs with as many. It is blind to everything else, the order
of the nodes included; codes that look at neighbouring bits, as `ctw-bits`, see more in some orders.

References:
    Y. Choi and W. Szpankowski, Compression of graphical structures: fundamental limits,
        algorithms, and experiments, IEEE Trans. Inf. Theory 58(2), 2012: a labelled graph has
        log2(n! / |Aut|) bits more than its isomorphism class, where all labellings cost the same.
    T. Junttila and P. Kaski, Engineering an efficient canonical labeling tool for large and sparse
        graphs, ALENEX 2007: BLISS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity import _leb128
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.bitstrings import MAX_BITS
from complexity.code import Codec, DecodeError, Kind, domain_of, resolve
from complexity.context._arithmetic import BitsCodec
from complexity.errors import one_of
from complexity.graphs.adjacency import count_pairs, made, parts, to_bits, to_edges
from complexity.graphs.canonical import canonical_form

if TYPE_CHECKING:
    import networkx

__all__ = ["ORDERS", "GraphCodec"]

ORDERS = ("given", "canonical")
"""Orders of the nodes in a codeword."""


@dataclass(frozen=True)
class GraphCodec:
    """Graphs by their adjacency bits: with their labels, or as isomorphism classes.

    Domain: networkx `Graph` or `DiGraph` whose nodes are the integers 0 to n - 1, in any order,
    without attributes and with at most 2**27 node pairs. `complexity.plain_graph` makes one of any
    networkx graph that is no multigraph.

    In the order "given", decoding gives the graph back, node for node. In the order "canonical" the
    bits depend on the isomorphism class alone (and on the version of igraph); decoding gives
    `canonical_form(x)` and needs no igraph. Nothing else is changed: the codeword is that of the
    representative, so for a code that does not look at the order nothing is saved.

    Args:
        code: a registered code of bits or of bytes, or its spec.
        order: of the nodes, "given" or "canonical".

    Raises:
        ValueError: the order is neither, or the code takes neither bits nor bytes.

    Example:
        >>> import networkx
        >>> code = GraphCodec("enumerative")
        >>> round(2 ** (code.bits(networkx.cycle_graph(5)) - 16))  # 5 of 10 pairs: 11 * 252
        2772
        >>> sorted(code.decode(code.encode(networkx.path_graph(3))).edges)
        [(0, 1), (1, 2)]
    """

    code: Any
    order: str = "given"

    def __post_init__(self) -> None:
        inner = resolve(self.code)
        one_of("order", self.order, ORDERS)
        if not isinstance(inner, Codec) or domain_of(inner) not in ("bits", "bytes"):
            raise ValueError(
                f"code: got {inner.name!r}, accepted is a registered code of bits or of bytes"
            )
        object.__setattr__(self, "code", inner)

    @property
    def name(self) -> str:
        """The canonical spec, such as "graph(ctw-bits):order=canonical"."""
        return canonical_name(
            "graph", {"order": self.order}, {"order": "given"}, inner=self.code.name
        )

    @property
    def kind(self) -> Kind:
        """What the bits are worth: as the wrapped code's."""
        return self.code.kind

    @property
    def overhead(self) -> float:
        """Bits by which `8 * len(encode(x))` may exceed `bits(x)`: as the wrapped code's."""
        return self.code.overhead

    def bits(self, x: networkx.Graph) -> float:
        """Length of the codeword of `x` in bits, its header included.

        Raises:
            TypeError, ValueError: `x` is not of the domain.
            ImportError: order "canonical" without igraph.
        """
        header, body = self._parts(x)
        return 8.0 * len(header) + self.code.bits(body)

    def encode(self, x: networkx.Graph) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError, ValueError: `x` is not of the domain.
            ImportError: order "canonical" without igraph.
        """
        header, body = self._parts(x)
        return header + self.code.encode(body)

    def decode(self, blob: bytes) -> networkx.Graph:
        """The graph whose codeword `blob` is, its nodes and edges in order.

        In the order "canonical" any labelled graph is taken, because another version of igraph may
        have chosen another representative.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        number, start = _leb128.read(data, 0, "the number of nodes")
        n, directed, loops = number >> 2, bool(number & 2), bool(number & 1)
        if count_pairs(n, directed, True) > MAX_BITS:
            raise DecodeError(f"damaged: {n} nodes, of at most {MAX_BITS} node pairs")
        pairs = count_pairs(n, directed, loops)
        if isinstance(self.code, BitsCodec):  # few bytes may announce, and hold, very many bits
            said = self.code.announced(data[start:])
            if said != pairs:
                raise DecodeError(f"damaged: {said} bits for {pairs} node pairs")
        bits = self.code.decode(data[start:])
        if isinstance(bits, bytes):
            if len(bits) != -(-pairs // 8):
                raise DecodeError(f"damaged: {pairs} node pairs do not take {len(bits)} bytes")
            bits = np.unpackbits(np.frombuffer(bits, np.uint8))
            if bits[pairs:].any():
                raise DecodeError("damaged: bits follow the last node pair")
            bits = bits[:pairs]
        if bits.size != pairs:
            raise DecodeError(f"damaged: {bits.size} bits for {pairs} node pairs")
        edges = to_edges(bits, n, directed, loops)
        if loops and not any(u == v for u, v in edges):
            raise DecodeError("damaged: self-loops are announced, and there are none")
        return made(n, directed, edges)

    def _parts(self, x: networkx.Graph) -> tuple[bytes, Any]:
        """The header, and what the wrapped code gets."""
        n, directed, edges = parts("x", canonical_form(x) if self.order == "canonical" else x)
        bits, loops = to_bits(n, directed, edges)
        header = _leb128.write(4 * n + 2 * directed + loops)
        packed = domain_of(self.code) == "bytes"
        return header, np.packbits(bits).tobytes() if packed else bits
