#ifndef AT_FEATURE_NGRAM_NGRAM_CORPUS_H
#define AT_FEATURE_NGRAM_NGRAM_CORPUS_H

#include "feature/fan_order.h"
#include "feature/ngram/ngram.h"
#include "feature/term_counts.h"

/*
 * The training texts as numbers. Reading them once gives each different token and each different
 * stretch a number, and each profile the list of its tokens and the list of its stretches (4 bytes
 * each); all that learning does afterwards works on these lists. A piece of a word is thus cut out
 * once for each different word, not once for each time that it is written.
 *
 * Profiles are read fan after fan, so that "how many fans" needs no more than the last one seen.
 */
enum { CORPUS_TASK = 128, CORPUS_WAVE = 16 };
#define CORPUS_BREAK UINT32_MAX /* among tokens: a message begins */
#define CORPUS_ALONE                                                                               \
    (UINT32_C(1) << 31) /* set in the number of a token that takes no part in runs */

struct corpus_notes {
    uint32_t *items;
    size_t n, cap;
};
struct corpus_worker {
    struct ngram_session
        session; /* what reading a text needs; its counter is made by who needs it */
    struct at_term_counts tokens, stretches; /* df is the number of fans */
    struct corpus_notes token_notes, stretch_notes;
    attune_status status; /* the first failure of this worker */
    attune_error err;
};
struct corpus_place { /* where a profile's lists are */
    uint32_t worker;
    size_t token, token_end, stretch, stretch_end;
};
struct ngram_corpus {
    const struct at_feature_fit *in;
    const struct ngram_params *params;
    size_t n_workers;
    struct corpus_worker *workers; /* [n_workers] */
    struct at_fan_order order;
    size_t *task; /* [n_tasks + 1] tasks are pieces of `order`; none cuts a fan */
    size_t n_tasks;
    struct corpus_place *place; /* [n_profiles] by profile */
    size_t first;               /* task of the wave under way */
    void *context;              /* of the pass under way */
};

/** Sorts by fan and makes workers and tasks of c->in. Errors: NO_MEMORY. */
attune_status corpus_open(struct ngram_corpus *c, attune_error *err);
/** Reads all texts, and gives the tokens of all workers common numbers: those of workers[0].
 * Errors: NO_MEMORY, LIMIT, CANCELLED. */
attune_status corpus_read(struct ngram_corpus *c, attune_error *err);
void corpus_release(struct ngram_corpus *c);

/** Runs task(corpus, i, worker) for each i < n_tasks, a wave at a time; `done`, which may be NULL,
 * is called behind each wave, in the caller's thread. */
attune_status corpus_pass(struct ngram_corpus *c, size_t n_tasks, const char *stage,
                          void (*task)(struct ngram_corpus *c, size_t i, size_t worker),
                          attune_status (*done)(struct ngram_corpus *c, size_t first, size_t n,
                                                attune_error *err),
                          attune_error *err);

static inline const struct at_term_counts *corpus_tokens(const struct ngram_corpus *c)
{
    return &c->workers[0].tokens;
}
static inline const struct at_term_counts *corpus_stretches(const struct ngram_corpus *c)
{
    return &c->workers[0].stretches;
}
static inline const uint32_t *corpus_token_notes(const struct ngram_corpus *c, size_t profile,
                                                 size_t *out_n)
{
    const struct corpus_place *p = &c->place[profile];
    *out_n = p->token_end - p->token;
    return *out_n ? c->workers[p->worker].token_notes.items + p->token : NULL;
}
static inline const uint32_t *corpus_stretch_notes(const struct ngram_corpus *c, size_t profile,
                                                   size_t *out_n)
{
    const struct corpus_place *p = &c->place[profile];
    *out_n = p->stretch_end - p->stretch;
    return *out_n ? c->workers[p->worker].stretch_notes.items + p->stretch : NULL;
}

/* In how many profiles, and of how many fans, a term was seen; profiles come fan after fan. */
struct ngram_seen {
    uint32_t df, fans, last_doc, last_fan; /* last ones + 1 */
};
static inline void ngram_see(struct ngram_seen *s, size_t doc, uint32_t fan)
{
    if (s->last_doc == (uint32_t)doc + 1)
        return;
    s->last_doc = (uint32_t)doc + 1;
    s->df++;
    s->fans += s->last_fan != fan + 1;
    s->last_fan = fan + 1;
}

#endif
