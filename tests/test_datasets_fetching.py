"""Data sets: fetching from a host of our own, caches, archives known by contents, the bar."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from neural import datasets
from neural.datasets import archives, fetching, registry
from tests.dataset_files import sound, tarred, zipped


class Host:
    """A host on this machine: path -> status and bytes; counts what is asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[int, bytes, int]] = {}
        self.asked: list[str] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                status, octets, promised = host.files.get(self.path, (404, b"", 0))
                self.send_response(status)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def put(self, name: str, octets: bytes, *, status: int = 200, promised: int = -1) -> None:
        self.files[f"/{name}"] = (status, octets, len(octets) if promised < 0 else promised)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


TEXT = b"What's past is prologue."


@pytest.fixture
def host(tmp_path, monkeypatch) -> Iterator[Host]:
    """A host that tinyshakespeare and fsdd are fetched from into an empty cache."""
    pytest.importorskip("pooch")
    for variable in ("COMPLEXODYNAMICS_DATA", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(fetching, "cache_folder", lambda: tmp_path / "cache")
    host = Host()
    monkeypatch.setattr(registry, "SOURCES", {"tinyshakespeare": host.address + "/{name}"})
    known = {"tinyshakespeare/input.txt": (f"sha256:{hashlib.sha256(TEXT).hexdigest()}", len(TEXT))}
    monkeypatch.setattr(registry, "_digests", lambda: known)
    yield host
    host.close()


def in_cache(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_a_file_is_fetched_once(host, tmp_path, capfd):
    host.put("input.txt", TEXT)
    assert not datasets.available("tinyshakespeare")
    for _ in range(3):
        assert datasets.tinyshakespeare().text.encode() == TEXT
    assert host.asked == ["/input.txt"]
    assert in_cache(tmp_path) == ["input.txt"]
    assert datasets.available("tinyshakespeare")
    assert not datasets.available("tinyshakespeare", folder=tmp_path)
    assert capfd.readouterr() == ("", "")  # no terminal, no bar


def test_a_damaged_copy_is_fetched_again(host, tmp_path):
    host.put("input.txt", TEXT)
    copy = tmp_path / "cache" / "tinyshakespeare" / "input.txt"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(TEXT[:-1])
    assert datasets.tinyshakespeare().text.encode() == TEXT
    assert copy.read_bytes() == TEXT


def test_other_bytes_are_refused_and_not_kept(host, tmp_path):
    host.put("input.txt", TEXT + b"!")
    with pytest.raises(ValueError, match=r"tinyshakespeare: http.* has another input\.txt: SHA256"):
        datasets.tinyshakespeare()
    assert in_cache(tmp_path) == []


@pytest.mark.parametrize("case", ["missing", "broken", "cut"])
def test_a_host_that_fails(host, tmp_path, case):
    if case == "broken":
        host.put("input.txt", TEXT, status=500)
    if case == "cut":
        host.put("input.txt", TEXT[:5], promised=len(TEXT))
    with pytest.raises(
        ConnectionError,
        match=r"tinyshakespeare needs tinyshakespeare/input\.txt in the folder of "
        r"COMPLEXODYNAMICS_DATA, which is not set, or http.*input\.txt; that failed: ",
    ):
        datasets.tinyshakespeare()
    assert in_cache(tmp_path) == []


def test_no_host(host, monkeypatch, tmp_path):
    host.close()
    monkeypatch.setattr(host, "close", lambda: None)
    with pytest.raises(ConnectionError, match=r"that failed: .*refused"):
        datasets.tinyshakespeare()
    assert in_cache(tmp_path) == []


def test_a_folder_comes_before_the_host(host, tmp_path, monkeypatch):
    place = tmp_path / "folder" / "tinyshakespeare" / "input.txt"
    place.parent.mkdir(parents=True)
    place.write_bytes(TEXT)
    monkeypatch.setenv("COMPLEXODYNAMICS_DATA", str(tmp_path / "folder"))
    assert datasets.tinyshakespeare().text.encode() == TEXT
    assert host.asked == []
    place.unlink()
    host.put("input.txt", TEXT)
    assert datasets.tinyshakespeare().text.encode() == TEXT
    assert host.asked == ["/input.txt"]


def test_a_given_folder_forbids_downloads(host, tmp_path):
    host.put("input.txt", TEXT)
    with pytest.raises(FileNotFoundError, match=r"which is not there; it can be had from http"):
        datasets.tinyshakespeare(folder=tmp_path)
    assert host.asked == []


def test_without_pooch(host, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(
        ImportError, match=r"which is not set, or pooch .*complexodynamics\[neural\]"
    ):
        datasets.tinyshakespeare()
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "pooch", None)
    monkeypatch.delenv("COMPLEXODYNAMICS_DATA", raising=False)
    assert not datasets.available("mnist")
    with pytest.raises(ImportError, match="pooch"):
        fetching.cache_folder()


SPOKEN = {f"{digit}_{who}_{take}.wav": sound([digit, take]) for digit, who, take in (
    (7, "lucas", 10), (7, "lucas", 9), (0, "theo", 49), (3, "jackson", 4), (3, "jackson", 5),
)}  # fmt: skip


@pytest.fixture
def spoken(host, monkeypatch) -> Host:
    """The host has an archive of a repository; its contents are expected, not its bytes."""
    pattern = registry.ARCHIVES["fsdd/free-spoken-digit-dataset.zip"][1]
    chosen = {name: data for name, data in SPOKEN.items() if re.fullmatch(pattern, name)}
    digest = archives.contents_digest(chosen)
    place = "fsdd/free-spoken-digit-dataset.zip"
    source = {place: (f"{host.address}/26eb.zip", pattern, digest)}
    monkeypatch.setattr(registry, "ARCHIVES", source)
    return host


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_is_known_by_its_contents(spoken, tmp_path, pack):
    inside = {f"fsdd-26eb/recordings/{name}": data for name, data in SPOKEN.items()}
    spoken.put("26eb.zip", pack(inside | {"fsdd-26eb/README.md": b""}))
    found = datasets.fsdd(split="train_all")
    assert found.digits.tolist() == [0, 3, 7, 7]
    assert found.speakers == ("theo", "jackson", "lucas", "lucas")
    assert found.takes.tolist() == [49, 5, 9, 10]
    assert [signal.tolist() for signal in found.signals] == [[0, 49], [3, 5], [7, 9], [7, 10]]
    assert in_cache(tmp_path) == ["26eb.zip"]
    datasets.fsdd(split="train_all")
    assert spoken.asked == ["/26eb.zip"]


@pytest.mark.parametrize("octets", [b"not an archive", zipped(SPOKEN | {"7_lucas_9.wav": b""})])
def test_an_archive_of_something_else(spoken, tmp_path, octets):
    spoken.put("26eb.zip", octets)
    with pytest.raises(ValueError, match="a damaged or another file; expected"):
        datasets.fsdd(split="train_all")
    assert in_cache(tmp_path) == []


def test_the_bar_moves_by_megabytes(host, monkeypatch):
    octets, steps = bytes(3_500_000), []
    known = {
        "tinyshakespeare/input.txt": (f"sha256:{hashlib.sha256(octets).hexdigest()}", 3_500_000)
    }

    @contextlib.contextmanager
    def counted(description: str, total: int) -> Iterator[Callable[[], None]]:
        steps.append((description, total))
        yield lambda: steps.append("step")

    monkeypatch.setattr(registry, "_digests", lambda: known)
    monkeypatch.setattr(fetching, "progress", counted)
    host.put("input.txt", octets)
    assert len(datasets.tinyshakespeare()) == 3_500_000
    assert steps == [("tinyshakespeare/input.txt, MB", 3), "step", "step", "step"]
