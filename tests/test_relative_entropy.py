"""Relative entropy coding: shared randomness, samples, files, and blocks retrained one by one."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import ndtri

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.weights.label_files import (
    class_probabilities,
    decode_labels,
    decode_weights,
    encode_labels,
    label_report,
    sampled_module,
)
from mdl.weights.relative_entropy import (
    _kernels,
    code_posterior,
    code_with_retraining,
    encode_posterior,
    kl_bits,
    max_divergence_bits,
    minimal_index,
    normals,
    poisson_index,
)
from mdl.weights.relative_entropy.indices import (
    pop_uniform,
    pop_zipf,
    push_uniform,
    push_zipf,
    zipf_parameter,
)
from mdl.weights.relative_entropy.sampling import POISSON_EXCESS_BITS
from mdl.weights.relative_entropy.shared import blocks, coded_prior, permutation
from mdl.weights.tensors import flat_parameters
from mdl.weights.variational.posterior import GaussianPrior, MixturePrior, Posterior

WORDS = st.integers(0, 2**64 - 1)
ALPHA = 1e-4
"""Of each goodness-of-fit test here: seeds were fixed before the first run."""


def posterior_of(module: torch.nn.Module, *, seed: int = 0, prior_sd: float = 0.5) -> Posterior:
    """About 1.2 bits for each weight, sds well below the prior's."""
    rng = np.random.default_rng(seed)
    shapes = tuple(tuple(p.shape) for p in module.parameters())
    size = sum(math.prod(shape) for shape in shapes)
    names = tuple(name for name, _ in module.named_parameters())
    mean = rng.normal(0, 0.8 * prior_sd, size)
    return Posterior(
        names, shapes, mean, rng.uniform(0.3, 0.8, size) * prior_sd, GaussianPrior(0.0, prior_sd)
    )


def small() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))


