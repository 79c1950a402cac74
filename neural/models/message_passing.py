"""Message passing neural networks: messages along bonds, an update of every atom, a readout.

Messages m_v = sum over neighbours w of A(e_vw) h_w, where a network makes the matrix A of the
edge's features (or each kind of edge has its own, as in gated graph networks; or a network sees
both atoms and the edge, as in interaction networks); states h_v = GRU(h_v, m_v); and of all states
of a molecule, in no order, a number.

References:
    J. Gilmer, S. Schoenholz, P. Riley, O. Vinyals and G. Dahl, Neural message passing for quantum
        chemistry, ICML 2017, sections 2, 5 and 6.
    Y. Li et al., Gated graph sequence neural networks, ICLR 2016: matrices of edge kinds, the gated
        sum.
    P. Battaglia et al., Interaction networks for learning about objects, relations and physics,
        NeurIPS 2016: pair messages.
    O. Vinyals, S. Bengio and M. Kudlur, Order matters, ICLR 2016, section 4.2: set2set.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of
from neural._options import lists, shaped, sizes
from neural.models.relation_network import perceptron
from neural.models.sets import Process

__all__ = ["GatedSum", "MessagePassing", "Messages", "PlainSum", "SetToSet"]

MESSAGES = ("edge network", "matrix", "pair")
READOUTS = ("gated sum", "sum", "set2set")


class Messages(nn.Module):
    """What an edge carries from an atom's state to its neighbour.

    Args:
        width: d, of a state and of a message.
        edge: features of an edge.
        kind: "edge network": a perceptron gives the matrix A(e); "matrix": A is linear in e, which
            for one-hot e is a matrix for each kind; "pair": a perceptron of both states and e.
        hidden: units of the perceptron's hidden layers.
    """

    def __init__(
        self, width: int, edge: int, *, kind: str = "edge network", hidden: Sequence[int] = (50,)
    ) -> None:
        super().__init__()
        self.width, self.pair = width, one_of("kind", kind, MESSAGES) == "pair"
        if self.pair:
            self.net = perceptron([2 * width + edge, *hidden, width])
        elif kind == "matrix":
            self.net = nn.Linear(edge, width * width, bias=False)
            nn.init.normal_(self.net.weight, std=width**-0.5)
        else:
            self.net = perceptron([edge, *hidden, width * width])

    def prepared(self, edges: Tensor) -> Tensor:
        """What of the edges (E, edge) is the same at every step: matrices (E, d, d), or they."""
        return edges if self.pair else self.net(edges).unflatten(1, (self.width, self.width))

    def forward(self, prepared: Tensor, source: Tensor, target: Tensor, states: Tensor) -> Tensor:
        """Sums (N, d) of what comes to each atom.

        Args:
            prepared: of the edges, see there.
            source: (E,) indices of the atoms that send.
            target: (E,) indices of those that get.
            states: (N, d).
        """
        sent = states[source]  # (E, d)
        if self.pair:
            carried = self.net(torch.cat([states[target], sent, prepared], 1))
        else:
            carried = (prepared @ sent.unsqueeze(-1)).squeeze(-1)
        return torch.zeros_like(states).index_add(0, target, carried)


class GatedSum(nn.Module):
    """Sum over atoms of sigmoid(i(h, x)) j(h): equation 4, and GG-NN's readout without its tanh.

    Args:
        width: d, of a state.
        inputs: features of an atom.
        outputs: numbers of a molecule.
        hidden: units of the hidden layer of i and of j.
    """

    def __init__(self, width: int, inputs: int, outputs: int = 1, *, hidden: int = 200) -> None:
        super().__init__()
        self.gate = perceptron([width + inputs, hidden, outputs])
        self.value = perceptron([width, hidden, outputs])

    def forward(self, states: Tensor, nodes: Tensor, real: Tensor) -> Tensor:
        """Numbers (n, outputs).

        Args:
            states: (n, k, d).
            nodes: (n, k, inputs), what the atoms were given as.
            real: (n, k) bool, whether there is an atom.
        """
        gate = torch.sigmoid(self.gate(torch.cat([states, nodes], 2)))
        return (gate * self.value(states) * real.unsqueeze(-1)).sum(1)


class PlainSum(nn.Module):
    """Sum over atoms of j(h); arguments are those of `GatedSum`."""

    def __init__(self, width: int, inputs: int, outputs: int = 1, *, hidden: int = 200) -> None:
        super().__init__()
        self.value = perceptron([width, hidden, outputs])

    def forward(self, states: Tensor, nodes: Tensor, real: Tensor) -> Tensor:
        """Numbers (n, outputs), as `GatedSum`; the nodes are not looked at."""
        return (self.value(states) * real.unsqueeze(-1)).sum(1)


class SetToSet(nn.Module):
    """An LSTM that attends to all atoms for M steps, and a perceptron of what it has then.

    The attention is an average: how many atoms there are is nothing that it sees, so that a
    molecule and two of it are the same to it.

    Args:
        width, inputs, outputs, hidden: as of `GatedSum`.
        steps: M.
    """

    def __init__(
        self, width: int, inputs: int, outputs: int = 1, *, hidden: int = 200, steps: int = 12
    ) -> None:
        super().__init__()
        self.memory = nn.Linear(width + inputs, width)
        self.process = Process(width, steps=steps)
        self.out = perceptron([2 * width, hidden, outputs])

    def forward(self, states: Tensor, nodes: Tensor, real: Tensor) -> Tensor:
        """Numbers (n, outputs), as `GatedSum`."""
        memories = self.memory(torch.cat([states, nodes], 2))  # (n, k, d)
        return self.out(self.process(memories, real))


class MessagePassing(nn.Module):
    """T steps of messages and updates with the same weights, and a readout.

    Args:
        nodes: features of an atom; none are all 0.
        edges: features of an edge.
        width: d, of a state; at first it is the features, and zeros or a linear map of them.
        steps: T; with 0 a molecule is no more than its atoms.
        messages: "edge network", "matrix" or "pair", see `Messages`.
        edge_hidden: hidden layers of the message's perceptron.
        readout: "gated sum", "sum" or "set2set".
        process: M, steps of set2set.
        hidden: units of the readout's hidden layer.
        outputs: numbers of a molecule.
        directed: whether edges have other weights backwards: messages are then 2 d, both ways.
        towers: k, parts of a state that are sent by themselves and then mixed (section 5.4); their
            matrices have (d / k)^2 entries.
        virtual: whether all other pairs of atoms have an edge, of a kind of its own.
        master: whether all atoms share edges, of a kind of their own, with one more that none is.

    Raises:
        TypeError, ValueError: a number is below 1 (of `steps`, below 0); k does not divide d, d is
            less than the features, or an option is unknown.
    """

    def __init__(
        self,
        nodes: int = 13,
        edges: int = 5,
        *,
        width: int = 50,
        steps: int = 6,
        messages: str = "edge network",
        edge_hidden: Sequence[int] = (50, 50, 50),
        readout: str = "set2set",
        process: int = 12,
        hidden: int = 200,
        outputs: int = 1,
        directed: bool = False,
        towers: int = 1,
        virtual: bool = False,
        master: bool = False,
    ) -> None:
        super().__init__()
        sizes(1, nodes=nodes, edges=edges, process=process, hidden=hidden, outputs=outputs)
        lists(1, 0, edge_hidden=edge_hidden)
        one_of("messages", messages, MESSAGES)
        self.nodes, self.edges = nodes, edges
        self.width, self.steps = integer("width", width, nodes), integer("steps", steps, 0)
        self.virtual, self.master = virtual, master
        if width % integer("towers", towers, 1):
            raise ValueError(f"towers: got {towers}, accepted are divisors of the width, {width}")
        part = width // towers
        kinds = edges + virtual + master
        ways = 1 + directed
        if steps:
            self.messages = nn.ModuleList(
                nn.ModuleList(
                    Messages(part, kinds, kind=messages, hidden=edge_hidden) for _ in range(ways)
                )
                for _ in range(towers)
            )
            self.update = nn.ModuleList(nn.GRUCell(ways * part, part) for _ in range(towers))
            self.mix = perceptron([width, width, width]) if towers > 1 else None
            self.begin = nn.Parameter(torch.randn(width) * width**-0.5) if master else None
        one_of("readout", readout, READOUTS)
        shape = {"hidden": hidden}
        if readout == "set2set":
            self.readout = SetToSet(width, nodes, outputs, steps=process, **shape)
        else:
            made = GatedSum if readout == "gated sum" else PlainSum
            self.readout = made(width, nodes, outputs, **shape)

    def forward(self, nodes: Tensor, edges: Tensor, features: Tensor) -> Tensor:
        """Numbers (n, outputs) of molecules.

        Args:
            nodes: (n, k, features) float; rows of zeros where there is no atom.
            edges: (n, m, 2) int64, from which atom to which; -1 where there is none. A bond is
                there either way.
            features: (n, m, edge features) float.

        Raises:
            ValueError: one has another shape, or an edge is to an atom beyond the k.
        """
        return self.readout(self.states(nodes, edges, features), nodes, nodes.any(2))

    def states(self, nodes: Tensor, edges: Tensor, features: Tensor) -> Tensor:
        """The atoms' states (n, k, d) after T steps; arguments are those of `forward`."""
        shaped("nodes", nodes, "n", "k", self.nodes)
        n, k, given = nodes.shape
        shaped("edges", edges, n, "m", 2)
        shaped("features", features, n, edges.shape[1], self.edges)
        states = functional.pad(nodes, (0, self.width - given))  # (n, k, d)
        if not self.steps:
            return states
        real = nodes.any(2)
        if self.begin is not None:
            states = torch.cat([states, self.begin.expand(n, 1, -1)], 1)
        slots = states.shape[1]
        source, target, kinds = self._joined(real, edges, features, slots)
        h = states.flatten(0, 1)  # (n slots, d)
        towers = [
            [each.prepared(kinds) for each in ways]  # pyright: ignore[reportGeneralTypeIssues]
            for ways in self.messages
        ]
        for _ in range(self.steps):
            parts = h.chunk(len(towers), 1)
            new = []
            for part, ways, made, update in zip(
                parts, self.messages, towers, self.update, strict=True
            ):
                both = ((source, target), (target, source))
                got = [
                    way(matrix, *ends, part)
                    for way, matrix, ends in zip(ways, made, both, strict=False)  # pyright: ignore[reportArgumentType]
                ]
                new.append(update(torch.cat(got, 1), part))
            h = torch.cat(new, 1)
            if self.mix is not None:
                h = self.mix(h)
        return h.unflatten(0, (n, slots))[:, :k]

    def _joined(
        self, real: Tensor, edges: Tensor, features: Tensor, slots: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Ends (E,) among all slots of all molecules, and features (E, kinds), of all edges."""
        k = real.shape[1]
        own, at = (edges[..., 0] >= 0).nonzero(as_tuple=True)
        ends = edges[own, at]  # (E, 2)
        if ends.numel() and not 0 <= int(ends.min()) <= int(ends.max()) < k:  # else of a neighbour
            raise ValueError(f"edges: got {ends.min()} to {ends.max()}, accepted are 0 to {k - 1}")
        told = [functional.pad(features[own, at], (0, self.virtual + self.master))]
        first, second, molecule = [ends[:, 0]], [ends[:, 1]], [own]
        if self.virtual:
            pairs = real[:, :, None] & real[:, None]  # (n, k, k)
            pairs &= ~torch.eye(k, dtype=torch.bool, device=real.device)
            pairs[own, ends[:, 0], ends[:, 1]] = False
            where, a, b = pairs.nonzero(as_tuple=True)
            kind = features.new_zeros(len(where), told[0].shape[1])
            kind[:, features.shape[2]] = 1
            first.append(a)
            second.append(b)
            molecule.append(where)
            told.append(kind)
        if self.master:
            where, a = real.nonzero(as_tuple=True)
            kind = features.new_zeros(2 * len(where), told[0].shape[1])
            kind[:, -1] = 1
            last = torch.full_like(a, k)
            first += [a, last]
            second += [last, a]
            molecule += [where, where]
            told.append(kind)
        start = torch.cat(molecule) * slots
        return start + torch.cat(first), start + torch.cat(second), torch.cat(told)
