"""The parts of the search for a file: derivatives, moves of numbers, trials, the options."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import nn

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from mdl.label_coder import cumulative_frequencies, decode_labels
from mdl.weights.codec import files, labelled, polish, search, steps
from mdl.weights.codec.files import compress, decompress, file_report
from mdl.weights.codec.labelled import two_part, two_part_decode
from mdl.weights.codec.network import Recipe, plans_of, with_tensors
from mdl.weights.codec.payload import Coded, read_payload
from mdl.weights.codec.quantisers import rates
from mdl.weights.codec.search import label_nll_bits, logits, search_tolerance, search_total
from mdl.weights.tensors import architecture


def bits(net: nn.Module, inputs: torch.Tensor, labels: np.ndarray) -> float:
    return label_nll_bits(logits(net, inputs), labels, floor=0.0)


@pytest.fixture(scope="module")
def clouds():
    """Three of them, 5 numbers each, labels a little wrong; a network that knows them."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    x = rng.normal(0, 1, (300, 5)) + np.eye(3, 5)[labels] * 2.5
    inputs = torch.from_numpy(x.astype(np.float32))
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Dropout(0.3), nn.Linear(6, 3))
    for _ in range(200):  # plain descent
        loss = nn.functional.cross_entropy(net(inputs), torch.from_numpy(labels))
        with torch.no_grad():
            for each, slope in zip(
                net.parameters(), torch.autograd.grad(loss, list(net.parameters())), strict=True
            ):
                each -= 0.3 * slope
    return net.train(), inputs, labels


# numbers moved one at a time


def test_derivatives_are_finite_differences(clouds):
    """Of all examples, which take several batches, and with nothing dropped out."""
    net, inputs, labels = copy.deepcopy(clouds[0]).double(), clouds[1].double(), clouds[2]
    inputs, labels = inputs.repeat(5, 1), np.tile(labels, 5)
    labels[1024:] = (labels[1024:] + 1) % 3  # each batch has its own
    found = polish._gradients(net, inputs, labels, "cpu")
    assert set(found) == {"0.weight", "0.bias", "3.weight", "3.bias"}
    for name, gradient in found.items():
        ends = []
        for sign in (1, -1):
            moved = copy.deepcopy(net)
            direction = torch.from_numpy(gradient)
            with torch.no_grad():
                moved.get_parameter(name).add_(sign * 1e-6 * direction / direction.norm())
            ends.append(bits(moved, inputs, labels))
        slope = (ends[0] - ends[1]) / 2e-6  # along itself: its own length
        assert slope == pytest.approx(np.linalg.norm(gradient), rel=1e-4)


def quantised(net: nn.Module, index: int) -> list[Coded]:
    found = []
    for parameter in net.parameters():
        flat = parameter.detach().double().numpy()
        found.append(Coded(index, np.rint(flat / steps.step_at(index)).astype(np.int64).ravel()))
    return found


def test_moves_are_those_that_promise_most(clouds):
    """Slope, curvature and the bits of a table, stated plainly for every number and target."""
    plans, tensors = plans_of(clouds[0]), quantised(clouds[0], 168)
    tensors[1] = Coded(steps.EXACT, tensors[1].numbers)  # has no step to move by
    rng = np.random.default_rng(1)
    gradients = {plan.name: rng.normal(0, 20, plan.shape) for plan in plans}
    bends = {plan.name: rng.exponential(30, plan.shape) for plan in plans}
    bends["0.bias"][:] = 0.0
    found = polish._moves(plans, tensors, gradients, lambda name: bends[name])
    promised = {}
    for t, (plan, coded) in enumerate(zip(plans, tensors, strict=True)):
        if coded.step == steps.EXACT:
            continue
        step, columns = steps.step_at(coded.step), plan.columns or plan.size
        rows = coded.numbers.reshape(-1, columns).tolist()
        table = rates(np.array(rows), 0)[0]
        tall = [0.0] * columns
        for r, row in enumerate(rows):
            last, mean = 0.0, 0.0
            for c, k in enumerate(row):
                near = 0.3 * last + 0.3 * mean + 0.4 * tall[c]
                level = sum(near > limit for limit in (0.05, 0.3, 0.8, 1.8, 4.0))
                slope = gradients[plan.name].reshape(-1, columns)[r, c] * step
                bend = bends[plan.name].reshape(-1, columns)[r, c] * step**2
                for target in {k - 1, k + 1, 0} - {k}:
                    by = target - k
                    cost = [table[level, min(abs(each), 17)] for each in (target, k)]
                    gain = slope * by + bend * by**2 + cost[0] - cost[1]
                    if gain < 3:
                        promised[t, r * columns + c, target] = gain, r if plan.matrix else c
                mean += (abs(k) - mean) / min(c + 2, 12)
                last = abs(k)
                tall[c] += (abs(k) - tall[c]) / min(r + 1, 16)
    moves = zip(found.tensor.tolist(), found.entry.tolist(), found.number.tolist(), strict=True)
    listed = list(dict.fromkeys(moves))  # a neighbour of a number may be 0
    gains = [promised[each][0] for each in listed]
    assert set(listed) == set(promised)
    assert len(promised) > 40
    np.testing.assert_allclose(gains, np.sort(gains), atol=1e-9)

    chosen = found.first(9, {listed[0]})
    expected, rows = [], set()
    for each in listed[1:]:
        if (each[0], promised[each][1]) not in rows and len(expected) < 9:
            rows.add((each[0], promised[each][1]))
            expected.append(each)
    assert chosen == expected


