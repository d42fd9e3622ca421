/* Texts are read twice, once to count how many fans fill each bucket and once for the rows, so that
 * nothing is kept of them in between. To count, every bucket is a column of a block that stands in
 * for the one that is being learned. */
#include "feature/ngram/ngram_hash.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "feature/ngram/ngram_corpus.h"
#include "feature/ngram/ngram_rows.h"

struct hash_fit {
    struct ngram_corpus corpus;
    struct ngram every;      /* a block with each bucket as a column */
    struct ngram_seen *seen; /* [n_workers * n_buckets]; after counting [n_buckets] */
    uint32_t *touched;       /* [n_workers * n_buckets] */
    size_t n_buckets;
    const struct ngram *feature;
};

static void hash_count_task(struct ngram_corpus *c, size_t task, size_t worker)
{
    struct hash_fit *h = c->context;
    struct ngram_session *s = &c->workers[worker].session;
    struct ngram_seen *seen = h->seen + worker * h->n_buckets;
    uint32_t *touched = h->touched + worker * h->n_buckets;
    for (size_t i = c->task[task]; i < c->task[task + 1]; i++) {
        ngram_count(&h->every, s, c->in->profiles[c->order.profile[i]]);
        const size_t n = at_col_counter_columns(&s->counter, touched);
        for (size_t k = 0; k < n; k++) {
            s->counter.count[touched[k]] = 0;
            ngram_see(&seen[touched[k]], i, c->order.fan[i]);
        }
    }
}

static attune_status hash_count(struct hash_fit *h, attune_error *err)
{
    struct ngram_corpus *c = &h->corpus;
    const size_t n_seen = c->n_workers * h->n_buckets;
    h->every.params = h->feature->params;
    h->every.bucket_col = AT_ALLOC_RAW(uint32_t, h->n_buckets);
    h->seen = AT_ALLOC(struct ngram_seen, n_seen);
    h->touched = AT_ALLOC_RAW(uint32_t, c->n_workers * h->n_buckets);
    if (!h->every.bucket_col || !h->seen || !h->touched)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu hash buckets; lower hash_bits",
                       h->n_buckets);
    for (size_t b = 0; b < h->n_buckets; b++)
        h->every.bucket_col[b] = (uint32_t)b;
    for (size_t k = 0; k < c->n_workers; k++)
        AT_TRY(at_col_counter_init(&c->workers[k].session.counter, h->n_buckets, err));
    c->context = h;
    AT_TRY(corpus_pass(c, c->n_tasks, "buckets", hash_count_task, NULL, err));
    for (size_t k = 0; k < c->n_workers; k++) {
        at_col_counter_release(&c->workers[k].session.counter);
        for (size_t b = 0; k > 0 && b < h->n_buckets; b++) {
            h->seen[b].df += h->seen[k * h->n_buckets + b].df;
            h->seen[b].fans += h->seen[k * h->n_buckets + b].fans;
        }
    }
    return ATTUNE_OK;
}

static int hash_compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

/* Drops all but the `keep` buckets that most fans fill, of equal ones the first. */
static attune_status hash_cut(uint32_t *buckets, size_t *n, size_t keep,
                              const struct ngram_seen *seen, attune_error *err)
{
    uint32_t *fans = AT_ALLOC_RAW(uint32_t, *n);
    if (!fans)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: choosing from %zu buckets", *n);
    for (size_t i = 0; i < *n; i++)
        fans[i] = seen[buckets[i]].fans;
    qsort(fans, *n, sizeof *fans, hash_compare);
    const uint32_t cut = fans[keep - 1];
    size_t tied = 0, kept = 0;
    for (size_t i = keep; i > 0 && fans[i - 1] == cut; i--)
        tied++;
    at_free(fans);
    for (size_t i = 0; i < *n; i++) {
        const uint32_t have = seen[buckets[i]].fans;
        if (have < cut || (have == cut && tied == 0))
            continue;
        tied -= have == cut;
        buckets[kept++] = buckets[i];
    }
    *n = kept;
    return ATTUNE_OK;
}

