#ifndef AT_DATA_DEMO_FAN_H
#define AT_DATA_DEMO_FAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

/*
 * Who a demo fan is. The truth of each target is a class; what shows in the words is a leaning, a
 * number drawn around the class's centre so widely that the classes overlap; the label repeats the
 * truth but for a few slips. Habits colour how the words are typed; some of them follow engagement.
 */
enum { AT_DEMO_LOW, AT_DEMO_MEDIUM, AT_DEMO_HIGH };

/* How a fan types: chances in [0, 1]. */
struct at_demo_habits {
    enum at_demo_case { AT_DEMO_CASE_NONE, AT_DEMO_CASE_AS_WRITTEN, AT_DEMO_CASE_NEAT } letters;
    double full_stop; /* keeps the last full stop of a message */
    double spelling;  /* per word: "u" for "you" */
    double typo;      /* per word */
    double stretch;   /* per word that can be stretched: "sooo" */
    double plain;     /* per message: leaves the accents out */
    double exclaim;   /* per message: "!!!" for "!" */
    double emoji;     /* per message */
    double brief;     /* per message: only its first sentence */
};

struct at_demo_classes {
    bool emotional;           /* personality: else Conqueror */
    int engagement, spending; /* AT_DEMO_LOW .. */
};

struct at_demo_fan {
    struct at_demo_classes label, truth;
    double warmth, energy,
        purse;           /* leanings in [0, 1]: how Emotional, engaged, generous the words are */
    uint32_t n_messages; /* 1..60, fan's and creator's together */
    bool creator_opens;
    uint64_t seed; /* of what stays the same in the whole conversation: name, city, ... */
    struct at_demo_habits habits;
};

/** Draws a fan; uses only sums and products, so that every machine draws the same. */
void at_demo_fan_draw(struct at_demo_fan *out, struct at_rng *rng);
/** True with the given chance. */
bool at_demo_chance(struct at_rng *rng, double chance);
/** Around 0: mean 0, standard deviation 1, within +-3.5 (a sum of four even draws). */
double at_demo_spread(struct at_rng *rng);

#endif
