"""Numba kernels whose results are the same, bit for bit, on every machine with IEEE arithmetic.

They use + - * / and square roots on doubles, each rounded correctly, in the order that is written:
fast-math is off, and without it no product is contracted with a sum and no sum is reordered. exp
and log are polynomials of these operations, because libraries' differ in the last place; frexp is
exact. Files of learners that use nothing else decode wherever they are taken.

Probabilities are tables (m, b, K): of m experts, for b inputs, over K labels.
"""

import math

import numpy as np
from numba import njit

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471803691238  # the leading 32 bits of ln 2: k times it is exact for |k| < 2^20
_LN2_LOW = 1.9082149292705877e-10
_SQRT_HALF = 0.7071067811865476
_LEAST = -700.0  # exp of less is taken as 0: nothing here needs subnormal numbers
_POWERS = 2.0 ** np.arange(-1022, 1024)
_TAYLOR = np.array([1.0 / math.factorial(k) for k in range(14)])  # 1 / k!, from integers

_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8
"""Kingma and Ba, Adam, 2015, algorithm 1: the defaults."""


@njit(cache=True, nogil=True)
def exp_(x):
    """e^x for x up to 709: 2^k times the Taylor polynomial of degree 13 at |r| <= ln 2 / 2.

    Beyond, it is infinite; of NaN it is NaN, and no place in the table of powers.
    """
    if x < _LEAST:
        return 0.0
    if x != x or x > 709.0:
        return x * math.inf
    k = math.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    total = _TAYLOR[13]
    for i in range(12, -1, -1):
        total = total * r + _TAYLOR[i]
    return total * _POWERS[int(k) + 1022]


@njit(cache=True, nogil=True)
def log_(x):
    """ln x for a positive normal x: k ln 2 + 2 artanh s, whose series ends with s^23 / 23."""
    m, k = math.frexp(x)
    if m < _SQRT_HALF:
        m *= 2.0
        k -= 1
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    total = 0.0
    for i in range(11, 0, -1):
        total = (total + 1.0 / (2.0 * i + 1.0)) * z
    return k * _LN2_HIGH + (2.0 * s + (2.0 * s * total + k * _LN2_LOW))