static attune_status hash_choose(struct hash_fit *h, struct ngram *f,
                                 const struct ngram_options *options, attune_error *err)
{
    const uint32_t min_fans = f->params.min_fans, half = UINT32_C(1) << f->params.hash_bits;
    const double max_df = options->max_df * (double)f->params.n_docs;
    const size_t keep = (size_t)options->max_features;
    size_t n = 0;
    f->own_buckets = AT_ALLOC_RAW(uint32_t, h->n_buckets);
    f->own_df = AT_ALLOC_RAW(uint32_t, h->n_buckets);
    if (!f->own_buckets || !f->own_df)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu hash buckets", h->n_buckets);
    for (size_t b = 0; b < h->n_buckets; b++)
        if (h->seen[b].fans >= min_fans && h->seen[b].df <= max_df)
            f->own_buckets[n++] = (uint32_t)b;
    if (n == 0)
        return at_fail(err, ATTUNE_NOT_ENOUGH,
                       "nothing to learn: no bucket is filled by %u of the %zu fans; give more "
                       "fans, lower min_fans (2 at least), or raise max_df",
                       (unsigned)min_fans, h->corpus.order.n_fans);
    if (keep && keep < n)
        AT_TRY(hash_cut(f->own_buckets, &n, keep, h->seen, err));
    for (size_t i = 0; i < n; i++) {
        f->own_df[i] = h->seen[f->own_buckets[i]].df;
        f->n_words += f->own_buckets[i] < half;
    }
    f->buckets = f->own_buckets;
    f->df = f->own_df;
    f->base.n_cols = n;
    return ngram_prepare(f, err);
}

static void hash_count_row(const void *context, struct ngram_session *session, size_t profile)
{
    const struct hash_fit *h = context;
    ngram_count(h->feature, session, h->corpus.in->profiles[profile]);
}

static attune_status hash_run(struct hash_fit *h, struct ngram *f, struct at_csr *rows,
                              const struct ngram_options *options, attune_error *err)
{
    AT_TRY(corpus_open(&h->corpus, err));
    f->params.min_fans =
        at_fan_order_min_fans(&h->corpus.order, options->min_fans, h->corpus.in->job);
    AT_TRY(hash_count(h, err));
    AT_TRY(hash_choose(h, f, options, err));
    return rows ? ngram_rows_add(rows, &h->corpus, f, hash_count_row, h, err) : ATTUNE_OK;
}

attune_status ngram_fit_hashed(struct ngram *f, struct at_csr *rows,
                               const struct at_feature_fit *in, const struct ngram_options *options,
                               attune_error *err)
{
    struct hash_fit h = {.corpus = {.in = in, .params = &f->params},
                         .n_buckets = (size_t)2 << f->params.hash_bits,
                         .feature = f};
    const attune_status status = hash_run(&h, f, rows, options, err);
    at_free(h.every.bucket_col);
    at_free(h.seen);
    at_free(h.touched);
    corpus_release(&h.corpus);
    return status;
}

attune_status ngram_prepare_buckets(struct ngram *f, attune_error *err)
{
    const size_t n_buckets = (size_t)2 << f->params.hash_bits;
    f->bucket_col = AT_ALLOC_RAW(uint32_t, n_buckets);
    f->names = at_alloc_raw(f->base.n_cols, sizeof *f->names);
    if (!f->bucket_col || !f->names)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu hash buckets", n_buckets);
    memset(f->bucket_col, 0xff, n_buckets * sizeof *f->bucket_col); /* AT_TERM_NONE */
    for (size_t col = 0; col < f->base.n_cols; col++) {
        f->bucket_col[f->buckets[col]] = (uint32_t)col;
        snprintf(f->names[col], sizeof f->names[col], "#%06x", f->buckets[col] & 0xffffffU);
    }
    return ATTUNE_OK;
}
