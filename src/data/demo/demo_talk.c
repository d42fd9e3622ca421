#include "data/demo/demo_talk.h"

#include <string.h>

#include "base/alloc.h"

/* A conversation is a row of sittings, hours or days apart. A sitting opens with a greeting; then
 * one scrap of dialogue follows the other, drawn from pools: most from the topics that all fans
 * share, some from the pools that lean one way, in proportion to the fan's leanings. A scrap may
 * end with either speaker; the next one is then opened by the other. Tails ("what about you?",
 * "trust me") bring the leanings into messages of any topic. Where a scrap ends with the fan, the
 * creator mostly just reacts, so that the fan opens the next one too. */

static const int64_t talk_day_one_ms = INT64_C(1736121600000); /* 2025-01-06T00:00:00Z, a Monday */
static const int64_t talk_hour_ms = 3600000;

/* How often a scrap comes from a leaning pool, and a message gets a tail. */
static const double talk_style_scrap = 0.36, talk_energy_scrap = 0.23, talk_purse_scrap = 0.12;
static const double talk_style_tail = 0.25, talk_energy_tail = 0.30, talk_purse_tail = 0.09;
static const double talk_reaction = 0.75;

enum { TALK_FAVOURITES = 5, TALK_DRAWS = 8 };

struct talk {
    const struct at_demo_tongue *tongue;
    const struct at_demo_fan *fan;
    struct at_demo_desk *desk;
    struct at_rng *rng;
    struct at_arena *arena;
    struct at_message *messages;
    size_t n;
    int64_t now_ms;
    uint32_t favourites[TALK_FAVOURITES]; /* topics; the first ones more often */
    uint64_t line_seed;
    const struct at_demo_line *last_tail;
    attune_error *err;
};

static bool talk_chance(struct talk *t, double chance)
{
    return at_demo_chance(t->rng, chance);
}

/* ---- Time ---- */

static int talk_hour(int64_t ms)
{
    return (int)(ms / talk_hour_ms % 24);
}

/* Around `median`, now and then many times as long: u / (1 - u) is 1 at the middle. */
static int64_t talk_wait_ms(struct talk *t, double median_s, double max_s)
{
    const double u = at_rng_unit(t->rng), s = median_s * u / (1 - u);
    return 1000 * (int64_t)(s < 2 ? 2 : s > max_s ? max_s : s);
}

static void talk_next_sitting(struct talk *t)
{
    const double energy = t->fan->energy, median_h = 6 + 60 * (1 - energy) * (1 - energy);
    t->now_ms += 2 * talk_hour_ms + talk_wait_ms(t, median_h * 3600, 9 * 86400);
    if (talk_hour(t->now_ms) < 7)
        t->now_ms += (7 - talk_hour(t->now_ms) + (int64_t)at_rng_below(t->rng, 3)) * talk_hour_ms;
}

static void talk_pass_time(struct talk *t, enum at_from from, size_t len)
{
    const double typing_s = 0.15 * (double)len, slow = 1 - t->fan->energy;
    const double think_s = from == AT_FROM_FAN ? 20 + 1500 * slow * slow * slow : 150;
    t->now_ms += talk_wait_ms(t, think_s + typing_s, 5400);
}

/* ---- Words ---- */

static attune_status talk_expand(struct talk *t, const struct at_demo_node *part)
{
    const struct at_demo_scope scope = {t->rng, t->line_seed, t->fan->seed};
    return at_demo_grammar_say(&t->tongue->grammar, part, &scope, &t->desk->raw, t->err);
}

/* Adds a sentence to the message. */
static attune_status talk_add(struct talk *t, const struct at_demo_rule *rule)
{
    struct at_buf *raw = &t->desk->raw;
    const bool ended = raw->len && (strchr(".!?)", raw->data[raw->len - 1]) ||
                                    (unsigned char)raw->data[raw->len - 1] >= 0xA0);
    const struct at_demo_line *line = at_demo_rule_draw(rule, false, t->rng);
    if (line == t->last_tail) /* not twice in a row, if one more draw can help it */
        line = at_demo_rule_draw(rule, false, t->rng);
    t->last_tail = line;
    AT_TRY(at_buf_addz(raw, ended ? " " : ". ", t->err));
    return talk_expand(t, line->parts[0]);
}

/* Low and high shade into medium: nobody adds both of the extremes often. */
static const struct at_demo_rule *talk_energy_rule(struct talk *t)
{
    const double away = 2 * t->fan->energy - 1; /* -1 low .. 1 high */
    if (!talk_chance(t, away < 0 ? -away : away))
        return t->tongue->tail_medium;
    return away < 0 ? t->tongue->tail_low : t->tongue->tail_high;
}

