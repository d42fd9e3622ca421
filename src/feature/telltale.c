/* Words are counted twice over: as the tokenizer sees them, and as white space parts them, so that
 * "#E1" or "[vip]" is found as it stands. Each counts once a fan. Habits are the columns of the
 * block `behaviour`; the best threshold of a column is found by sorting it. */
#include "feature/telltale.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "base/map.h"
#include "feature/feature.h"
#include "text/words.h"

enum { TELLTALE_MIN_SIDE = 20, TELLTALE_MIN_FANS = 10, TELLTALE_WORD_MAX = 64 };
static const double telltale_least_share = 0.5, telltale_own_name_share = 0.1;
static const double telltale_most_others = 0.05, telltale_least_precision = 0.9;
static const double telltale_least_accuracy = 0.98;

struct telltale_run {
    const struct at_telltale_input *in;
    struct at_telltales *out;
    size_t n, k, *n_class; /* profiles that count; labels; profiles of each */
    struct at_map words;
    uint32_t *last, *count; /* by word: [cap] profile + 1 that had it last; [cap * k] */
    size_t cap;
    char *text;
    size_t text_cap;
};

static bool telltale_counts(const struct at_telltale_input *in, size_t i)
{
    return in->y[i] != AT_CLASS_NONE && (!in->group || in->group[i] == i);
}

static attune_status telltale_add(struct at_telltales *out, const struct at_telltale *item,
                                  attune_error *err)
{
    if (out->n == out->cap) {
        const size_t cap = out->cap ? 2 * out->cap : 8;
        struct at_telltale *items = at_realloc(out->items, cap, sizeof *items);
        if (!items)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu words", cap);
        out->items = items;
        out->cap = cap;
    }
    out->items[out->n] = *item;
    out->items[out->n].name.ptr = at_arena_strndup(&out->arena, item->name.ptr, item->name.len);
    if (!out->items[out->n].name.ptr)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a word");
    out->n++;
    return ATTUNE_OK;
}

/* ---- words ---- */

static attune_status telltale_grow(struct telltale_run *run, attune_error *err)
{
    const size_t cap = run->cap ? 2 * run->cap : 4096;
    uint32_t *last = at_realloc(run->last, cap, sizeof *last);
    if (last)
        run->last = last;
    uint32_t *count = last ? at_realloc(run->count, cap * run->k, sizeof *count) : NULL;
    if (!count)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu words", cap);
    memset(last + run->cap, 0, (cap - run->cap) * sizeof *last);
    memset(count + run->cap * run->k, 0, (cap - run->cap) * run->k * sizeof *count);
    run->count = count;
    run->cap = cap;
    return ATTUNE_OK;
}

static attune_status telltale_count(struct telltale_run *run, size_t i, struct at_str word,
                                    attune_error *err)
{
    uint32_t id;
    if (word.len == 0 || word.len > TELLTALE_WORD_MAX)
        return ATTUNE_OK;
    AT_TRY(at_map_add(&run->words, word, &id, NULL, err));
    if (id >= run->cap)
        AT_TRY(telltale_grow(run, err));
    if (run->last[id] != i + 1) {
        run->last[id] = (uint32_t)i + 1;
        run->count[id * run->k + run->in->y[i]]++;
    }
    return ATTUNE_OK;
}

/* Plain letters and digits are the tokenizer's already. */
static bool telltale_is_tag(struct at_str word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789", word.ptr[i] | 32))
            return true;
    return false;
}

static attune_status telltale_count_message(struct telltale_run *run, size_t i, struct at_str text,
                                            attune_error *err)
{
    const size_t room = at_words_room(text.len);
    if (room > run->text_cap) {
        char *grown = at_realloc(run->text, room, 1);
        if (!grown)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: message of %zu bytes", text.len);
        run->text = grown;
        run->text_cap = room;
    }
    struct at_words words;
    at_words_begin(&words, text);
    for (size_t n; (n = at_words_next(&words, run->text)) != 0;)
        AT_TRY(telltale_count(run, i, (struct at_str){run->text, n}, err));
    for (size_t at = 0, end; at < text.len; at = end + 1) {
        for (end = at; end < text.len && !strchr(" \t\r\n", text.ptr[end]);)
            end++;
        const struct at_str word = {text.ptr + at, end - at};
        if (telltale_is_tag(word))
            AT_TRY(telltale_count(run, i, word, err));
    }
    return ATTUNE_OK;
}