def polished_by(tensors, cost, net, clouds, rounds):
    plans = plans_of(net)
    return polish.polished(
        plans, tensors, cost, lambda each: with_tensors(net, plans, each, 0), lambda _: 1.0,
        clouds[1], clouds[2], rounds=rounds,
    )  # fmt: skip


@pytest.mark.parametrize("rounds", [0, 1, 7, 60])
def test_polishing_keeps_the_cheapest_and_asks_no_more_than_it_may(clouds, rounds):
    net = clouds[0]
    tensors = quantised(net, 168)
    before = [each.numbers.copy() for each in tensors]
    seen = []

    def cost(each: list[Coded]) -> float:  # not smooth: some promises fail
        total = sum(float(np.abs(coded.numbers % 5 - 1).sum()) for coded in each)
        seen.append((total, [coded.numbers.copy() for coded in each]))
        return total

    found = polished_by(tensors, cost, net, clouds, rounds)
    assert len(seen) <= rounds + 1
    total, numbers = min(seen, key=lambda each: each[0])
    assert total < seen[0][0] or rounds < 7
    for coded, wanted, old, same in zip(found, numbers, before, tensors, strict=True):
        np.testing.assert_array_equal(coded.numbers, wanted)
        np.testing.assert_array_equal(same.numbers, old)


def test_polishing_ends_when_no_move_helps(clouds):
    net = nn.Sequential(nn.Linear(5, 3))
    tensors, calls = quantised(net, 168), []
    found = polished_by(tensors, lambda _: calls.append(1) or 1.0, net, clouds, 100_000)
    assert len(calls) < 1 + 3 * 18 * 3  # each move once alone, and before in some halves
    for coded, same in zip(found, tensors, strict=True):
        np.testing.assert_array_equal(coded.numbers, same.numbers)


# the search


def test_trials_are_of_their_recipes(clouds):
    net, inputs, labels = clouds
    judge = search._Judge(net, inputs, labels, seed=0, device="cpu", evaluations=9)
    recipes = [
        Recipe(0.5, 0), Recipe(0.25, 0), Recipe(0.5, 8), Recipe(0.5, 0, shifts={"0.weight": 4}),
        Recipe(0.5, 0, shifts={"3.weight": 4}),
    ]  # fmt: skip
    trials = [judge.trial(each) for each in recipes]
    assert judge.left == 9 - len(recipes)
    assert [each.recipe for each in trials] == recipes
    assert len({each.model_bits for each in trials}) == len(recipes)
    index = [each.name for each in judge.plans].index("0.weight")
    assert trials[3].tensors[index].step == trials[0].tensors[index].step + 4
    assert judge.trial(recipes[1]) is trials[1]
    assert judge.left == 9 - len(recipes)
    for trial in trials:
        found = with_tensors(net, judge.plans, trial.tensors, trial.recipe.states)
        assert trial.data_bits == label_nll_bits(logits(found, inputs), labels)


def test_numbers_that_are_wrong_are_mended(clouds):
    """By the network's own derivatives: each round is told the real bits."""
    net, inputs, labels = clouds
    judge = search._Judge(net, inputs, labels, seed=0, device="cpu", evaluations=9)
    start = judge.trial(Recipe(0.5, 0))
    index = [each.name for each in judge.plans].index("3.weight")
    numbers = start.tensors[index].numbers.copy()
    numbers[[1, 8, 15]] += 2
    tensors = list(start.tensors)
    tensors[index] = Coded(start.tensors[index].step, numbers)
    spoilt = judge.weigh(start.recipe, tensors)
    assert spoilt.total_bits > start.total_bits + 3
    assert search._polished(judge, spoilt, 12).total_bits <= start.total_bits


