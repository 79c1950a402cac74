"""The last 100,000 bytes of tiny Shakespeare as a file, given all that comes before.

Run it as `python -m examples.shakespeare_codec` from the root of the repository, with the
environment variable COMPLEXODYNAMICS_DATA naming a folder that holds the data set, or a network to
fetch it: three to four minutes on one core to encode, as many to decode in a fresh process. It
writes docs/results/shakespeare-codec.json; files are kept in runs/shakespeare-codec, and an
interrupted run goes on with those there are. A second file has the weights too, for its size.

Other compressors are given the same text: C(before and text) - C(before), where the settings let
the whole of it be seen; and C(text) alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import complexity
from complexity.files import save_json, write_atomically
from complexity.provenance import commit, versions
from neural import datasets
from neural.text_codec import TextCodec, decode_text

SIZE = 100_000
FOLDER = Path("runs/shakespeare-codec")
OTHERS = ("xz", "xz:extreme=true", "zstd:level=22,long=true", "bz2", "brotli", "ppmd",
          "ppmd:order=8,memory=268435456", "ppmd:order=16,memory=268435456",
          "ctw", "cm")  # fmt: skip


def texts() -> tuple[bytes, bytes]:
    """What is before, and the text."""
    whole = datasets.tinyshakespeare().text.encode()
    return whole[:-SIZE], whole[-SIZE:]


def encode() -> None:
    """Write both files, without weights and with them, and the seconds they took."""
    before, text = texts()
    codec, began = TextCodec(), time.process_time()
    model = codec.train(before, text)
    trained = time.process_time() - began
    for name, weights in (("text.cxd", False), ("weights.cxd", True)):
        began = time.process_time()
        blob = codec.encode(text, given=before, weights=weights, model=model)
        write_atomically(FOLDER / name, blob)
        seconds = time.process_time() - began
        took = {"train_seconds": 0.0 if weights else trained, "code_seconds": seconds}
        write_atomically(FOLDER / f"{name}.json", json.dumps(took).encode())


def decode() -> None:
    """Read the file without weights, and say whether it is the text, in how many seconds."""
    before, text = texts()
    began = time.process_time()
    same = decode_text((FOLDER / "text.cxd").read_bytes(), given=before) == text
    found = {"same": same, "decode_seconds": time.process_time() - began}
    write_atomically(FOLDER / "decoded.json", json.dumps(found).encode())


def others() -> None:
    """Bytes of the text by compressors that were given what is before it, and by them alone."""
    before, text = texts()
    found = {}
    for name in OTHERS:
        code = complexity.get_code(name)
        alone = len(code.encode(text))
        given = len(code.encode(before + text)) - len(code.encode(before))
        found[name] = {"given_bytes": given, "alone_bytes": alone}
    write_atomically(FOLDER / "others.json", json.dumps(found).encode())


def main() -> None:
    """Encode, decode in a fresh process, compare."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if sys.argv[1:] == ["decode"]:
        decode()
        return
    if not (FOLDER / "weights.cxd.json").exists():
        encode()
    if not (FOLDER / "others.json").exists():
        others()
    if not (FOLDER / "decoded.json").exists():
        subprocess.run([sys.executable, "-m", "examples.shakespeare_codec", "decode"], check=True)
    read = json.loads((FOLDER / "decoded.json").read_bytes())
    if not read.pop("same"):
        raise SystemExit("text.cxd: decoded to another text")
    files: dict[str, Any] = {}
    for name in ("text.cxd", "weights.cxd"):
        size = (FOLDER / name).stat().st_size
        took = json.loads((FOLDER / f"{name}.json").read_bytes())
        files[name] = {"bytes": size, "bits_per_character": 8 * size / SIZE, **took}
    files["text.cxd"] |= {"decoded_to_the_same": True, **read}
    result = {
        "command": "python -m examples.shakespeare_codec",
        "bytes": SIZE,
        "files": files,
        "others": json.loads((FOLDER / "others.json").read_bytes()),
        "versions": versions("numpy", "torch"),
        "commit": commit(),
    }
    save_json("docs/results/shakespeare-codec.json", result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