static attune_status telltale_count_words(struct telltale_run *run, attune_error *err)
{
    const struct at_dataset *d = run->in->dataset;
    for (size_t i = 0; i < d->n; i++) {
        const struct at_profile *p = &d->profiles[i];
        if (i % 1024 == 0) {
            AT_TRY(at_job_check(run->in->job, err));
            at_job_progress(run->in->job, "traces of labels", i, d->n);
        }
        for (size_t m = 0; telltale_counts(run->in, i) && m < p->n_messages; m++)
            if (p->messages[m].from == AT_FROM_FAN)
                AT_TRY(telltale_count_message(run, i, p->messages[m].text, err));
    }
    return ATTUNE_OK;
}

static bool telltale_own_name(struct at_str word, struct at_str label)
{
    if (word.len != label.len)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if ((word.ptr[i] | 32) != (label.ptr[i] | 32))
            return false;
    return true;
}

static bool telltale_speaks(const struct telltale_run *run, const struct at_telltale *t)
{
    const bool own = telltale_own_name(t->name, run->in->labels->names[t->class_index]);
    const double share = (double)t->n_with / (double)t->n_class;
    return t->n_class >= TELLTALE_MIN_SIDE && t->n_rest >= TELLTALE_MIN_SIDE &&
           t->n_with >= TELLTALE_MIN_FANS &&
           share >= (own ? telltale_own_name_share : telltale_least_share) &&
           (double)t->n_others <= telltale_most_others * (double)t->n_rest &&
           (double)t->n_with >= telltale_least_precision * (double)(t->n_with + t->n_others);
}

static attune_status telltale_words(struct telltale_run *run, attune_error *err)
{
    for (size_t id = 0; id < run->words.n_keys; id++) {
        const uint32_t *count = run->count + id * run->k;
        size_t all = 0;
        for (size_t c = 0; c < run->k; c++)
            all += count[c];
        for (size_t c = 0; c < run->k; c++) {
            const struct at_telltale t = {.name = run->words.keys[id],
                                          .class_index = (uint32_t)c,
                                          .n_with = count[c],
                                          .n_class = run->n_class[c],
                                          .n_others = all - count[c],
                                          .n_rest = run->n - run->n_class[c]};
            if (telltale_speaks(run, &t))
                AT_TRY(telltale_add(run->out, &t, err));
        }
    }
    return ATTUNE_OK;
}

/* ---- habits ---- */

struct telltale_value {
    float value;
    uint32_t y;
};

static int telltale_compare_values(const void *a, const void *b)
{
    const float x = ((const struct telltale_value *)a)->value,
                y = ((const struct telltale_value *)b)->value;
    return (x > y) - (x < y);
}

/* Walks up the sorted column: whoever lies above the threshold shows the habit. */
static attune_status telltale_threshold(struct telltale_run *run, struct at_telltale *t,
                                        const struct telltale_value *v, attune_error *err)
{
    size_t with = t->n_class, others = t->n_rest;
    struct at_telltale best = *t;
    double best_away = 0;
    for (size_t i = 0; i + 1 < run->n; i++) {
        with -= v[i].y == t->class_index;
        others -= v[i].y != t->class_index;
        if (v[i].value == v[i + 1].value)
            continue;
        const double away = (double)with / (double)t->n_class - (double)others / (double)t->n_rest;
        if ((away < 0 ? -away : away) > best_away) {
            best_away = away < 0 ? -away : away;
            best.less = away < 0;
            best.n_with = best.less ? t->n_class - with : with;
            best.n_others = best.less ? t->n_rest - others : others;
        }
    }
    return (1 + best_away) / 2 >= telltale_least_accuracy ? telltale_add(run->out, &best, err)
                                                          : ATTUNE_OK;
}

static attune_status telltale_column(struct telltale_run *run, struct telltale_value *v,
                                     const struct at_feature *f, size_t col, attune_error *err)
{
    qsort(v, run->n, sizeof *v, telltale_compare_values);
    for (size_t c = 0; c < run->k; c++) {
        struct at_telltale t = {.name = f->kind->col_name(f, col),
                                .is_habit = true,
                                .class_index = (uint32_t)c,
                                .n_class = run->n_class[c],
                                .n_rest = run->n - run->n_class[c]};
        if (t.n_class >= TELLTALE_MIN_SIDE && t.n_rest >= TELLTALE_MIN_SIDE)
            AT_TRY(telltale_threshold(run, &t, v, err));
    }
    return ATTUNE_OK;
}

