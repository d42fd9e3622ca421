/* The block as its neighbours see it: the option table, sessions, one row, names of columns.
 * Learning is in tfidf_fit.c, the arithmetic in tfidf_row.c, the model file in tfidf_file.c. */
#include "feature/tfidf/tfidf.h"

#include <math.h>

#include "base/alloc.h"

static const char *const tfidf_norms[] = {"none", "l1", "l2", NULL};
static const char *const tfidf_ties_names[] = {"lexicographic", "numpy-scalar", NULL};

#define FIELD(name) offsetof(struct tfidf_options, name)
static const struct attune_option tfidf_options[] = {
    {.name = "max_features",
     .type = ATTUNE_OPTION_INT,
     .fallback = "1000",
     .min = 0,
     .max = AT_TERMS_MAX,
     .help = "keep the N most frequent terms; 0 keeps all",
     .offset = FIELD(max_features)},
    {.name = "min_fans",
     .type = ATTUNE_OPTION_INT,
     .fallback = "0",
     .min = 0,
     .max = 1000000,
     .help = "leave out what fewer than N different fans wrote; 0: 5, fewer under 100 fans, 2 at "
             "least; 1 learns from single persons, as scikit-learn does",
     .offset = FIELD(min_fans)},
    {.name = "stop_words",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "none",
     .choices = at_stopwords_choices,
     .help = "leave out the common words of a language",
     .offset = FIELD(stop_words)},
    {.name = "min_df",
     .type = ATTUNE_OPTION_TEXT,
     .fallback = "1",
     .arg = "N|F",
     .help = "leave out terms in fewer than N profiles, or, with a point, in less than a fraction",
     .offset = FIELD(min_df)},
    {.name = "max_df",
     .type = ATTUNE_OPTION_TEXT,
     .fallback = "1.0",
     .arg = "N|F",
     .help = "leave out terms in more than N profiles, or, with a point, in more than a fraction",
     .offset = FIELD(max_df)},
    {.name = "ngram_range",
     .type = ATTUNE_OPTION_TEXT,
     .fallback = "1,1",
     .arg = "MIN,MAX",
     .help = "terms are runs of MIN to MAX words, 8 at the most",
     .offset = FIELD(ngram_range)},
    {.name = "sublinear_tf",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "false",
     .help = "count a term that comes n times as 1 + ln n",
     .offset = FIELD(sublinear_tf)},
    {.name = "norm",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "l2",
     .choices = tfidf_norms,
     .help = "scale each row to length 1",
     .offset = FIELD(norm)},
    {.name = "use_idf",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "true",
     .help = "weigh a term by how few profiles have it",
     .offset = FIELD(use_idf)},
    {.name = "smooth_idf",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "true",
     .help = "reckon with one more profile that has every term",
     .offset = FIELD(smooth_idf)},
    {.name = "binary",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "false",
     .help = "count a term once in a profile",
     .offset = FIELD(binary)},
    {.name = "ties",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "lexicographic",
     .choices = tfidf_ties_names,
     .help =
         "which of equally frequent terms max_features keeps: the first ones of the alphabet, or "
         "those that scikit-learn keeps with NumPy's scalar sort",
     .offset = FIELD(ties)},
};
#undef FIELD

/* "1,2" */
static bool tfidf_read_ngram_range(struct tfidf_params *params, const char *text)
{
    const char *comma = text ? strchr(text, ',') : NULL;
    uint64_t n_min, n_max;
    if (!comma || !at_parse_u64((struct at_str){text, (size_t)(comma - text)}, &n_min) ||
        !at_parse_u64(at_str_from(comma + 1), &n_max) || n_min < 1 || n_max < n_min ||
        n_max > AT_NGRAM_MAX)
        return false;
    params->n_min = (uint32_t)n_min;
    params->n_max = (uint32_t)n_max;
    return true;
}

/* The stop words as a sorted list: it goes into the model file, so that the model stays as it was
 * learned when the lists of a later attune differ. */
static attune_status tfidf_make_stop(struct tfidf *f, enum at_stopwords which, attune_error *err)
{
    struct at_map words = {0};
    attune_status status = at_stopwords_add(&words, which, err);
    if (status == ATTUNE_OK && words.n_keys) {
        at_terms_sort(words.keys, words.n_keys); /* the map is not asked again */
        status = at_vocabulary_make(&f->stop, words.keys, words.n_keys, err);
    }
    at_map_release(&words);
    return status;
}

