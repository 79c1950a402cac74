"""The coding theorem method against brute force and published figures; block decomposition."""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity.coding_theorem import (
    CTMTable,
    __main__,
    bdm,
    ctm_table,
    enumerate_machines,
    enumeration,
    tabulate,
)
from complexity.coding_theorem.table import FILES, SHIPPED

MOVES = [(0, 1), (0, -1), (-1, 0), (1, 0)]
TAPE = ctm_table()
PLANE = ctm_table(2)
MODERATE = settings(max_examples=60, deadline=None)


def entries(states, dimensions):
    """All choices of an entry: (symbol, None, None) halts."""
    symbols = range(2)
    moves = MOVES[: 2 * dimensions]
    return [(s, None, None) for s in symbols] + list(
        itertools.product(symbols, moves, range(states))
    )


def plain_run(machine, blank, bound, dimensions):
    """What a machine prints, its steps and the states it entered; None if it does not halt."""
    cells, place, state, entered = {}, (0, 0), 0, {0}
    for step in range(1, bound + 1):
        symbol, move, state = machine[2 * state + cells.get(place, blank)]
        cells[place] = symbol
        if move is None:
            ys, xs = ([p[axis] for p in cells] for axis in range(2))
            rows = [
                "".join(str(cells.get((y, x), blank)) for x in range(min(xs), max(xs) + 1))
                for y in range(min(ys), max(ys) + 1)
            ]
            return "/".join(rows), step, len(entered)
        entered.add(state)
        place = (place[0] + move[0], place[1] + move[1])
    return None


def text_of(index, shape):
    digits, width = f"{index:0{math.prod(shape)}b}", shape[-1]
    return "/".join(digits[at : at + width] for at in range(0, len(digits), width))


def printed(table):
    """All outputs: (count, least steps, least states) by block."""
    found = {}
    for shape, blocks in table.blocks.items():
        columns = (blocks.index, blocks.counts, blocks.least_steps, blocks.least_states)
        for index, *rest in zip(*(c.tolist() for c in columns), strict=True):
            found[text_of(index, shape)] = tuple(rest)
    return found


@pytest.mark.parametrize(
    ("dimensions", "states", "bound"), [(1, 1, 3), (1, 2, 12), (2, 1, 3), (2, 2, 8)]
)
def test_tables_equal_brute_force_over_all_machines_and_both_blanks(dimensions, states, bound):
    outputs = [
        output
        for machine in itertools.product(entries(states, dimensions), repeat=2 * states)
        for blank in range(2)
        if (output := plain_run(machine, blank, bound, dimensions)) is not None
    ]
    expected = {}
    for block, steps, entered in outputs:
        count, least, fewest = expected.get(block, (0, steps, entered))
        expected[block] = count + 1, min(least, steps), min(fewest, entered)
    table = enumerate_machines(states, dimensions=dimensions, step_bound=bound)
    assert printed(table) == expected
    assert table.halting == len(outputs)
    assert table.most_steps == max(steps for _, steps, _ in outputs)
    assert table.machines == len(entries(states, dimensions)) ** (2 * states)


@pytest.mark.parametrize(
    ("states", "halting", "outputs", "steps"),
    [  # Delahaye and Zenil 2012; steps are the busy beavers'
        (2, 6_088, 22, 6),
        (3, 4_294_368, 128, 21),
        (4, 5_970_768_960, 1_832, 107),
    ],
)
def test_published_figures(states, halting, outputs, steps):
    table = enumerate_machines(states)
    assert (table.halting, table.outputs, table.most_steps) == (halting, outputs, steps)
    assert len(table) == outputs


def test_most_ones_are_the_busy_beavers():
    for states, ones in {2: 4, 3: 6, 4: 13}.items():
        table = enumerate_machines(states)
        assert max(block.count("1") for block in printed(table)) == ones


def test_a_larger_step_bound_finds_nothing_more_with_four_states():
    assert printed(enumerate_machines(4, step_bound=150)) == printed(enumerate_machines(4))


