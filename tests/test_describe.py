"""Networks described: every file decoded again here, by other means than the table's own."""

from __future__ import annotations

import copy
import json
import lzma
import math
import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
import zstandard
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

import neural
from complexity.code import Kind
from mdl import weights
from mdl.weights.tensors import tensors_of
from neural.describing import CODES, StandIn, Subject, verifying
from neural.describing.files import codec
from neural.describing.receiver import Program
from neural.describing.subject import Fresh

FEW = {"two-part": {"evaluations": 20}}
CHEAP = ["float32", "bfloat16", "zstd", "xz", "exact", "quantised"]


class Encoder(nn.Module):
    """Which of two letters comes more often: a transformer over 8 letters of 6."""

    def __init__(self):
        super().__init__()
        self.letters = nn.Embedding(6, 8)
        self.places = nn.Parameter(torch.randn(8, 8) / 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.out = nn.Linear(8, 2)

    def forward(self, letters):
        return self.out(self.encoder(self.letters(letters) + self.places).mean(1))


class ConvNet(nn.Module):
    """A small one, with statistics that are no weights."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.out = nn.Linear(16, 10)

    def forward(self, images):
        found = functional.relu(self.norm(self.conv(images)))
        return self.out(functional.adaptive_max_pool2d(found, 2).flatten(1))


def mlp():
    class Mlp(nn.Module):  # of a function: no process can import it
        def __init__(self):
            super().__init__()
            self.first, self.last = nn.Linear(64, 16), nn.Linear(16, 10)

        def forward(self, images):
            return self.last(functional.relu(self.first(images)))

    return Mlp()


def trained(make, inputs, labels, steps=150):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = make().train()
        adam = torch.optim.AdamW(module.parameters(), 0.02)
        for _ in range(steps):
            adam.zero_grad()
            functional.cross_entropy(module(inputs), labels).backward()
            adam.step()
    return module


def digits(count, shape=(64,)):
    from sklearn.datasets import load_digits  # not in the processes that import these classes

    pixels, labels = load_digits(return_X_y=True)
    inputs = torch.tensor(pixels[:count] / 16).float().reshape(-1, *shape)
    return inputs, torch.tensor(labels[:count])


@pytest.fixture(scope="module")
def dense():
    data = digits(600)
    module = trained(mlp, *data)

    def asked(request):
        if request.how == "class":
            raise AssertionError("a class of a function has no name to find it by")
        return verifying.received(request, Program(request.layout, request.network), None)

    with pytest.MonkeyPatch.context() as patch:  # one process, of convolutional(), is enough
        patch.setattr(verifying, "_asked", asked)
        return module, data, neural.describe(module, data, options=FEW, progress=False)


@pytest.fixture(scope="module")
def transformer():
    letters = torch.from_numpy(np.random.default_rng(0).integers(0, 6, (400, 8)))
    labels = ((letters == 0).sum(1) > (letters == 1).sum(1)).long()
    module = trained(Encoder, letters, labels, 80)
    data = letters, labels

    def asked(request):
        assert request.how == "class"
        return verifying.received(request, pickle.loads(request.network), None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verifying, "_asked", asked)
        return module, data, neural.describe(module, data, options=FEW, progress=False)


@pytest.fixture(scope="module")
def convolutional():
    data = digits(120, (1, 8, 8))
    module = trained(ConvNet, *data, 60)
    options = FEW | {
        "variational": {"epochs": 3},
        "relative-entropy": {
            "epochs": 3,
            "count": 3,
            "index_bits": 8,
            "steps_before": 2,
            "steps_between": 1,
        },
        "bits-back": {"epochs": 2},
        "subspace": {"dimension": 8, "steps": 5, "rounds": 2, "steps_between": 1},
        "prequential": {"updates": 1},
    }
    found = neural.describe(module, data, "all", options=options, progress=False)
    return module, data, found


def decoded(module, found, code):
    """The file's network, read by the libraries themselves."""
    blob, net = found.files[code], copy.deepcopy(module)
    if code in ("exact", "quantised"):
        return weights.decompress(blob, net)
    unpacked = {"xz": lzma.decompress, "zstd": zstandard.decompress}
    if code in unpacked:
        planes, blob = blob[0], unpacked[code](blob[1:])
        if planes:
            size = 4 * sum(t.numel() for t in tensors_of(net).values() if t.dtype.itemsize == 4)
            words = np.frombuffer(blob[:size], np.uint8).reshape(4, -1).T.tobytes()
            long = np.frombuffer(blob[size:], np.uint8).reshape(8, -1).T.tobytes()
        else:
            words, long = blob, b""
            assert all(t.dtype.itemsize == 4 for t in tensors_of(net).values())
    else:
        assert code == "float32"
        words, long = blob, b""
    at = {4: 0, 8: 0}
    with torch.no_grad():
        for tensor in tensors_of(net).values():
            size = tensor.dtype.itemsize
            source = words if size == 4 or not long else long
            kind = np.float32 if size == 4 else np.int64
            part = np.frombuffer(source, kind, tensor.numel(), at[size])
            at[size] += part.nbytes
            tensor.copy_(torch.from_numpy(part.copy()).reshape(tensor.shape))
    return net


def same(one, other):
    return all(
        torch.equal(a, b)
        for a, b in zip(tensors_of(one).values(), tensors_of(other).values(), strict=True)
    )


def likelihood_bits(net, inputs, labels):
    with torch.no_grad():
        chances = net.eval()(inputs).double().softmax(1)
    chances = 0.999 * chances + 0.001 / chances.shape[1]
    return float(-chances[torch.arange(len(labels)), labels].log2().sum())


@pytest.mark.parametrize("which", ["dense", "transformer"])
def test_verified_files_are_what_they_say(which, request):
    module, (inputs, labels), found = request.getfixturevalue(which)
    assert set(found.verified) == {r.name for r in found.reports if "labels" not in r.name}
    assert {*CHEAP, "two-part"} <= set(found.verified)
    for code in ("float32", "zstd", "xz", "exact", "quantised"):
        net = decoded(module, found, code)
        assert same(net, module) == (code != "quantised")
        report = found[code]
        ideal = likelihood_bits(net, inputs, labels)
        assert ideal - 8 <= report.data_bits <= ideal + 16
        if code in ("float32", "zstd", "xz"):
            assert report.model_bits + report.header_bits == 8 * len(found.files[code])
    net, read = weights.two_part_decode(found.files["two-part"], module, inputs)
    assert np.array_equal(read, labels)
    assert found["two-part"].total_bits == 8 * len(found.files["two-part"])


def test_tolerances(dense):
    module, (inputs, labels), found = dense
    with torch.no_grad():
        before = functional.cross_entropy(module.eval()(inputs), labels, reduction="sum")
        net = decoded(module, found, "quantised").eval()
        after = functional.cross_entropy(net(inputs), labels, reduction="sum")
    assert after <= before + max(0.05 * before, np.log(2))  # or by a bit
    assert found["float32"].model_bits == 32 * (64 * 16 + 16 + 160 + 10)


def test_few_labels_are_learned_from_as_long():
    """Two hundred labels are four batches: a hundred epochs leave noisy weights at their prior."""
    images, labels = digits(200)
    torch.manual_seed(0)
    found = neural.describe(
        nn.Linear(64, 10), (images, labels), "variational", verify=False, progress=False
    )
    assert found["variational"].total_bits < 0.7 * found["labels: uniform"].total_bits


def test_codes_that_train(convolutional):
    _, (_, labels), found = convolutional
    expected = {code for code in CODES if code != "raw"}
    assert {r.name for r in found.reports} == expected | {"labels: uniform", "labels: NML"}
    assert set(found.verified) == expected - {"variational"}
    assert found["variational"].kind is Kind.BOUND
    assert found.checks["variational"].where == ""
    for code in expected - {"variational"}:
        assert found[code].kind is Kind.FILE
    assert found["labels: uniform"].total_bits == pytest.approx(120 * math.log2(10))
    for code in ("two-part", "relative-entropy", "subspace", "prequential"):
        size = 8 * len(found.files[code])
        extra = found[code].total_bits - size
        assert extra == 0 or code in ("relative-entropy", "subspace")  # a file of buffers beside
        assert 0 <= extra < 32 * 2 * 4 + 64 + 600
    assert any("not the weights given" in note for note in found.notes)
    assert len(labels) == found.labels


class Shifted(nn.Module):
    """Standardises its inputs by numbers of the data: buffers that no training changes."""

    def __init__(self, persistent):
        super().__init__()
        self.register_buffer("shift", torch.full((64,), 4.0), persistent=persistent)
        self.register_buffer("counted", torch.arange(3), persistent=persistent)
        self.out = nn.Linear(64, 10)

    def forward(self, images):
        return self.out(images - self.shift)


def test_a_bound_pays_for_buffers_that_it_left_alone():
    """They are the network's, not the architecture's: as in every file, 32 bits each here."""
    headers = []
    for persistent in (True, False):
        torch.manual_seed(0)
        found = neural.describe(
            Shifted(persistent), digits(60), codes="variational", verify=False, progress=False,
            options={"variational": {"epochs": 2}},
        )  # fmt: skip
        headers.append(found["variational"].header_bits)
    assert headers[0] - headers[1] == 64 * 32 + 3 * 64


def test_short_is_longer_than_the_labels(convolutional):
    *_, found = convolutional
    text = repr(found)
    row = next(line for line in text.splitlines() if line.startswith("float32"))
    assert "LONGER" in row
    assert "longer than the labels alone: float32" in text.replace("\n ", "")
    assert max(map(len, text.splitlines())) <= 100


def test_where_the_bits_sit(dense, convolutional, transformer):
    for (module, _, found), kinds in (
        (dense, {"linear", "bias"}),
        (convolutional, {"convolution", "normalisation", "buffer", "linear", "bias"}),
        (transformer, {"embedding", "other", "attention", "linear", "bias", "normalisation"}),
    ):
        layers = found.layers
        assert {each.kind for each in layers.tensors} == kinds
        assert [each.name for each in layers.tensors] == list(tensors_of(module))
        for code in ("exact", "quantised"):
            spread = sum(each.bits[code] for each in layers.tensors) + 8
            assert spread <= found[code].model_bits <= spread + 10
            assert sum(b for _, b in layers.by_kind(code).values()) == pytest.approx(spread - 8)
            assert sum(n for n, _ in layers.by_layer(code).values()) == sum(
                each.numbers for each in layers.tensors
            )
        assert "linear" in repr(layers)


def test_document_and_figure(dense, tmp_path):
    *_, found = dense
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert document["reports"][0]["name"] == "float32"
    assert document["checks"]["exact"]["where"] == "fresh"
    assert json.loads(found.save(tmp_path / "d.json").read_text()) == document
    found.plot(tmp_path / "d.png")
    assert (tmp_path / "d.png").stat().st_size > 10_000
    assert found.best.name in ("two-part", "labels: uniform", "labels: NML")


def test_the_module_comes_back_as_it_was(transformer):
    module, data, _ = transformer
    module.train()
    module.out.requires_grad_(False)
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    stream = torch.get_rng_state()
    neural.describe(module, data, ["exact", "quantised"], verify=False, progress=False)
    assert all(each.training for each in module.modules())
    assert not any(p.requires_grad for p in module.out.parameters())
    assert all(torch.equal(before[name], each) for name, each in module.state_dict().items())
    assert torch.equal(stream, torch.get_rng_state())
    assert torch.backends.mha.get_fastpath_enabled()
    module.out.requires_grad_(True)


@pytest.fixture
def here(monkeypatch):
    """The receiver in this process: what it says is the same, and it starts at once."""

    def asked(request):
        return verifying.received(request, None, None)

    monkeypatch.setattr(verifying, "_asked", asked)


def test_damage_is_not_verified(here):
    module = nn.Linear(8, 3)
    subject = Subject.of(module, None, None)
    found = codec(subject, "exact", {})
    broken = bytearray(found.blob)
    broken[-12] ^= 1
    raw = CODES["float32"].encode(subject, {})
    flipped = bytes([raw.blob[0] ^ 1]) + raw.blob[1:]
    rows = {
        "exact": ({}, replace(found, blob=bytes(broken))),
        "float32": ({}, replace(raw, blob=flipped)),
        "raw": ({}, CODES["raw"].encode(subject, {})),
    }
    checks = verifying.verified(subject, rows)
    assert [checks[name].where for name in rows] == ["no", "no", "fresh"]
    assert "checksum" in checks["exact"].why
    assert checks["float32"].why == "other weights than the sender's"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_every_dtype_comes_back(dtype, here):
    torch.manual_seed(1)
    module = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8)).to(dtype)
    found = neural.describe(module, progress=False)
    assert set(found.verified) == {r.name for r in found.reports}
    first = found.reports[0]
    assert first.name == ("float32" if dtype == torch.float32 else "raw")
    assert first.model_bits == 8 * dtype.itemsize * (64 + 8 + 4 * 8) + 64  # a count of batches
    assert same(weights.decompress(found.files["exact"], module), module)
    assert ("bfloat16" in found.files) == (dtype.itemsize > 2)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_labels_by_fresh_networks_of_every_dtype(dtype, monkeypatch):
    def asked(request):
        network = pickle.loads(request.network)
        return verifying.received(request, network, Fresh.of(network))

    monkeypatch.setattr(verifying, "_asked", asked)
    module, (inputs, labels) = nn.Linear(64, 10).to(dtype), digits(40)
    options = {"bits-back": {"epochs": 2}, "prequential": {"updates": 1}}
    found = neural.describe(
        module, (inputs.to(dtype), labels), list(options), options=options, progress=False
    )
    assert set(found.verified) == set(options)


