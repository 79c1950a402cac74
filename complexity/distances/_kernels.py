"""Numba kernels of the quartet tree heuristic.

A binary tree over n leaves is an array (2n - 2, 3) of neighbours: leaves 0 to n - 1 have one, in
column 0, and -1 behind it; inner nodes have three. Random numbers come from one xoshiro256++
(Blackman and Vigna 2021) whose state of four words is an argument.
"""

import numpy as np
from numba import njit

_U64 = np.uint64


@njit(cache=True, nogil=True)
def _uniform(s):
    """The next number in [0, 1)."""
    x = s[0] + s[3]
    word = ((x << _U64(23)) | (x >> _U64(41))) + s[0]
    t = s[1] << _U64(17)
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = (s[3] << _U64(45)) | (s[3] >> _U64(19))
    return np.float64(word >> _U64(11)) * 2.0**-53


@njit(cache=True, nogil=True)
def _below(s, bound):
    """The next integer in [0, bound)."""
    return int(_uniform(s) * bound)


@njit(cache=True, nogil=True)
def _replace(near, node, old, new):
    """Make `new` a neighbour of `node` in the place of `old`."""
    for k in range(3):
        if near[node, k] == old:
            near[node, k] = new
            return


@njit(cache=True, nogil=True)
def _outward(near, start, order, parent):
    """Nodes in preorder from `start`, with parents; what is behind a parent set before is cut.

    Returns how many there are. `parent[start]` must be set.
    """
    order[0] = start
    count, at = 1, 0
    while at < count:
        node = order[at]
        at += 1
        for k in range(3):
            other = near[node, k]
            if other >= 0 and other != parent[node]:
                parent[other] = node
                order[count] = other
                count += 1
    return count


@njit(cache=True, nogil=True)
def binary_cost(near, d, work):
    """C_T of a binary tree in O(n^2): the sum over quartets of d(a, b) + d(c, d), ab|cd embedded.

    d(a, b) counts once for every pair {c, d} whose path misses the path from a to b: for every pair
    within one subtree that hangs from that path. `work` is int64 (6, 2n - 2).
    """
    n = d.shape[0]
    order, parent, leaves = work[0], work[1], work[2]
    stack, origin, pairs = work[3], work[4], work[5]
    parent[0] = -1
    count = _outward(near, 0, order, parent)
    for at in range(count - 1, -1, -1):
        node = order[at]
        leaves[node] = 1 if node < n else 0
        for k in range(3):
            other = near[node, k]
            if other >= 0 and other != parent[node]:
                leaves[node] += leaves[other]
    total = 0.0
    for a in range(n):
        stack[0], origin[0], pairs[0] = near[a, 0], a, 0
        top = 1
        while top > 0:
            top -= 1
            node, back, so_far = stack[top], origin[top], pairs[top]
            if node < n:
                if node > a:
                    total += d[a, node] * so_far
                continue
            one, other = near[node, 0], near[node, 1]
            if one == back:
                one = near[node, 2]
            elif other == back:
                other = near[node, 2]
            size = leaves[other] if parent[other] == node else n - leaves[node]
            stack[top], origin[top] = one, node
            pairs[top] = so_far + size * (size - 1) // 2
            size = leaves[one] if parent[one] == node else n - leaves[node]
            stack[top + 1], origin[top + 1] = other, node
            pairs[top + 1] = so_far + size * (size - 1) // 2
            top += 2
    return total


@njit(cache=True, nogil=True)
def quartet_sums(paths, d):
    """(m, M, C_T) over all quartets of any tree, by enumeration.

    `paths` (n, n) counts the edges between leaves: of the three pairings of a quartet the embedded
    one has the least sum (the four-point condition). A quartet that the tree leaves open counts the
    mean of its three costs.
    """
    n = d.shape[0]
    least = most = own = 0.0
    for a in range(n):
        for b in range(a + 1, n):
            for c in range(b + 1, n):
                for e in range(c + 1, n):
                    x = d[a, b] + d[c, e]
                    y = d[a, c] + d[b, e]
                    z = d[a, e] + d[b, c]
                    least += min(x, y, z)
                    most += max(x, y, z)
                    px = paths[a, b] + paths[c, e]
                    py = paths[a, c] + paths[b, e]
                    pz = paths[a, e] + paths[b, c]
                    if px < py and px < pz:
                        own += x
                    elif py < px and py < pz:
                        own += y
                    elif pz < px and pz < py:
                        own += z
                    else:
                        own += (x + y + z) / 3.0
    return least, most, own


