/* near_duplicate_bench [N_FANS [CHARS]]: grouping of N fans, one in ten a near-copy of another. */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "data/split.h"

static void bench_words(struct at_rng *rng, char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint64_t word = at_rng_below(rng, 2000) * 0x9E3779B97F4A7C15u; /* 2000 different words */
        for (size_t n = 2 + (size_t)(word >> 60) / 2; n-- && i < len; word /= 26)
            text[i++] = (char)('a' + (char)(word % 26));
        if (i < len)
            text[i++] = ' ';
    }
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    const size_t chars = argc > 2 ? strtoul(argv[2], NULL, 10) : 400;
    struct at_dataset d = {0};
    struct at_rng rng;
    attune_error err;
    char *text = malloc(chars);
    uint32_t *group = AT_ALLOC(uint32_t, n);
    if (!text || !group)
        return 1;
    at_rng_init(&rng, 1);
    for (size_t i = 0; i < n; i++) {
        char fan[32];
        if (i % 10)
            bench_words(&rng, text, chars);
        else
            text[at_rng_below(&rng, chars)] = 'x';
        snprintf(fan, sizeof fan, "fan-%zu", i);
        struct at_message message = {{text, chars}, AT_TIME_NONE, AT_FROM_FAN};
        const struct at_profile p = {
            .fan_id = at_str_from(fan), .messages = &message, .n_messages = 1};
        if (at_dataset_add(&d, &p, &err) != ATTUNE_OK)
            return 1;
    }
    const uint64_t rss = at_clock_peak_rss_bytes();
    const double start = at_clock_seconds();
    if (at_split_groups(&d, group, NULL, &err) != ATTUNE_OK)
        return 1;
    const double seconds = at_clock_seconds() - start;
    size_t n_joined = 0;
    for (size_t i = 0; i < n; i++)
        n_joined += group[i] != i;
    printf("%zu fans of %zu characters: %.2f s, %.1f MB/s, %zu joined, %.0f MiB beyond the data\n",
           n, chars, seconds, (double)(n * chars) / 1e6 / seconds, n_joined,
           (double)(at_clock_peak_rss_bytes() - rss) / 1048576);
    at_free(group);
    free(text);
    at_dataset_release(&d);
    return 0;
}