class Mixed(nn.Module):
    """Weights of two dtypes."""

    def __init__(self, classes=3):
        super().__init__()
        self.first, self.last = nn.Linear(4, 3), nn.Linear(3, classes).double()

    def forward(self, x):
        return self.last(functional.relu(self.first(x)).double())


@pytest.mark.parametrize(
    ("module", "left_out"),
    [
        (Mixed(), {"variational": "float32.*float64", "subspace": "Double"}),
        (Mixed(1), {"bits-back": "alphabet_size: got 1", "relative-entropy": "float64"}),
    ],
)
def test_what_does_not_work_is_left_out_of_all(module, left_out):
    """One code that cannot have a network takes no other row away; asked for, it says why."""
    data = torch.randn(6, 4), np.zeros(6, int)
    found = neural.describe(module, data, "all", verify=False, progress=False)
    assert {"raw", "exact", "quantised", "two-part"} <= {report.name for report in found.reports}
    for code, why in left_out.items():
        assert re.search(why, found.left_out[code])
        with pytest.raises((TypeError, ValueError, RuntimeError), match=why):
            neural.describe(module, data, code, verify=False, progress=False)


def test_tied_weights_count_once(here):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.into = nn.Embedding(10, 4)
            self.out = nn.Linear(4, 10, bias=False)
            self.out.weight = self.into.weight

    found = neural.describe(Tied(), progress=False)
    assert found.parameters == 40
    assert found["float32"].total_bits == 32 * 40
    assert set(found.verified) == set(found.files)


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))

    def forward(self, x):
        return x * self.scale