def labelled(count: int = 90) -> tuple[torch.Tensor, torch.Tensor]:
    """Three classes, clouds two apart."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, count)
    centres = np.eye(6)[:3] * 2
    inputs = centres[labels] + rng.normal(0, 0.7, (count, 6))
    return torch.tensor(inputs, dtype=torch.float32), torch.tensor(labels)


# shared randomness


@given(
    counter=st.tuples(st.integers(1, 2**64 - 1), WORDS, WORDS, WORDS), key=st.tuples(WORDS, WORDS)
)
def test_philox_is_numpys(counter, key):
    before = np.array([counter[0] - 1, *counter[1:]], np.uint64)  # NumPy counts up first
    theirs = np.random.Philox(counter=before, key=np.array(key, np.uint64)).random_raw(4)
    ours = _kernels.philox(*(np.uint64(word) for word in (*counter, *key)))
    assert [int(word) for word in ours] == [int(word) for word in theirs]


@given(st.integers(0, 2**52 - 1))
def test_logarithm_and_normal_are_those_of_libraries(cell):
    u = (cell + 0.5) * 2.0**-52
    assert math.isclose(_kernels.log(u), math.log(u), rel_tol=1e-15, abs_tol=1e-16)
    assert math.isclose(_kernels.normal(u), ndtri(u), rel_tol=4e-15, abs_tol=1e-16)


@pytest.mark.parametrize("u", [2.0**-53, 1e-12, 1 - 2.0**-53, 0.075, 0.925])
def test_normal_in_the_tails(u):
    assert _kernels.normal(u) == pytest.approx(ndtri(u), rel=4e-15)


def test_candidates_are_numbered_normal_variates():
    for size in range(1, 9):  # a shorter candidate is the beginning of a longer one
        assert np.array_equal(normals(3, 2, 7, size), normals(3, 2, 7, 9)[:size])
    first = np.random.Philox(counter=[0, 7, 0, 0], key=[3, 2])
    raw = np.random.Philox(counter=np.array([2**64 - 1, 6, 0, 0], np.uint64), key=[3, 2])
    assert raw.random_raw(1)[0] != first.random_raw(1)[0]
    words = np.random.Philox(counter=[0, 7, 0, 0], key=[3, 2]).random_raw(4)  # counter 1
    expected = ndtri(((words >> np.uint64(12)) + 0.5) * 2.0**-52)
    assert normals(3, 2, 7, 8)[4:] == pytest.approx(expected, rel=1e-14)
    many = np.concatenate([normals(0, 0, j, 10) for j in range(2000)])
    assert stats.kstest(many, "norm").pvalue > ALPHA


def test_scores_are_log_density_ratios():
    rng = np.random.default_rng(0)
    for size in (1, 3, 4, 10):
        mean, sd = rng.normal(size=size), rng.uniform(0.1, 2, size)
        out = np.empty(5)
        _kernels.scores(np.uint64(4), np.uint64(9), 100, mean, 1 / sd**2, out)
        for j, score in enumerate(out):
            z = normals(4, 9, 100 + j, size)
            ratio = stats.norm.logpdf(z, mean, sd) - stats.norm.logpdf(z)
            assert score - np.log(sd).sum() == pytest.approx(ratio.sum(), rel=1e-12)


@given(seed=WORDS, size=st.integers(1, 200), data=st.data())
def test_blocks_are_a_partition_that_numpys_words_order(seed, size, data):
    count = data.draw(st.integers(1, size))
    dealt = blocks(seed, size, count)
    assert sorted(np.concatenate(dealt).tolist()) == list(range(size))
    assert len(dealt) == count
    assert {len(part) for part in dealt} <= {size // count, -(-size // count)}
    key = np.array([seed, 0], np.uint64)
    counter = np.array([0, 0, 0, 2], np.uint64)
    words = np.random.Philox(counter=counter, key=key).random_raw(size + 4)[: size + 4]
    ours = permutation(seed, size + 4)  # the library's first words are our second four
    assert np.array_equal(np.argsort(words[:size], kind="stable"), ours[ours >= 4] - 4)


# samples


def test_divergences_are_integrals_and_suprema():
    for mean, sd in [(0.0, 0.5), (1.3, 0.2), (-0.4, 0.9), (2.0, 0.01)]:
        q, p = stats.norm(mean, sd), stats.norm()
        nats, _ = integrate.quad(
            lambda x, q=q, p=p: q.pdf(x) * (q.logpdf(x) - p.logpdf(x)),
            mean - 12 * sd,
            mean + 12 * sd,
        )
        assert float(kl_bits(mean, sd)) == pytest.approx(nats / math.log(2), rel=1e-9)
        assert float(kl_bits(mean, sd)) == pytest.approx(
            float(GaussianPrior(0, 1).kl_bits(mean, sd))
        )
        x = np.linspace(mean - 12 * sd, mean + 12 * sd, 200_001)
        peak = np.max(q.logpdf(x) - p.logpdf(x)) / math.log(2)
        assert float(max_divergence_bits(mean, sd)) == pytest.approx(peak, rel=1e-6)
    assert math.isinf(max_divergence_bits(0.1, 1.0))
    assert float(max_divergence_bits(0.0, 1.0)) == 0


MEAN, SD = np.array([0.9, -0.3, 0.0]), np.array([0.5, 0.25, 0.8])


def sampled(index, count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    """Indices (count,) and samples (count, 3), in units of Q."""
    found = [index(block) for block in range(count)]
    z = np.array([normals(11, block, k, 3) for block, k in enumerate(found)])
    return np.array(found), (z - MEAN) / SD


def test_the_poisson_functional_representation_samples_exactly():
    found, z = sampled(lambda block: poisson_index(MEAN, SD, seed=11, block=block))
    for column in z.T:
        assert stats.kstest(column, "norm").pvalue > ALPHA
    logs = np.log2(found + 1)
    error = logs.std() / math.sqrt(logs.size)
    divergence = float(kl_bits(MEAN, SD).sum())
    assert logs.mean() <= divergence + POISSON_EXCESS_BITS + 4 * error
    encoder = LabelEncoder()
    push_zipf(encoder, found + 1, zipf_parameter(found + 1))
    # Li and El Gamal 2018, section III: KL + log2(KL + 1) + 4 by Zipf's law
    assert encoder.bits / found.size <= divergence + math.log2(divergence + 1) + 4


def test_minimal_random_coding_samples_nearly_given_bits_and_not_without():
    divergence = float(kl_bits(MEAN, SD).sum())
    wide = math.ceil(divergence) + 7
    _, z = sampled(lambda block: minimal_index(MEAN, SD, seed=11, block=block, bits=wide))
    assert all(stats.kstest(column, "norm").pvalue > ALPHA for column in z.T)
    _, z = sampled(lambda block: minimal_index(MEAN, SD, seed=11, block=block, bits=1))
    assert min(stats.kstest(column, "norm").pvalue for column in z.T) < 1e-9


def test_the_race_is_the_plain_statement():
    for block in range(20):
        words = [
            _kernels.philox(*map(np.uint64, (j, 0, 0, 1, 5, block)))[0] for j in range(1500)
        ]  # counter j of the stream of arrivals
        waits = -np.log(((np.array(words, np.uint64) >> np.uint64(12)) + 0.5) * 2.0**-52)
        z = np.array([normals(5, block, j, 3) for j in range(1500)])
        ratio = np.exp(stats.norm.logpdf(z, MEAN, SD) - stats.norm.logpdf(z)).prod(1)
        winner = int(np.argmin(np.cumsum(waits) / ratio))
        assert poisson_index(MEAN, SD, seed=5, block=block) == winner


@pytest.mark.parametrize("name", ["seed", "block"])
@pytest.mark.parametrize(
    "index",
    [
        lambda **key: minimal_index([0.3], [0.5], bits=2, **key),
        lambda **key: poisson_index([0.3], [0.5], **key),
    ],
)
def test_keys_are_words_of_64_bits(name, index):
    assert index(**{"seed": 0, "block": 0, name: 2**64 - 1}) >= 0
    for beyond in (-1, 2**64):
        with pytest.raises(ValueError, match=rf"^{name}: got {beyond}, accepted"):
            index(**{"seed": 0, "block": 0, name: beyond})


def test_a_density_ratio_that_reaches_the_bound_is_taken():
    """Of N(0, 1/4) to N(0, 1) it is 2 at most: 1 bit."""
    assert poisson_index([0.0], [0.5], seed=0, block=0, max_bits=1.0) >= 0
    with pytest.raises(ValueError, match=r"^sd: got a Q with Q/P up to 2\^1"):
        poisson_index([0.0], [0.5], seed=0, block=0, max_bits=0.99)


def test_a_sample_of_the_prior_costs_nothing():
    assert minimal_index(np.zeros(3), np.ones(3), seed=0, block=0, bits=0) == 0
    assert poisson_index(np.zeros(3), np.ones(3), seed=0, block=0) == 0  # the first to arrive


@given(
    ranks=st.lists(st.one_of(st.integers(1, 9), st.integers(1, 2**47)), max_size=40),
    width=st.integers(1, 28),
    data=st.data(),
)
def test_numbers_come_back(ranks, width, data):
    values = np.array(data.draw(st.lists(st.integers(0, 2**width - 1), max_size=20)), np.int64)
    ranks = np.array(ranks, np.int64)
    encoder, parameter = LabelEncoder(), zipf_parameter(ranks)
    push_uniform(encoder, values, width)
    assert encoder.bits == pytest.approx(width * values.size, abs=1e-6)
    push_zipf(encoder, ranks, parameter)
    decoder = LabelDecoder(encoder.finish())
    assert np.array_equal(pop_uniform(decoder, values.size, width), values)
    assert np.array_equal(pop_zipf(decoder, ranks.size, parameter), ranks)
    decoder.finish()


# posteriors


@pytest.mark.parametrize("method", ["minimal", "poisson"])
def test_a_posterior_becomes_a_file_and_the_file_a_network(method):
    module = small()
    posterior = posterior_of(module)
    code = code_posterior(posterior, seed=3, method=method, index_bits=12)
    found = decode_weights(code.blob, module)
    assert np.array_equal(flat_parameters(found), code.weights.astype(np.float32).astype(float))
    assert not np.array_equal(flat_parameters(found), flat_parameters(module))
    assert found is not module
    report = code.report()
    assert report.total_bits == 8 * len(code.blob)
    assert report.kind == "file"
    assert encode_posterior(posterior, seed=3, method=method, index_bits=12) == code.blob
    threads = encode_posterior(posterior, seed=3, method=method, index_bits=12, workers=3)
    assert threads == code.blob
    assert encode_posterior(posterior, seed=4, method=method, index_bits=12) != code.blob
    assert code.block_kl_bits.sum() == pytest.approx(code.kl_bits)
    if method == "minimal":
        assert report.model_bits == pytest.approx(12 * code.indices.size)
        assert code.indices.size == math.ceil(code.kl_bits / 10)


def test_weights_of_the_poisson_method_follow_the_posterior():
    module = torch.nn.Linear(50, 40)
    posterior = posterior_of(module)
    code = code_posterior(posterior, method="poisson", index_bits=15)
    z = (code.weights - posterior.mean) / posterior.sd
    assert stats.kstest(z, "norm").pvalue > ALPHA


def test_the_prior_travels_in_steps_of_an_eighth_of_an_octave():
    module = small()
    posterior = posterior_of(module, prior_sd=0.371)
    prior = coded_prior(posterior)
    assert len(prior.blob) == 4
    assert np.all(np.abs(np.log2(prior.sd / 0.371)) <= 1 / 16)
    assert not prior.means
    means = np.repeat([0.5, 0.0, -0.25, 0.0], [30, 5, 15, 3])
    shifted = Posterior(
        posterior.names, posterior.shapes, posterior.mean + means, posterior.sd,
        GaussianPrior(means, posterior.prior.sd),
    )  # fmt: skip
    code = code_posterior(shifted, index_bits=12)
    assert len(code.prior.blob) == 20
    assert np.array_equal(code.prior.mean, means)
    decoded = flat_parameters(decode_weights(code.blob, module))
    assert decoded == pytest.approx(code.weights, rel=1e-6)


@pytest.mark.parametrize("method", ["minimal", "poisson"])
def test_a_great_weight_among_small_ones(method):
    """The prior of 1 tensor is wider than was given, and the sample is the posterior's all the
    same: by its own Gaussian no weight is further out than one of so many is once in 10^5 times."""
    module = small()
    own = posterior_of(module)
    where = int(np.argmax(np.abs(own.mean)))
    mean, sd = own.mean.copy(), np.full_like(own.sd, 0.4)
    mean[where], sd[where] = 5.0, 0.05  # ten sds of the prior: 75 bits
    posterior = Posterior(own.names, own.shapes, mean, sd, own.prior)
    code = code_posterior(posterior, method=method)
    z = (code.weights - mean) / sd
    assert abs(z[where]) < 5
    assert np.abs(z).max() < 6
    assert np.unique(code.prior.sd).size == 2
    alone = np.where(code.prior.sd > 0.6, code.prior.sd, 0)
    assert alone[where] > 0
    np.testing.assert_array_equal(flat_parameters(decode_weights(code.blob, module)),
                                  code.weights.astype(np.float32))  # fmt: skip


def test_posteriors_that_cannot_be_coded():
    module = small()
    good = posterior_of(module)

    def changed(**fields):
        own = {"mean": good.mean, "sd": good.sd, "prior": good.prior} | fields
        return Posterior(good.names, good.shapes, **own)

    sharp = np.where(np.arange(good.sd.size) == 7, 1e-9, good.sd)
    with pytest.raises(ValueError, match="weight 7 alone needs"):
        code_posterior(changed(sd=sharp))
    with pytest.raises(ValueError, match="weight 7 alone needs"):
        code_posterior(changed(sd=sharp), method="poisson")
    with pytest.raises(ValueError, match="sd: got 0"):
        changed(sd=np.zeros_like(good.sd))
    with pytest.raises(ValueError, match="mean: got nan"):
        changed(mean=np.full_like(good.mean, np.nan))
    with pytest.raises(TypeError, match="MixturePrior, accepted is a Gaussian"):
        code_posterior(changed(prior=MixturePrior([0.5, 0.5], [0, 0], [1, 0.1])))
    with pytest.raises(ValueError, match=r"differs within '0\.weight'"):
        code_posterior(changed(prior=GaussianPrior(0.0, np.linspace(0.4, 0.6, good.sd.size))))
    with pytest.raises(ValueError, match="prior sd of 1000000"):
        code_posterior(changed(prior=GaussianPrior(0.0, 1e6), sd=good.sd * 1e6))
    with pytest.raises(TypeError, match="accepted is a Posterior"):
        code_posterior(good.mean)
    with pytest.raises(ValueError, match="extra_bits: got 16"):
        code_posterior(good, extra_bits=16)
    with pytest.raises(ValueError, match="method: unknown"):
        code_posterior(good, method="exact")
    with pytest.raises(ValueError, match="seed: got -1"):
        code_posterior(good, seed=-1)
    with pytest.raises(ValueError, match=r"Q/P up to 2\^inf"):
        poisson_index([0.1], [1.0], seed=0, block=0)
    with pytest.raises(ValueError, match="sd: got one that is not positive"):
        minimal_index([0.1], [0.0], seed=0, block=0, bits=3)
    with pytest.raises(ValueError, match="mean: got NaN"):
        minimal_index([math.nan], [1.0], seed=0, block=0, bits=3)


# files


def labelled_file() -> tuple[bytes, torch.nn.Module, torch.Tensor, torch.Tensor]:
    module = small()
    inputs, labels = labelled()
    code = code_posterior(posterior_of(module), index_bits=10)
    return encode_labels(code, module, inputs, labels), module, inputs, labels


def test_weights_and_labels_in_one_file():
    blob, module, inputs, labels = labelled_file()
    network, found = decode_labels(blob, module, inputs)
    assert np.array_equal(found, labels.numpy())
    code = code_posterior(posterior_of(module), index_bits=10)
    report = label_report(code, module, inputs, labels)
    assert report.total_bits == 8 * len(blob)
    table = class_probabilities(network, inputs)
    ideal = -np.log2(table[np.arange(len(table)), labels.numpy()]).sum()
    assert report.data_bits == pytest.approx(ideal, abs=1e-6)
    assert np.array_equal(flat_parameters(decode_weights(blob, module)), flat_parameters(network))
    assert np.array_equal(flat_parameters(sampled_module(code, module)), flat_parameters(network))
    with pytest.raises(DecodeError, match="predictions are not the sender's"):
        decode_labels(blob, module, inputs + 0.001)
    with pytest.raises(DecodeError, match="no labels"):
        decode_labels(code.blob, module, inputs)


def test_another_process_decodes(tmp_path):
    blob, module, inputs, labels = labelled_file()
    (tmp_path / "labels").write_bytes(blob)
    np.save(tmp_path / "inputs.npy", inputs.numpy())
    program = """
