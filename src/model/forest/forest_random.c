/* MT19937 keeps 624 words; each renewal mixes word i with words i+1 and i+397, and a word is
 * tempered when it leaves. */
#include "model/forest/forest_random.h"

enum { MT_N = 624, MT_M = 397 };

void at_forest_mt_init(struct at_forest_mt *mt, uint32_t seed)
{
    mt->state[0] = seed;
    for (uint32_t i = 1; i < MT_N; i++) {
        const uint32_t before = mt->state[i - 1];
        mt->state[i] = 1812433253U * (before ^ (before >> 30)) + i;
    }
    mt->next = MT_N;
}

static void mt_renew(struct at_forest_mt *mt)
{
    for (uint32_t i = 0; i < MT_N; i++) {
        const uint32_t y = (mt->state[i] & 0x80000000U) | (mt->state[(i + 1) % MT_N] & 0x7fffffffU);
        mt->state[i] = mt->state[(i + MT_M) % MT_N] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfU : 0);
    }
    mt->next = 0;
}

static uint32_t mt_next(struct at_forest_mt *mt)
{
    if (mt->next == MT_N)
        mt_renew(mt);
    uint32_t y = mt->state[mt->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
}

uint32_t at_forest_mt_below(struct at_forest_mt *mt, uint32_t max)
{
    if (max == 0)
        return 0;
    uint32_t mask = max;
    for (unsigned shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    for (;;) {
        const uint32_t y = mt_next(mt) & mask;
        if (y <= max)
            return y;
    }
}
