/* people.h - a small invented dataset for tests of pipeline, training and registry. */
#ifndef AT_TEST_SUPPORT_PEOPLE_H
#define AT_TEST_SUPPORT_PEOPLE_H

#include <stdio.h>

#include "base/rng.h"
#include "data/dataset.h"
#include "support/test.h"

/* n fans with four messages of six words; class i % n_classes. `signal` is the chance that a word
 * is one of the class's own; 0 makes labels that nothing can learn. */
static inline void people_make(struct at_dataset *d, struct at_labels *labels,
                               struct at_arena *arena, size_t n, size_t n_classes, double signal,
                               uint64_t seed)
{
    static const char *const shared[] = {"today",  "tomorrow", "photo",   "music",
                                         "coffee", "train",    "weather", "dinner",
                                         "movie",  "garden",   "friday",  "story"};
    static const char *const own[][4] = {{"miss", "love", "heart", "feeling"},
                                         {"win", "deal", "best", "price"},
                                         {"maybe", "later", "busy", "sleep"}};
    static const char *const names[] = {"Emotional", "Conqueror", "Other"};
    attune_error err = {0};
    struct at_rng rng;
    struct at_str label_names[3];
    at_rng_init(&rng, seed);
    for (size_t c = 0; c < n_classes; c++)
        label_names[c] = at_str_from(names[c]);
    assert_ok(at_labels_make(labels, at_str_from("personality"), label_names, n_classes, false,
                             arena, &err));
    for (size_t i = 0; i < n; i++) {
        char fan[32], text[4][128];
        struct at_message messages[4];
        struct at_label label = {at_str_from("personality"), label_names[i % n_classes]};
        snprintf(fan, sizeof fan, "fan-%zu", i);
        for (size_t m = 0; m < 4; m++) {
            size_t used = 0;
            for (int w = 0; w < 6; w++) {
                const char *word = at_rng_unit(&rng) < signal
                                       ? own[i % n_classes][at_rng_below(&rng, 4)]
                                       : shared[at_rng_below(&rng, 12)];
                used += (size_t)snprintf(text[m] + used, sizeof text[m] - used, "%s%s",
                                         w ? " " : "", word);
            }
            messages[m] = (struct at_message){at_str_from(text[m]), AT_TIME_NONE, AT_FROM_FAN};
        }
        const struct at_profile profile = {.fan_id = at_str_from(fan),
                                           .messages = messages,
                                           .n_messages = 4,
                                           .labels = &label,
                                           .n_labels = 1};
        assert_ok(at_dataset_add(d, &profile, &err));
    }
}

#endif
