#ifndef AT_MODEL_FOREST_RANDOM_H
#define AT_MODEL_FOREST_RANDOM_H

#include <stdint.h>

/**
 * MT19937, seeded and read as NumPy's RandomState does it: what scikit-learn draws tree seeds and
 * bootstrap samples from.
 * Source   Matsumoto and Nishimura 1998
 */
struct at_forest_mt {
    uint32_t state[624];
    uint32_t next; /* 0..624; 624: the state must be renewed */
};
void at_forest_mt_init(struct at_forest_mt *mt, uint32_t seed);
/** Uniform in 0..max, both included, by masking and rejection; max = 0 draws nothing. */
uint32_t at_forest_mt_below(struct at_forest_mt *mt, uint32_t max);

/* Largest value of a tree seed and of the seed of the feature draw. */
#define AT_FOREST_SEED_MAX 0x7ffffffeU

/**
 * Marsaglia's xorshift32 as scikit-learn's trees use it to draw features: the next state, then
 * low + (state mod 2^31) mod (high - low). The small bias of the modulo is part of the recipe.
 */
static inline uint32_t at_forest_next(uint32_t *state)
{
    uint32_t x = *state ? *state : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    *state = x;
    return x & 0x7fffffffU;
}

static inline uint32_t at_forest_draw(uint32_t *state, uint32_t low, uint32_t high)
{
    return low + at_forest_next(state) % (high - low);
}

/* A threshold between the smallest and the largest value of a column, so that neither side is
 * empty: the largest itself would leave nothing above it. */
static inline double at_forest_draw_threshold(uint32_t *state, float low, float high)
{
    const double width = (double)high - (double)low;
    const double drawn = width * (double)at_forest_next(state) / 2147483647.0 + (double)low;
    return drawn == (double)high ? (double)low : drawn;
}

#endif