@pytest.mark.parametrize(("dimensions", "states"), [(2, 3), (2, 4)])
def test_random_machines_print_what_the_table_says(dimensions, states):
    """Machines drawn and run in plain Python: counts within 5 standard deviations."""
    bound, drawn = 60, 20_000
    rng = np.random.default_rng(states)
    choices = entries(states, dimensions)
    seen = Counter()
    for picks in rng.integers(0, len(choices), (drawn, 2 * states)):
        result = plain_run([choices[k] for k in picks], 0, bound, dimensions)
        if result is not None:
            seen[result[0]] += 1
    table = (
        enumerate_machines(states, dimensions=dimensions, step_bound=bound) if states < 4 else PLANE
    )
    share = table.halting / (2 * table.machines)
    assert abs(sum(seen.values()) - drawn * share) < 5 * math.sqrt(drawn * share)
    both = Counter(seen)  # the table adds blank 1, whose outputs are complements
    for block, count in seen.items():
        both[block.translate(str.maketrans("01", "10"))] += count
    for block, count in both.most_common(30):
        expected = drawn * table.counts(block) / table.machines
        assert abs(count - expected) < 5 * math.sqrt(2 * expected), block


def test_every_symmetry_of_the_machines_is_one_of_the_table():
    for table in (TAPE, PLANE, enumerate_machines(3, dimensions=2)):
        for shape, blocks in table.blocks.items():
            rows = dict(zip(blocks.index.tolist(), blocks.counts.tolist(), strict=True))
            size = math.prod(shape)
            for index, count in rows.items():
                assert rows[(1 << size) - 1 - index] == count
            for index in list(rows)[:50]:
                cells = np.array([int(c) for c in f"{index:0{size}b}"]).reshape(shape)
                images = [cells[::-1]]
                if len(shape) == 2:
                    images += [cells.T, np.rot90(cells), cells[:, ::-1]]
                assert {table.counts(image) for image in images} == {rows[index]}


@pytest.mark.parametrize("shares", [2, 7])
@pytest.mark.parametrize(("states", "dimensions"), [(3, 1), (4, 1), (3, 2)])
def test_shares_sum_to_the_whole(shares, states, dimensions):
    bound = 40
    parts = [enumeration._explore(states, dimensions, bound, k, shares) for k in range(shares)]
    assert min(part[1].sum() for part in parts) > 0
    whole = enumeration._table(
        states, dimensions, bound, 1, [enumeration._explore(states, dimensions, bound, 0, 1)]
    )
    divided = enumeration._table(states, dimensions, bound, 1, parts)
    assert divided.to_dict() == whole.to_dict()


def test_threads_change_nothing():
    one, three = (enumerate_machines(5, step_bound=9, workers=w).to_dict() for w in (1, 3))
    assert one == three


# the shipped tables


def test_shipped_tape_has_the_published_totals():
    assert TAPE.halting == 13_794_527_777_344
    assert TAPE.machines == 22**10 == 26_559_922_791_424
    assert (TAPE.states, TAPE.step_bound, TAPE.outputs) == (5, 500, 99_608)
    assert [n for n in range(1, 13) if TAPE.missing(n)] == [12]
    assert TAPE.missing(12) == ["000110100111", "111001011000"]


@pytest.mark.parametrize(
    ("string", "bits"),
    [
        ("0", 2.514276736123352),
        ("00", 3.32743920),
        ("000", 5.39619298),
        ("0000", 7.93082798),
        ("1" * 10, 22.784225562763474),  # pybdm 0.1.0
        ("0" * 12, 25.610413747641715),  # pybdm 0.1.0
        ("01" * 6, 26.99072665),
        ("001111000011", 37.06419880),
        ("01011100", 22.0030069458495),  # acss 0.3-2, K.2
    ],
)
def test_shipped_tape_has_the_values_of_other_tables(string, bits):
    assert TAPE.bits(string) == pytest.approx(bits, rel=0, abs=5e-9)
    assert TAPE.bits(string) <= TAPE.block_bits(12)[:].max() - 1.0


def test_strings_that_no_machine_prints_get_one_bit_more_than_the_most():
    bits = TAPE.block_bits(12)
    assert TAPE.bits("000110100111") == math.inf
    assert TAPE.counts("000110100111") == 0
    assert TAPE.least_steps("000110100111") is TAPE.least_states("000110100111") is None
    assert bits[0b000110100111] == bits[0b001111000011] + 1.0 == np.sort(bits)[-3] + 1.0


def test_shipped_tape_extends_the_smaller_ones():
    fewer = {}
    for states in (1, 2, 3, 4):
        for block, (_, steps, _) in printed(enumerate_machines(states)).items():
            fewer.setdefault(block, (states, steps))
            assert len(block) > 12 or TAPE.least_steps(block) <= steps
    for block, (_, _, states) in printed(TAPE).items():
        assert states == fewer.get(block, (5,))[0]


