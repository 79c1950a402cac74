"""Epiplexity: relative entropy coding, the learner, both estimators, files of requential coding."""

import itertools
import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch import nn

from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from mdl import epiplexity as room
from mdl.discrete.letters import MAX_LETTERS
from mdl.epiplexity import (
    Training,
    Transformer,
    decode_requential,
    epiplexity,
    relative_entropy,
    requential,
)
from mdl.epiplexity.learner import check_causal, made, sampling
from mdl.epiplexity.lockstep import FLOOR, lockstep, log2_probabilities
from mdl.epiplexity.messages import Receiver, Sender
from mdl.epiplexity.relative_entropy import (
    MOST_BITS,
    candidate,
    group_sizes,
    message_bound,
    select,
)
from mdl.epiplexity.rows import as_rows
from mdl.epiplexity.training import OnlineLearner, checkpoints_of, row_bits
from mdl.weights.tensors import flat_parameters, reproducible

TINY = Transformer(8, 1, 2)
FAST = Training(batch_size=16, learning_rate=0.02, warmup=5, averaged=10)


def markov(n, seed, chances=(0.9, 0.2)):
    """A chain of bits, and its entropy rate in bits."""
    draws, found = np.random.default_rng(seed).random(n), [0]
    for draw in draws[1:]:
        found.append(int(draw < chances[found[-1]]))
    stationary = chances[0] / (1 + chances[0] - chances[1])
    entropy = [-p * math.log2(p) - (1 - p) * math.log2(1 - p) for p in chances]
    return np.array(found), (1 - stationary) * entropy[0] + stationary * entropy[1]


def logs(seed, shape, sharpness):
    rng = np.random.default_rng(seed)
    return log2_probabilities(torch.from_numpy(rng.normal(0, sharpness, shape)), FLOOR)


# relative entropy coding


def messages(q, p, count, seed=5):
    arrivals = np.random.default_rng(seed + 1)
    return [select(q, p, (seed, number), arrivals) for number in range(count)]


def test_what_is_sent_is_a_sample_of_the_sender():
    q, p = logs(1, (2, 3), 1.0), logs(2, (2, 3), 1.0)
    found = messages(q, p, 4000)
    counts = np.zeros((3, 3))
    for _, tokens in found:
        counts[tuple(tokens)] += 1
    expected = 4000 * np.exp2(p[0])[:, None] * np.exp2(p[1])[None, :]
    assert chisquare(counts.ravel(), expected.ravel()).pvalue > 1e-4
    others = 4000 * np.exp2(q[0])[:, None] * np.exp2(q[1])[None, :]
    assert chisquare(counts.ravel(), others.ravel()).pvalue < 1e-9  # the test would see the other


@pytest.mark.parametrize("sharpness", [0.1, 0.7, 1.5])
def test_indices_are_as_short_as_the_strong_functional_representation_lemma_says(sharpness):
    """Li and El Gamal 2018: E log2 K <= KL + 1, and H(K) <= KL + log2(1 + KL) + 4."""
    q, p = logs(3, (3, 2), sharpness), logs(4, (3, 2), sharpness)
    kl = float(np.sum(np.exp2(p) * (p - q)))
    indices = np.array([index + 1 for index, _ in messages(q, p, 2000)])
    widths = np.log2(indices)
    assert widths.mean() <= kl + 1 + 4 * widths.std() / math.sqrt(len(widths))
    shares = np.unique_counts(indices).counts / len(indices)
    assert -np.sum(shares * np.log2(shares)) <= message_bound(kl)


