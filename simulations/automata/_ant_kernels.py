"""Numba kernels of the ant: one walker that turns by a cell's colour, and back."""

from numba import njit


@njit(cache=True, nogil=True)
def _moved(y, x, heading, height, width):
    """One cell on in direction 0 north, 1 east, 2 south, 3 west, on a torus."""
    if heading == 0:
        y = y - 1 if y else height - 1
    elif heading == 1:
        x = x + 1 if x + 1 < width else 0
    elif heading == 2:
        y = y + 1 if y + 1 < height else 0
    else:
        x = x - 1 if x else width - 1
    return y, x


@njit(cache=True, nogil=True)
def walk(colours, y, x, heading, turns, steps):
    """Turn by the colour underfoot, change it to the next, move on; returns (y, x, heading)."""
    height, width = colours.shape
    for _ in range(steps):
        colour = colours[y, x]
        heading = (heading + turns[colour]) & 3
        colours[y, x] = colour + 1 if colour + 1 < len(turns) else 0
        y, x = _moved(y, x, heading, height, width)
    return y, x, heading


@njit(cache=True, nogil=True)
def unwalk(colours, y, x, heading, turns, steps):
    """Undo `walk`."""
    height, width = colours.shape
    for _ in range(steps):
        y, x = _moved(y, x, heading ^ 2, height, width)
        colour = colours[y, x] - 1 if colours[y, x] else len(turns) - 1
        colours[y, x] = colour
        heading = (heading - turns[colour]) & 3
    return y, x, heading