import hashlib, sys, numpy as np, torch
from mdl.weights.label_files import decode_labels
from mdl.weights.tensors import flat_parameters
module = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
blob = open(sys.argv[1] + "/labels", "rb").read()
network, labels = decode_labels(blob, module, np.load(sys.argv[1] + "/inputs.npy"))
print(hashlib.sha256(flat_parameters(network).tobytes()).hexdigest(), *labels)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    digest, *found = done.stdout.split()
    network = decode_weights(blob, module)
    assert digest == hashlib.sha256(flat_parameters(network).tobytes()).hexdigest()
    assert list(map(int, found)) == labels.tolist()


def fuzz(blob: bytes, read, *, count: int, seed: int, repack: str | None = None) -> int:
    """Mutate a file `count` times; `read` may raise DecodeError alone. How often it did.

    With `repack`, the payload is changed and the envelope of that kind is made anew, so that no
    checksum stands before the reader.
    """
    rng = np.random.default_rng(seed)
    body = unpack(blob)[1] if repack else blob
    rejected = 0
    for _ in range(count):
        damaged = bytearray(body)
        for _ in range(int(rng.integers(1, 4))):
            kind, at = rng.integers(4), int(rng.integers(len(damaged) or 1))
            if kind == 0 and damaged:
                damaged[at] ^= 1 << int(rng.integers(8))
            elif kind == 1 and damaged:
                damaged[at] = int(rng.integers(256))
            elif kind == 2:
                del damaged[at:]
            else:
                damaged[at:at] = rng.bytes(int(rng.integers(1, 5)))
        if bytes(damaged) == body:
            continue
        try:
            read(pack(bytes(damaged), kind=repack) if repack else bytes(damaged))
        except DecodeError:
            rejected += 1
        else:
            assert repack, "damage passed for a file"
    return rejected