GOOD = (torch.zeros(4, 2), torch.tensor([0, 1, 1, 0]))


@pytest.mark.parametrize(
    ("module", "data", "options", "error", "message"),
    [
        (nn.ReLU(), None, {}, ValueError, "without parameters"),
        ("net", None, {}, TypeError, "module: got str"),
        (nn.LazyLinear(3), None, {}, ValueError, "run the module once"),
        (nn.Linear(2, 2, dtype=torch.complex64), None, {}, TypeError, "complex64"),
        (Own(), None, {"codes": "exakt"}, ValueError, "did you mean 'exact'"),
        (Own(), None, {"codes": []}, ValueError, "codes: got none"),
        (Own(), None, {"codes": 5}, TypeError, "codes: got 5, accepted are names"),
        (Own(), None, {"options": 5}, TypeError, "options: got 5, accepted are mappings"),
        (Own(), None, {"options": {"exact": 5}}, TypeError, "options: got 5 for 'exact'"),
        (Own(), None, {"make": 5}, TypeError, "make: got int, accepted is a function"),
        (Own(), None, {"codes": "two-part"}, ValueError, "'two-part' does not apply: needs data"),
        (Own(), None, {"options": {"exat": {}}}, ValueError, "did you mean 'exact'"),
        (Own(), None, {"codes": "xz", "options": {"exact": {}}}, ValueError, "of the codes chosen"),
        (
            Own(),
            None,
            {"options": {"exact": {"quantiser": "scalar"}}},
            ValueError,
            "which has none",
        ),
        (Own(), None, {"options": {"float32": {"a": 1}}}, ValueError, "'a' for 'float32', which"),
        (
            Own(),
            None,
            {"options": {"quantised": {"tolerence": 0.1}}},
            ValueError,
            "mean 'tolerance'",
        ),
        (
            Own(),
            GOOD,
            {"codes": "all", "options": {"bits-back": {"seed": 1}}},
            ValueError,
            "known of",
        ),
        (
            Own(),
            None,
            {"codes": "xz", "options": {"xz": {"levle": 1}}},
            ValueError,
            "'levle'; known",
        ),
        (Own(), (GOOD[0], GOOD[1] + 1), {}, ValueError, "got label 2.*0 to 1"),
        (Own(), (GOOD[0], GOOD[1][:3]), {}, ValueError, "4 inputs and 3 labels"),
        (Own(), GOOD[0], {}, TypeError, "data"),
        (Own(), (torch.zeros(4, 3, 2), GOOD[1]), {}, ValueError, r"\(n, K\)"),
        (Own(), GOOD, {"codes": "prequential"}, ValueError, "'scale' is of a Own, which has no"),
        (Own(), None, {"seed": -1}, ValueError, "seed"),
        (Own(), None, {"device": "nosuch"}, ValueError, "device: got 'nosuch'"),
        (nn.Linear(2, 2), (GOOD[0].byte(), GOOD[1]), {}, ValueError, r"data: .*uint8.* \(4, 2\)"),
        (nn.Embedding(3, 2), (GOOD[1] + 2, GOOD[1]), {}, ValueError, "data: .*int64.*range"),
    ],
)
@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_bad_input(module, data, options, error, message):
    with pytest.raises(error, match=message):
        neural.describe(module, data, **options, verify=False, progress=False)