@njit(cache=True, nogil=True)
def random_tree(near, s):
    """Make a random tree: each leaf goes into an edge at random."""
    n = (near.shape[0] + 2) // 2
    near[:] = -1
    for leaf in range(3):
        near[leaf, 0] = n
        near[n, leaf] = leaf
    for leaf in range(3, n):
        node = _below(s, 2 * leaf - 2)
        if node >= leaf:
            node += n - leaf
        other = near[node, 0] if node < n else near[node, _below(s, 3)]
        inner = n + leaf - 2
        _replace(near, node, other, inner)
        _replace(near, other, node, inner)
        near[inner, 0], near[inner, 1], near[inner, 2] = node, other, leaf
        near[leaf, 0] = inner


@njit(cache=True, nogil=True)
def _swap(near, s, order, parent, only_leaves):
    """Exchange two disjoint subtrees, or two leaves; nothing where that would change nothing."""
    nodes = near.shape[0]
    bound = (nodes + 2) // 2 if only_leaves else nodes
    u, v = _below(s, bound), _below(s, bound)
    if u == v:
        return
    parent[v] = -1
    _outward(near, v, order, parent)
    before_u = parent[u]
    if before_u == v:
        return
    behind_v = before_u
    while parent[behind_v] != v:
        behind_v = parent[behind_v]
    if behind_v == before_u:
        return
    _replace(near, before_u, u, v)
    _replace(near, behind_v, v, u)
    _replace(near, u, before_u, behind_v)
    _replace(near, v, behind_v, before_u)


@njit(cache=True, nogil=True)
def _transfer(near, s, order, parent):
    """Move a subtree into another edge."""
    nodes = near.shape[0]
    n = (nodes + 2) // 2
    u = _below(s, nodes)
    p = near[u, 0] if u < n else near[u, _below(s, 3)]
    if p < n:
        return
    one, other = near[p, 0], near[p, 1]
    if one == u:
        one = near[p, 2]
    elif other == u:
        other = near[p, 2]
    _replace(near, one, p, other)
    _replace(near, other, p, one)
    parent[one] = -1
    count = _outward(near, one, order, parent)
    at = order[1 + _below(s, count - 1)]  # any but the first has an edge to its parent
    before = parent[at]
    _replace(near, at, before, p)
    _replace(near, before, at, p)
    near[p, 0], near[p, 1], near[p, 2] = u, at, before


@njit(cache=True, nogil=True)
def climb(near, d, s, current, floor, stale, patience, trials):
    """Go on with hill climbing for at most `trials` mutated trees.

    A mutation swaps two leaves, swaps two subtrees or moves a subtree; a trial makes K of them,
    P(K >= k) = k^-1.5, and is kept if it costs less.

    Returns the cost, the number of trials since the last gain, and the trials made.
    """
    nodes = near.shape[0]
    candidate = near.copy()
    work = np.empty((6, nodes), np.int64)
    made = 0
    while made < trials and stale < patience and current > floor:
        candidate[:] = near
        mutations = min((1.0 - _uniform(s)) ** (-2.0 / 3.0), 2.0 * nodes)
        for _ in range(int(mutations)):
            kind = _below(s, 3)
            if kind == 2:
                _transfer(candidate, s, work[0], work[1])
            else:
                _swap(candidate, s, work[0], work[1], kind == 0)
        cost = binary_cost(candidate, d, work)
        made += 1
        if cost < current - 1e-12 * abs(current):
            near[:] = candidate
            current, stale = cost, 0
        else:
            stale += 1
    return current, stale, made