@pytest.mark.parametrize("sharpness", [0.5, 1.5, 2.5])
def test_no_candidate_behind_the_last_one_looked_at_would_win(sharpness):
    """The least arrival time over p / q of all, up to where later ones cannot be less."""
    q, p = logs(7, (3, 3), sharpness), logs(8, (3, 3), sharpness)
    ratios = p - q
    for number in range(40):
        index, tokens = select(q, p, (5, number), np.random.default_rng(number))
        generator = np.random.Generator(relative_entropy._bits((5, number)))
        every = relative_entropy._drawn(generator, relative_entropy._cumulated(q), 1 << 15)
        times = np.cumsum(np.random.default_rng(number).exponential(size=len(every)))
        scores = np.log2(times) - ratios[np.arange(3), every].sum(axis=1)
        assert np.log2(times[-1]) - ratios.max(axis=1).sum() > scores.min()
        assert index == int(np.argmin(scores))
        assert tokens.tolist() == every[index].tolist()


def test_where_both_agree_the_first_candidate_is_taken():
    q = logs(6, (20, 4), 1.0)
    assert {index for index, _ in messages(q, q, 50)} == {0}


@given(st.integers(0, 10**6), st.integers(1, 9), st.integers(2, 5))
@settings(max_examples=25)
def test_the_receiver_takes_what_was_sent(seed, size, alphabet_size):
    q, p = logs(seed, (size, alphabet_size), 0.7), logs(seed + 1, (size, alphabet_size), 0.7)
    index, tokens = messages(q, p, 1, seed)[0]
    assert candidate(q, (seed, 0), index).tolist() == tokens.tolist()


@given(st.integers(0, 10**6), st.integers(1, 200), st.floats(0, 3))
@settings(max_examples=50)
def test_messages_hold_as_many_tokens_as_their_bounds_allow(seed, size, sharpness):
    q, p = logs(seed, (size, 3), sharpness), logs(seed + 1, (size, 3), sharpness)
    bounds, start = np.maximum((p - q).max(axis=1), 0), 0
    for count in group_sizes(q, p):
        fits = int((np.cumsum(bounds[start:]) <= MOST_BITS).sum())
        assert count == (
            size - start if fits == size - start else 2 ** int(math.log2(max(fits, 1)))
        )
        start += count
    assert start == size


def test_the_bounds_of_the_messages_add_up():
    q, p = logs(9, (40, 3), 1.0), logs(10, (40, 3), 1.0)
    sender, expected, count = Sender(0), 0.0, 0
    for student, teacher in ((q, p), (p, q), (q, q)):
        sender(student, teacher)
        kl, start = np.sum(np.exp2(teacher) * (teacher - student), axis=1), 0
        for size in group_sizes(student, teacher):
            expected += message_bound(float(kl[start : start + size].sum()))
            start, count = start + size, count + 1
    assert len(sender.sizes) == count > 3
    assert sender.bound_bits == pytest.approx(expected, rel=1e-12)


def test_the_message_bound():
    assert [message_bound(kl) for kl in (0.0, 1.0, 7.0)] == [4.0, 6.0, 14.0]


# rows


def test_streams_rows_and_pairs_become_rows():
    stream = as_rows(np.arange(11) % 3, context=4)
    assert stream.tokens.tolist() == [[0, 1, 2, 0], [1, 2, 0, 1]]
    assert (stream.given, stream.described, stream.alphabet_size) == (0, 4, 3)
    pair = as_rows((np.zeros((5, 2), int), np.ones((5, 3), bool)))
    assert (pair.given, pair.described, len(pair)) == (2, 3, 5)
    first, last = pair.split(0.2)
    assert (len(first), len(last)) == (4, 1)
    assert last.tokens.tolist() == pair.tokens[4:].tolist()
    for share, most in ((0.001, 1), (0.5, 2), (0.6, 3), (0.999, 4)):
        assert [len(part) for part in pair.split(share)] == [5 - most, most]
    two = as_rows(np.zeros((2, 3), int))
    assert [len(part) for part in two.split(0.9)] == [1, 1]


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        (np.zeros(100), {}, TypeError, "data: got float64, accepted are integers"),
        (np.zeros((2, 2, 2), int), {}, ValueError, r"data: got shape \(2, 2, 2\)"),
        (np.zeros(100, int), {"context": 64}, ValueError, "at least 2 rows"),
        (np.full(200, 7), {"alphabet_size": 4}, ValueError, "tokens from 7 to 7"),
        (np.full(200, -1), {}, ValueError, "tokens from -1"),
        (np.tile([-1, 3], 100), {}, ValueError, "tokens from -1 to 3"),
        (np.zeros(200, int), {"context": 0}, ValueError, "context: got 0"),
        ((np.zeros((3, 2), int), np.zeros((4, 2), int)), {}, ValueError, r"shapes \(3, 2\)"),
        ((np.zeros((3, 2), int),), {}, ValueError, "accepted is a pair"),
    ],
)
def test_bad_data_are_refused(data, options, error, message):
    with pytest.raises(error, match=message):
        as_rows(data, **options)