def test_the_order_of_bytes_makes_no_difference():
    torch.manual_seed(0)
    module, inputs, labels = nn.Linear(2, 2), np.eye(2), np.array([0, 1])
    found = [
        neural.describe(
            module, (inputs.astype(order + "f4"), labels.astype(order + "i8")), codes="exact",
            verify=False, progress=False,
        )["exact"].total_bits
        for order in "<>"
    ]  # fmt: skip
    assert found[0] == found[1]


def test_weights_that_are_not_finite():
    module = nn.Linear(2, 2)
    with torch.no_grad():
        module.bias[0] = math.nan
    with pytest.raises(ValueError, match="NaN or infinite weights in 'bias'"):
        neural.describe(module, verify=False)
    with torch.no_grad():
        module.double().bias[0] = 1e100
    with pytest.raises(ValueError, match="'bfloat16' does not apply: a number of 'bias' is beyond"):
        neural.describe(module, codes="bfloat16", verify=False, progress=False)


def test_all_codes_without_data():
    found = neural.describe(nn.Linear(2, 2), codes="all", verify=False, progress=False)
    assert set(found.left_out) == {code for code in CODES if CODES[code].labels}
    assert "prequential: left out: needs data" in repr(found)
    assert "data" not in repr(found).splitlines()[1]