static attune_status tfidf_fill(struct tfidf *f, const struct tfidf_options *options, size_t n_docs,
                                attune_error *err)
{
    f->params = (struct tfidf_params){.version = TFIDF_PARAMS_VERSION,
                                      .norm = (uint32_t)options->norm,
                                      .sublinear_tf = options->sublinear_tf,
                                      .use_idf = options->use_idf,
                                      .smooth_idf = options->smooth_idf,
                                      .binary = options->binary,
                                      .n_docs = n_docs};
    if (!tfidf_read_ngram_range(&f->params, options->ngram_range))
        return at_fail(
            err, ATTUNE_INVALID,
            "ngram_range: '%.40s' is not allowed; expected MIN,MAX such as 1,2, up to %d",
            options->ngram_range ? options->ngram_range : "", AT_NGRAM_MAX);
    tfidf_prepare(f);
    return tfidf_make_stop(f, (enum at_stopwords)options->stop_words, err);
}

attune_status tfidf_create(struct tfidf **out, const struct tfidf_options *options, size_t n_docs,
                           attune_error *err)
{
    *out = NULL;
    struct tfidf *f = AT_ALLOC(struct tfidf, 1);
    if (!f)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tfidf");
    const attune_status status = tfidf_fill(f, options, n_docs, err);
    if (status == ATTUNE_OK)
        *out = f;
    else
        tfidf_destroy(&f->base);
    return status;
}

void tfidf_prepare(struct tfidf *f)
{
    f->base.kind = &at_feature_kind_tfidf;
    for (size_t tf = 1; tf < TFIDF_LOG_TABLE; tf++)
        f->log_tf[tf] = log((double)tf) + 1.0;
}

struct tfidf_session {
    struct at_analyzer analyzer;
    struct at_col_counter counter;
};

static void tfidf_session_destroy(void *session)
{
    struct tfidf_session *s = session;
    if (!s)
        return;
    at_analyzer_release(&s->analyzer);
    at_col_counter_release(&s->counter);
    at_free(s);
}

static attune_status tfidf_session_create(void **out, const struct at_feature *feature,
                                          attune_error *err)
{
    const struct tfidf *f = (const void *)feature;
    *out = NULL;
    struct tfidf_session *s = AT_ALLOC(struct tfidf_session, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tfidf session");
    s->analyzer.n_min = f->params.n_min;
    s->analyzer.n_max = f->params.n_max;
    /* single words that are stop words are no columns; only runs have to be closed over the gap */
    s->analyzer.stop = f->params.n_max > 1 && f->stop.n ? &f->stop : NULL;
    const attune_status status = at_col_counter_init(&s->counter, feature->n_cols, err);
    if (status == ATTUNE_OK)
        *out = s;
    else
        tfidf_session_destroy(s);
    return status;
}

static attune_status tfidf_transform(const struct at_feature *feature, void *session,
                                     const struct at_profile *profile, struct at_row *row,
                                     attune_error *err)
{
    const struct tfidf *f = (const void *)feature;
    struct tfidf_session *s = session;
    row->n = 0;
    AT_TRY(at_analyzer_begin(&s->analyzer, profile, err));
    for (struct at_term term; at_analyzer_next(&s->analyzer, &term);) {
        const uint32_t col = at_vocabulary_find(&f->vocabulary, &term);
        if (col != AT_TERM_NONE)
            at_col_counter_add(&s->counter, col);
    }
    const attune_status status = at_row_reserve(row, s->counter.n_touched, err);
    if (status == ATTUNE_OK)
        row->n = tfidf_counter_take(&s->counter, f, row->col, row->value);
    else
        at_col_counter_clear(&s->counter);
    return status;
}

static struct at_str tfidf_col_name(const struct at_feature *feature, size_t col)
{
    const struct tfidf *f = (const void *)feature;
    return at_vocabulary_term(&f->vocabulary, col);
}

void tfidf_destroy(struct at_feature *feature)
{
    if (!feature)
        return;
    struct tfidf *f = (void *)feature;
    at_vocabulary_release(&f->vocabulary);
    at_vocabulary_release(&f->stop);
    at_free(f->own_idf);
    at_free(f);
}

const struct at_feature_kind at_feature_kind_tfidf = {
    .version = AT_FEATURE_KIND_VERSION,
    .name = "tfidf",
    .summary = "words and word runs, weighted by TF-IDF as scikit-learn's TfidfVectorizer",
    .options = tfidf_options,
    .n_options = sizeof tfidf_options / sizeof *tfidf_options,
    .options_size = sizeof(struct tfidf_options),
    .fit = tfidf_fit,
    .session_create = tfidf_session_create,
    .session_destroy = tfidf_session_destroy,
    .transform = tfidf_transform,
    .save = tfidf_save,
    .load = tfidf_load,
    .destroy = tfidf_destroy,
    .col_name = tfidf_col_name,
};
