#include "base/rng.h"

#include <math.h>

#include "base/hash.h"

__extension__ typedef unsigned __int128 rng_u128;

void at_rng_init(struct at_rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        rng->s[i] = at_mix64(seed + (uint64_t)i * 0x9E3779B97F4A7C15u);
}

static uint64_t rng_rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t at_rng_next(struct at_rng *rng)
{
    uint64_t *s = rng->s;
    const uint64_t out = rng_rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rng_rotl(s[3], 45);
    return out;
}

/* The high half of a 128-bit product maps 64 random bits to 0..n-1 without a division; the few low
 * halves that would favour some results are drawn again (Lemire 2019). */
uint64_t at_rng_below(struct at_rng *rng, uint64_t n)
{
    rng_u128 product = (rng_u128)at_rng_next(rng) * n;
    if ((uint64_t)product < n) {
        const uint64_t unfair = (0 - n) % n;
        while ((uint64_t)product < unfair)
            product = (rng_u128)at_rng_next(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

double at_rng_unit(struct at_rng *rng)
{
    return (double)(at_rng_next(rng) >> 11) * 0x1p-53;
}

double at_rng_normal(struct at_rng *rng)
{
    double u, v, q;
    do {
        u = 2 * at_rng_unit(rng) - 1;
        v = 2 * at_rng_unit(rng) - 1;
        q = u * u + v * v;
    } while (q >= 1 || q == 0);
    return u * sqrt(-2 * log(q) / q);
}

void at_rng_shuffle(struct at_rng *rng, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)at_rng_below(rng, i);
        const uint32_t t = items[i - 1];
        items[i - 1] = items[j];
        items[j] = t;
    }
}