@pytest.fixture
def weighed(monkeypatch):
    """All networks that a search weighs."""
    found, weigh = [], search._Judge.weigh

    def call(*arguments):
        found.append(weigh(*arguments))
        return found[-1]

    monkeypatch.setattr(search._Judge, "weigh", call)
    return found


@pytest.mark.parametrize(("states", "polishes"), [((0,), 6), ((8,), 0), ((4, 0), 6)])
def test_the_best_of_all_that_were_weighed_is_kept(clouds, weighed, monkeypatch, states, polishes):
    calls, own = [], search.polished
    monkeypatch.setattr(
        search, "polished", lambda *args, **options: calls.append(1) or own(*args, **options)
    )
    best = search_total(*clouds, states=states, evaluations=80)
    assert len(calls) == polishes
    assert best.total_bits == min(each.total_bits for each in weighed)
    assert {each.recipe.states for each in weighed} == {0, *states}
    assert min(each.model_bits for each in weighed) == 8 * 5  # of zeros


@pytest.mark.parametrize("tolerance", [0.001, 0.02, 0.3])
def test_the_shortest_within_the_tolerance_is_kept(clouds, weighed, tolerance):
    """By the labels' bits as the network has them: no floor."""
    net, inputs, labels = clouds
    own = bits(copy.deepcopy(net), inputs, labels)
    best = search_tolerance(net, inputs, labels, tolerance=tolerance)
    most = own + max(tolerance * own, 1)
    assert best is not None
    assert best.data_bits <= most
    assert best.data_bits == pytest.approx(
        bits(with_tensors(net, plans_of(net), best.tensors, best.recipe.states), inputs, labels)
    )
    allowed = [each.model_bits for each in weighed if each.data_bits <= most]
    assert best.model_bits == min(allowed)
    assert len(weighed) <= 24


def test_the_search_looks_at_no_more_networks_than_it_may(clouds, weighed):
    net, inputs, labels = clouds
    search_total(net, inputs, labels, states=(0,), evaluations=150)
    assert len(weighed) <= 150 + 1 + 6 * 2 + 5  # zeros, and both ends of polishing; its starts
    weighed.clear()
    for count in (1, 4, 9):
        compress(net, (inputs, labels), evaluations=count)
        assert len(weighed) <= max(count, 2)  # a network for each quantiser
        weighed.clear()


def test_options_reach_the_search(clouds, monkeypatch):
    net, data = clouds[0], clouds[1:]
    asked = []

    def watched(name):
        own = getattr(search, name)

        def call(module, inputs, labels, **options):
            asked.append((name, options))
            return own(module, inputs, labels, **options)

        return call

    monkeypatch.setattr(labelled, "search_total", watched("search_total"))
    for name in ("search_total", "search_tolerance"):
        monkeypatch.setattr(files, name, watched(name))
    seeds, own = [], search.measure_sensitivity

    def measured(*arguments, **options):
        seeds.append(options["seed"])
        return own(*arguments, **options)

    monkeypatch.setattr(search, "measure_sensitivity", measured)
    compress(net, data, quantiser="trellis", seed=5)
    compress(net, data, quantiser="trellis-4", seed=5, evaluations=3, tolerance=0.3)
    compress(net, data, tolerance="total", seed=5, evaluations=2)
    two_part(net, data, quantiser="scalar", seed=5, evaluations=2)
    assert set(seeds) == {5}
    common = {"seed": 5, "device": "cpu"}
    assert asked == [
        ("search_tolerance", common | {"tolerance": 0.05, "states": (8,), "evaluations": 24}),
        ("search_tolerance", common | {"tolerance": 0.3, "states": (4,), "evaluations": 3}),
        ("search_total", common | {"states": (0, 8), "evaluations": 2}),
        ("search_total", common | {"states": (0,), "evaluations": 2}),
    ]


class Turned(nn.Linear):
    """The bias before the matrix in the state dict."""

    def __init__(self) -> None:
        super().__init__(5, 3)
        matrix = self.weight
        del self.weight
        self.weight = matrix