def test_damaged_files_are_refused():
    blob, module, inputs, _ = labelled_file()
    for end in range(len(blob)):
        with pytest.raises(DecodeError):
            decode_weights(blob[:end], module)
    fuzz(blob, lambda b: decode_weights(b, module), count=1000, seed=0)
    plain = code_posterior(posterior_of(module), index_bits=10)
    exact = code_posterior(posterior_of(module), index_bits=10, method="poisson")
    for seed, code in enumerate((plain, exact)):
        refused = fuzz(
            code.blob, lambda b: decode_weights(b, module), count=700, seed=seed,
            repack="relative-entropy",
        )  # fmt: skip
        assert refused > 200
    fuzz(
        blob, lambda b: decode_labels(b, module, inputs), count=200, seed=3,
        repack="relative-entropy",
    )  # fmt: skip


def test_files_of_others_are_refused():
    blob, module, _, _ = labelled_file()
    other = torch.nn.Linear(6, 5)
    with pytest.raises(DecodeError, match="other names or shapes"):
        decode_weights(blob, other)
    with pytest.raises(DecodeError, match="kind 'object'"):
        decode_weights(pack(b"", kind="object"), module)
    newer = bytearray(blob)
    newer[8] += 1
    with pytest.raises(DecodeError, match="newer"):
        decode_weights(bytes(newer), module)
    with pytest.raises(TypeError, match=r"torch\.nn\.Module"):
        decode_weights(blob, "module")


