/* From messages to habits. Counts, lengths and times go through log1p, for their tails are long: a
 * fan who answers after a week is not a thousand times slower than one who takes ten minutes.
 * Shares of fan messages stay as they are. Times may stand in any order in a file; a step back
 * counts as no time at all. */
#include <math.h>

#include "base/alloc.h"
#include "feature/behaviour/behaviour.h"

static const int64_t look_hour_ms = 3600000, look_day_ms = 86400000;
static const double look_two_pi = 6.283185307179586;
enum {
    LOOK_SHORT_WORDS = 2,
    LOOK_PROMPT_MS = 5 * 60 * 1000,
    LOOK_PAUSE_MS = 8 * 3600 * 1000, /* a new conversation starts behind it */
    LOOK_NIGHT_FROM = 22,
    LOOK_NIGHT_TO = 6,
    LOOK_SATURDAY = 2 /* days since 1970-01-01, a Thursday, modulo 7 */
};

void behaviour_scratch_release(struct behaviour_scratch *s)
{
    at_free(s->chars);
    at_free(s->words);
    *s = (struct behaviour_scratch){0};
}

static attune_status look_reserve(struct behaviour_scratch *s, size_t n, attune_error *err)
{
    if (n <= s->cap)
        return ATTUNE_OK;
    const size_t cap = n + n / 2;
    int64_t *chars = at_realloc(s->chars, cap, sizeof *chars);
    if (chars)
        s->chars = chars;
    int64_t *words = chars ? at_realloc(s->words, cap, sizeof *words) : NULL;
    if (!words)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: habits of %zu messages", n);
    s->words = words;
    s->cap = cap;
    return ATTUNE_OK;
}

/* Hoare's selection: afterwards v[k] is what sorting would put there, and nothing before it is
 * larger. */
static void median_select(int64_t *v, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        const int64_t pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i >= j)
                break;
            const int64_t t = v[i];
            v[i++] = v[j];
            v[j--] = t;
        }
        /* v[low..j] <= pivot <= v[j+1..high] */
        if (k <= j)
            high = j;
        else
            low = j + 1;
    }
}

double behaviour_median(int64_t *v, size_t n)
{
    const size_t k = n / 2;
    median_select(v, n, k);
    if (n % 2)
        return (double)v[k];
    int64_t below = v[0];
    for (size_t i = 1; i < k; i++)
        below = v[i] > below ? v[i] : below;
    return ((double)below + (double)v[k]) / 2;
}

/* What the passes over one profile have in common. */
struct look {
    const struct at_profile *p;
    struct behaviour_scratch *scratch;
    double *x;
    size_t n_fan, n_creator, n_fan_timed, n_timed;
    int64_t fan_chars, creator_bytes, fan_bytes;
    int64_t first_ms, last_ms;         /* of all that have a time */
    int64_t fan_first_ms, fan_last_ms; /* of the fan's */
};

static double look_share(size_t part, size_t whole)
{
    return (double)part / (double)whole;
}

static int64_t look_later(int64_t ms, int64_t than_ms)
{
    return ms > than_ms ? ms - than_ms : 0;
}

static bool look_timed(const struct at_message *m)
{
    /* between the years 1 and 9999, so that differences cannot overflow */
    return m->at_ms > -look_day_ms * 800000 && m->at_ms < look_day_ms * 3000000;
}

static void look_count(struct look *k)
{
    for (size_t i = 0; i < k->p->n_messages; i++) {
        const struct at_message *m = &k->p->messages[i];
        const bool fan = m->from == AT_FROM_FAN;
        *(fan ? &k->n_fan : &k->n_creator) += 1;
        *(fan ? &k->fan_bytes : &k->creator_bytes) += (int64_t)m->text.len;
        if (!look_timed(m))
            continue;
        k->first_ms = !k->n_timed || m->at_ms < k->first_ms ? m->at_ms : k->first_ms;
        k->last_ms = !k->n_timed || m->at_ms > k->last_ms ? m->at_ms : k->last_ms;
        k->n_timed++;
        if (!fan)
            continue;
        k->fan_first_ms =
            !k->n_fan_timed || m->at_ms < k->fan_first_ms ? m->at_ms : k->fan_first_ms;
        k->fan_last_ms = !k->n_fan_timed || m->at_ms > k->fan_last_ms ? m->at_ms : k->fan_last_ms;
        k->n_fan_timed++;
    }
}

struct look_sums {
    size_t n_short, questions, exclamations, dots, shouting, emoji, repeats;
    int64_t chars, words, chars_max, words_max, cased, upper;
};

