"""Files of weights and labels that are out there: pinned bytes, exact lengths, damage inside."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from torch import nn

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from mdl.label_coder import LabelDecoder, cumulative_frequencies, decode_labels, encode_labels
from mdl.weights.codec import steps, stream
from mdl.weights.codec.files import compress, decompress
from mdl.weights.codec.network import (
    Recipe,
    _quantised,
    _step,
    exact,
    plans_of,
    quantised_for_weights,
    with_tensors,
)
from mdl.weights.codec.payload import Coded, Plan, coded_bits, read_payload, write_payload
from mdl.weights.codec.stream import Reader, Statistics, Writer, measure
from mdl.weights.tensors import tensors_of

# What was sent has to decode for good; a change of what both ends share passes every round trip.


def numbers(count: int, scale: int = 1) -> np.ndarray:
    """Of no random stream, which libraries may change."""
    i = np.arange(count, dtype=np.int64)
    mixed = (i * i * 7919 + i * 104729 >> 7) % 13 - 6
    return mixed * ((i * 31 >> 3) % 3) * scale // 5


@pytest.mark.parametrize(
    ("columns", "states", "pinned"),
    [
        (0, 0, "e60833825c900c7caf8f6f31593dc8e509d5c8135ae4c714958e9c25b069830bf5"),
        (7, 4, "e608fd739ad7c4cfee4ecb6541b7d41504882003fbee852a7738798996b82eca170628"),
        (7, 8, "e60900579e8645eff3b4f44bae42bec3b8750653d368ca63dc510c6243a9ab3039b74d"),
    ],
)
def test_codewords_of_integers_do_not_change(columns, states, pinned):
    values = numbers(60)
    values[[20, 40, 41]] = 15, -700, 2**40
    writer = Writer()
    writer.number(5, 7)
    writer.integers(values, Statistics(), columns=columns, states=states)
    assert writer.finish().hex() == pinned
    reader = Reader(bytes.fromhex(pinned))
    assert reader.number(7) == 5
    found = reader.integers(60, Statistics(), columns=columns, states=states)
    reader.finish()
    np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(
    ("states", "length", "pinned"), [(0, 7674, "4ec774691bcb26e0"), (8, 7694, "85f096b5a41b8889")]
)
def test_codewords_of_many_integers_do_not_change(states, length, pinned):
    values = numbers(20_000, 3)
    values[::500] = 40
    writer = Writer()
    writer.integers(values, Statistics(), states=states)
    blob = writer.finish()
    assert (len(blob), hashlib.blake2b(blob, digest_size=8).hexdigest()) == (length, pinned)


def test_a_codeword_of_which_each_part_is_long_does_not_change():
    """Columns that the mixture tells apart, then what only counts tell of, halved twice."""
    i = np.arange(12_000)
    columns = np.where(i % 7 < 2, (i * i >> 5) % 41 - 20, (i >> 9) % 2)
    powers = np.cumprod(np.full(60_000, 6364136223846793005, np.uint64))  # modulo 2^64
    noise = np.bitwise_count(powers >> np.uint64(48)).astype(np.int64) - 8
    writer = Writer()
    writer.integers(columns, Statistics(), columns=7)
    writer.integers(noise, Statistics())
    blob = writer.finish()
    assert (len(blob), hashlib.blake2b(blob, digest_size=8).hexdigest()) == (
        25_980,
        "ae16458720c13eb8",
    )
    reader = Reader(blob)
    np.testing.assert_array_equal(reader.integers(12_000, Statistics(), columns=7), columns)
    np.testing.assert_array_equal(reader.integers(60_000, Statistics()), noise)
    reader.finish()


def test_codewords_of_labels_do_not_change():
    rows = [[1 / 3, 1 / 3, 1 / 3], [0.1, 0.2, 0.7], [1.0, 0.0, 0.0], [1e-9, 0.5, 0.5 - 1e-9]]
    labels = [0 if i % 4 == 2 else i * i % 3 for i in range(32)]
    blob = encode_labels(rows * 8, labels)
    assert blob.hex() == "08888888a439fb17fa08343aa43a325124"
    assert decode_labels(blob, rows * 8).tolist() == labels


def test_rows_add_up_to_one_as_near_as_is_stated():
    for off in (9e-5, -9e-5):
        assert cumulative_frequencies([[0.5, 0.5 + off]])[0, -1] == 1 << 48
        with pytest.raises(ValueError, match=r"a row of sum (1\.00|0\.99)"):
            cumulative_frequencies([[0.5, 0.5 + 1.3 * off]])


def test_labels_end_where_their_bytes_do():
    """Nine bits leave less of the interval than a second byte tells apart."""
    fair = np.full((9, 2), 0.5)
    assert LabelDecoder(b"\x40").pop(fair[:8]).tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    with pytest.raises(DecodeError, match="1 bytes hold fewer labels"):
        LabelDecoder(b"\x40").pop(fair)


class Every(nn.Module):
    """Each kind of tensor that a file holds, filled with `numbers`."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix, self.vector = nn.Parameter(torch.zeros(5, 7)), nn.Parameter(torch.zeros(9))
        self.cube = nn.Parameter(torch.zeros(2, 3, 4, dtype=torch.float64))
        self.narrow = nn.Parameter(torch.zeros(6, 2, dtype=torch.bfloat16))
        self.nothing, self.empty = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(0, 2))
        self.register_buffer("counts", torch.zeros(4, dtype=torch.int64))
        self.register_buffer("mask", torch.zeros(3, dtype=torch.bool))


