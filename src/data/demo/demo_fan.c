#include "data/demo/demo_fan.h"

/* The constants below set how hard the demo is. They were chosen so that tf-idf with 1000 words and
 * a forest of 100 trees, trained on 400 to 800 fans, lands where real sets of this kind land
 * (bench/quality/demo_scores.py measures it); change them only together with that table. */
static const double fan_warmth[2] = {0.08, 0.92}; /* centre of Conqueror, Emotional */
static const double fan_warmth_width = 0.11;
static const double fan_energy[3] = {0.08, 0.5, 0.92};
static const double fan_energy_width = 0.06;
static const double fan_purse[3] = {0.1, 0.5, 0.9};
static const double fan_purse_width = 0.08;
static const double fan_slip = 0.03; /* labels that are wrong */

enum { FAN_MESSAGES_MIN = 8, FAN_MESSAGES_MAX = 60 };

bool at_demo_chance(struct at_rng *rng, double chance)
{
    return at_rng_unit(rng) < chance;
}

double at_demo_spread(struct at_rng *rng)
{
    double sum = -2;
    for (int i = 0; i < 4; i++)
        sum += at_rng_unit(rng);
    return sum * 1.7320508075688772; /* sqrt(3): four even draws have a variance of 1/3 */
}

static double fan_clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double fan_leaning(struct at_rng *rng, double centre, double width)
{
    return fan_clamp(centre + width * at_demo_spread(rng), 0, 1);
}

/* 0, 1 or 2 with the chances low, the rest, high. */
static int fan_level(struct at_rng *rng, double low, double high)
{
    const double u = at_rng_unit(rng);
    return u < low ? AT_DEMO_LOW : u < 1 - high ? AT_DEMO_MEDIUM : AT_DEMO_HIGH;
}

/* The label beside the true one, now and then. */
static int fan_slip_level(struct at_rng *rng, int level)
{
    const bool slip = at_demo_chance(rng, fan_slip), up = at_demo_chance(rng, 0.5);
    if (!slip)
        return level;
    return level == AT_DEMO_MEDIUM ? (up ? AT_DEMO_HIGH : AT_DEMO_LOW) : AT_DEMO_MEDIUM;
}

static void fan_draw_habits(struct at_demo_habits *h, double energy, struct at_rng *rng)
{
    const double care = at_rng_unit(rng), haste = 1 - care, young = at_rng_unit(rng);
    h->letters = care < 0.35   ? AT_DEMO_CASE_NONE
                 : care < 0.55 ? AT_DEMO_CASE_AS_WRITTEN
                               : AT_DEMO_CASE_NEAT;
    h->full_stop = care * care;
    h->spelling = young < 0.45 ? 0.25 + 0.6 * haste : young < 0.6 ? 0.08 : 0;
    h->typo = 0.045 * haste * haste;
    h->plain = young < 0.5 ? haste : 0;
    h->stretch = 0.02 + 0.30 * energy * young;
    h->exclaim = 0.05 + 0.35 * energy * young;
    h->emoji = 0.04 + 0.5 * energy * at_rng_unit(rng);
    h->brief = fan_clamp(1.0 - 1.35 * energy + 0.1 * at_demo_spread(rng), 0, 0.9);
}

/* Mostly by energy, with a long tail; a few fans hardly wrote at all. */
static void fan_draw_length(struct at_demo_fan *fan, struct at_rng *rng)
{
    const bool hardly = at_demo_chance(rng, 0.04);
    const double typical = 13 + 28 * fan->energy * fan->energy + 6 * fan->energy;
    const double spread = fan_clamp(1 + 0.42 * at_demo_spread(rng), 0.35, 2.5);
    fan->n_messages = (uint32_t)fan_clamp(typical * spread, FAN_MESSAGES_MIN, FAN_MESSAGES_MAX);
    fan->creator_opens = at_demo_chance(rng, 0.2);
    if (hardly) {
        fan->n_messages = 1 + (uint32_t)at_rng_below(rng, 3);
        fan->creator_opens = fan->n_messages == 3; /* 3 rows, but one from the fan */
    }
}

void at_demo_fan_draw(struct at_demo_fan *fan, struct at_rng *rng)
{
    fan->seed = at_rng_next(rng);
    const bool emotional = at_demo_chance(rng, 0.5), slip = at_demo_chance(rng, fan_slip);
    const int engagement = fan_level(rng, 0.31, 0.31), spending = fan_level(rng, 0.4, 0.25);
    fan->truth = (struct at_demo_classes){emotional, engagement, spending};
    fan->label.emotional = emotional != slip;
    fan->label.engagement = fan_slip_level(rng, engagement);
    fan->label.spending = fan_slip_level(rng, spending);
    fan->warmth = fan_leaning(rng, fan_warmth[emotional], fan_warmth_width);
    fan->energy = fan_leaning(rng, fan_energy[engagement], fan_energy_width);
    fan->purse = fan_leaning(rng, fan_purse[spending], fan_purse_width);
    fan_draw_habits(&fan->habits, fan->energy, rng);
    fan_draw_length(fan, rng);
}