# the learner


def learner(size=TINY, alphabet_size=3, length=7, seed=0):
    with reproducible(seed):
        module = made(size, alphabet_size, length)
        for parameter in module.parameters():  # so that nothing is zero
            parameter.data += 0.3 * torch.randn_like(parameter)
    return module


def test_the_untrained_learner_is_uniform():
    rows = torch.randint(5, (4, 9), generator=torch.Generator().manual_seed(0))
    with reproducible(0):
        found = row_bits(made(Transformer(16, 2), 5, 9), rows, 3)
    assert found == pytest.approx(6 * math.log2(5), rel=1e-6)


@given(st.integers(0, 6), st.integers(0, 100))
@settings(max_examples=20, deadline=None)
def test_no_prediction_looks_ahead(place, seed):
    module, rng = learner(Transformer(8, 2, 2)), np.random.default_rng(seed)
    tokens = torch.from_numpy(rng.integers(0, 3, (1, 7)))
    other = tokens.clone()
    other[0, place] = (other[0, place] + 1) % 3
    with torch.no_grad():
        change = (module(tokens) - module(other)).abs().amax(dim=(0, 2))
    assert change[: place + 1].max() == 0
    assert place == 6 or change[place + 1 :].max() > 0


def test_attention_is_that_of_torch():
    """The block, beside torch's own attention with the distances as a mask that is added."""
    block = learner().blocks[0]
    x = torch.randn(2, 7, 8, generator=torch.Generator().manual_seed(1))
    q, k, v = block.qkv(block.norm_attention(x)).view(2, 7, 3, 2, 4).permute(2, 0, 3, 1, 4)
    bias = torch.full((2, 7, 7), -math.inf)
    for head, i, j in itertools.product(range(2), range(7), range(7)):
        if j <= i:
            bias[head, i, j] = block.distances[head, i - j]
    mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    y = x + mixed.transpose(1, 2).reshape(2, 7, 8) @ block.mix.weight.T
    hidden = nn.functional.gelu(block.hidden(block.norm_hidden(y)))
    torch.testing.assert_close(block(x, None)[0], y + block.out(hidden))


class Again(nn.Module):
    """A learner that is not known to keep anything."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, tokens):
        return self.inner(tokens)


@pytest.mark.parametrize("known", [0, 3])
def test_predictions_one_by_one_are_those_of_the_whole_row(known):
    module = learner(Transformer(8, 2, 2))
    tokens = torch.randint(3, (5, 7), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        wanted = module(tokens)
    for each in (module, Again(module)):
        predictions = sampling(each, tokens[:, :known], 7)
        found = [next(predictions)]
        found += [predictions.send(tokens[:, place]) for place in range(known, 6)]
        torch.testing.assert_close(torch.stack(found, 1), wanted[:, known:], rtol=1e-4, atol=1e-5)


class Bigrams(nn.Module):
    """Logits of a token given the one before: the smallest learner of a user's own."""

    def __init__(self, alphabet_size, length):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(alphabet_size + 1, alphabet_size))

    def forward(self, tokens):
        start = torch.full_like(tokens[:, :1], len(self.table) - 1)
        return self.table[torch.cat([start, tokens[:, :-1]], dim=1)]


class Cheating(Bigrams):
    def forward(self, tokens):
        return self.table[tokens] + nn.functional.one_hot(tokens, self.table.shape[1])