def test_biases_are_moved_by_what_is_left_of_their_matrices(clouds):
    """Wherever they are in the state dict, and to the effect that moving them has."""
    _, inputs, labels = clouds
    torch.manual_seed(1)
    net, turned = nn.Linear(5, 3), Turned()
    assert list(turned.state_dict()) == ["bias", "weight"]
    turned.load_state_dict(net.state_dict())
    inputs = inputs + 3  # so that errors of weights have a mean
    found = []
    for each in (net, turned):
        judge = search._Judge(each, inputs, labels, seed=0, device="cpu", evaluations=9)
        trial = judge.trial(Recipe(2.0, 0))
        coded = dict(zip([plan.name for plan in judge.plans], trial.tensors, strict=True))
        found.append({name: each.numbers.tolist() for name, each in coded.items()})
    assert found[0] == found[1]
    weight = steps.step_at(coded["weight"].step) * coded["weight"].numbers.reshape(3, 5)
    errors = net.weight.detach().numpy() - weight
    bias = steps.step_at(coded["bias"].step) * coded["bias"].numbers
    moved = net.bias.detach().numpy() + (inputs.numpy() @ errors.T).mean(0)
    assert np.abs(bias - moved).max() < np.abs(moved - net.bias.detach().numpy()).max() / 2


class Scaled(nn.Module):
    """A table at the end of its type, of next to no effect."""

    def __init__(self) -> None:
        super().__init__()
        self.own, self.table = nn.Linear(5, 3), nn.Parameter(torch.full((4, 4), 65504.0).half())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.own(x) + self.table.float().sum() / 2**20


def test_numbers_beyond_their_type_are_kept_as_they_are(clouds):
    """A step above the greatest number of 16 bits would be infinite."""
    torch.manual_seed(0)
    judge = search._Judge(Scaled(), *clouds[1:], seed=0, device="cpu", evaluations=40)
    kinds = set()
    for octave in range(-4, 60, 2):
        trial = judge.trial(Recipe(2.0**octave, 0))
        assert math.isfinite(trial.data_bits)
        kinds.add(trial.tensors[[each.name for each in judge.plans].index("table")].step)
    assert steps.EXACT in kinds


class Told:
    """A judge whose trials' bits are told by the price: weights, labels."""

    def __init__(self, told: Mapping[float, tuple[float, float]]) -> None:
        self.told, self.asked = told, []

    def trial(self, recipe: Recipe) -> search.Trial:
        self.asked.append(recipe.price)
        return search.Trial(recipe, [], *self.told.get(recipe.price, (999.0, 999.0)))


def test_prices_go_down_behind_the_hump_of_networks_that_are_worse_than_zeros():
    told = {4.0: (20, 300), 2.0: (40, 260), 1.0: (150, 190), 0.5: (205, 100), 0.25: (260, 90)}
    judge = Told(told | {0.5 * 2**0.5: (180, 110)})
    zeros = search.Trial(Recipe(math.inf, 0), [], 8, 200)
    best = search._along_prices(judge, Recipe(4.0, 0), zeros)  # type: ignore[arg-type]
    assert best.recipe.price == 0.5 * 2**0.5
    assert judge.asked[:5] == [4, 2, 1, 0.5, 0.25]  # there the weights alone take more than 208
    assert sorted(judge.asked[5:]) == pytest.approx([0.5, 0.5 * 2**0.5])


def test_no_step_beside_the_best_is_better(clouds):
    best = search_total(*clouds, states=(8,), evaluations=1000)
    judge = search._Judge(*clouds, seed=0, device="cpu", evaluations=99)
    for plan in judge.plans:
        for change in (3, -3, 1, -1):
            shifts = dict(best.recipe.shifts)
            shifts[plan.name] = shifts.get(plan.name, 0) + change
            trial = judge.trial(Recipe(best.recipe.price, 8, shifts))
            assert trial.total_bits >= best.total_bits


def test_a_network_that_overflows_is_of_no_use_to_the_search(clouds):
    net = nn.Sequential(nn.Linear(5, 6), nn.Linear(6, 3))
    judge = search._Judge(net, *clouds[1:], seed=0, device="cpu", evaluations=9)
    huge = [Coded(steps.LARGEST, np.full(plan.size, 2**60)) for plan in judge.plans]
    assert judge.weigh(Recipe(1.0, 0), huge).data_bits == math.inf


def test_labels_that_the_network_has_no_class_for_are_named(clouds):
    net, inputs, labels = clouds
    with pytest.raises(ValueError, match=r"got label 3, accepted are .* 0 to 2"):
        search_total(net, inputs, labels + (labels == 2), evaluations=1)


def test_a_number_that_is_shown_as_many_is_left_by_the_search(clouds):
    net, data = copy.deepcopy(clouds[0]), clouds[1:]
    net.register_buffer("table", torch.tensor([0.5]).expand(16))
    blob = compress(net, data, tolerance="total", quantiser="trellis", evaluations=1)
    assert decompress(blob, net).state_dict()["table"].tolist() == pytest.approx([0.5] * 16)


