"""Numba kernels of the coding theorem method: every machine with n states; blocks of arrays.

A machine has an entry for each state and symbol read: either one of `moves` moves with a symbol to
write and a next state, or a symbol to write and a halt without a move. Machines are explored as a
tree that branches on an entry when it is first needed, so that all machines which agree on the
entries they use are run once and counted together. States are interchangeable until they are
first entered. The moves are 0 to the right, 1 to the left, 2 up, 3 down; a machine whose first move
is another one, or whose first vertical move is down, mirrors one that is explored.

A *record* is a table slot: key, count of machines, least steps, least states. The key is, from its
lowest bit: `MAX_CELLS` bits of cells in row order (the first cell is the highest), 6 bits of
width, 6 of height, 2 of orbit (how many mirror images a machine has: `ALONE`, `LINE` or `PLANE`).
"""

import math

import numpy as np
from numba import njit

ALONE, LINE, PLANE = range(1, 4)

MAX_CELLS = 50
"""Outputs of more cells are counted, not recorded."""

HALTING, MOST_STEPS, UNRECORDED = range(3)

_U64 = np.uint64
_SHIFT_WIDTH, _SHIFT_HEIGHT, _SHIFT_ORBIT = _U64(50), _U64(56), _U64(62)
_MULTIPLIER = _U64(0x9E3779B97F4A7C15)
_ONE, _ZERO = _U64(1), _U64(0)
_LONGEST_PROBE = 64
_LOGS = np.log2(np.maximum(np.arange(256), 1))


@njit(cache=True, nogil=True)
def _record(keys, counts, steps, states, key, count, step, state):
    """Add machines to the slot of `key`; False if the table is too full for more."""
    mask = keys.size - 1
    slot = np.int64((key * _MULTIPLIER) >> _U64(20)) & mask
    for _ in range(_LONGEST_PROBE):
        if keys[slot] == key or keys[slot] == _ZERO:
            if keys[slot] == _ZERO:
                keys[slot] = key
                steps[slot] = step
                states[slot] = state
            counts[slot] += count
            steps[slot] = min(steps[slot], step)
            states[slot] = min(states[slot], state)
            return True
        slot = (slot + 1) & mask
    return False


@njit(cache=True, nogil=True)
def _cells(tape, stride, left, right, top, bottom):
    """The cells of a box, row by row, as an integer."""
    value = _ZERO
    for y in range(top, bottom + 1):
        for x in range(left, right + 1):
            value = (value << _ONE) | _U64(tape[y * stride + x])
    return value


