/* Reference for the Life benchmark: B3/S23 on a torus whose height is a multiple of 64 and whose
 * width is one of 4, in AVX2 by way of gcc's vectors.
 *
 * Words (rows, width): bit k of word (r, x) is the cell in row k * rows + r and column x, so that
 * neighbours above and below are words of the rows r - 1 and r + 1. Four columns at a time go down
 * all rows, with the sums of three rows in registers: 3 loads, 19 operations and 1 store for 256
 * cells. A grid wider than `tile` is cut into strips that advance HALO generations in the cache.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HALO 16

typedef uint64_t vector __attribute__((vector_size(32), aligned(8), may_alias));

/* Columns begin to end - 1 of rows 1 to `rows`, a generation on. */
static void generation(const uint64_t *restrict source, uint64_t *restrict target, int64_t rows,
                       int64_t stride, int64_t begin, int64_t end)
{
    for (int64_t x = begin; x < end; x += 4) {
        vector ones[3], twos[3], cells = {0}, side = {0}, both = {0};
#define SUMS(row, k)                                                        \
    const uint64_t *at = source + (row) * stride + x;                       \
    vector left = *(const vector *)(at - 1), right = *(const vector *)(at + 1); \
    vector next = *(const vector *)at, next_side = left ^ right, next_both = left & right; \
    ones[k] = next_side ^ next;                                             \
    twos[k] = next_both | (next_side & next);
        {
            SUMS(0, 0)
        }
        {
            SUMS(1, 1)
            cells = next, side = next_side, both = next_both;
        }
        for (int64_t r = 1; r <= rows; r++) {
            SUMS(r + 1, 2)
            vector t = ones[0] ^ side, low = t ^ ones[2], u = (ones[0] & side) | (t & ones[2]);
            vector s = twos[0] ^ both, v = s ^ twos[2], w = (twos[0] & both) | (s & twos[2]);
            *(vector *)(target + r * stride + x) = (low | cells) & (u ^ v) & ~w;
            ones[0] = ones[1], ones[1] = ones[2], twos[0] = twos[1], twos[1] = twos[2];
            cells = next, side = next_side, both = next_both;
        }
    }
}

/* The rows above and below: the last and the first, shifted by a lane. */
static void wrap_rows(uint64_t *words, int64_t rows, int64_t stride, int64_t columns)
{
    const uint64_t *first = words + stride, *last = words + rows * stride;
    uint64_t *below = words + (rows + 1) * stride;
    for (int64_t x = 0; x < columns; x++) {
        words[x] = last[x] << 1 | last[x] >> 63;
        below[x] = first[x] >> 1 | first[x] << 63;
    }
}

static void whole(uint64_t *words, int64_t rows, int64_t width, int64_t steps)
{
    int64_t stride = width + 8;
    size_t bytes = (rows + 2) * stride * sizeof(uint64_t);
    uint64_t *source = aligned_alloc(64, (bytes + 63) / 64 * 64);
    uint64_t *target = aligned_alloc(64, (bytes + 63) / 64 * 64);
    for (int64_t r = 0; r < rows; r++)
        memcpy(source + (r + 1) * stride + 4, words + r * width, width * sizeof(uint64_t));
    for (int64_t step = 0; step < steps; step++) {
        for (int64_t r = 1; r <= rows; r++) {
            uint64_t *row = source + r * stride + 4;
            row[-1] = row[width - 1];
            row[width] = row[0];
        }
        wrap_rows(source, rows, stride, width + 8);
        generation(source, target, rows, stride, 4, width + 4);
        uint64_t *kept = source;
        source = target;
        target = kept;
    }
    for (int64_t r = 0; r < rows; r++)
        memcpy(words + r * width, source + (r + 1) * stride + 4, width * sizeof(uint64_t));
    free(source);
    free(target);
}

/* `steps` at most HALO; tile a multiple of 4 that divides the width. */
static void strips(const uint64_t *words, uint64_t *result, uint64_t *source, uint64_t *target,
                   int64_t rows, int64_t width, int64_t tile, int64_t steps)
{
    int64_t stride = tile + 2 * HALO + 8;
    for (int64_t first = 0; first < width; first += tile) {
        uint64_t *now = source, *next = target;
        for (int64_t r = 0; r < rows; r++) {
            uint64_t *row = now + (r + 1) * stride + 4;
            const uint64_t *from = words + r * width;
            memcpy(row + HALO, from + first, tile * sizeof(uint64_t));
            for (int64_t j = 0; j < HALO; j++) {
                row[j] = from[(first - HALO + j + width) % width];
                row[HALO + tile + j] = from[(first + tile + j) % width];
            }
        }
        for (int64_t step = 1; step <= steps; step++) {
            wrap_rows(now, rows, stride, stride);
            generation(now, next, rows, stride, 4 + step, 4 + tile + 2 * HALO - step);
            uint64_t *kept = now;
            now = next;
            next = kept;
        }
        for (int64_t r = 0; r < rows; r++)
            memcpy(result + r * width + first, now + (r + 1) * stride + 4 + HALO,
                   tile * sizeof(uint64_t));
    }
}

void life_torus(uint64_t *words, int64_t rows, int64_t width, int64_t tile, int64_t steps)
{
    if (tile >= width) {
        whole(words, rows, width, steps);
        return;
    }
    size_t buffer = ((rows + 2) * (tile + 2 * HALO + 8) * sizeof(uint64_t) + 63) / 64 * 64;
    size_t grid = (rows * width * sizeof(uint64_t) + 63) / 64 * 64;
    uint64_t *source = aligned_alloc(64, buffer), *target = aligned_alloc(64, buffer);
    uint64_t *spare = aligned_alloc(64, grid), *from = words, *to = spare;
    memset(source, 0, buffer);
    memset(target, 0, buffer);
    for (int64_t left = steps; left > 0; left -= HALO) {
        strips(from, to, source, target, rows, width, tile, left < HALO ? left : HALO);
        uint64_t *kept = from;
        from = to;
        to = kept;
    }
    if (from != words)
        memcpy(words, from, rows * width * sizeof(uint64_t));
    free(source);
    free(target);
    free(spare);
}