@njit(cache=True, nogil=True)
def _distance(a, b):
    """The squared distance of two rows, in four sums so that processors can keep up."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    size = a.size
    whole = size - size % 4
    for d in range(0, whole, 4):
        e0, e1, e2, e3 = a[d] - b[d], a[d + 1] - b[d + 1], a[d + 2] - b[d + 2], a[d + 3] - b[d + 3]
        s0 += e0 * e0
        s1 += e1 * e1
        s2 += e2 * e2
        s3 += e3 * e3
    for d in range(whole, size):
        e0 = a[d] - b[d]
        s0 += e0 * e0
    return (s0 + s1) + (s2 + s3)


@njit(cache=True, nogil=True)
def nearest(points, out):
    """The squared distance of each point (n, D) to the nearest other one, (n,)."""
    n = points.shape[0]
    for i in range(n):
        out[i] = np.inf
    for i in range(n):
        for j in range(i):
            d = _distance(points[i], points[j])
            out[i] = min(out[i], d)
            out[j] = min(out[j], d)


@njit(cache=True, nogil=True)
def moments(points, means):
    """The mean of every column of points (n, D) into `means` (D,), and the mean variance."""
    n, size = points.shape
    for d in range(size):
        means[d] = 0.0
    for i in range(n):
        for d in range(size):
            means[d] += points[i, d]
    for d in range(size):
        means[d] /= n
    total = 0.0
    for i in range(n):
        total += _distance(points[i], means)
    return total / (n * size)


@njit(cache=True, nogil=True)
def soft_neighbours(seen, labels, queries, bandwidths, smoothings, out):
    """Labels of what was seen, weighted by exp(-(d - least d) / bandwidth) in squared distances d.

    Args:
        seen: (n, D) float64.
        labels: (n,) int64.
        queries: (b, D) float64.
        bandwidths: (J,) float64, of squared distance.
        smoothings: (A,) float64, added to the weight of every label.
        out: (J * A, b, K) float64, gets the probabilities.
    """
    n, size = seen.shape[0], out.shape[2]
    distances = np.empty(n)
    weights = np.empty(size)
    for q in range(queries.shape[0]):
        least = np.inf
        for i in range(n):
            distances[i] = _distance(queries[q], seen[i])
            least = min(least, distances[i])
        for j in range(bandwidths.size):
            for a in range(size):
                weights[a] = 0.0
            for i in range(n):
                weights[labels[i]] += exp_((least - distances[i]) / bandwidths[j])
            total = 0.0
            for a in range(size):
                total += weights[a]
            for s in range(smoothings.size):
                row = out[j * smoothings.size + s, q]
                for a in range(size):
                    row[a] = (weights[a] + smoothings[s]) / (total + size * smoothings[s])


@njit(cache=True, nogil=True)
def _forward(parameters, hidden, x, units, chances):
    """One hidden layer of rectified units, softmax: fills `units` (H,) and `chances` (K,)."""
    size, classes = x.size, chances.size
    bias = size * hidden
    second = bias + hidden
    for h in range(hidden):
        units[h] = parameters[bias + h]
    for d in range(size):
        value = x[d]
        if value != 0.0:
            row = d * hidden
            for h in range(hidden):
                units[h] += value * parameters[row + h]
    for h in range(hidden):
        units[h] = max(units[h], 0.0)
    last = second + hidden * classes
    for a in range(classes):
        chances[a] = parameters[last + a]
    for h in range(hidden):
        value = units[h]
        if value != 0.0:
            row = second + h * classes
            for a in range(classes):
                chances[a] += value * parameters[row + a]
    softmax(chances)


@njit(cache=True, nogil=True)
def softmax(scores):
    """Scores (K,) into probabilities, in place."""
    largest = -np.inf
    for a in range(scores.size):
        largest = max(largest, scores[a])
    total = 0.0
    for a in range(scores.size):
        scores[a] = exp_(scores[a] - largest)
        total += scores[a]
    for a in range(scores.size):
        scores[a] /= total


@njit(cache=True, nogil=True)
def network_predict(parameters, hidden, inputs, out):
    """Probabilities (b, K) of the labels of inputs (b, D) by a network (see `network_train`)."""
    units = np.empty(hidden)
    for i in range(inputs.shape[0]):
        _forward(parameters, hidden, inputs[i], units, out[i])


@njit(cache=True, nogil=True)
def network_train(parameters, moments, powers, hidden, classes, inputs, labels, rows, rate, decay):
    """Steps of Adam on a network D - H - K, one for each batch; the mean loss of the last.

    Args:
        parameters: (P,) float64: weights (D, H), biases (H,), weights (H, K), biases (K,).
        moments: (2, P) float64, of Adam.
        powers: (2,) float64, of Adam: beta1^t and beta2^t, at first 1.
        hidden: H.
        classes: K.
        inputs: (n, D) float64.
        labels: (n,) int64.
        rows: (U, B) int64, the batch of each step as rows of `inputs`.
        rate: of learning.
        decay: of the weights per step, as a factor of `rate` (decoupled).
    """
    size = inputs.shape[1]
    bias = size * hidden
    second = bias + hidden
    last = second + hidden * classes
    units, chances, errors = np.empty(hidden), np.empty(classes), np.empty(hidden)
    gradient = np.empty(parameters.size)
    loss = 0.0
    for u in range(rows.shape[0]):
        for p in range(parameters.size):
            gradient[p] = 0.0
        loss = 0.0
        for i in range(rows.shape[1]):
            x = inputs[rows[u, i]]
            label = labels[rows[u, i]]
            _forward(parameters, hidden, x, units, chances)
            loss -= log_(max(chances[label], 1e-300))
            chances[label] -= 1.0
            for a in range(classes):
                gradient[last + a] += chances[a]
            for h in range(hidden):
                errors[h] = 0.0
                if units[h] > 0.0:
                    row = second + h * classes
                    for a in range(classes):
                        gradient[row + a] += units[h] * chances[a]
                        errors[h] += parameters[row + a] * chances[a]
                    gradient[bias + h] += errors[h]
            for d in range(size):
                value = x[d]
                if value != 0.0:
                    row = d * hidden
                    for h in range(hidden):
                        gradient[row + h] += value * errors[h]
        loss /= rows.shape[1]
        powers[0] *= _BETA1
        powers[1] *= _BETA2
        for p in range(parameters.size):
            g = gradient[p] / rows.shape[1]
            moments[0, p] = _BETA1 * moments[0, p] + (1.0 - _BETA1) * g
            moments[1, p] = _BETA2 * moments[1, p] + (1.0 - _BETA2) * g * g
            mean = moments[0, p] / (1.0 - powers[0])
            root = math.sqrt(moments[1, p] / (1.0 - powers[1]))
            parameters[p] -= rate * (mean / (root + _TINY) + decay * parameters[p])
    return loss


@njit(cache=True, nogil=True)
def temper(table, powers, out):
    """Probabilities (m, b, K) to the power of their expert's (m,), normalised."""
    for e in range(table.shape[0]):
        for i in range(table.shape[1]):
            row = out[e, i]
            for a in range(row.size):
                row[a] = powers[e] * log_(table[e, i, a])
            softmax(row)