static attune_status talk_add_tail(struct talk *t)
{
    const struct at_demo_tongue *g = t->tongue;
    const struct at_demo_fan *fan = t->fan;
    double u = at_rng_unit(t->rng);
    if (u < talk_style_tail)
        return talk_add(t, talk_chance(t, fan->warmth) ? g->tail_emotional : g->tail_conqueror);
    if ((u -= talk_style_tail) < talk_energy_tail)
        return talk_add(t, talk_energy_rule(t));
    if (u - talk_energy_tail < talk_purse_tail)
        return talk_add(t, talk_chance(t, fan->purse) ? g->tail_generous : g->tail_thrifty);
    return talk_chance(t, 0.35 * fan->energy * fan->energy) ? talk_add(t, g->question) : ATTUNE_OK;
}

static attune_status talk_add_emoji(struct talk *t, enum at_from from, double chance)
{
    if (!talk_chance(t, chance))
        return ATTUNE_OK;
    struct at_buf *raw = &t->desk->raw;
    const struct at_demo_rule *pool = t->tongue->emoji;
    if (from == AT_FROM_FAN && talk_chance(t, 0.4))
        pool = talk_chance(t, t->fan->warmth) ? t->tongue->emoji_warm : t->tongue->emoji_bold;
    raw->len = 0;
    AT_TRY(talk_expand(t, at_demo_rule_draw(pool, false, t->rng)->parts[0]));
    const size_t len = raw->len;
    AT_TRY(at_buf_addz(&t->desk->typed, " ", t->err));
    AT_TRY(at_buf_add(&t->desk->typed, raw->data, len, t->err));
    if (talk_chance(t, chance * 0.5))
        AT_TRY(at_buf_add(&t->desk->typed, raw->data, len, t->err));
    return ATTUNE_OK;
}

static attune_status talk_type(struct talk *t, enum at_from from)
{
    static const struct at_demo_habits creator = {
        .letters = AT_DEMO_CASE_NEAT, .full_stop = 0.3, .exclaim = 0.02};
    const struct at_demo_habits *habits = from == AT_FROM_FAN ? &t->fan->habits : &creator;
    struct at_buf *raw = &t->desk->raw, *typed = &t->desk->typed;
    at_buf_clear(typed);
    AT_TRY(at_demo_habit_type(&t->tongue->spelling, habits, (struct at_str){raw->data, raw->len},
                              t->rng, typed, t->err));
    return talk_add_emoji(t, from, from == AT_FROM_FAN ? habits->emoji : 0.2);
}

static attune_status talk_say(struct talk *t, const struct at_demo_node *part)
{
    const enum at_from from =
        (t->n % 2 == 0) == t->fan->creator_opens ? AT_FROM_CREATOR : AT_FROM_FAN;
    at_buf_clear(&t->desk->raw);
    AT_TRY(talk_expand(t, part));
    struct at_buf *raw = &t->desk->raw;
    if (from == AT_FROM_FAN && talk_chance(t, t->fan->habits.brief))
        raw->len = at_demo_first_sentence((struct at_str){raw->data, raw->len});
    if (from == AT_FROM_FAN && t->n > 1)
        AT_TRY(talk_add_tail(t));
    AT_TRY(talk_type(t, from));
    const struct at_buf *typed = &t->desk->typed;
    const char *text = at_arena_strndup(t->arena, typed->data, typed->len);
    if (!text)
        return at_fail(t->err, ATTUNE_NO_MEMORY, "out of memory: demo message");
    talk_pass_time(t, from, typed->len);
    t->messages[t->n++] = (struct at_message){{text, typed->len}, t->now_ms, from};
    return ATTUNE_OK;
}

/* ---- What comes next ---- */

static const struct at_demo_rule *talk_greeting(struct talk *t)
{
    const int hour = talk_hour(t->now_ms);
    if (t->n == 0)
        return t->tongue->first;
    if (hour >= 6 && hour < 11 && talk_chance(t, 0.6))
        return t->tongue->morning;
    if (hour >= 18 && talk_chance(t, 0.5))
        return t->tongue->evening;
    return t->tongue->hello;
}

static const struct at_demo_rule *talk_topic(struct talk *t)
{
    if (talk_chance(t, 0.3))
        return t->tongue->topics[at_rng_below(t->rng, t->tongue->n_topics)];
    const double u = at_rng_unit(t->rng);
    return t->tongue->topics[t->favourites[(size_t)(u * u * TALK_FAVOURITES)]];
}

static const struct at_demo_rule *talk_pool(struct talk *t)
{
    const struct at_demo_tongue *g = t->tongue;
    const struct at_demo_fan *fan = t->fan;
    const double u = at_rng_unit(t->rng);
    if (u < talk_style_scrap)
        return talk_chance(t, fan->warmth) ? g->emotional : g->conqueror;
    if (u < talk_style_scrap + talk_energy_scrap)
        return talk_chance(t, fan->energy) ? g->high : g->low;
    if (u < talk_style_scrap + talk_energy_scrap + talk_purse_scrap)
        return talk_chance(t, fan->purse) ? g->generous : g->thrifty;
    return talk_topic(t);
}

