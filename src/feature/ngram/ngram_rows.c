/* Tasks are pieces of the list of profiles as it was given; the rows of a wave of tasks are
 * appended before the next wave starts. */
#include "feature/ngram/ngram_rows.h"

#include "base/alloc.h"

struct rows_task { /* the rows of one task */
    struct at_row row;
    size_t end[CORPUS_TASK];
};
struct rows {
    struct rows_task *wave; /* [n_workers * CORPUS_WAVE] */
    struct at_csr *out;
    const struct ngram *feature;
    void (*count)(const void *context, struct ngram_session *session, size_t profile);
    const void *context;
};

static size_t rows_task_end(const struct ngram_corpus *c, size_t task)
{
    const size_t end = (task + 1) * CORPUS_TASK;
    return end < c->in->n_profiles ? end : c->in->n_profiles;
}

static void rows_make_task(struct ngram_corpus *c, size_t task, size_t worker)
{
    const struct rows *r = c->context;
    struct corpus_worker *w = &c->workers[worker];
    struct rows_task *out = &r->wave[task - c->first];
    const size_t first = task * CORPUS_TASK;
    out->row.n = 0;
    for (size_t i = first; i < rows_task_end(c, task); i++) {
        r->count(r->context, &w->session, i);
        w->status = at_row_reserve(&out->row, out->row.n + w->session.counter.n_touched, &w->err);
        if (w->status != ATTUNE_OK)
            return;
        out->row.n += ngram_take_row(r->feature, &w->session.counter, out->row.col + out->row.n,
                                     out->row.value + out->row.n);
        out->end[i - first] = out->row.n;
    }
}

static attune_status rows_append(struct ngram_corpus *c, size_t first, size_t n, attune_error *err)
{
    const struct rows *r = c->context;
    for (size_t task = first; task < first + n; task++) {
        const struct rows_task *from = &r->wave[task - first];
        size_t at = 0;
        for (size_t i = 0; i < rows_task_end(c, task) - task * CORPUS_TASK; i++) {
            const size_t n_items = from->end[i] - at;
            AT_TRY(at_csr_add_row(r->out, n_items ? from->row.col + at : NULL,
                                  n_items ? from->row.value + at : NULL, n_items, err));
            at = from->end[i];
        }
    }
    return ATTUNE_OK;
}

static attune_status rows_run(struct rows *r, struct ngram_corpus *c, attune_error *err)
{
    const size_t n_tasks = (c->in->n_profiles + CORPUS_TASK - 1) / CORPUS_TASK;
    for (size_t k = 0; k < c->n_workers; k++)
        AT_TRY(at_col_counter_init(&c->workers[k].session.counter, r->feature->base.n_cols, err));
    c->context = r;
    return corpus_pass(c, n_tasks, "rows", rows_make_task, rows_append, err);
}

attune_status ngram_rows_add(struct at_csr *rows, struct ngram_corpus *c, const struct ngram *f,
                             void (*count)(const void *context, struct ngram_session *session,
                                           size_t profile),
                             const void *context, attune_error *err)
{
    const size_t n_rows = rows->n_rows, n_cols = rows->n_cols;
    const size_t n_wave = c->n_workers * CORPUS_WAVE;
    struct rows r = {AT_ALLOC(struct rows_task, n_wave), rows, f, count, context};
    if (!r.wave)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: rows");
    rows->n_cols = f->base.n_cols;
    const attune_status status = rows_run(&r, c, err);
    if (status != ATTUNE_OK) { /* a matrix is cut back by its number of rows alone */
        rows->n_rows = n_rows;
        rows->n_cols = n_cols;
    }
    for (size_t i = 0; i < n_wave; i++)
        at_row_release(&r.wave[i].row);
    at_free(r.wave);
    return status;
}