static void look_add_text(struct look_sums *sum, const struct behaviour_text *t)
{
    sum->n_short += t->n_words <= LOOK_SHORT_WORDS;
    sum->questions += t->question;
    sum->exclamations += t->exclamation;
    sum->dots += t->dots;
    sum->shouting += t->shouting;
    sum->emoji += t->emoji;
    sum->repeats += t->repeat;
    sum->chars += t->n_chars;
    sum->words += t->n_words;
    sum->cased += t->n_cased;
    sum->upper += t->n_upper;
    if (t->n_chars > sum->chars_max)
        sum->chars_max = t->n_chars;
    if (t->n_words > sum->words_max)
        sum->words_max = t->n_words;
}

static void look_texts(struct look *k)
{
    struct look_sums sum = {0};
    double *x = k->x;
    size_t n = 0;
    for (size_t i = 0; i < k->p->n_messages; i++) {
        if (k->p->messages[i].from != AT_FROM_FAN)
            continue;
        const struct behaviour_text t = behaviour_read_text(k->p->messages[i].text);
        look_add_text(&sum, &t);
        k->scratch->chars[n] = t.n_chars;
        k->scratch->words[n++] = t.n_words;
    }
    x[BEHAVIOUR_N_MESSAGES] = log1p((double)n);
    x[BEHAVIOUR_CHARS_MEAN] = log1p((double)sum.chars / (double)n);
    x[BEHAVIOUR_CHARS_MEDIAN] = log1p(behaviour_median(k->scratch->chars, n));
    x[BEHAVIOUR_CHARS_MAX] = log1p((double)sum.chars_max);
    x[BEHAVIOUR_WORDS_MEAN] = log1p((double)sum.words / (double)n);
    x[BEHAVIOUR_WORDS_MEDIAN] = log1p(behaviour_median(k->scratch->words, n));
    x[BEHAVIOUR_WORDS_MAX] = log1p((double)sum.words_max);
    x[BEHAVIOUR_SHORT] = look_share(sum.n_short, n);
    x[BEHAVIOUR_QUESTIONS] = look_share(sum.questions, n);
    x[BEHAVIOUR_EXCLAMATIONS] = look_share(sum.exclamations, n);
    x[BEHAVIOUR_DOTS] = look_share(sum.dots, n);
    x[BEHAVIOUR_CAPITALS] = sum.cased ? (double)sum.upper / (double)sum.cased : 0;
    x[BEHAVIOUR_SHOUTING] = look_share(sum.shouting, n);
    x[BEHAVIOUR_EMOJI] = look_share(sum.emoji, n);
    x[BEHAVIOUR_REPEATS] = look_share(sum.repeats, n);
}

/* Milliseconds into a day or week, also before 1970. */
static int64_t look_modulo(int64_t ms, int64_t by)
{
    const int64_t r = ms % by;
    return r < 0 ? r + by : r;
}

static void look_clock(struct look *k)
{
    double sines = 0, cosines = 0;
    size_t night = 0, weekend = 0;
    for (size_t i = 0; i < k->p->n_messages; i++) {
        const struct at_message *m = &k->p->messages[i];
        if (m->from != AT_FROM_FAN || !look_timed(m))
            continue;
        const int64_t of_day = look_modulo(m->at_ms, look_day_ms), hour = of_day / look_hour_ms;
        const int64_t day = look_modulo(m->at_ms, 7 * look_day_ms) / look_day_ms;
        const double angle = look_two_pi * (double)of_day / (double)look_day_ms;
        sines += sin(angle);
        cosines += cos(angle);
        night += hour >= LOOK_NIGHT_FROM || hour < LOOK_NIGHT_TO;
        weekend += day == LOOK_SATURDAY || day == LOOK_SATURDAY + 1;
    }
    k->x[BEHAVIOUR_HOUR_SIN] = sines / (double)k->n_fan_timed;
    k->x[BEHAVIOUR_HOUR_COS] = cosines / (double)k->n_fan_timed;
    k->x[BEHAVIOUR_NIGHT] = look_share(night, k->n_fan_timed);
    k->x[BEHAVIOUR_WEEKEND] = look_share(weekend, k->n_fan_timed);
}

static double look_log_seconds(double ms)
{
    return log1p(ms / 1000);
}