# retraining


def test_retraining_holds_every_block_at_its_share():
    module, data = small(), labelled()
    options = {"index_bits": 10, "steps_before": 300, "steps_between": 20, "groups": 4}
    options["learning_rate"] = 0.01
    before = flat_parameters(module)
    code = code_with_retraining(module, data, posterior_of(module), **options)
    assert np.array_equal(flat_parameters(module), before)
    assert np.abs(code.block_kl_bits - 9).max() < 2.5
    one_pass = code_posterior(posterior_of(module), index_bits=10, extra_bits=1)
    assert one_pass.indices.size == code.indices.size
    assert np.abs(one_pass.block_kl_bits - 9).max() > np.abs(code.block_kl_bits - 9).max()
    # the random posterior knew nothing of the labels; training has found them
    report = label_report(code, module, *data)
    assert report.data_bits < min(
        report.uniform_bits, label_report(one_pass, module, *data).data_bits
    )
    network, labels = decode_labels(encode_labels(code, module, *data), module, data[0])
    assert np.array_equal(labels, data[1].numpy())
    assert np.array_equal(flat_parameters(network), code.weights.astype(np.float32))
    torch.set_num_threads(2)
    try:
        again = code_with_retraining(module, data, posterior_of(module), **options)
    finally:
        torch.set_num_threads(1)
    assert again.blob == code.blob


def test_a_budget_of_blocks():
    module = small()
    code = code_with_retraining(
        module, labelled(), posterior_of(module), index_bits=8, count=3, steps_before=5,
        steps_between=0,
    )  # fmt: skip
    assert code.indices.size == 3
    assert code.model_bits == pytest.approx(24)


def test_retraining_on_bad_data():
    module, (inputs, labels) = small(), labelled()
    posterior = posterior_of(module)
    with pytest.raises(ValueError, match="data: got NaN"):
        code_with_retraining(module, (inputs * math.nan, labels), posterior)
    with pytest.raises(ValueError, match="90 inputs and 5 labels"):
        code_with_retraining(module, (inputs, labels[:5]), posterior)
    with pytest.raises(ValueError, match="other names or shapes"):
        code_with_retraining(torch.nn.Linear(6, 3), (inputs, labels), posterior)
    with pytest.raises(ValueError, match="count: got 0"):
        code_with_retraining(module, (inputs, labels), posterior, count=0)
    with pytest.raises(FloatingPointError, match="gradient is NaN"):
        code_with_retraining(
            module, (inputs, labels), posterior, loss=lambda x, _: (x * math.nan).sum()
        )
