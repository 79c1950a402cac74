"""A network of one's own trained with what its weights cost; its files written and read back."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from sklearn.datasets import load_digits
from torch import nn

from mdl import weights


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))


def main() -> None:
    pixels, digits = load_digits(return_X_y=True)
    inputs, labels = torch.tensor(pixels / 16).float(), torch.tensor(digits)
    torch.manual_seed(0)
    noisy = weights.noisy(network())
    weights.fit(noisy, (inputs, labels), epochs=150)
    print(noisy.description_length((inputs, labels)))  # a bound: bits-back
    files = {
        "sample": noisy.encode(),  # relative entropy coding: a sample of the noisy weights
        "means": weights.compress(noisy.network(), (inputs, labels), tolerance="total"),
    }
    read = {"sample": weights.decode_weights, "means": weights.decompress}
    with TemporaryDirectory() as folder:
        for name, blob in files.items():
            path = Path(folder) / f"{name}.cxd"
            path.write_bytes(blob)
            right = (read[name](path.read_bytes(), network())(inputs).argmax(1) == labels).float()
            print(f"{name}: {len(blob)} bytes, {100 * right.mean():.1f} % of the digits right")


if __name__ == "__main__":
    main()