def test_shipped_plane_extends_the_smaller_ones():
    three = printed(enumerate_machines(3, dimensions=2).restricted(9))
    four = printed(PLANE)
    for block, (_, steps, states) in three.items():
        assert four[block][1] <= steps
        assert four[block][2] == states
    assert all(states == 4 for block, (_, _, states) in four.items() if block not in three)
    assert [s for s in PLANE.blocks if PLANE.missing(s)] == [(1, 9), (9, 1)]


@pytest.mark.parametrize("dimensions", [1, 2])
def test_shipped_files_are_what_save_writes(dimensions, tmp_path):
    table = ctm_table(dimensions)
    assert (table.states, table.max_cells) == SHIPPED[dimensions]
    path = table.save(tmp_path / "table.json")
    assert path.read_bytes() == FILES[dimensions].read_bytes()
    assert CTMTable.load(path).to_dict() == table.to_dict()
    json.dumps(table.to_dict())


def test_plot_shows_every_output(tmp_path):
    table = enumerate_machines(3)
    figure = table.plot(tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
    lines = figure.axes[0].get_lines()
    assert sum(len(line.get_xdata()) for line in lines) == len(table)
    heights = np.concatenate([line.get_ydata() for line in lines])
    assert heights.min() == pytest.approx(table.bits("0"), abs=1e-12)


def test_command_writes_the_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(__main__, "SHIPPED", {1: (2, 3), 2: (1, 1)})
    __main__.main(["--out", str(tmp_path)])
    assert printed(CTMTable.load(tmp_path / "tape.json")) == {
        block: row for block, row in printed(enumerate_machines(2)).items() if len(block) <= 3
    }
    assert CTMTable.load(tmp_path / "plane.json").blocks.keys() == {(1, 1)}
    assert "6088 of 20000 runs halt" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda t: t["blocks"]["2"]["counts"].pop(), "different lengths"),
        (lambda t: t["blocks"]["2"]["index"].reverse(), "do not ascend"),
        (lambda t: t["blocks"]["2"]["index"].__setitem__(3, 4), "do not ascend within"),
        (lambda t: t["blocks"]["2"]["counts"].__setitem__(0, 0), "below 1"),
        (lambda t: t["blocks"].update({"-1x-1": t["blocks"]["1"]}), "blocks of shape"),
        (lambda t: t.update(dimensions=2), "blocks of shape"),
        (lambda t: t.update(dimensions=3), "dimensions: got 3"),
        (lambda t: t.update(max_cells=3), "blocks of shape"),
        (lambda t: t.update(halting=0), "and 0 halt"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, damage, message):
    path = enumerate_machines(2).save(tmp_path / "table.json")
    stored = json.loads(path.read_text())
    damage(stored)
    path.write_text(json.dumps(stored))
    with pytest.raises(
        ValueError, match=rf"table\.json: no table of machines' outputs: .*{message}"
    ):
        CTMTable.load(path)


@pytest.mark.parametrize("shape", ["0x3", "3x0", "-1x-1", "-1x1"])
def test_shapes_without_a_cell_are_refused(tmp_path, shape):
    path = enumerate_machines(1, dimensions=2).save(tmp_path / "table.json")
    stored = json.loads(path.read_text())
    one = {"index": [0], "counts": [1], "least_steps": [1], "least_states": [1]}
    stored["blocks"] = {shape: one}
    path.write_text(json.dumps(stored))
    with pytest.raises(ValueError, match="blocks of shape"):
        CTMTable.load(path)
    stored["blocks"] = {"1x1": one}
    path.write_text(json.dumps(stored))
    assert len(CTMTable.load(path)) == 1