# ---- the command

SMALL = ["small.safetensors", "--module", "mine:small"]


@pytest.fixture
def saved(own_folder, tmp_path):
    torch.manual_seed(0)
    net = ConvNet()
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    (tmp_path / "mine.py").write_text(
        "from torch import nn\n"
        "def small(): return nn.Sequential(nn.Linear(3, 2))\n"
        "class Pair(nn.Linear):\n    def __init__(self): super().__init__(2, 3)\n"
        "number = 3\n"
    )
    save_file(nn.Sequential(nn.Linear(3, 2)).state_dict(), tmp_path / "small.safetensors")
    inputs, labels = np.eye(3), np.array([0, 1, 1])
    np.savez(tmp_path / "data.npz", inputs=inputs, labels=labels)
    return net


def test_command_without_a_class(cxd, saved):
    status, out, err = cxd("describe", "net.safetensors", "--json", "--verify=false")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["layers"]["kinds"] == "guessed from names and shapes"
    kinds = {each["name"]: each["kind"] for each in document["layers"]["tensors"]}
    assert kinds["conv.weight"] == "convolution"
    assert kinds["norm.running_mean"] == "buffer"
    assert kinds["out.weight"] == "linear"
    assert {check["where"] for check in document["checks"].values()} == {""}
    size = sum(8 * t.numel() * t.dtype.itemsize for t in saved.state_dict().values())
    assert document["reports"][0]["total_bits"] == size