@njit(cache=True, nogil=True)
def fit_powers(table, labels, strength, steps, powers):
    """Newton steps of each expert's power down the codelength of what it said of labels.

    The codelength in nats, and `strength` / 2 (power - 1)^2, are convex in the power.

    Args:
        table: (m, n, K) float64, positive probabilities.
        labels: (n,) int64.
        strength: of the pull to 1.
        steps: number of them.
        powers: (m,) float64, where to begin; gets the result.
    """
    size = table.shape[2]
    scores, chances = np.empty(size), np.empty(size)
    for e in range(table.shape[0]):
        for _ in range(steps):
            slope = strength * (powers[e] - 1.0)
            bend = strength
            for i in range(labels.size):
                for a in range(size):
                    scores[a] = log_(table[e, i, a])
                    chances[a] = powers[e] * scores[a]
                softmax(chances)
                mean, square = 0.0, 0.0
                for a in range(size):
                    mean += chances[a] * scores[a]
                    square += chances[a] * scores[a] * scores[a]
                slope += mean - scores[labels[i]]
                bend += square - mean * mean
            moved = powers[e] - slope / bend
            powers[e] = min(max(moved, 0.5 * powers[e]), 2.0 * powers[e])


@njit(cache=True, nogil=True)
def mix_linear(row, weights, out):
    """The mean of predictions (E, K) by weights (E,), into `out` (K,)."""
    for a in range(out.size):
        out[a] = 0.0
    for e in range(weights.size):
        for a in range(out.size):
            out[a] += weights[e] * row[e, a]


@njit(cache=True, nogil=True)
def learn_linear(row, label, share, weights):
    """Weights times the label's probabilities, normalised; a share is then dealt out evenly."""
    total = 0.0
    for e in range(weights.size):
        weights[e] *= row[e, label]
        total += weights[e]
    for e in range(weights.size):
        weights[e] = (1.0 - share) * (weights[e] / total) + share / weights.size


@njit(cache=True, nogil=True)
def mix_geometric(row, weights, out):
    """The product of predictions (E, K) to the powers (E,), normalised, into `out` (K,)."""
    for a in range(out.size):
        out[a] = 0.0
    for e in range(weights.size):
        for a in range(out.size):
            out[a] += weights[e] * log_(row[e, a])
    softmax(out)


@njit(cache=True, nogil=True)
def learn_geometric(row, label, rate, mixed, weights):
    """A step of the powers (E,) down the gradient of the label's codelength in nats."""
    for e in range(weights.size):
        mean = 0.0
        for a in range(mixed.size):
            mean += mixed[a] * log_(row[e, a])
        weights[e] += rate * (log_(row[e, label]) - mean)