def test_bad_tables_and_blocks(tmp_path):
    path = tmp_path / "table.json"
    deep = "[" * 100_000
    for text in ("", "[]", "{}", '{"blocks": {"a": {}}}', '{"blocks": {"1": 3}}', deep):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"table\.json: no table"):
            CTMTable.load(path)
    stored = json.loads(enumerate_machines(1).save(path).read_text())
    next(iter(stored["blocks"].values()))["counts"][0] = 2**70
    path.write_text(json.dumps(stored))
    with pytest.raises(ValueError, match=r"table\.json: no table"):
        CTMTable.load(path)
    with pytest.raises(ValueError, match="accepted are 1 to 12"):
        TAPE.bits("0" * 13)
    with pytest.raises(ValueError, match="accepted are 1 to 12"):
        TAPE.bits("")
    with pytest.raises(ValueError, match="accepted are 1 to 12"):
        TAPE.bits([])
    with pytest.raises(ValueError, match="got 2 dimensions, accepted are 1"):
        TAPE.bits([[0, 1]])
    with pytest.raises(ValueError, match="other than 0 and 1"):
        TAPE.bits([0, 2])
    with pytest.raises(ValueError, match="rows of one length"):
        PLANE.bits("01/1")
    with pytest.raises(ValueError, match="accepted are at most 12 cells"):
        TAPE.block_bits(13)
    with pytest.raises(ValueError, match="one that some machine prints"):
        enumerate_machines(2).block_bits(9)
    assert len(enumerate_machines(2).missing(9)) == 512
    with pytest.raises(ValueError, match="2 sides or one integer"):
        PLANE.block_bits((1, 2, 3))
    for block in ("", "012", "01/1", "0" * 21):
        with pytest.raises(ValueError, match="accepted are blocks"):
            tabulate({block: 1.0})
    for arguments in (
        {"states": 6},
        {"states": 5, "dimensions": 2},
        {"states": 2, "step_bound": 0},
        {"states": 2, "step_bound": 5001},
        {"states": 2, "dimensions": 0},
        {"states": 2, "dimensions": 3},
    ):
        with pytest.raises(ValueError, match="accepted is an integer from 1 to"):
            enumerate_machines(**arguments)  # pyright: ignore[reportArgumentType]
    assert (
        PLANE.bits("01/10")
        == PLANE.bits(np.array([[0, 1], [1, 0]]))
        == PLANE.bits([[1, 0], [0, 1]])
    )


# block decomposition


def plain_blocks(cells, sides, boundary, step):
    """All blocks of a (H, W) array, as pairs of shape and text, cut by the plain rule."""
    height, width = sides
    rows, columns = cells.shape
    if boundary == "sliding":
        for y in range(0, rows - height + 1, step):
            for x in range(0, columns - width + 1, step):
                yield cells[y : y + height, x : x + width]
        return
    for y in range(0, rows, height):
        for x in range(0, columns, width):
            part = cells[y : y + height, x : x + width]
            if part.shape == sides:
                yield part
            elif boundary == "recursive":
                side = min(part.shape)
                smaller = (1, part.shape[1]) if sides[0] == rows == 1 else (side, side)
                yield from plain_blocks(part, smaller, boundary, step)


def plain_bdm(cells, sides, boundary, step, bits):
    blocks = Counter(
        "/".join("".join(map(str, row)) for row in block.tolist())
        for block in plain_blocks(cells, sides, boundary, step)
    )
    return sum(bits(block) + math.log2(count) for block, count in blocks.items())


def imputed(table):
    def bits(block):
        rows = block.split("/")
        shape = (len(block),) if table is TAPE else (len(rows), len(rows[0]))
        return table.block_bits(shape)[int(block.replace("/", ""), 2)]

    return bits


@MODERATE
@given(
    st.integers(0, 2**32),
    st.integers(12, 200),
    st.integers(1, 12),
    st.sampled_from(["ignore", "recursive", "sliding"]),
    st.integers(1, 4),
)
def test_strings_follow_the_plain_rule(seed, n, block, boundary, step):
    x = np.random.default_rng(seed).integers(0, 2, n)
    step = step if boundary == "sliding" else 1
    expected = plain_bdm(x[None, :], (1, block), boundary, step, imputed(TAPE))
    assert bdm(x, block=block, boundary=boundary, step=step) == pytest.approx(expected, abs=1e-9)