/* Gaps between the fan's messages, and where in the conversation they lie. */
static void look_rhythm(struct look *k)
{
    const double days = (double)(k->fan_last_ms - k->fan_first_ms) / (double)look_day_ms;
    const double whole_ms = (double)(k->last_ms - k->first_ms);
    int64_t *gap = k->scratch->chars, last_ms = 0, gap_max = 0;
    size_t n = 0;
    double places = 0;
    for (size_t i = 0; i < k->p->n_messages; i++) {
        const struct at_message *m = &k->p->messages[i];
        if (m->from != AT_FROM_FAN || !look_timed(m))
            continue;
        if (n)
            gap[n - 1] = look_later(m->at_ms, last_ms);
        if (n && gap[n - 1] > gap_max)
            gap_max = gap[n - 1];
        last_ms = m->at_ms;
        places += (double)(m->at_ms - k->first_ms);
        n++;
    }
    k->x[BEHAVIOUR_GAP_MEDIAN] = look_log_seconds(behaviour_median(gap, n - 1));
    k->x[BEHAVIOUR_GAP_MAX] = look_log_seconds((double)gap_max);
    k->x[BEHAVIOUR_SPAN] = log1p(days);
    k->x[BEHAVIOUR_PER_DAY] = log1p((double)n / (days > 1 ? days : 1));
    k->x[BEHAVIOUR_TREND] = whole_ms > 0 ? places / (double)n / whole_ms : 0.5;
    k->x[BEHAVIOUR_SILENCE] = look_log_seconds((double)(k->last_ms - k->fan_last_ms));
}

static void look_talk(struct look *k)
{
    size_t in_a_row = 0;
    for (size_t i = 1; i < k->p->n_messages; i++)
        in_a_row +=
            k->p->messages[i].from == AT_FROM_FAN && k->p->messages[i - 1].from == AT_FROM_FAN;
    k->x[BEHAVIOUR_RATIO] = log1p((double)k->n_fan) - log1p((double)k->n_creator);
    k->x[BEHAVIOUR_LENGTH_RATIO] = log1p((double)k->fan_bytes) - log1p((double)k->creator_bytes);
    k->x[BEHAVIOUR_IN_A_ROW] = look_share(in_a_row, k->n_fan);
}

/* Who writes the first message of all, and of each conversation behind a pause. */
static void look_openings(struct look *k)
{
    const struct at_message *last = NULL;
    size_t n = 0, by_fan = 0;
    for (size_t i = 0; i < k->p->n_messages; i++) {
        const struct at_message *m = &k->p->messages[i];
        if (!look_timed(m))
            continue;
        if (!last || m->at_ms - last->at_ms > LOOK_PAUSE_MS) {
            n++;
            by_fan += m->from == AT_FROM_FAN;
        }
        last = m;
    }
    k->x[BEHAVIOUR_OPENS] = look_share(by_fan, n);
}

/* Returns whether there was an answer: a message of the fan right behind one of the creator. */
static bool look_answers(struct look *k)
{
    int64_t *delay = k->scratch->chars;
    size_t n = 0, prompt = 0;
    for (size_t i = 1; i < k->p->n_messages; i++) {
        const struct at_message *m = &k->p->messages[i], *before = m - 1;
        if (m->from != AT_FROM_FAN || before->from == AT_FROM_FAN || !look_timed(m) ||
            !look_timed(before))
            continue;
        delay[n] = look_later(m->at_ms, before->at_ms);
        prompt += delay[n++] <= LOOK_PROMPT_MS;
    }
    if (n == 0)
        return false;
    k->x[BEHAVIOUR_DELAY] = look_log_seconds(behaviour_median(delay, n));
    k->x[BEHAVIOUR_PROMPT] = look_share(prompt, n);
    return true;
}

attune_status behaviour_look(struct behaviour_sight *out, struct behaviour_scratch *scratch,
                             const struct at_profile *profile, attune_error *err)
{
    struct look k = {.p = profile, .scratch = scratch, .x = out->x};
    AT_TRY(look_reserve(scratch, profile->n_messages, err));
    *out = (struct behaviour_sight){0};
    look_count(&k);
    const bool talk = k.n_fan > 0 && k.n_creator > 0;
    const bool has[BEHAVIOUR_GROUPS] = {[BEHAVIOUR_TEXT] = k.n_fan > 0,
                                        [BEHAVIOUR_CLOCK] = k.n_fan_timed > 0,
                                        [BEHAVIOUR_RHYTHM] = k.n_fan_timed > 1,
                                        [BEHAVIOUR_TALK] = talk,
                                        [BEHAVIOUR_OPENING] = talk && k.n_timed > 1,
                                        [BEHAVIOUR_ANSWER] = talk && look_answers(&k)};
    if (has[BEHAVIOUR_TEXT])
        look_texts(&k);
    if (has[BEHAVIOUR_CLOCK])
        look_clock(&k);
    if (has[BEHAVIOUR_RHYTHM])
        look_rhythm(&k);
    if (has[BEHAVIOUR_TALK])
        look_talk(&k);
    if (has[BEHAVIOUR_OPENING])
        look_openings(&k);
    for (size_t g = 0; g < BEHAVIOUR_GROUPS; g++) {
        out->missing |= has[g] ? 0 : 1u << g;
        out->x[BEHAVIOUR_N_HABITS + g] = has[g] ? 0 : 1;
    }
    return ATTUNE_OK;
}