def test_command_with_a_class(cxd, saved, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    arguments = ("describe", "small.safetensors", "--module", "mine:small", "--verify=false")
    status, out, err = cxd(*arguments, "--data", "data.npz", "--figure", "f.png")
    assert (status, err) == (0, "")
    assert "labels: uniform" in out
    assert "0.weight" in out
    assert (tmp_path / "f.png").exists()
    status, out, _ = cxd(*arguments, "--code", "exact", "--code", "xz")
    assert status == 0
    assert "zstd" not in out


def test_bad_commands(cxd, saved, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "bad.safetensors").write_bytes(b"no such thing")
    whole = (tmp_path / "net.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-5])
    np.savez(tmp_path / "u8.npz", inputs=np.eye(3, dtype=np.uint8), labels=np.array([0, 1, 1]))
    for arguments, message in [
        (["none.safetensors"], "none.safetensors: No such file"),
        (["bad.safetensors"], "bad.safetensors: no safetensors file"),
        (["cut.safetensors"], "cut.safetensors: no safetensors file, or damaged"),
        (["net.safetensors", "--module", "mine:small"], "'0.weight' is not in the file"),
        (["small.safetensors", "--module", "mine:Pair"], "'weight' is not in the file"),
        (["small.safetensors", "--module", "mine:number"], "cannot be built"),
        (["small.safetensors", "--module", "mine:none"], "--module mine:none: "),
        (["small.safetensors", "--module", "nowhere:X"], "nowhere"),
        (["small.safetensors", "--module", "mine"], "accepted is package.module:Class"),
        (["small.safetensors", "--code", "exakt"], "did you mean 'exact'"),
        (["small.safetensors", "--data", "data.npz"], "--data needs --module"),
        ([*SMALL, "--data", "u8.npz"], "data: got inputs torch.uint8 of shape (3, 3)"),
        (["small.safetensors", "--device", "nosuch"], "device: got 'nosuch'"),
        (["small.safetensors", "--figure", "x.txt"], "accepted is a name in .png"),
    ]:
        status, out, err = cxd("describe", *arguments)
        assert (status, out) == (2, ""), arguments
        assert message in err
        assert len(err.splitlines()) == 1


def test_a_file_with_a_tensor_of_no_elements(cxd, own_folder):
    save_file({"none": torch.zeros(0, 3), "some": torch.ones(3, 2)}, "w.safetensors")
    status, out, err = cxd("describe", "w.safetensors", "--json", "--verify=false")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["parameters"] == 6
    assert document["reports"][0]["total_bits"] == 6 * 32


def test_a_file_of_integers(cxd, own_folder):
    save_file({"counts": torch.arange(6)}, "w.safetensors")
    status, out, err = cxd("describe", "w.safetensors", "--json", "--verify=false")
    assert (status, err) == (0, "")
    reports = {each["name"]: each for each in json.loads(out)["reports"]}
    assert reports["raw"]["total_bits"] == 6 * 64
    assert not {"float32", "bfloat16"} & set(reports)
    module = StandIn({"counts": torch.arange(6)})
    found = neural.describe(module, codes=["raw", "exact"], verify=False, progress=False)
    assert found.checks.keys() == {"raw", "exact"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["float8.safetensors"], "float8.safetensors: module: got torch.float8_e4m3fn in 'w'"),
        (["small.safetensors", "--module", "divides:net"], "--module divides:net: ZeroDivision"),
        (["small.safetensors", "--module", "broken:net"], "--module broken:net: SyntaxError"),
        (["small.safetensors", "--module", "leaves:net"], "--module leaves:net: SystemExit"),
        (["small.safetensors", "--module", "raises:net"], "--module raises:net: RuntimeError: no"),
        ([*SMALL, "--data", "empty.npz"], "--data empty.npz: accepted is an .npz"),
        ([*SMALL, "--data", "array.npy"], "--data array.npy: accepted is an .npz"),
    ],
)
def test_bad_files_and_modules_of_the_user(cxd, saved, tmp_path, monkeypatch, arguments, message):
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in {
        "divides": "1 / 0\n",
        "broken": "def (\n",
        "leaves": "raise SystemExit(3)\n",
        "raises": "def net():\n    raise RuntimeError('no\\nway')\n",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "empty.npz").touch()
    np.save(tmp_path / "array.npy", np.eye(3))
    save_file({"w": torch.ones(3, 2).to(torch.float8_e4m3fn)}, "float8.safetensors")
    status, out, err = cxd("describe", *arguments, "--verify=false")
    assert (status, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_stand_in_has_the_architecture_of_the_network():
    from mdl.weights.tensors import architecture
    from neural.describing.stand_in import stand_in

    module = Encoder()
    module.again = module.out
    assert architecture(stand_in(module)) == architecture(module)
    assert isinstance(stand_in(module), StandIn)


def test_labels_of_one_class():
    """Their null codes take no bits, and everything is longer."""
    data = torch.randn(6, 4), np.zeros(6, int)
    found = neural.describe(nn.Linear(4, 1), data, ["float32"], verify=False, progress=False)
    [row] = [line for line in repr(found).splitlines() if line.startswith("float32  ")]
    assert row.endswith("LONGER")
    found.plot()


def test_layers_whose_names_end_alike_have_bars_of_their_own():
    from neural.describing.figure import draw_layers

    def part() -> nn.Module:
        return nn.ModuleDict({"self_attention_projection_layer": nn.Linear(3, 3, bias=False)})

    module = nn.ModuleDict({"encoder": part(), "decoder": part()})
    found = neural.describe(module, codes=["quantised"], verify=False, progress=False)
    axes = found.plot().axes[1]
    axes.clear()
    draw_layers(axes, found)
    widths = [bar.get_width() for bar in axes.patches]
    bits = [bits for _, bits in found.layers.by_layer("quantised").values()]
    assert widths == pytest.approx(bits)