def test_two_parts_by_every_quantiser(clouds):
    """The trellis told in the file is that of the numbers in it, whichever was the best."""
    net, inputs, labels = clouds
    for name in ("auto", "trellis", "trellis-4", "scalar", "exact"):
        blob, report = two_part(net, (inputs, labels), quantiser=name, evaluations=10)
        back, found = two_part_decode(blob, net, inputs)
        np.testing.assert_array_equal(found, labels)
        assert report.total_bits == 8 * len(blob)
        hits = float((back(inputs).argmax(1).numpy() == labels).mean())
        assert report.details["accuracy"] == hits


@pytest.mark.parametrize("best", [0, 4, 8])
def test_the_trellis_of_the_file_is_that_of_the_best(clouds, monkeypatch, best):
    net, data = clouds[0], clouds[1:]
    for module in (files, labelled):
        monkeypatch.setattr(
            module, "search_total",
            lambda *arguments, **options: search_total(*arguments, **options | {"states": (best,)}),
        )  # fmt: skip
    wanted = search_total(net, *data, states=(best,), evaluations=3)
    expected = with_tensors(net, plans_of(net), wanted.tensors, wanted.recipe.states).state_dict()
    blob = compress(net, data, tolerance="total", evaluations=3)
    both = two_part(net, data, evaluations=3)[0]
    for found in (decompress(blob, net), two_part_decode(both, net, data[0])[0]):
        assert all(torch.equal(value, expected[name]) for name, value in found.state_dict().items())


def test_a_sealed_file_that_ends_early_is_refused(clouds):
    """Wherever it is cut, within the hashes, the length, the weights or the labels."""
    net, data = clouds[0], clouds[1:]
    blob = two_part(net, data, quantiser="trellis", evaluations=1)[0]
    _, payload = unpack(blob, kind="two-part")
    for damaged in (*(payload[:end] for end in range(len(payload))), payload + b"\0"):
        with pytest.raises(DecodeError):
            two_part_decode(pack(damaged, kind="two-part"), net, data[0])
    with pytest.raises(DecodeError, match=r"damaged: \d+ of \d+ bytes of weights are there"):
        two_part_decode(pack(payload[:12], kind="two-part"), net, data[0])
    for wrong in (data[0][:, :3], torch.full((300, 5), math.nan)):
        with pytest.raises(DecodeError, match="has no predictions for these inputs"):
            two_part_decode(blob, net, wrong)


def test_a_file_of_two_parts_has_the_layout_that_is_stated(clouds):
    net, data = clouds[0], clouds[1:]
    blob, report = two_part(net, data, quantiser="trellis", evaluations=1)
    meta, payload = unpack(blob)
    assert meta["kind"] == "two-part"
    names = hashlib.blake2b(architecture(net).encode(), digest_size=4).digest()
    assert payload[:2] == names[:2]
    length = payload[6]
    assert length < 128  # else a second byte
    tensors, states = read_payload(payload[7 : 7 + length], plans_of(net))
    table = search.predictions(with_tensors(net, plans_of(net), tensors, states), data[0])
    frequencies = cumulative_frequencies(table).astype("<i8").tobytes()
    assert payload[2:6] == hashlib.blake2b(frequencies, digest_size=4).digest()
    np.testing.assert_array_equal(decode_labels(payload[7 + length :], table), data[1])
    rest = len(payload) - 7 - length
    found = report.model_bits, report.data_bits, report.header_bits
    assert found == (8 * length, 8 * rest, 8 * (len(blob) - length - rest))


def test_data_are_described_in_eval_mode(clouds):
    net = clouds[0]
    assert net.training
    modes = []

    def described(found: nn.Module) -> float:
        modes.append(found.training)
        return 5.0

    assert file_report(compress(net), net, described).data_bits == 5.0
    assert modes == [False]
    with pytest.raises(ValueError, match="0 inputs and 0 labels"):
        compress(net, (np.zeros((0, 5), np.float32), np.zeros(0, int)))


def test_predictions_are_made_on_one_thread_and_deterministically(clouds, monkeypatch):
    net, data = clouds[0], clouds[1:]
    before, settings = torch.get_num_threads(), []

    def predicted(*arguments):
        settings.append((torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()))
        return search.predictions(*arguments)

    monkeypatch.setattr(labelled, "predictions", predicted)
    torch.set_num_threads(2)
    try:
        blob = two_part(net, data, quantiser="exact")[0]
        two_part_decode(blob, net, data[0])
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert settings == [(1, True)] * 2
