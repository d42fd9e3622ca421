#ifndef AT_BASE_RNG_H
#define AT_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/**
 * attune's own generator (xoshiro256++ of Blackman and Vigna, seeded through splitmix64): splits,
 * bootstrap intervals, the demo generator. The same seed gives the same stream everywhere.
 */
struct at_rng {
    uint64_t s[4];
};
void at_rng_init(struct at_rng *rng, uint64_t seed);
uint64_t at_rng_next(struct at_rng *rng);
uint64_t at_rng_below(struct at_rng *rng, uint64_t n); /* uniform in 0..n-1, no bias; n > 0 */
double at_rng_unit(struct at_rng *rng);                /* uniform in [0, 1), 53 bits */
double at_rng_normal(struct at_rng *rng);              /* mean 0, standard deviation 1 */
void at_rng_shuffle(struct at_rng *rng, uint32_t *items, size_t n);

#endif