/* A line of the pool that was not said before, if a few draws find one; the creator asks something
 * where the pool has nothing for the creator to open with. */
static const struct at_demo_line *talk_draw(struct talk *t, const struct at_demo_rule *pool,
                                            bool creator_first)
{
    const struct at_demo_line *line = NULL;
    for (int i = 0; i < TALK_DRAWS; i++) {
        line = at_demo_rule_draw(pool, creator_first, t->rng);
        if (line && t->desk->said[line->id] != t->desk->conversation)
            break;
        if (!line || i == TALK_DRAWS / 2)
            pool = creator_first ? t->tongue->ask : talk_topic(t);
    }
    t->desk->said[line->id] = t->desk->conversation;
    return line;
}

static attune_status talk_scrap(struct talk *t, const struct at_demo_rule *pool)
{
    const bool creator_first = (t->n % 2 == 0) == t->fan->creator_opens;
    const struct at_demo_line *line = talk_draw(t, pool, creator_first);
    t->line_seed = at_rng_next(t->rng);
    for (uint32_t i = 0; i < line->n_parts && t->n < t->fan->n_messages; i++)
        AT_TRY(talk_say(t, line->parts[i]));
    return ATTUNE_OK;
}

/* The creator's reaction to what the fan just said, where that was the last word of a scrap. */
static attune_status talk_react(struct talk *t, const struct at_demo_rule *pool)
{
    const bool creator_next = (t->n % 2 == 0) == t->fan->creator_opens;
    if (!creator_next || t->n >= t->fan->n_messages || !talk_chance(t, talk_reaction))
        return ATTUNE_OK;
    return talk_scrap(t, pool == t->tongue->emotional ? t->tongue->reply_warm : t->tongue->reply);
}

static const struct at_demo_rule *talk_next_pool(struct talk *t)
{
    const bool opens = t->n == 0 || talk_chance(t, 0.22);
    if (opens && t->n)
        talk_next_sitting(t);
    if (opens && (t->n == 0 || talk_chance(t, 0.7)))
        return talk_greeting(t);
    if (t->fan->n_messages - t->n <= 2 && talk_chance(t, 0.3))
        return t->tongue->bye;
    return talk_pool(t);
}

static attune_status talk_all(struct talk *t)
{
    while (t->n < t->fan->n_messages) {
        const struct at_demo_rule *pool = talk_next_pool(t);
        AT_TRY(talk_scrap(t, pool));
        AT_TRY(talk_react(t, pool));
    }
    return ATTUNE_OK;
}

static attune_status talk_ready_desk(struct at_demo_desk *desk, size_t n_lines, attune_error *err)
{
    if (desk->n_said < n_lines) {
        uint32_t *said = at_realloc(desk->said, n_lines, sizeof *said);
        if (!said)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu demo lines", n_lines);
        desk->said = said;
        desk->n_said = n_lines;
        desk->conversation = 0;
    }
    if (++desk->conversation <= 1) /* new, or wrapped around */
        memset(desk->said, 0, desk->n_said * sizeof *desk->said);
    if (!desk->conversation)
        desk->conversation = 1;
    return ATTUNE_OK;
}

attune_status at_demo_talk(const struct at_demo_tongue *tongue, const struct at_demo_fan *fan,
                           struct at_demo_desk *desk, struct at_rng *rng, struct at_arena *arena,
                           struct at_message **out, attune_error *err)
{
    AT_TRY(talk_ready_desk(desk, tongue->grammar.n_lines, err));
    struct talk t = {
        .tongue = tongue, .fan = fan, .desk = desk, .rng = rng, .arena = arena, .err = err};
    t.messages = AT_NEW(arena, struct at_message, fan->n_messages);
    if (!t.messages)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %u demo messages", fan->n_messages);
    for (int i = 0; i < TALK_FAVOURITES; i++)
        t.favourites[i] = (uint32_t)at_rng_below(rng, tongue->n_topics);
    t.now_ms = talk_day_one_ms + (int64_t)at_rng_below(rng, 180) * 24 * talk_hour_ms +
               (7 + (int64_t)at_rng_below(rng, 16)) * talk_hour_ms +
               (int64_t)at_rng_below(rng, 3600) * 1000;
    AT_TRY(talk_all(&t));
    *out = t.messages;
    return ATTUNE_OK;
}

void at_demo_desk_release(struct at_demo_desk *desk)
{
    at_free(desk->said);
    at_buf_release(&desk->raw);
    at_buf_release(&desk->typed);
    *desk = (struct at_demo_desk){0};
}