def coded(module: Every, kinds: dict[str, int]) -> list[Coded]:
    """Quantised with the step of a byte, or exact, or zeros."""
    found = []
    for plan in plans_of(module):
        values = numbers(plan.size, 7) if plan.dtype != "bool" else numbers(plan.size) & 1
        if plan.floating and kinds.get(plan.name, steps.ZEROS) == steps.EXACT:
            values = exact(torch.from_numpy(values / 8).to(getattr(torch, plan.dtype))).numbers
        step = kinds.get(plan.name, steps.ZEROS) if plan.floating else steps.EXACT
        found.append(Coded(step, values if step else np.zeros(plan.size, np.int64)))
    return found


LAYOUTS = {
    "scalar": ({"matrix": 150, "vector": 130, "cube": 176, "narrow": 160}, 0),
    "trellis": ({"matrix": 150, "vector": 130, "cube": 176, "narrow": 160}, 8),
    "trellis-4": ({"matrix": 150, "vector": 130, "cube": 1, "narrow": 160}, 4),
    "exact": (dict.fromkeys(("matrix", "vector", "cube", "narrow"), steps.EXACT), 0),
}
PINNED = {
    "scalar": (50, "1579bde71fc5f1ee", "285f4a6074fc159b"),
    "trellis": (51, "8393691e00b5a4cd", "a27185532e7fb753"),
    "trellis-4": (51, "fd243790894a3ddb", "8cdf53b3d59383fc"),
    "exact": (64, "3f997f7a3bc09ddb", "bacf7a3c0a86c9eb"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_payloads_do_not_change(layout):
    """Nor do the numbers that they stand for."""
    kinds, states = LAYOUTS[layout]
    module, plans = Every(), plans_of(Every())
    blob = write_payload(plans, coded(module, kinds), states=states)
    tensors, trellis = read_payload(blob, plans)
    net = with_tensors(module, plans, tensors, trellis)
    words = b"".join(
        each.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        for each in tensors_of(net).values()
        if each.numel()
    )
    digests = [hashlib.blake2b(each, digest_size=8).hexdigest() for each in (blob, words)]
    assert (len(blob), *digests) == PINNED[layout]


# lengths


def sparse(dtype: str, seed: int) -> nn.Module:
    """Half of it zeros, and numbers of few digits."""
    generator = torch.Generator().manual_seed(seed)
    module = nn.Sequential(nn.Linear(20, 30), nn.Linear(30, 3)).to(getattr(torch, dtype))
    with torch.no_grad():
        for each in module.parameters():
            few = torch.randn(each.shape, generator=generator).bfloat16()
            each.copy_(few * (torch.rand(each.shape, generator=generator) < 0.5))
    return module


def test_the_ideal_length_is_that_of_the_codeword():
    """Within the rounding of the end, which is not the same for all: nothing is left out."""
    gaps = []
    for kinds, states in LAYOUTS.values():
        plans, tensors = plans_of(Every()), coded(Every(), kinds)
        bits = coded_bits(plans, tensors, states=states)
        gaps.append(8 * len(write_payload(plans, tensors, states=states)) - bits)
    for seed in range(4):
        for dtype in ("float16", "bfloat16", "float32", "float64"):
            module = sparse(dtype, seed)
            plans = plans_of(module)
            for states in (None, 0, 4, 8):
                tensors = (
                    [exact(tensor) for tensor in tensors_of(module).values()]
                    if states is None
                    else quantised_for_weights(module, tolerance=0.05, states=states)
                )
                bits = coded_bits(plans, tensors, states=states or 0)
                gaps.append(8 * len(write_payload(plans, tensors, states=states or 0)) - bits)
    assert 0 <= min(gaps) < 1.5
    assert 8 < max(gaps) <= 10


@pytest.mark.parametrize("quantiser", ["scalar", "trellis"])
def test_errors_are_near_the_tolerance_and_never_above(quantiser):
    """A step a quarter of an octave coarser would break it, give or take."""
    torch.manual_seed(0)
    net = nn.Linear(60, 40)
    for tolerance in np.geomspace(0.01, 0.5, 12).tolist():
        found = decompress(compress(net, tolerance=tolerance, quantiser=quantiser), net)
        for share, one, other in (
            (1, net.weight.detach(), found.get_parameter("weight").detach()),
            (4, net.bias.detach(), found.get_parameter("bias").detach()),
        ):
            error = float((other.double() - one.double()).norm() / one.double().norm())
            assert error <= tolerance / share
            assert error >= 0.6 * tolerance / share


@pytest.mark.parametrize("kind", ["uniform", "zeros"])
def test_the_shorter_layout_is_taken(kind):
    """Told apart by the first byte; digits that are all there cost the other one 7 bits."""
    words = torch.arange(1, 4097, dtype=torch.int32) * 2_654_435 % (1 << 23)
    values = (words | 127 << 23).view(torch.float32).reshape(64, 64).clone()
    if kind == "zeros":
        values[:, 1::2] = 0
    plans, tensors = [Plan("w", (64, 64), "float32")], [exact(values)]
    blob = write_payload(plans, tensors)
    assert Reader(blob).number(8) == (32 if kind == "zeros" else 16)
    assert 8 * len(blob) <= 24 * int((values != 0).sum()) + 500
    few = torch.zeros(1, 2)
    few[0, 0] = 1 + 2.0**-23  # one zero spares 24 bits
    both = [exact(torch.cat([values, few])) for values in (few, few[:, :1].expand(1, 2))]
    layouts = [
        Reader(write_payload([Plan("w", (2, 2), "float32")], [each])).number(8) for each in both
    ]
    assert layouts == [32, 32]
    none = exact(torch.tensor([[1 + 2.0**-22, 1 + 2.0**-22]]))  # a digit spared twice, for 7 bits
    assert Reader(write_payload([Plan("w", (1, 2), "float32")], [none])).number(8) == 16


def test_statistics_can_be_copied():
    one = Statistics()
    measure(numbers(300), one)
    bits = [measure(numbers(300), each) for each in (one.copy(), one.copy(), one)]
    assert bits[0] == bits[1] == bits[2]
    assert measure(numbers(300), Statistics()) > bits[0]


# damage that no checksum sees


def crafted(*pieces: tuple[int, int] | list[int]) -> bytes:
    """A codeword of whole numbers (value, bits), and of integers by fresh statistics."""
    writer = Writer()
    for piece in pieces:
        if isinstance(piece, list):
            writer.integers(np.array(piece), Statistics())
        else:
            writer.number(*piece)
    return writer.finish()


FLOAT = [Plan("w", (2,), "float16")]  # 5 bits of exponent and 10 of fraction


@pytest.mark.parametrize(
    ("plans", "pieces", "message"),
    [
        (FLOAT, [(3 * 16, 8)], "layout 3 is newer than 2"),
        (FLOAT, [(0, 8), (0, 8)], "no layout 0 with trellis 0"),
        (FLOAT, [(16 + 3, 8), (0, 8)], "no layout 1 with trellis 3"),
        (FLOAT, [(16, 8), (255, 8), (32, 11), [0, 0], (0, 11), (0, 11)], "exponent of 'w'"),
        (FLOAT, [(16, 8), (255, 8), (9, 11), [10, 0], (0, 11), (0, 11)], "exponent of 'w'"),
        (FLOAT, [(16, 8), (255, 8), (9, 11), [-1, 0], (0, 11), (0, 11)], "exponent of 'w'"),
        (FLOAT, [(32, 8), (255, 8), (9, 11), (2 * 11, 7), [0, 0], (0, 12), (0, 12)], "exponent"),
        (FLOAT, [(16, 8), (255, 8), (31, 11), [0, 0], (0, 11), (0, 11)], "beyond float16"),
        (FLOAT, [(16, 8), (254, 8), [1, 1]], "beyond float16"),
        ([Plan("w", (2,), "uint8")], [(16, 8), [255, 256]], "beyond uint8"),
        ([Plan("w", (2,), "bool")], [(16, 8), [1, 2]], "beyond bool"),
        (FLOAT, [(16, 8), (0, 8), (0, 8)], "damaged"),
    ],
)
def test_numbers_that_no_writer_writes(plans, pieces, message):
    module = nn.Module()
    module.register_buffer("w", torch.zeros(2, dtype=getattr(torch, plans[0].dtype)))
    with pytest.raises(DecodeError, match=message):
        with_tensors(module, plans, *read_payload(crafted(*pieces), plans))


def test_a_part_of_the_hash_is_no_architecture():
    module = nn.Linear(2, 2)
    _, payload = unpack(compress(module), kind="weights")
    for size in range(4):
        with pytest.raises(DecodeError, match=rf"truncated: {size} bytes do not hold"):
            decompress(pack(payload[:size], kind="weights"), module)


def test_the_defaults_are_those_that_are_stated():
    torch.manual_seed(0)
    net = nn.Linear(20, 20)
    assert compress(net) == compress(net, tolerance=0.02, quantiser="trellis")


def test_every_piece_of_crafted_codewords_is_read():
    """The same pieces in range decode, so that it was the numbers above that were refused."""
    for pieces, words in (
        (
            [(16, 8), (255, 8), (30, 11), [30, 0], (1, 11), (1024 + 3, 11)],
            [1, -(2**15) + (30 << 10) + 3],
        ),
        ([(32, 8), (255, 8), (9, 11), (2 * 10, 7), [0, 9], (0, 11), (5, 11)], [9 << 10, 5]),
    ):
        tensors, states = read_payload(crafted(*pieces), FLOAT)
        assert states == 0
        assert tensors[0].numbers.tolist() == words


@pytest.mark.parametrize("counted", [False, True])
def test_a_number_beyond_64_bits_is_refused(counted, monkeypatch):
    """All yes, which is the low part of every interval: an excess with 62 digits that are all 1."""
    values = np.zeros(9, np.int64)
    if counted:
        monkeypatch.setattr(stream, "_UNIT", 4)
        monkeypatch.setattr(stream, "_WORTH", 0)  # the mixture never wins
        values[8] = 2**63 - 1
    else:
        values[:2] = 2**63 - 1, -(2**63) + 1
    writer = Writer()
    writer.integers(values, Statistics())
    blob = writer.finish()
    np.testing.assert_array_equal(Reader(blob).integers(9, Statistics()), values)
    beyond = 0
    for end in range(len(blob)):
        try:
            found = Reader(blob[:end] + bytes(40)).integers(9, Statistics())
        except DecodeError as error:
            beyond += "beyond 2^63 - 1" in str(error)
        else:
            assert np.abs(found).min() >= 0  # and none is -2^63
    assert beyond


def test_an_integer_without_a_negative_is_refused():
    module = nn.Linear(1, 1)
    least = torch.tensor([-(2**63), 0])
    module.register_buffer("least", least)
    with pytest.raises(ValueError, match=r"got the integer -2\^63"):
        compress(module)
    least += 1
    found = decompress(compress(module), module)
    assert found.state_dict()["least"].tolist() == [-(2**63) + 1, 1]


def test_zeros_take_a_byte_in_exact_files_too():
    zeros = [exact(torch.zeros(1000)), exact(torch.zeros(1000))]
    plans = [Plan(name, (1000,), "float32") for name in "ab"]
    assert len(write_payload(plans, zeros)) <= 3 + 1
    negative = torch.zeros(1000)
    negative[7] = -0.0
    blob = write_payload(plans[:1], [exact(negative)])
    found = read_payload(blob, plans[:1])[0][0]
    assert np.flatnonzero(found.numbers).tolist() == [7]


def test_steps_without_derivatives_are_fine_for_the_least_number_too():
    plan, weights = Plan("w", (1, 3), "float64"), np.array([[1e6, 0.0, -1e-3]])
    step = steps.step_at(_step(plan, weights, 0.0, Recipe(), 0))
    assert 1e-3 / 16 < step < 1e-3 / 6  # an eighth of it, to a quarter of an octave
    # and where steps would be too many for integers of 64 bits, there is no quantiser
    assert _quantised(plan, weights * 1e30, 1, 1.0, Recipe()) is None
