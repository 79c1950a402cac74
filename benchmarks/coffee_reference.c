/* Reference for the coffee benchmark: random-sequential swaps in a cup with closed walls.
 *
 * coffee_swaps is the algorithm of simulations/coffee/_kernels.py at its best in C: random words
 * from 16 interleaved xoshiro256++ generators (Blackman and Vigna 2021), a vectorised pass from
 * words to bonds, a branch-free pass of swaps; from the same states it gives the same cells.
 * coffee_plain is the loop one writes first. Every function returns the effective swaps.
 */
#include <stdint.h>

#define LANES 16
#define BLOCK 4096

/* Fill words (a multiple of LANES long) from the states lanes[4][LANES]. */
static void fill(uint64_t *restrict lanes, uint64_t *restrict words)
{
    for (int i = 0; i < BLOCK; i += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            uint64_t s0 = lanes[lane], s1 = lanes[LANES + lane];
            uint64_t s2 = lanes[2 * LANES + lane], s3 = lanes[3 * LANES + lane];
            uint64_t x = s0 + s3, t = s1 << 17;
            words[i + lane] = (x << 23 | x >> 41) + s0;
            s2 ^= s0;
            s3 ^= s1;
            s1 ^= s2;
            s0 ^= s3;
            s2 ^= t;
            s3 = s3 << 45 | s3 >> 19;
            lanes[lane] = s0;
            lanes[LANES + lane] = s1;
            lanes[2 * LANES + lane] = s2;
            lanes[3 * LANES + lane] = s3;
        }
}

static inline uint32_t scaled(uint32_t word, uint32_t bound)
{
    return (uint64_t)word * bound >> 32;
}

/* Turn words into bonds: the first half of a block gives rows and axes, the second columns. */
static void bonds(const uint32_t *restrict rows, const uint32_t *restrict columns, uint32_t n,
                  int64_t count, uint32_t *restrict source, uint32_t *restrict target)
{
    for (int64_t i = 0; i < count; i++) {
        uint32_t down = rows[i] & 1;
        uint32_t y = scaled(rows[i] ^ down, n), x = scaled(columns[i], n);
        source[i] = y * n + x;
        y += down;
        x += 1 - down;
        y = y < n ? y : n - 1;
        x = x < n ? x : n - 1;
        target[i] = y * n + x;
    }
}

static int64_t exchange(uint8_t *restrict cells, const uint32_t *restrict source,
                        const uint32_t *restrict target, int64_t count)
{
    uint64_t swapped = 0;
#pragma GCC unroll 8
    for (int64_t i = 0; i < count; i++) {
        uint64_t a = source[i], b = target[i];
        uint8_t va = cells[a], vb = cells[b];
        cells[a] = vb;
        cells[b] = va;
        swapped += va ^ vb;
    }
    return swapped;
}

int64_t coffee_swaps(uint8_t *cells, uint32_t n, uint64_t *lanes, int64_t attempts)
{
    uint64_t words[BLOCK];
    uint32_t source[BLOCK], target[BLOCK];
    const uint32_t *halves = (const uint32_t *)words;
    int64_t swapped = 0;
    for (int64_t made = 0; made < attempts; made += BLOCK) {
        int64_t take = attempts - made < BLOCK ? attempts - made : BLOCK;
        fill(lanes, words);
        bonds(halves, halves + BLOCK, n, take, source, target);
        swapped += exchange(cells, source, target, take);
    }
    return swapped;
}

/* One generator, one pass: draw a cell and a direction, stay inside, swap if unequal. */
int64_t coffee_plain(uint8_t *cells, uint32_t n, uint64_t *state, int64_t attempts)
{
    static const int32_t dx[4] = {1, -1, 0, 0}, dy[4] = {0, 0, 1, -1};
    uint64_t s0 = state[0], s1 = state[1], s2 = state[2], s3 = state[3];
    int64_t swapped = 0, last = n - 1;
    for (int64_t i = 0; i < attempts; i++) {
        uint64_t sum = s0 + s3, word = (sum << 23 | sum >> 41) + s0, t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = s3 << 45 | s3 >> 19;
        int64_t x = (word >> 33) * n >> 31, y = (word >> 2 & 0x7fffffff) * n >> 31;
        int64_t u = x + dx[word & 3], v = y + dy[word & 3];
        u = u < 0 ? 0 : u > last ? last : u;
        v = v < 0 ? 0 : v > last ? last : v;
        uint8_t *here = cells + y * n + x, *there = cells + v * n + u;
        if (*here != *there) {
            uint8_t kept = *here;
            *here = *there;
            *there = kept;
            swapped++;
        }
    }
    state[0] = s0, state[1] = s1, state[2] = s2, state[3] = s3;
    return swapped;
}

/* Limit: the random words of so many blocks, and nothing else. */
void coffee_words(uint64_t *lanes, int64_t blocks)
{
    uint64_t words[BLOCK];
    for (int64_t i = 0; i < blocks; i++) {
        fill(lanes, words);
        __asm__ volatile("" : : "r"(words) : "memory");
    }
}

/* Limit: the swaps of given bonds, so many times over, and nothing else. */
int64_t coffee_exchange(uint8_t *cells, const uint32_t *source, const uint32_t *target,
                        int64_t count, int64_t times)
{
    int64_t swapped = 0;
    for (int64_t i = 0; i < times; i++)
        swapped += exchange(cells, source, target, count);
    return swapped;
}
