#ifndef AT_FEATURE_BEHAVIOUR_BEHAVIOUR_H
#define AT_FEATURE_BEHAVIOUR_BEHAVIOUR_H

#include "feature/feature.h"

/*
 * Interaction patterns: how a fan writes, when, and how the two talk, as numbers beside the words.
 *
 *   x       what a profile shows of one habit: a share, a logarithm of a count, length or time
 *   mean    of x over the training profiles that show it, and their standard deviation sd
 *   value   weight / sqrt(n) * clip((x - mean) / sd, -3, 3), n columns that have a scale
 *
 * So a typical row has the length `weight`, beside text rows of length 1. A habit that a profile
 * cannot show (no times, no creator) is at the mean, 0, and a column of its own says so. The block
 * keeps moments over several fans only: what fewer than k fans (at_feature_min_fans) show, or what
 * is the same for all, has no scale and never a value.
 *
 * Used inside this folder only; the rest of attune sees at_feature_kind_behaviour.
 */
struct behaviour_options {
    double weight;
};

/* What a profile needs to have before a habit can be seen; one column each says that it has not. */
enum behaviour_group {
    BEHAVIOUR_TEXT,    /* a message of the fan */
    BEHAVIOUR_CLOCK,   /* ... with a time */
    BEHAVIOUR_RHYTHM,  /* two of them */
    BEHAVIOUR_TALK,    /* messages of both */
    BEHAVIOUR_OPENING, /* messages of both, two of them with a time */
    BEHAVIOUR_ANSWER,  /* a timed message of the fan right behind a timed one of the creator */
    BEHAVIOUR_GROUPS
};

/*
 * name, group, what a person reads of a fan above the mean, and of one below it. Habits that mean
 * the same to a reader share their words: an explanation adds them up.
 */
/* clang-format off */
#define BEHAVIOUR_HABITS(X)                                                                        \
    X(N_MESSAGES,    TEXT,    "writes many messages",      "writes few messages")                  \
    X(CHARS_MEAN,    TEXT,    "long messages",             "short messages")                       \
    X(CHARS_MEDIAN,  TEXT,    "long messages",             "short messages")                       \
    X(CHARS_MAX,     TEXT,    "a very long message",       "no long message")                      \
    X(WORDS_MEAN,    TEXT,    "long messages",             "short messages")                       \
    X(WORDS_MEDIAN,  TEXT,    "long messages",             "short messages")                       \
    X(WORDS_MAX,     TEXT,    "a very long message",       "no long message")                      \
    X(SHORT,         TEXT,    "many messages of one or two words",                                 \
                              "hardly a message of one or two words")                              \
    X(QUESTIONS,     TEXT,    "asks many questions",       "asks few questions")                   \
    X(EXCLAMATIONS,  TEXT,    "many exclamation marks",    "few exclamation marks")                \
    X(DOTS,          TEXT,    "trails off with dots",      "no trailing dots")                     \
    X(CAPITALS,      TEXT,    "many capitals",             "few capitals")                         \
    X(SHOUTING,      TEXT,    "writes words in capitals",  "no words in capitals")                 \
    X(EMOJI,         TEXT,    "many emoji",                "few emoji")                            \
    X(REPEATS,       TEXT,    "stretches letters",         "no stretched letters")                 \
    X(HOUR_SIN,      CLOCK,   "writes before noon (UTC)",  "writes after noon (UTC)")              \
    X(HOUR_COS,      CLOCK,   "writes late or early (UTC)", "writes in the middle of the day (UTC)") \
    X(NIGHT,         CLOCK,   "writes at night (UTC)",     "hardly writes at night (UTC)")         \
    X(WEEKEND,       CLOCK,   "writes on weekends",        "hardly writes on weekends")            \
    X(GAP_MEDIAN,    RHYTHM,  "long gaps between messages", "short gaps between messages")         \
    X(GAP_MAX,       RHYTHM,  "made a long pause",         "never paused for long")                \
    X(SPAN,          RHYTHM,  "has written for a long time", "has written for a short time")       \
    X(PER_DAY,       RHYTHM,  "many messages a day",       "few messages a day")                   \
    X(TREND,         RHYTHM,  "writes more lately",        "wrote more at first")                  \
    X(SILENCE,       RHYTHM,  "has gone silent",           "still writes")                         \
    X(RATIO,         TALK,    "writes more often than the creator", "writes less often than the creator") \
    X(LENGTH_RATIO,  TALK,    "writes more text than the creator", "writes less text than the creator") \
    X(IN_A_ROW,      TALK,    "several messages in a row", "one message at a time")                \
    X(OPENS,         OPENING, "starts conversations",      "lets the creator start conversations") \
    X(DELAY,         ANSWER,  "answers slowly",            "answers quickly")                      \
    X(PROMPT,        ANSWER,  "answers within minutes",    "seldom answers within minutes")