@MODERATE
@given(
    st.integers(0, 2**32),
    st.tuples(st.integers(3, 14), st.integers(3, 14)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from(["ignore", "recursive", "sliding"]),
    st.integers(1, 4),
)
def test_arrays_follow_the_plain_rule(seed, shape, block, boundary, step):
    x = np.random.default_rng(seed).integers(0, 2, shape)
    if boundary == "recursive":
        block = (max(block[0], 2), block[1])  # the plain rule tells strings by their one row
    step = step if boundary == "sliding" else 1
    expected = plain_bdm(x, block, boundary, step, imputed(PLANE))
    assert bdm(x, block=block, boundary=boundary, step=step) == pytest.approx(expected, abs=1e-9)


def with_the_bits_of_pybdm():
    """The shipped table with what pybdm has for the two strings that no machine prints."""
    table = {(n,): TAPE.block_bits(n) for n in range(1, 13)}
    table[12,][[int(block, 2) for block in TAPE.missing(12)]] = 37.479236302416716
    return table


@pytest.mark.parametrize(
    ("arguments", "bits"),
    [  # pybdm 0.1.0 on the first 247 symbols of the Thue-Morse word
        ({}, 172.3880033472179),
        ({"boundary": "recursive"}, 190.96627361419502),
        ({"boundary": "sliding"}, 1284.5962898229386),
        ({"boundary": "sliding", "step": 5}, 914.188127170226),
        ({"normalised": True}, 0.20360565070302702),
        ({"boundary": "recursive", "normalised": True}, 0.2062128137352847),
    ],
)
def test_the_values_of_pybdm(arguments, bits):
    word = "".join(str(i.bit_count() % 2) for i in range(247))
    assert bdm(word, table=with_the_bits_of_pybdm(), **arguments) == pytest.approx(bits, abs=1e-9)


def test_more_values_of_pybdm():
    assert bdm("01" * 18) == pytest.approx(28.575689149882564, abs=1e-9)
    coins = np.random.default_rng(0).integers(0, 2, 60_000)  # more blocks than there are different
    share = bdm(coins, normalised=True, table=with_the_bits_of_pybdm())
    assert share == pytest.approx(0.7172937258962964, abs=1e-9)


def test_all_forms_of_the_same_bits_agree():
    text = "011010011001"
    bits = [int(c) for c in text]
    values = {bdm(x) for x in (text, text.encode(), bits, np.array(bits), np.array(bits, bool))}
    assert values == {TAPE.bits(text)}
    rows = [[0, 1, 1], [0, 0, 1], [1, 1, 1]]
    values = {
        bdm(x) for x in (rows, np.array(rows, "i1"), np.array(rows).T.T, np.array(rows, bool))
    }
    assert values == {PLANE.bits("011/001/111")}
    assert bdm(np.array(rows)[:1], block=(1, 3)) == PLANE.bits("011")


def test_normalised_spans_0_to_1():
    assert bdm("0" * 120, normalised=True) == 0.0
    order = np.argsort(-TAPE.block_bits(3), kind="stable")
    text = "".join(f"{index:03b}" for index in [*order, *order[:3]])
    assert bdm(text, block=3, normalised=True) == 1.0


def test_a_table_of_ones_own():
    table = tabulate({"00": 1.0, "01": 2.0, "10": 4.0})
    assert bdm("000110", block=2, table=table) == 7.0
    assert bdm("00000001", block=2, table=table) == 3.0 + math.log2(3)
    with pytest.raises(ValueError, match="lacks 1 of the blocks"):
        bdm("0011", block=2, table=table)
    with pytest.raises(ValueError, match=r"8 bits for the shape \(3,\)"):
        bdm("0011", block=3, table=table)
    with pytest.raises(TypeError, match="table: got list"):
        bdm("0011", block=2, table=[1.0] * 4)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("x", "arguments", "error", "says"),
    [
        ("0" * 11, {}, ValueError, "got 11 cells, accepted is at least one block of 12"),
        ("0" * 11, {"boundary": "sliding"}, ValueError, "boundary='recursive' or a smaller"),
        (np.zeros((2, 9), int), {}, ValueError, "got 2 x 9 cells, .* block of 3 x 3"),
        ("", {"boundary": "recursive"}, ValueError, "got nothing"),
        ([], {}, ValueError, "got nothing"),
        ([[]], {}, ValueError, "got nothing"),
        (np.zeros((0, 3), int), {}, ValueError, "got nothing"),
        ("0120", {}, ValueError, "other than 0 and 1"),
        (b"\0\1", {}, ValueError, "other than 0 and 1"),
        ([[0, 2], [0, 0]], {"block": 2}, ValueError, "other than 0 and 1"),
        ([[0, -1], [0, 0]], {"block": 2}, ValueError, "other than 0 and 1"),
        ([[0, 1], [0]], {}, ValueError, "ragged"),
        (np.zeros((2, 2)), {"block": 2}, TypeError, "float64"),
        (np.zeros(20), {}, TypeError, "float64"),
        (np.zeros((2, 2, 2), int), {}, ValueError, "shape"),
        (3, {}, TypeError, "got int"),
        ("0" * 20, {"boundary": "correlated"}, ValueError, "known: ignore, recursive, sliding"),
        ("0" * 20, {"step": 2}, ValueError, "step: got 2"),
        ("0" * 20, {"boundary": "sliding", "step": 0}, ValueError, "step: got 0"),
        ("0" * 20, {"block": 0}, ValueError, "block: got 0"),
        ("0" * 20, {"block": (3, 3)}, ValueError, "1 sides or one integer"),
        ("0" * 20, {"block": 13}, ValueError, "at most 12 cells"),
        ("0" * 20, {"boundary": "sliding", "normalised": True}, ValueError, "normalised: got"),
        ("0", {"boundary": "recursive", "normalised": True}, ValueError, "more cells"),
    ],
)
def test_bad_input(x, arguments, error, says):
    with pytest.raises(error, match=says):
        bdm(x, **arguments)