@pytest.mark.parametrize(
    ("factory", "error", "message"),
    [
        (lambda a, n: Cheating(a, n), ValueError, "depend on tokens that they predict"),
        (lambda a, n: Bigrams(a + 1, n), ValueError, r"logits of shape \(2, 8, 3\)"),
        (lambda a, n: "no module", TypeError, "models: got str"),
    ],
)
def test_what_is_no_learner_is_refused(factory, error, message):
    with pytest.raises(error, match=message):
        epiplexity(np.zeros(64, int), models=factory, context=8, show=False)


def test_a_trained_cheat_is_found_out():
    module = Cheating(2, 8)
    with pytest.raises(ValueError, match="accepted is row t from tokens before t alone"):
        check_causal(module, torch.zeros(2, 8, dtype=torch.int64), 2)


@pytest.mark.parametrize(
    "options",
    [{"width": 7}, {"depth": 0}, {"heads": 3}, {"expansion": 0}],
)
def test_sizes_of_learners_are_checked(options):
    with pytest.raises(ValueError, match="got"):
        Transformer(**options)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"batch_size": 0}, ValueError),
        ({"learning_rate": -1.0}, ValueError),
        ({"learning_rate": math.nan}, ValueError),
        ({"clip": True}, TypeError),
        ({"updates": 0.5}, TypeError),
    ],
)
def test_settings_of_training_are_checked(options, error):
    with pytest.raises(error, match=next(iter(options))):
        Training(**options)


# training


def test_bits_are_those_before_learning_and_the_average_is_a_running_one():
    tokens = torch.from_numpy(markov(64, 1)[0]).view(8, 8)
    online = OnlineLearner(Bigrams(2, 8), Training(batch_size=8, averaged=1000))
    mean = None
    for step in range(6):
        with torch.no_grad():
            before = row_bits(online.module, tokens, 2).sum()
        assert online.learn(tokens, 2) == pytest.approx(before, rel=1e-5)
        new = online.module.table.detach().clone()
        keep = step / (step + 9)
        mean = new if mean is None else keep * mean + (1 - keep) * new
        torch.testing.assert_close(online.averaged.table, mean)


def test_a_loss_that_is_not_finite_is_an_error():
    module = Bigrams(2, 8)
    module.table.data[:] = math.nan
    with pytest.raises(RuntimeError, match="the loss is nan at step 0; consider a smaller"):
        OnlineLearner(module, Training()).learn(torch.zeros(2, 8, dtype=torch.int64), 0)


def test_checkpoints_end_with_the_last_step():
    assert checkpoints_of(1000, 5) == [8, 27, 89, 299, 1000]
    assert checkpoints_of(3, 5) == [3]
    assert checkpoints_of(1, 1) == [1]


# prequential epiplexity


def test_the_area_under_the_curve_beside_a_plain_loop():
    """S + trained tokens * final loss is the prequential codelength of what was trained on."""
    data, _ = markov(4000, 2)
    training = Training(batch_size=10, learning_rate=0.05, warmup=1, averaged=1)
    found = epiplexity(
        data, models=Bigrams, training=training, context=20, checkpoints=4, seed=3, show=False
    )
    rows = np.random.default_rng(np.random.SeedSequence(3, spawn_key=(0,))).permutation(
        data.reshape(-1, 20)
    )
    table = torch.zeros(3, 2, requires_grad=True)
    optimiser = torch.optim.Adam([table], lr=0.05, betas=(0.9, 0.95))
    total, sums = 0.0, {}
    for step in range(18):
        batch = torch.from_numpy(rows[10 * step : 10 * step + 10])
        before = torch.cat([torch.full((10, 1), 2), batch[:, :-1]], 1)
        nats = -torch.log_softmax(table, 1)[before, batch]
        total += float(nats.detach().sum()) / math.log(2)
        sums[200 * (step + 1)] = total
        optimiser.zero_grad()
        nats.mean().backward()
        nn.utils.clip_grad_norm_([table], 1.0)
        optimiser.step()
    curve = found.curves[0]
    assert curve.trained_tokens[-1] == 3600
    for tokens, structure, loss in zip(
        curve.trained_tokens[1:], curve.structure_bits[1:], curve.loss_bits[1:], strict=True
    ):
        assert structure + tokens * loss == pytest.approx(sums[int(tokens)], rel=1e-5)


