"""Message passing: equations written out, powers of adjacency, symmetries, what sums add up to."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from neural.models.message_passing import GatedSum, MessagePassing, Messages, SetToSet
from neural.models.sets import Process
from neural.papers.message_passing import _Predictor, _stream, cell_bits
from neural.tasks.molecules import MoleculeGraphs, hueckel

OPTIONS = [
    {},
    {"messages": "matrix"},
    {"messages": "pair"},
    {"directed": True},
    {"towers": 4},
    {"virtual": True},
    {"master": True},
    {"virtual": True, "master": True, "towers": 2, "directed": True},
    {"readout": "sum"},
    {"readout": "set2set"},
]
SMALL = {"width": 8, "steps": 3, "edge_hidden": (6,), "readout": "gated sum", "process": 3,
         "hidden": 5}  # fmt: skip


def net(**options) -> MessagePassing:
    torch.manual_seed(0)
    return MessagePassing(4, 3, **(SMALL | options)).double()


def tensors(graphs: MoleculeGraphs) -> list[torch.Tensor]:
    arrays = graphs.nodes.astype(float), graphs.edges, graphs.features.astype(float)
    return [torch.from_numpy(each) for each in arrays]


def renamed(parts: list[torch.Tensor], order: np.ndarray) -> list[torch.Tensor]:
    """The same molecules, atom order[i] as atom i, and bonds in another order."""
    nodes, edges, features = parts
    place = torch.from_numpy(np.argsort(order))
    turned = torch.where(edges >= 0, place[edges.clamp(min=0)], -1)
    bonds = torch.randperm(edges.shape[1])
    return [nodes[:, order], turned[:, bonds], features[:, bonds]]


@pytest.mark.parametrize("options", OPTIONS)
def test_names_of_atoms_do_not_matter(options):
    module, parts = net(**options), tensors(hueckel(4, seed=1))
    order = np.random.default_rng(0).permutation(12)
    other = renamed(parts, order)
    torch.testing.assert_close(module(*other), module(*parts), atol=1e-12, rtol=1e-9)
    real = parts[0].any(2)
    torch.testing.assert_close(
        module.states(*other)[real[:, order]], module.states(*parts)[:, order][real[:, order]]
    )


@pytest.mark.parametrize("options", OPTIONS)
def test_neither_does_who_else_is_in_the_batch(options):
    module, parts = net(**options), tensors(hueckel(6, seed=2))
    alone = torch.cat([module(*(each[i : i + 1] for each in parts)) for i in range(6)])
    torch.testing.assert_close(module(*parts), alone)
    longer = [torch.nn.functional.pad(parts[0], (0, 0, 0, 3)), *parts[1:]]
    torch.testing.assert_close(module(*longer), alone)


@pytest.mark.parametrize("options", OPTIONS)
def test_everything_is_reached_by_a_gradient(options):
    module = net(**options)
    module(*tensors(hueckel(6, seed=2))).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in module.parameters())


def united(graphs: MoleculeGraphs) -> MoleculeGraphs:
    """Molecules two by two as one, without a bond between."""
    k = graphs.nodes.shape[1]
    nodes = graphs.nodes.reshape(-1, 2 * k, graphs.nodes.shape[2])
    shifted = graphs.edges + k * ((graphs.edges >= 0) & (np.arange(len(graphs)) % 2)[:, None, None])
    return MoleculeGraphs(
        nodes,
        shifted.reshape(len(nodes), -1, 2),
        graphs.features.reshape(len(nodes), -1, graphs.features.shape[2]),
        graphs.targets.reshape(-1, 2).sum(1),
        graphs.unit,
    )


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from(["gated sum", "sum"]))
def test_sums_add_up_over_molecules(seed, readout):
    graphs = hueckel(4, seed=seed)
    module = net(readout=readout)
    apart = module(*tensors(graphs)).reshape(2, 2).sum(1)
    torch.testing.assert_close(module(*tensors(united(graphs)))[:, 0], apart)


def test_set2set_does_not_know_one_molecule_from_two():
    graphs = hueckel(3, seed=0)
    twice = united(graphs.part(np.repeat(np.arange(3), 2)))
    one, two = (net(readout="set2set")(*tensors(each)) for each in (graphs, twice))
    torch.testing.assert_close(one, two)
    assert not torch.allclose(2 * one, two)


def test_without_messages_only_counts_of_atoms_matter():
    nodes, edges, features = tensors(hueckel(2, seed=0))
    nodes[1] = nodes[0, torch.randperm(12)]  # the same atoms, bonds of another molecule
    for readout in ("gated sum", "sum", "set2set"):
        one, other = net(steps=0, readout=readout)(nodes, edges, features)
        torch.testing.assert_close(one, other)
        one, other = net(steps=2, readout=readout)(nodes, edges, features)
        assert not torch.allclose(one, other)
    counts = torch.randint(0, 4, (20, 4)).double()
    rows = [torch.eye(4).double().repeat_interleave(c.long(), 0) for c in counts + 1]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    none = torch.full((20, 1, 2), -1), torch.zeros(20, 1, 3).double()
    module = net(steps=0)
    each = module(torch.eye(4).double()[:, None], *(x[:4] for x in none))  # one atom alone
    torch.testing.assert_close(module(padded, *none), (counts + 1) @ each)


def test_steps_of_a_constant_edge_network_are_powers_of_the_adjacency():
    graph = networkx.gnp_random_graph(9, 0.35, seed=4)
    edges = torch.tensor([*graph.edges, *((b, a) for a, b in graph.edges)])
    messages = Messages(3, 2, hidden=()).double()
    weight, bias = messages.parameters()  # of a linear map of the edge's features
    with torch.no_grad():
        weight.zero_()
        bias.copy_(torch.eye(3).flatten())
    start = torch.randn(9, 3, dtype=torch.float64)
    states, made = start, messages.prepared(torch.randn(len(edges), 2).double())
    adjacency = networkx.to_numpy_array(graph)
    for steps in range(1, 5):
        states = messages(made, edges[:, 0], edges[:, 1], states)
        expected = np.linalg.matrix_power(adjacency, steps) @ start.numpy()
        np.testing.assert_allclose(states.detach(), expected, atol=1e-9)


def test_the_equations():
    """One step on a molecule of two bonds, by hand, of directed edges with two networks."""
    module = net(steps=1, directed=True)
    graphs = tensors(hueckel(1, seed=5))
    nodes, edges, features = graphs[0][:, :3], torch.tensor([[[0, 1], [2, 1]]]), graphs[2][:, :2]
    nodes[0] = torch.eye(4)[:3]
    h = torch.nn.functional.pad(nodes[0], (0, 4))
    there, back = module.messages[0].children()
    matrices = [each.prepared(features[0]) for each in (there, back) if isinstance(each, Messages)]
    got = torch.zeros(3, 16).double()
    for number, (a, b) in enumerate([(0, 1), (2, 1)]):
        got[b, :8] += matrices[0][number] @ h[a]
        got[a, 8:] += matrices[1][number] @ h[b]
    new = module.update[0](got, h)
    torch.testing.assert_close(module.states(nodes, edges, features)[0], new)
    readout = module.readout
    assert isinstance(readout, GatedSum)
    gates = torch.sigmoid(readout.gate(torch.cat([new, nodes[0]], 1)))
    total = (gates * readout.value(new)).sum(0)
    torch.testing.assert_close(module(nodes, edges, features)[0], total)


def test_virtual_edges_join_all_that_are_not_joined():
    module = net(virtual=True, master=True)
    nodes, edges, features = tensors(hueckel(5, seed=3))
    real = nodes.any(2)
    source, target, kinds = module._joined(real, edges, features, 13)
    for at in range(5):
        own = (source // 13) == at
        size = int(real[at].sum())
        joined = networkx.Graph(zip((source[own] % 13).tolist(), (target[own] % 13).tolist(),
                                    strict=True))  # fmt: skip
        expected = networkx.complete_graph([*range(size), 12])
        assert {frozenset(e) for e in joined.edges} == {frozenset(e) for e in expected.edges}
        assert own.sum() == size * (size - 1) + 2 * size  # each pair once either way
        bonds = int((edges[at, :, 0] >= 0).sum())
        assert kinds[own].sum(0)[:3].sum() == bonds
        assert kinds[own].sum(0)[3:].tolist() == [size * (size - 1) - bonds, 2 * size]


def test_sizes():
    lstm = Process(64, steps=3).cell
    assert sum(p.numel() for p in lstm.parameters()) == 49_664 == 12 * 64**2 + 8 * 64
    # towers: matrices of (d / k)^2 entries, k networks of them
    one, eight = (
        sum(p.numel() for p in MessagePassing(width=200, towers=k).messages.parameters())
        for k in (1, 8)
    )
    hidden = 5 * 50 + 50 + 2 * (50 * 50 + 50)
    assert (one, eight) == (hidden + 51 * 200**2, 8 * (hidden + 51 * 25**2))
    for options, message in [
        ({"width": 3}, "width: got 3, accepted is an integer at least 4"),
        ({"towers": 3}, "towers: got 3, accepted are divisors of the width, 8"),
        ({"messages": "spectral"}, "messages: unknown 'spectral'"),
        ({"readout": "mean"}, "readout: unknown 'mean'"),
    ]:
        with pytest.raises(ValueError, match=message):
            net(**options)


def test_masked_attention_is_that_of_the_smaller_set():
    torch.manual_seed(1)
    module = SetToSet(4, 2, steps=3).double()
    states, nodes = torch.randn(2, 5, 4).double(), torch.randn(2, 5, 2).double()
    real = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    found = module(states, nodes, real)
    torch.testing.assert_close(found[1:], module(states[1:, :3], nodes[1:, :3], real[1:, :3]))


@settings(max_examples=25)
@given(st.floats(0.01, 2), st.floats(-3, 3), st.floats(0.005, 0.1))
def test_the_code_of_a_number_obeys_kraft(deviation, prediction, step):
    grid = np.arange(np.floor(-12 / step), np.ceil(12 / step)) * step
    bits = cell_bits(grid - prediction, deviation, step)
    assert np.exp2(-bits).sum() == pytest.approx(1, abs=1e-6)
    near = abs(grid - prediction) < 2 * deviation
    ends = np.array([grid - step / 2, grid + step / 2])[:, near]
    cells, wide = (np.diff(norm.cdf(ends, prediction, sd), axis=0)[0] for sd in (deviation, 1))
    np.testing.assert_allclose(bits[near], -np.log2(0.98 * cells + 0.02 * wide), rtol=1e-6)


def test_new_molecules_are_coded_by_what_was_seen():
    rows, rng = _stream(50, 8, 5, 30), np.random.default_rng(0)
    seen: set[int] = set()
    for step in range(40):
        batch = rows(step, rng).tolist()
        if step % 5 == 0 and step < 30:
            assert not seen & set(batch)
            assert batch == list(range(len(seen), len(seen) + len(batch)))
            seen |= set(batch)
        assert set(batch) <= seen
    assert seen == set(range(50))
    module = _Predictor(torch.nn.Identity(), 0.01)
    assert module.off.tolist() == [1, 1]
    errors = torch.tensor([0.1, -0.2, 0.3])
    bits = module.code(module, (torch.zeros(3, 1), errors))
    np.testing.assert_allclose(bits, cell_bits(errors.numpy(), 1.0, 0.01), rtol=1e-6)
    kept = 0.995**3
    assert module.off.tolist() == pytest.approx([kept + 0.14, kept + 3])