/* clang-format on */

enum behaviour_habit {
#define X(name, group, more, less) BEHAVIOUR_##name,
    BEHAVIOUR_HABITS(X)
#undef X
        BEHAVIOUR_N_HABITS,
    BEHAVIOUR_N_COLS = BEHAVIOUR_N_HABITS + BEHAVIOUR_GROUPS /* habits, then what is missing */
};

/* What one profile shows. */
struct behaviour_sight {
    double x[BEHAVIOUR_N_COLS]; /* finite; habits of missing groups are 0 */
    unsigned missing;           /* bit 1 << group */
};

/* Room for one figure a message; kept from profile to profile. */
struct behaviour_scratch {
    int64_t *chars, *words; /* [cap] */
    size_t cap;
};
/**
 * Looks at one profile: what the fan wrote, and when; of the creator's words only their length.
 *
 * Errors   NO_MEMORY  only while the scratch grows
 * Cost     one pass over the texts; O(messages) for the medians
 * Tests    behaviour_test.c (by hand), behaviour_prop.c
 */
attune_status behaviour_look(struct behaviour_sight *out, struct behaviour_scratch *scratch,
                             const struct at_profile *profile, attune_error *err);
void behaviour_scratch_release(struct behaviour_scratch *scratch);

/* What the characters of one message show. */
struct behaviour_text {
    int64_t n_chars, n_words;
    int64_t n_cased, n_upper;                                  /* letters that have a case */
    bool question, exclamation, dots, shouting, emoji, repeat; /* at least one */
};
/** Words are what white space parts, if a letter or digit is in it. Cost: one pass, no allocation.
 */
struct behaviour_text behaviour_read_text(struct at_str text);

/** The middle one of v[0..n-1], n > 0, or the mean of the two in the middle; reorders v. O(n). */
double behaviour_median(int64_t *v, size_t n);

struct behaviour_params {
    uint32_t version, n_cols;
    double limit; /* of a value: weight / sqrt(n) * BEHAVIOUR_CLIP */
};
enum { BEHAVIOUR_PARAMS_VERSION = 1, BEHAVIOUR_CLIP = 3 };

struct behaviour {
    struct at_feature base; /* n_cols = BEHAVIOUR_N_COLS */
    struct behaviour_params params;
    double mean[BEHAVIOUR_N_COLS];
    double scale[BEHAVIOUR_N_COLS]; /* weight / (sqrt(n) * sd); 0: no value */
};
extern const struct at_feature_kind at_feature_kind_behaviour;

/** What a column needs (the group of a habit), or speaks of (that of a column of what is missing).
 */
enum behaviour_group behaviour_col_group(size_t col);
/** The value of a column, 0 for what is missing or has no scale. */
float behaviour_value(const struct behaviour *feature, const struct behaviour_sight *sight,
                      size_t col);

attune_status behaviour_fit(struct at_feature **out, struct at_csr *rows,
                            const struct at_feature_fit *in, const void *options,
                            attune_error *err);
attune_status behaviour_survey(void **out, const struct at_feature_fit *in, size_t least_fans,
                               const void *options, attune_error *err);
attune_status behaviour_fit_part(struct at_feature **out, struct at_csr *rows,
                                 const struct at_feature_part *part, const void *options,
                                 attune_error *err);
void behaviour_survey_destroy(void *survey);
attune_status behaviour_save(const struct at_feature *feature, attune_writer *writer,
                             attune_error *err);
attune_status behaviour_load(struct at_feature **out, const attune_reader *reader,
                             attune_error *err);
void behaviour_destroy(struct at_feature *feature);

#endif