def test_in_the_registry():
    code = complexity.get_code("bdm")
    assert code.kind == "estimate"
    x = np.random.default_rng(0).integers(0, 2, 100, dtype=np.uint8)
    assert code.bits(x) == bdm(x, boundary="recursive")
    assert code.bits("0") == TAPE.bits("0")
    square = x.reshape(10, 10)
    assert code.bits(square) == bdm(square, boundary="recursive")
    for object_ in (x[:5], square):
        rows = complexity.measure(object_, codes=["bdm", "raw"], progress=False).rows
        assert {row.kind for row in rows} == {"estimate", "file"}


# what goes wrong


def test_a_thousand_fair_choices_get_69_bits():
    coins = np.random.default_rng(0).integers(0, 2, 1000)
    assert bdm(np.repeat(coins, 12)) == pytest.approx(69.14, abs=0.05)
    picture = np.kron(np.random.default_rng(1).integers(0, 2, (64, 64)), np.ones((3, 3), int))
    assert bdm(picture) < 60  # of 4,096 bits


@pytest.mark.parametrize(("block", "n"), [(1, 12), (2, 20)])
def test_kraft_fails_over_all_strings_of_one_length(block, n):
    """The sum of 2**-BDM, each string's from its counts of blocks; it grows with the length."""

    def kraft(n):
        strings = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1
        if block == 1:
            return sum(2.0 ** -bdm(s, block=1) for s in strings)
        values = [TAPE.bits(f"{k:02b}") for k in range(4)]
        pairs = 2 * strings[:, 1::2] + strings[:, ::2]
        counts = np.stack([(pairs == k).sum(1) for k in range(4)])
        terms = np.where(counts, np.array(values)[:, None] + np.log2(np.maximum(counts, 1)), 0)
        for row in (0, 77, len(strings) - 1):
            text = "".join(f"{k:02b}" for k in pairs[row])
            assert bdm(text, block=2) == pytest.approx(terms[:, row].sum(), abs=1e-9)
        return (2.0 ** -terms.sum(0)).sum()

    assert kraft(n // 2) < 1 < kraft(n)


def test_kraft_fails_with_blocks_of_twelve():
    """The strings of 70 blocks that are 0**12 or 1**12 alone sum to more than 1."""
    zeros = bdm("0" * 12) + bdm("1" * 12)
    assert bdm("0" * 12 * 30 + "1" * 12 * 40) == pytest.approx(zeros + math.log2(30 * 40), abs=1e-9)
    total = sum(math.comb(70, k) * 2.0 ** -(zeros + math.log2(k * (70 - k))) for k in range(1, 70))
    assert total > 1


def markov(n, seed):
    """An order-2 source of entropy 0.738846 bits a symbol."""
    one = [0.9, 0.2, 0.6, 0.05]
    bits, context = np.empty(n, np.uint8), 0
    for at, draw in enumerate(np.random.default_rng(seed).random(n).tolist()):
        bits[at] = draw < one[context]
        context = (2 * context + int(bits[at])) & 3
    return bits


@pytest.mark.parametrize(
    ("n", "low", "high"), [(10**3, 2.9, 3.4), (10**4, 1.7, 1.9), (10**5, 0.45, 0.55)]
)
def test_ratio_to_the_entropy_falls_with_length(n, low, high):
    assert low < bdm(markov(n, 0)) / (0.738846 * n) < high


def test_it_saturates():
    assert bdm("0" * 24_000) - bdm("0" * 12_000) == pytest.approx(1.0, abs=1e-9)
    coins = np.random.default_rng(0).integers(0, 2, 1_200_000)
    assert bdm(coins) < 0.15 * coins.size
    assert bdm(np.tile(coins, 2)) - bdm(coins) == pytest.approx(4096, abs=1e-6)
