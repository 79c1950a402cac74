"""The command line: help, one-line errors that change nothing, files, interrupts."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import complexodynamics
from complexodynamics import cli
from simulations import Trajectory
from simulations.coffee import MODELS, CoarseGraining, simulate
from simulations.coffee.summary import CoffeeRow, CoffeeSummary

FAST = ["coffee", "--size", "16", "--samples", "7", "--null-samples", "3"]
FILES = ["cup.gif", "curves.csv", "figure.png", "result.npz", "run.json"]


pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def refused(cxd, tmp_path):
    """Run a command that must fail: one line on standard error, nothing else anywhere."""

    def run(*arguments: str | Path) -> str:
        before = tree(tmp_path)
        status, out, err = cxd(*arguments)
        assert (status, out) == (2, "")
        assert err.startswith("cxd: ")
        assert err.endswith("\n")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        assert tree(tmp_path) == before
        return err

    return run


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every path below a folder, with the contents of files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


# Help


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command(cxd, arguments):
    status, out, err = cxd(*arguments)
    assert (status, err) == (0, "")
    assert "Usage: cxd COMMAND" in out
    for name, (_, line) in cli.COMMANDS.items():
        assert f"  {name} " in out
        assert line in out
    assert all(len(line) <= 80 for line in out.splitlines())


@pytest.mark.parametrize("argument", ["--version", "-V"])
def test_version(cxd, argument):
    assert cxd(argument) == (0, complexodynamics.__version__ + "\n", "")


@pytest.mark.parametrize("name", cli.COMMANDS)
@pytest.mark.parametrize("columns", [80, 120])
def test_every_command_has_help(cxd, monkeypatch, name, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    status, out, err = cxd(name, "--help")
    assert (status, err) == (0, "")
    assert f"Usage: cxd {name}" in out
    assert ("--json" in out) != (f"Usage: cxd {name} COMMAND" in out)  # or a group of commands
    assert all(len(line) <= columns for line in out.splitlines())
    assert cxd("help", name) == (0, out, "")


def test_help_names_every_choice(cxd):
    _, out, _ = cxd("coffee", "--help")
    words = out.replace("│", " ").split()
    said = {word.strip(".,:;") for word in words}
    assert set(MODELS) <= said
    assert {engine for engines in MODELS.values() for engine in engines} <= said | {"exact"}
    assert set(CoarseGraining().to_dict()) <= {word.removeprefix("--") for word in words}


# Errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["coffe"], 'Unknown command "coffe". Did you mean "coffee"'),
        (["--nonsense"], "Available commands: coffee"),
        (["help", "nonsense"], "Available commands: coffee"),
        (["coffee", "--siz", "16"], "Did you mean --size?"),
        (["coffee", "--size"], "--size requires an argument"),
        (["ca"], "ca: RULE is missing; see cxd ca --help"),
        (["mdl", "histogram"], "mdl histogram: FILE is missing; see cxd mdl histogram --help"),
        (["paper"], "paper: KEY is missing; see cxd paper --help"),
        (["coffee", "--size", "many"], '"many"'),
        (["coffee", "--size", "16.5"], "'16.5', accepted is an integer"),
        (["coffee", "--json=maybe"], '"maybe"'),
        (["coffee", "twice"], "unexpected: twice"),
        (["coffee", "--size", "16", "--size", "18"], "--size specified multiple times"),
    ],
)
def test_unknown_commands_options_and_values(refused, arguments, message):
    assert message in refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--size 0", "size: got 0, accepted is an integer from 2"),
        ("--size 1", "size: got 1, accepted is an integer from 2"),
        ("--size -4", "size: got -4"),
        ("--size 15", "size: got 15, accepted is an even integer"),
        ("--size 99999999999999999999", "size: got 99999999999999999999"),
        ("--steps -1", "steps: got -1"),
        ("--steps 99999999999999999999", "steps: got 99999999999999999999"),
        ("--samples 0", "samples: got 0, accepted is an integer from 1"),
        ("--replicas 0", "replicas: got 0"),
        ("--seed -1", "seed: got -1, accepted is an integer at least 0"),
        ("--workers 0", "workers: got 0"),
        ("--null-samples 1", "null_samples: got 1, accepted is 0 or at least 2"),
        ("--null-samples -1", "null_samples: got -1"),
        ("--grain 17", "grain: got 17, accepted is at most the cup's size 16"),
        ("--grain 4", "grain: got 4, accepted is an odd side"),
        ("--levels 65", "levels: got 65, accepted is an integer from 2 to 64"),
        ("--maximum 0", "maximum: got 0"),
        ("--model interactin", "known: interacting, walk, stirred; did you mean 'interacting'"),
        ("--engine sublatice", "cups: exact, sublattice, sliced; did you mean 'sublattice'"),
        ("--engine jump", "known for interacting cups: exact, sublattice, sliced"),
        ("--model walk --engine jmp", "known for walk cups: step, jump; did you mean 'jump'"),
        ("--clock sweps", "interacting cups: swaps, attempts, sweeps; did you mean 'sweeps'"),
        ("--model walk --clock swaps", "known to the step engine of walk cups: steps"),
        ("--boundary periodical", "known: reflecting, periodic, fixed, open; did you mean 'peri"),
        ("--model walk --boundary fixed", "known: reflecting, periodic, open"),
        ("--boundary open", "clock: 'swaps' may never come to pass in an open cup"),
        ("--code gzp", "did you mean 'gzip'"),
        ("--code gzip:level=99", "level: got 99"),
        ("--code text", "code: 'text' takes no byte strings"),
        ("--adjustment papr", "known: none, paper, published-code, viterbi; did you mean 'paper'"),
        ("--window blcks", "known: sliding, blocks; did you mean 'blocks'"),
        ("--edge truncated", "did you mean 'truncate'"),
        ("--rounding up", "known: nearest, ceil, interval"),
        ("--serialisation byte", "did you mean 'bytes'"),
        ("--published three", "did you mean 'three-bucket'"),
        ("--amplitude 0.3", "amplitude: only the model stirred has it"),
        ("--model stirred --amplitude 2", "amplitude: got 2.0, accepted is 0 to 1"),
        ("--model walk --serialisation packed", '"packed" holds values to 1'),
        ("--initial hlf", "known beside .npy files: half, disc; did you mean 'half'?"),
        ("--initial cup.npy", "initial: cup.npy: no such file"),
    ],
)
@pytest.mark.parametrize("out", [[], ["--out", "a/b"]])
def test_bad_input(refused, arguments, message, out):
    """Refused before anything is written, into the default folder or into one that is named."""
    defaults = [] if "--size" in arguments else ["--size", "16"]
    assert message in refused("coffee", *defaults, *arguments.split(), *out)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 6), int), "got 4 by 6 cells, accepted is a square with an even side"),
        (np.zeros((5, 5), int), "got 5 by 5 cells"),
        (np.zeros((0, 0), int), "got 0 by 0 cells"),
        (np.zeros(4, int), "got 4 cells"),
        (np.array(1), "got a single number cells"),
        (np.zeros((4, 4)), "dtype float64, accepted are booleans or integers"),
        (np.zeros((4, 4), complex), "dtype complex128"),
        (np.full((4, 4), "x"), "dtype <U1"),
        (np.full((4, 4), -1), "got values from -1 to -1, accepted are 0 to 255"),
        (np.full((4, 4), 256), "got values from 256 to 256"),
        (np.full((4, 4), 2), "got cells up to 2, accepted are 0 and 1"),
        (np.ones((4, 4), int), "clock: 'swaps' may never come to pass in a cup of equal cells"),
    ],
)
def test_bad_cups_of_ones_own(refused, array, message):
    np.save("cup.npy", array)
    assert message in refused("coffee", "--initial", "cup.npy", "--out", "run")


def test_a_pickled_cup_is_refused(refused):
    np.save("cup.npy", np.array([[None, {}], [1, 2]], object), allow_pickle=True)
    assert "cup.npy is not a readable .npy file" in refused("coffee", "--initial", "cup.npy")


def test_damaged_cups_are_refused_or_read(refused, cxd):
    """Every byte of the header: some changes leave another array, none leave a traceback."""
    np.save("cup.npy", np.arange(16, dtype=np.uint8).reshape(4, 4) % 2)
    data = Path("cup.npy").read_bytes()
    for place in range(128):
        for other in (0, data[place] ^ 1, data[place] ^ 0x80):
            changed = data[:place] + bytes([other]) + data[place + 1 :]
            Path("cup.npy").write_bytes(changed)
            arguments = ["coffee", "--initial", "cup.npy", "--samples", "0"]
            assert "initial" in (message := refused(*arguments)) or "samples" in message
    for length in range(0, len(data), 5):
        Path("cup.npy").write_bytes(data[:length])
        assert "cup.npy is not a readable .npy file" in refused("coffee", "--initial", "cup.npy")


def test_out_is_a_file(refused):
    Path("file").write_text("mine")
    assert "out: file is a file; give a folder" in refused(*FAST, "--out", "file")
    below = refused(*FAST, "--out", Path("file") / "a" / "b")
    assert "out: cannot make the folder" in below


def test_out_holds_another_run(cxd, refused):
    assert cxd(*FAST, "--out", "run")[0] == 0
    message = refused(*FAST, "--seed", "1", "--out", "run")
    assert "out: run holds another run (system.seed: 0 there, 1 here)" in message
    assert "observables" in refused(*FAST[:-1], "0", "--out", "run") or "null_samples"


@pytest.mark.parametrize("name", ["run.json", "result.npz"])
def test_out_holds_a_damaged_run(cxd, refused, name):
    assert cxd(*FAST, "--out", "run")[0] == 0
    path = Path("run") / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    message = refused(*FAST, "--out", "run")
    assert f"{path}: damaged" in message
    path.unlink()
    if name == "result.npz":
        assert f"{path}: missing" in refused(*FAST, "--out", "run")


def test_tracebacks_can_be_asked_for(monkeypatch):
    monkeypatch.setenv("CXD_TRACEBACK", "1")
    with pytest.raises(ValueError, match="size: got 0"):
        cli.main(["coffee", "--size", "0"])


def test_a_process_that_is_killed_is_said_in_one_line(refused, monkeypatch):
    """As the kernel kills those that take too much memory."""
    Path("my_killer.py").write_text(
        "import os\n\n\nclass Agent:\n    name = 'mine'\n\n"
        "    def reset(self, interface, seed):\n        pass\n\n"
        "    def act(self, observation, reward):\n        os._exit(9)\n"
    )
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    played = ["--programs", "4", "--interactions", "5", "--workers", "2"]
    assert "process" in refused("agents", "aiq", "my_killer:Agent", *played)


def test_a_runtime_error_of_ones_own_module_is_said_in_one_line(refused, monkeypatch):
    Path("my_world.py").write_text("def world():\n    raise RuntimeError('no world today')\n")
    monkeypatch.syspath_prepend(Path.cwd())
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert "no world today" in refused("agents", "solve", "my_world:world")


# Success


def test_a_run_writes_its_files(cxd):
    status, out, err = cxd(*FAST, "--replicas", "2", "--out", "some/run")
    assert (status, err) == (0, "")
    folder = Path("some/run")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert (folder / "cup.gif").read_bytes().startswith(b"GIF89a")
    assert (folder / "result.npz").read_bytes().startswith(b"PK\x03\x04")
    assert json.loads((folder / "run.json").read_text())["clock"] == "swaps"
    with Image.open(folder / "cup.gif") as gif:
        assert gif.n_frames == 7
        assert gif.width >= 16
    with (folder / "curves.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    run = Trajectory.load(folder)
    assert [int(row["replica"]) for row in rows] == [0, 1] * 7
    assert [float(row["complexity_bits"]) for row in rows] == run.complexity_bits.ravel().tolist()
    for name in ("figure.png", "cup.gif", "curves.csv", "run.json"):
        assert str(folder / name) in out
    assert "interacting cup 16 x 16, reflecting, 7 states, 2 replicas" in out


def test_the_command_and_the_function_agree(cxd):
    assert cxd(*FAST, "--out", "run", "--levels", "5", "--code", "xz", "--seed", "4")[0] == 0
    run = simulate(
        16, samples=7, null_samples=3, seed=4, code="xz", coarse=CoarseGraining(levels=5)
    )
    np.testing.assert_array_equal(Trajectory.load("run").values, run.values)


@pytest.mark.parametrize(
    "arguments",
    [
        "--samples 1",
        "--steps 0",
        "--null-samples 0",
        "--size 2",
        "--model walk --engine jump --boundary periodic",
        "--model walk --boundary open --serialisation text",
        "--model stirred --amplitude 0.2 --attempts-per-cell 0",
        "--engine sliced --replicas 3 --clock attempts",
        "--engine sublattice --boundary periodic",
        "--boundary fixed --initial disc",
        "--published three-bucket --window blocks --grain 4",
        "--published seven-bucket-code --edge nearest --rounding interval --adjustment viterbi",
        "--boundary open --clock sweeps --maximum 2",
    ],
)
def test_every_way_of_running_works(cxd, arguments):
    base = [] if "--size" in arguments else ["--size", "8"]
    for name, value in (("--samples", "3"), ("--null-samples", "2"), ("--steps", "40")):
        base += [] if name in arguments else [name, value]
    status, out, err = cxd("coffee", *base, *arguments.split(), "--out", "run")
    assert (status, err) == (0, "")
    assert "entropy" in out
    assert sorted(path.name for path in Path("run").iterdir()) == FILES


def test_a_cup_of_ones_own(cxd):
    cup = np.arange(64).reshape(8, 8) % 2 == 0
    np.save("cup.npy", cup)
    for size in ([], ["--size", "8"]):
        status, _, _ = cxd("coffee", *FAST[3:], *size, "--initial", "cup.npy", "--out", "run")
        assert status == 0
    np.testing.assert_array_equal(Trajectory.load("run").frames[0], cup)


def test_a_cup_of_ones_own_has_its_own_size(refused):
    np.save("cup.npy", np.arange(64).reshape(8, 8) % 2)
    assert "--size: got 16, accepted for cup.npy" in refused(*FAST, "--initial", "cup.npy")


def test_a_little_less_than_nothing_is_nothing(cxd, monkeypatch):
    row = CoffeeRow("corrected", 0.0, -0.4, 3, -0.3)
    summary = CoffeeSummary("swaps", (row,), None)
    monkeypatch.setattr("simulations.coffee.summarise", lambda trajectory: summary)
    out = cxd(*FAST, "--out", "run")[1]
    [printed] = [line for line in out.splitlines() if "corrected" in line]
    for line in (printed, repr(summary).splitlines()[-1]):
        assert line.replace("│", " ").split() == ["corrected", "0", "0", "3", "0"]


def test_folders_of_their_own_are_different(cxd):
    for seed in ("0", "1"):
        assert cxd(*FAST, "--seed", seed)[0] == 0
    first, second = Path("runs").iterdir()
    assert first.name.startswith("coffee-interacting-16-")
    assert not np.array_equal(Trajectory.load(first).values, Trajectory.load(second).values)
    assert cxd(*FAST)[0] == 0
    assert len(list(Path("runs").iterdir())) == 2


def test_json_is_one_document(cxd):
    status, out, err = cxd(*FAST, "--json", "--out", "run")
    assert (status, err) == (0, "")
    document = json.loads(out)
    run = Trajectory.load("run")
    assert document["trajectory"]["times"] == run.times.tolist()
    assert document["trajectory"]["values"]["entropy_bits"] == run.entropy_bits.tolist()
    assert document["trajectory"]["provenance"] == run.provenance
    rows = {row["name"]: row for row in document["summary"]["rows"]}
    assert rows["entropy"]["start"] == run.entropy_bits[0, 0]
    assert rows["complexity"]["end"] == run.complexity_bits[-1, 0]
    assert all(Path(path).is_file() for path in document["files"].values())


def test_the_second_call_computes_nothing(cxd, monkeypatch):
    first = json.loads(cxd(*FAST, "--json", "--out", "run")[1])

    def advance(*_):
        raise AssertionError("the run was computed again")

    monkeypatch.setattr("simulations.coffee.exact.ExactCup.advance", advance)
    (Path("run") / "figure.png").unlink()
    assert json.loads(cxd(*FAST, "--json", "--out", "run")[1]) == first
    assert sorted(path.name for path in Path("run").iterdir()) == FILES


# Processes of their own


ENTRY = [sys.executable, "-c", "from complexodynamics.cli import main; main()"]
ROOT = Path(__file__).parent.parent


def started(*arguments: str) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*ENTRY, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def test_a_process_exits_as_it_should():
    for arguments, status in ((["--version"], 0), (["coffee", "--size", "0"], 2)):
        run = started(*arguments)
        out, err = run.communicate(timeout=60)
        assert run.returncode == status
        assert (out if status else err) == ""
        assert (err if status else out).count("\n") == 1


def test_json_of_a_process_is_clean():
    run = started(*FAST, "--json", "--out", "run")
    out, err = run.communicate(timeout=120)
    assert (run.returncode, err) == (0, "")
    assert json.loads(out)["summary"]["clock"] == "swaps"


def test_a_reader_that_leaves_is_no_error():
    run = started("coffee", *FAST[1:], "--json", "--out", "run")
    assert run.stdout is not None
    run.stdout.close()
    assert run.stderr is not None
    assert run.stderr.read() == ""
    run.stderr.close()
    assert run.wait(timeout=120) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["measure", "-", "--code", "raw"], "standard input, 6 bytes"),
        (["measure", "--code", "raw", "-"], "standard input, 6 bytes"),
        (["measure", "-:1", "--code", "array(raw)"], "-:1, 1 items"),
        (["mdl", "markov", "-"], "standard input, 6 bytes of 5 kinds"),
    ],
)
def test_a_dash_is_standard_input(arguments, says):
    typed = "7\n" if "-:1" in arguments else "hello\n"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [*ENTRY, *arguments], input=typed, capture_output=True, text=True, env=environment
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert says in run.stdout


@pytest.mark.parametrize("mistyped", [["--cod", "raw"], ["--cod=raw"]])
def test_a_mistyped_option_is_no_file(refused, mistyped):
    Path("a.txt").write_text("abc")
    for arguments in (["a.txt", *mistyped], [*mistyped, "a.txt"]):
        assert "did you mean '--code'" in refused("measure", *arguments)
        refused("mdl", "markov", *arguments)


READ_IN_PART = [
    ["codes"], ["measure", "a.txt", "--code", "raw"],
    ["--help"], ["--version"], ["codes", "--help"], ["help", "mdl", "markov"], ["mdl"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", READ_IN_PART, ids=" ".join)
def test_a_reader_of_tables_that_leaves_is_no_error(arguments):
    Path("a.txt").write_text("abc")
    run = started(*arguments)
    assert run.stdout is not None
    run.stdout.close()
    _, err = run.communicate(timeout=60)
    assert (run.returncode, err) == (0, "")


NAMES = ["data[red].txt", ":smile:.txt", "x[/y].txt", "a$_$.txt", "[bold]b.txt"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_are_printed_as_they_are(cxd, name):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("hello")
    Path("b.txt").write_text("world")
    for arguments in (
        ["measure", name, "--code", "raw"],
        ["mdl", "markov", name],
        ["distance", name, "b.txt", "--out", f"{name}.out"],
    ):
        status, out, err = cxd(*arguments)
        assert (status, err) == (0, "")
        assert (Path(name).stem if arguments[0] == "distance" else name) in out
    assert f"{name}.out" in out
    assert len(list(Path(f"{name}.out").iterdir())) == 3


@pytest.mark.parametrize("name", ["a[red]", "a[/y]", "a$^$"])
def test_names_of_columns_are_printed_and_drawn_as_they_are(cxd, name):
    rows = "\n".join(f"{i},{i * i % 7}" for i in range(40))
    Path("a.csv").write_text(f"{name},b\n{rows}\n")
    for arguments in (
        ["mdl", "cluster", "a.csv", "--max-clusters", "2", "--out", "a.png"],
        ["mdl", "polynomial", "a.csv", "--x", name, "--y", "b", "--out", "a.png"],
        ["mdl", "histogram", f"a.csv:{name}"],
        ["mdl", "segment", f"a.csv:{name}"],
    ):
        status, out, err = cxd(*arguments)
        assert (status, err) == (0, "")
        assert name in out


def test_commands_print_by_one_terminal():
    commands = Path(complexodynamics.__file__).parent / "commands"
    assert [str(p) for p in commands.rglob("*.py") if "rich.console" in p.read_text()] == []


LONG = ["coffee", "--size", "100", "--replicas", "4", "--samples", "2000", "--out", "run"]
LONG += ["--null-samples", "64"]  # so that it takes long


def interrupted(*, after: float) -> tuple[int, str, str]:
    """Start the long run, and press Ctrl-C some seconds after it has begun to write."""
    run = started(*LONG)
    deadline = time.monotonic() + 60
    while not Path("run").is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(after)
    assert run.poll() is None
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    return run.returncode, out, err


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_keeps_what_was_measured_and_the_next_call_goes_on():
    simulate(100, samples=2, steps=10, null_samples=2)  # compiles
    measured, seconds = [], 1.0
    while len(measured) < 2:
        seconds *= 2  # of which the second start's imports are a part
        status, out, err = interrupted(after=seconds)
        assert (status, out) == (130, "")
        assert err.count("\n") == 1
        assert err.startswith("cxd: interrupted after ")
        assert "of 2000 measured times; kept in run; the same call resumes it" in err
        assert [path.name for path in Path("run").iterdir()] == ["checkpoint.cxd"]
        part = Trajectory.load("run")
        assert not part.complete
        assert f"interrupted after {len(part.times)} of" in err
        assert len(part.times) < 2000
        if len(part.times) > (len(measured[-1].times) if measured else 0):
            measured.append(part)
    first, second = measured
    np.testing.assert_array_equal(second.values[: len(first.times)], first.values)
    assert second.provenance["seconds"] > first.provenance["seconds"]