def test_the_time_bounded_entropy_of_a_markov_chain_is_its_entropy_rate():
    data, rate = markov(20000, 4)
    found = epiplexity(data, models=TINY, training=FAST, context=16, holdout=0.3, show=False)
    excess = (1 - rate) / 16  # the first token of a window has no past; it has its own chances
    loss = found.entropy_bits / found.tokens
    se = found.entropy_se / found.tokens
    assert rate - 4 * se < loss < rate + excess + 0.01 + 4 * se
    assert 0 < found.structure_bits < 0.1 * found.entropy_bits


def controls():
    rng = np.random.default_rng(7)
    return {
        "random": rng.integers(0, 2, 4096),
        "constant": np.zeros(4096, np.int64),
        "period": np.tile(rng.integers(0, 2, 64), 64),
    }


@pytest.mark.parametrize("estimator", ["prequential", "requential"])
def test_controls(estimator):
    """Coins: S = 0 within its noise. Constants: next to nothing of 4096 bits. Period 64: about 64.

    A row is all the learner sees at once, and it learns one by heart in 20 updates; up to then
    it pays for some more of the same.
    """
    data, found = controls(), {}
    by_heart = Training(batch_size=1, updates=20, learning_rate=0.02, warmup=1, averaged=1)
    for name, tokens in data.items():
        training = FAST if name == "random" else by_heart
        count = {"random": 4096, "constant": 192, "period": 512}[name]
        found[name] = epiplexity(
            tokens[:count], models=TINY, training=training, estimator=estimator, described=4096,
            context=64 if name == "period" else 16, alphabet_size=2, show=False,
        )  # fmt: skip
        assert found[name].total_bits <= 4096
    coins, constant, period = found.values()
    assert abs(coins.structure_bits) <= 3 * coins.structure_se + 1e-9
    assert coins.total_bits == pytest.approx(4096, abs=20)
    assert constant.total_bits < 130
    assert 40 < period.structure_bits < 256
    assert period.entropy_bits < 130


def test_more_compute_never_makes_the_total_longer():
    data, _ = markov(6000, 5)
    found = epiplexity(
        data, models=[TINY, Transformer(16, 1)], training=FAST, context=16, show=False
    )
    totals = [sum(found.within(budget)) for budget in np.geomspace(1e5, 1e10, 30)]
    assert totals[0] == found.trivial_bits == 6000
    assert all(np.diff(totals) <= 1e-9)
    assert totals[-1] == pytest.approx(found.total_bits)


def test_a_budget_bounds_training():
    data, _ = markov(6000, 5)
    budget = 3e7
    found = epiplexity(data, models=TINY, training=FAST, context=16, budget=budget, show=False)
    weights = found.curves[0].parameters
    assert found.flops <= budget
    assert found.curves[0].flops[-1] == 6 * weights * found.curves[0].trained_tokens[-1] + (
        2 * weights * 6000
    )
    assert found.curves[0].flops[-1] + 6 * weights * 16 > budget
    nothing = epiplexity(data, models=TINY, budget=1.0, context=16, show=False)
    assert (nothing.structure_bits, nothing.model, nothing.flops) == (0.0, "", 0.0)