/* rows: those of the profiles that count, in order. */
static attune_status telltale_columns(struct telltale_run *run, const struct at_feature *f,
                                      const struct at_csr *rows, const uint32_t *y,
                                      attune_error *err)
{
    struct telltale_value *v = AT_ALLOC_RAW(struct telltale_value, run->n);
    attune_status status =
        v ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", run->n);
    for (size_t col = 0; col < f->n_cols && status == ATTUNE_OK; col++) {
        for (size_t i = 0; i < run->n; i++) {
            v[i] = (struct telltale_value){0, y[i]};
            for (size_t at = rows->start[i]; at < rows->start[i + 1]; at++)
                if (rows->col[at] == col)
                    v[i].value = rows->value[at];
        }
        status = telltale_column(run, v, f, col, err);
    }
    at_free(v);
    return status;
}

static attune_status telltale_fit(struct telltale_run *run, const struct at_profile **profiles,
                                  const uint32_t *y, attune_error *err)
{
    const struct at_feature_kind *kind = at_feature_kind_find("behaviour");
    const struct at_feature_fit fit = {
        .profiles = profiles, .n_profiles = run->n, .pool = run->in->pool, .job = run->in->job};
    struct at_arena options = {0};
    struct at_feature *f = NULL;
    struct at_csr rows = {0};
    void *values = at_arena_alloc(&options, 1, kind->options_size, _Alignof(max_align_t));
    attune_status status =
        values ? at_options_defaults((struct at_option_table){kind->options, kind->n_options},
                                     values, err)
               : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: habits");
    if (status == ATTUNE_OK)
        status = kind->fit(&f, &rows, &fit, values, err);
    if (status == ATTUNE_OK)
        status = telltale_columns(run, f, &rows, y, err);
    kind->destroy(f);
    at_csr_release(&rows);
    at_arena_release(&options);
    return status;
}

static attune_status telltale_habits(struct telltale_run *run, attune_error *err)
{
    const struct at_profile **profiles = AT_ALLOC_RAW(const struct at_profile *, run->n);
    uint32_t *y = AT_ALLOC_RAW(uint32_t, run->n);
    attune_status status = ATTUNE_OK;
    size_t n = 0;
    if (!profiles || !y)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", run->n);
    for (size_t i = 0; i < run->in->dataset->n && status == ATTUNE_OK; i++)
        if (telltale_counts(run->in, i)) {
            profiles[n] = &run->in->dataset->profiles[i];
            y[n++] = run->in->y[i];
        }
    if (status == ATTUNE_OK)
        status = telltale_fit(run, profiles, y, err);
    at_free(profiles);
    at_free(y);
    return status;
}

/* ---- both ---- */

static int telltale_compare(const void *a, const void *b)
{
    const struct at_telltale *x = a, *y = b;
    const double dx =
        (double)x->n_with / (double)x->n_class - (double)x->n_others / (double)x->n_rest;
    const double dy =
        (double)y->n_with / (double)y->n_class - (double)y->n_others / (double)y->n_rest;
    if (dx != dy)
        return dx > dy ? -1 : 1;
    const int order = at_str_compare(x->name, y->name);
    return order ? order : (x->class_index > y->class_index) - (x->class_index < y->class_index);
}

static attune_status telltale_run(struct telltale_run *run, attune_error *err)
{
    run->n_class = AT_ALLOC(size_t, run->k);
    if (!run->n_class)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: labels");
    for (size_t i = 0; i < run->in->dataset->n; i++)
        if (telltale_counts(run->in, i)) {
            run->n_class[run->in->y[i]]++;
            run->n++;
        }
    if (run->n < 2 * TELLTALE_MIN_SIDE)
        return ATTUNE_OK;
    AT_TRY(telltale_count_words(run, err));
    AT_TRY(telltale_words(run, err));
    AT_TRY(telltale_habits(run, err));
    if (run->out->n)
        qsort(run->out->items, run->out->n, sizeof *run->out->items, telltale_compare);
    return ATTUNE_OK;
}

attune_status at_telltales_find(struct at_telltales *out, const struct at_telltale_input *in,
                                attune_error *err)
{
    struct telltale_run run = {.in = in, .out = out, .k = in->labels->n};
    *out = (struct at_telltales){0};
    const attune_status status = telltale_run(&run, err);
    at_map_release(&run.words);
    at_free(run.last);
    at_free(run.count);
    at_free(run.text);
    at_free(run.n_class);
    if (status != ATTUNE_OK)
        at_telltales_release(out);
    return status;
}

void at_telltales_release(struct at_telltales *found)
{
    at_free(found->items);
    at_arena_release(&found->arena);
    *found = (struct at_telltales){0};
}