@njit(cache=True, nogil=True)
def explore(n, moves, bound, split, share, shares, keys, counts, least_steps, least_states, totals):
    """Count the outputs of a share of the machines that halt from a tape of zeros.

    Args:
        n: states.
        moves: 2 on a tape, 4 in the plane.
        bound: steps at most; a machine that has not halted by then counts as one that does not.
        split: nodes of the tree with `split` entries fixed are dealt out to the shares in turn.
        share, shares: which of how many; halts above the split belong to share 0.
        keys, counts, least_steps, least_states: the table, (a power of two,) uint64, int64, int32,
            int32, zeros.
        totals: (4, 3) int64, by orbit: machines that halt, most steps, machines whose output is
            too large to record. Mirror images are in no count.

    Returns:
        False if the table is too small; then the results are void.
    """
    entries = 2 * n
    fixed = np.full(entries, -1, np.int64)  # next state of each entry
    writes = np.zeros(entries, np.uint8)
    directions = np.zeros(entries, np.int64)
    power = np.ones(entries + 1, np.int64)
    for k in range(entries):
        power[k + 1] = power[k] * (2 * moves * n + 2)

    reach = bound + n + 2
    stride = 2 * reach + 1
    height = stride if moves == 4 else 1
    tape = np.zeros(stride * height, np.uint8)
    dx = np.array([1, -1, 0, 0])
    dy = np.array([0, 0, -1, 1])
    step_of = dx + stride * dy
    log_place = np.zeros(bound + 1, np.int64)
    log_symbol = np.zeros(bound + 1, np.uint8)

    # a frame per fixed entry: what it was before the branch, and which choice comes next
    frame_entry = np.zeros(entries + 1, np.int64)
    frame_choice = np.zeros(entries + 1, np.int64)
    frame_steps = np.zeros(entries + 1, np.int64)
    frame_place = np.zeros((entries + 1, 2), np.int64)
    frame_box = np.zeros((entries + 1, 4), np.int64)
    frame_used = np.zeros(entries + 1, np.int64)
    frame_weight = np.zeros(entries + 1, np.int64)
    frame_orbit = np.zeros(entries + 1, np.int64)

    x, y = reach, height // 2
    left, right, top, bottom = x, x, y, y
    depth, used, orbit, weight = 0, 1, ALONE, 1
    state, steps, dealt = 0, 0, -1

    while True:
        # run until an entry is missing
        straight, last = 0, -1
        missing = False
        place = y * stride + x
        while steps < bound:
            entry = 2 * state + tape[place]
            if fixed[entry] < 0:
                missing = True
                break
            log_place[steps] = place
            log_symbol[steps] = tape[place]
            tape[place] = writes[entry]
            direction = directions[entry]
            x += dx[direction]
            y += dy[direction]
            place += step_of[direction]
            state = fixed[entry]
            steps += 1
            if x > right:
                right = x
            elif x < left:
                left = x
            elif y < top:
                top = y
            elif y > bottom:
                bottom = y
            else:
                straight = 0
                continue
            # out into the blank n + 1 times in one direction: a state came twice, so for ever
            straight = straight + 1 if direction == last else 1
            last = direction
            if straight > n:
                break

        grows = False
        if missing:
            entry = 2 * state + tape[place]
            below = depth >= split
            if depth == split:
                dealt += 1
            mine = share == (dealt % shares if below else 0)
            if mine:
                width, tall = right - left + 1, bottom - top + 1
                count = weight * power[entries - depth - 1]
                totals[orbit, HALTING] += 2 * count
                totals[orbit, MOST_STEPS] = max(totals[orbit, MOST_STEPS], steps + 1)
                if width * tall > MAX_CELLS:
                    totals[orbit, UNRECORDED] += 2 * count
                else:
                    value = _cells(tape, stride, left, right, top, bottom)
                    bit = _ONE << _U64(width * tall - 1 - (y - top) * width - (x - left))
                    head = (
                        (_U64(orbit) << _SHIFT_ORBIT)
                        | (_U64(tall) << _SHIFT_HEIGHT)
                        | (_U64(width) << _SHIFT_WIDTH)
                    )
                    for key in (head | (value & ~bit), head | value | bit):
                        if not _record(
                            keys, counts, least_steps, least_states, key, count, steps + 1, used
                        ):
                            return False
            # with one entry left, a machine without a halt in it never halts
            grows = depth + 1 < entries and (mine or not below)
            if grows:
                frame_entry[depth] = entry
                frame_choice[depth] = 0
                frame_steps[depth] = steps
                frame_place[depth, 0], frame_place[depth, 1] = x, y
                frame_box[depth, 0], frame_box[depth, 1] = left, right
                frame_box[depth, 2], frame_box[depth, 3] = top, bottom
                frame_used[depth] = used
                frame_weight[depth] = weight
                frame_orbit[depth] = orbit
                depth += 1

        # the next choice of the deepest frame that has one
        while depth > 0:
            parent = depth - 1
            entry = frame_entry[parent]
            while steps > frame_steps[parent]:
                steps -= 1
                tape[log_place[steps]] = log_symbol[steps]
            before = frame_orbit[parent]
            ways = 1 if before == ALONE else (min(moves, 3) if before == LINE else moves)
            used = frame_used[parent]
            targets = min(used + 1, n)
            choice = frame_choice[parent]
            if choice == 2 * ways * targets:
                fixed[entry] = -1
                depth -= 1
                continue
            frame_choice[parent] = choice + 1
            target = choice % targets
            direction = choice // targets % ways
            fixed[entry] = target
            writes[entry] = choice // (targets * ways)
            directions[entry] = direction
            weight = frame_weight[parent]
            if target == used:
                weight *= n - used
                used += 1
            orbit = PLANE if direction >= 2 else max(before, LINE)
            x, y = frame_place[parent, 0], frame_place[parent, 1]
            left, right = frame_box[parent, 0], frame_box[parent, 1]
            top, bottom = frame_box[parent, 2], frame_box[parent, 3]
            state = entry // 2
            break
        if depth == 0:
            return True


@njit(cache=True, nogil=True)
def count_tiles(cells, height, width, histogram):
    """Count the blocks of `height` by `width` side by side; incomplete ones are left out.

    Args:
        cells: (H, W) uint8 of 0 and 1.
        height, width: of a block.
        histogram: (2**(height * width),) int64, added to; a block's index is its cells in row order
            as a binary number, the first cell the highest.
    """
    across = cells.shape[1] // width
    index = np.empty(across, np.int64)
    for top in range(0, cells.shape[0] - height + 1, height):
        index[:] = 0
        for y in range(top, top + height):
            x = 0
            for block in range(across):
                value = index[block]
                for _ in range(width):
                    value = 2 * value + cells[y, x]
                    x += 1
                index[block] = value
        for block in range(across):
            histogram[index[block]] += 1


@njit(cache=True, nogil=True)
def count_windows(cells, height, width, step, histogram):
    """Count the blocks at every `step`-th row and column; arguments as `count_tiles`."""
    columns = cells.shape[1]
    mask = (1 << width) - 1
    index = np.empty(columns, np.int64)
    for top in range(0, cells.shape[0] - height + 1, step):
        index[:] = 0
        for y in range(top, top + height):
            row = 0
            for x in range(columns):
                row = (2 * row + cells[y, x]) & mask
                index[x] = (index[x] << width) | row
        for x in range(width - 1, columns, step):
            histogram[index[x]] += 1


@njit(cache=True, nogil=True)
def sum_blocks(histogram, bits):
    """The sum over blocks that occur of their bits and log2 of how often they do."""
    total = 0.0
    for index in range(histogram.size):
        count = histogram[index]
        if count:
            total += bits[index] + (_LOGS[count] if count < _LOGS.size else math.log2(count))
    return total
