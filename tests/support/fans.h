/* fans.h - labelled fans as JSON Lines, the same every time. Emotional and Conqueror fans use words
 * of their own most of the time, so that a model is good at it and not perfect. */
#ifndef AT_TEST_SUPPORT_FANS_H
#define AT_TEST_SUPPORT_FANS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"

struct fans {
    const char *path;
    size_t from, n; /* fans f<from> .. f<from + n - 1> */
    uint64_t seed;
    size_t messages;   /* a fan; 0: 4 to 9 by engagement */
    const char *extra; /* further members of every line, such as "\"language\":\"en\"," */
    bool noise;        /* labels have nothing to do with the words */
    bool spending;     /* a third label, carried by words of its own */
};

static const char *const fans_warm[] = {"miss", "love", "heart", "feel", "sweet", "dream", "hug"};
static const char *const fans_cold[] = {"win", "prove", "power", "chase", "game", "best", "rule"};
static const char *const fans_plain[] = {"hey",  "what", "today", "work",   "music", "photo",
                                         "call", "time", "night", "coffee", "train", "movie"};
static const char *const fans_money[3][3] = {
    {"cheap", "later", "discount"}, {"maybe", "bundle", "price"}, {"buy", "order", "tip"}};
static const char *const fans_levels[] = {"low", "medium", "high"};

static inline const char *fans_word(struct at_rng *rng, bool warm, size_t money, bool spending)
{
    if (at_rng_below(rng, 10) == 0)
        warm = !warm;
    const uint64_t draw = at_rng_below(rng, 6);
    if (draw < 2)
        return warm ? fans_warm[at_rng_below(rng, 7)] : fans_cold[at_rng_below(rng, 7)];
    if (draw == 2 && spending)
        return fans_money[money][at_rng_below(rng, 3)];
    return fans_plain[at_rng_below(rng, 12)];
}

static inline void fans_line(FILE *f, const struct fans *o, size_t number, struct at_rng *rng)
{
    const bool label = number % 2 == 0;
    const bool warm = o->noise ? at_rng_below(rng, 2) : label;
    const size_t level = at_rng_below(rng, 3), money = at_rng_below(rng, 3);
    const size_t n_messages = o->messages ? o->messages : 4 + 2 * level + at_rng_below(rng, 2);
    fprintf(f, "{\"fan_id\":\"f%zu\",%s\"messages\":[", number, o->extra ? o->extra : "");
    for (size_t m = 0; m < n_messages; m++) {
        fprintf(f, "%s{\"from\":\"fan\",\"at\":\"2026-01-%02zuT10:%02zu:%02zuZ\",\"text\":\"",
                m ? "," : "", 1 + number % 28, (m / 60) % 60, m % 60);
        for (size_t w = 0; w < 5 + at_rng_below(rng, 4); w++)
            fprintf(f, "%s%s", w ? " " : "", fans_word(rng, warm, money, o->spending));
        fprintf(f, "\"}");
    }
    fprintf(f, "],\"personality\":\"%s\",\"engagement\":\"%s\"", label ? "Emotional" : "Conqueror",
            fans_levels[level]);
    if (o->spending)
        fprintf(f, ",\"labels\":{\"spending_potential\":\"%s\"}", fans_levels[money]);
    fprintf(f, "}\n");
}

static inline void fans_write(const struct fans *o)
{
    FILE *f = fopen(o->path, "w");
    if (!f)
        abort();
    for (size_t i = 0; i < o->n; i++) {
        struct at_rng rng; /* by fan: more fans do not change the first ones */
        at_rng_init(&rng, o->seed * 1000003 + o->from + i);
        fans_line(f, o, o->from + i, &rng);
    }
    if (fclose(f) != 0)
        abort();
}

#endif