def test_the_same_seed_gives_the_same_bits_whatever_the_threads():
    data = markov(3000, 6)[0]
    threads, found = torch.get_num_threads(), []
    for count in (1, 2):
        torch.set_num_threads(count)
        found += [
            epiplexity(
                data, models=TINY, estimator=name, training=FAST, context=16, seed=9, show=False
            )
            for name in ("prequential", "requential")
        ]
    torch.set_num_threads(threads)
    for one, other in zip(found[:2], found[2:], strict=True):
        assert one.structure_bits == other.structure_bits
        assert one.curves[0].loss_bits.tolist() == other.curves[0].loss_bits.tolist()
    assert found[0].kind == Kind.ESTIMATE
    assert found[1].kind == Kind.BOUND


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "requental"}, "did you mean 'requential'"),
        ({"budget": 0}, "budget: got 0"),
        ({"holdout": 1.0}, "holdout: got 1.0"),
        ({"described": 0}, "described: got 0"),
        ({"checkpoints": 0}, "checkpoints: got 0"),
        ({"seed": -1}, "seed: got -1"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        epiplexity(np.zeros(200, int), show=False, **options)


def test_results_are_shown_saved_and_drawn(tmp_path):
    found = epiplexity(
        markov(2000, 8)[0], models=[TINY, Bigrams], training=FAST, context=16, show=False
    )
    assert "bits (estimate) of 2000 tokens" in repr(found)
    assert found.to_dict()["budget"] is None
    document = json.loads(found.save(tmp_path / "found.json").read_text())
    assert [curve["model"] for curve in document["curves"]] == [repr(TINY), "Bigrams"]
    assert document["total_bits"] == found.total_bits
    found.plot(tmp_path / "found.png")
    assert (tmp_path / "found.png").stat().st_size > 1000


# requential coding


def test_divergences_are_those_of_torch():
    rows = torch.from_numpy(markov(64, 9)[0].reshape(4, 16))
    seen = []

    def send(q, p):
        seen.append((q, p))
        return np.argmax(p, axis=1)

    with reproducible(0):
        module = made(TINY, 2, 16)
    steps = [step.kl_bits for step in lockstep(module, [rows, rows], 4, FAST, send)]
    wanted = [0.0, 0.0]
    for place, (q, p) in enumerate(seen):
        pair = [torch.distributions.Categorical(torch.from_numpy(np.exp2(x))) for x in (p, q)]
        nats = torch.distributions.kl_divergence(*pair).sum()
        wanted[place // 12] += float(nats) / math.log(2)
    assert steps == pytest.approx(wanted, rel=1e-9)
    assert len(seen) == 24


@pytest.fixture(scope="module")
def sent():
    data = markov(2048, 10)[0]
    return data, requential(data, model=TINY, training=FAST, context=16, seed=4, show=False)


DECODE = """
import sys
from mdl.epiplexity import decode_requential
from mdl.weights.tensors import flat_parameters
student = decode_requential(sys.stdin.buffer.read())
sys.stdout.buffer.write(flat_parameters(student).tobytes())
"""


def test_a_fresh_process_makes_the_same_student(sent):
    found = sent[1]
    done = subprocess.run(
        [sys.executable, "-c", DECODE], input=found.blob, capture_output=True, check=True
    )
    assert done.stdout == flat_parameters(found.student).tobytes()


def test_the_file_is_about_as_long_as_it_says(sent):
    found = sent[1]
    meta, payload = unpack(found.blob)
    assert found.index_bits == 8 * len(payload)
    assert found.report.total_bits == 8 * len(found.blob)
    assert found.kl_bits < found.index_bits < found.bound_bits
    assert 8 * len(payload) < 32 * found.student.parameter_count / 8
    assert meta["rows"] == 128
    # the student knows the chain, that it never saw
    others, rate = markov(4096, 11)
    losses = row_bits(found.student, torch.from_numpy(others.reshape(-1, 16)), 0) / 16
    assert losses.mean() < 1 - 0.5 * (1 - rate)


@pytest.mark.parametrize("beyond", [-1, 0, 3])
def test_as_many_messages_as_there_are(beyond):
    """The codec of sizes and widths takes 2^20 letters at a time."""
    rng, count = np.random.default_rng(13), MAX_LETTERS + beyond
    sender = Sender(7)
    sender.sizes = rng.integers(0, 3, count).tolist()
    sender.indices = (rng.geometric(0.4, count) - 1).tolist()
    receiver = Receiver(sender.payload(), 7)
    assert receiver.sizes.tolist() == sender.sizes
    assert [receiver._index(width) for width in receiver.widths.tolist()] == sender.indices
    with pytest.raises(DecodeError, match="truncated"):
        Receiver(sender.payload()[:-1], 7)


def test_pairs_take_their_inputs_to_decode():
    x = np.random.default_rng(12).integers(0, 3, (40, 3))
    found = requential((x, x[:, ::-1]), model=TINY, training=FAST, alphabet_size=3, show=False)
    student = decode_requential(found.blob, inputs=x)
    assert flat_parameters(student).tolist() == flat_parameters(found.student).tolist()
    with pytest.raises(ValueError, match="inputs: got none"):
        decode_requential(found.blob)
    with pytest.raises(ValueError, match="inputs: got others"):
        decode_requential(found.blob, inputs=(x + 1) % 3)


def mutations(blob, count, seed=0):
    """Bytes changed, cut, repeated or put in, at random."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        data, place = bytearray(blob), int(rng.integers(len(blob)))
        match int(rng.integers(4)):
            case 0:
                data[place] ^= 1 << int(rng.integers(8))
            case 1:
                del data[place:]
            case 2:
                data[place:place] = rng.bytes(int(rng.integers(1, 9)))
            case 3:
                del data[place : place + int(rng.integers(1, 9))]
        yield bytes(data)


def undecodable(blob, count, seed=0):
    """Decode as many mutations; every one of them is a DecodeError."""
    for mutant in mutations(blob, count, seed):
        if mutant != blob:
            with pytest.raises(DecodeError):
                decode_requential(mutant)


def test_damage_is_found(sent):
    undecodable(sent[1].blob, 4000)


def test_damage_under_a_right_checksum_is_found_by_the_student():
    data = markov(64, 13)[0]
    found = requential(data, model=TINY, training=FAST, context=8, show=False)
    meta, payload = unpack(found.blob)
    del meta["kind"]
    assert decode_requential(pack(payload, kind="requential", meta=meta)) is not None
    for mutant in mutations(payload, 150):
        if mutant != payload:
            with pytest.raises(DecodeError):
                decode_requential(pack(mutant, kind="requential", meta=meta))
    wrong = {
        "rows": [0, 10**9, "8", 9], "length": [0, 7, 10**6], "given": [8, -1, 1.5],
        "alphabet_size": [1, 3, None], "seed": [-1, 5], "student": ["", "00" * 8],
        "model": [{}, [1], {"width": 7}, {"width": 4096, "depth": 200}, {"nothing": 1}],
        "training": [{"batch_size": 0}, {"learning_rate": 1e300}, None], "inputs": [1],
    }  # fmt: skip
    for key, values in wrong.items():
        for value in [*values, ...]:
            changed = meta | {key: value}
            if value is ...:
                del changed[key]
            with pytest.raises((DecodeError, ValueError), match=r"."):
                decode_requential(pack(payload, kind="requential", meta=changed))


def test_the_front_door_of_requential_coding():
    with pytest.raises(TypeError, match="model: got function, accepted is a Transformer"):
        requential(np.zeros(200, int), model=lambda a, n: None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="alphabet_size: got 300"):
        requential(np.zeros(200, int), alphabet_size=300)


def test_the_table_of_contents_needs_no_torch():
    code = "import sys, mdl.epiplexity; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert set(room.__all__) >= {"epiplexity", "requential", "decode_requential"}


def test_sizes_of_numpy_are_the_same_numbers(tmp_path):
    data = np.random.default_rng(0).integers(0, 2, 128)
    blobs = [
        requential(
            data, model=Transformer(kind(4), kind(1), kind(1)),
            training=Training(batch_size=kind(8)), context=8, show=False,
        ).blob
        for kind in (int, np.int64)
    ]  # fmt: skip
    assert blobs[0] == blobs[1]
    training = Training(batch_size=np.int64(8))  # type: ignore[arg-type]
    found = epiplexity(data, models=Transformer(4, 1, 1), training=training, context=8, show=False)
    assert found.save(tmp_path / "found.json").exists()
