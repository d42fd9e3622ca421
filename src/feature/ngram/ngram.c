/* The block as its neighbours see it: the option table, sessions, one row, names of columns.
 * Learning is in ngram_fit.c, counting for it in ngram_corpus.c, words for people in
 * ngram_explain.c. */
#include "feature/ngram/ngram.h"

#include <math.h>

#include "base/alloc.h"
#include "feature/ngram/ngram_hash.h"

static const char *const ngram_norms[] = {"none", "l2", "each", NULL};

#define FIELD(name) offsetof(struct ngram_options, name)
static const struct attune_option ngram_options[] = {
    {.name = "word_min",
     .type = ATTUNE_OPTION_INT,
     .fallback = "1",
     .min = 1,
     .max = NGRAM_WORDS_MAX,
     .help = "shortest run of words that counts",
     .offset = FIELD(word_min)},
    {.name = "word_max",
     .type = ATTUNE_OPTION_INT,
     .fallback = "2",
     .min = 0,
     .max = NGRAM_WORDS_MAX,
     .help = "longest run of words that counts; 0 leaves words out",
     .offset = FIELD(word_max)},
    {.name = "char_min",
     .type = ATTUNE_OPTION_INT,
     .fallback = "2",
     .min = 1,
     .max = NGRAM_CHARS_MAX,
     .help = "shortest run of characters inside of a word that counts",
     .offset = FIELD(char_min)},
    {.name = "char_max",
     .type = ATTUNE_OPTION_INT,
     .fallback = "5",
     .min = 0,
     .max = NGRAM_CHARS_MAX,
     .help = "longest run of characters that counts; 0 leaves characters out",
     .offset = FIELD(char_max)},
    {.name = "sublinear_tf",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "true",
     .help = "count a term that comes n times as 1 + ln n",
     .offset = FIELD(sublinear_tf)},
    {.name = "use_idf",
     .type = ATTUNE_OPTION_BOOL,
     .fallback = "true",
     .help = "weigh a term by how few profiles have it",
     .offset = FIELD(use_idf)},
    {.name = "norm",
     .type = ATTUNE_OPTION_CHOICE,
     .fallback = "each",
     .choices = ngram_norms,
     .help = "scale a row to length 1 (l2), or its words and its characters each on their own",
     .offset = FIELD(norm)},
    {.name = "word_weight",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "0.6",
     .min = 0.01,
     .max = 100,
     .help = "what words weigh beside characters",
     .offset = FIELD(word_weight)},
    {.name = "min_fans",
     .type = ATTUNE_OPTION_INT,
     .fallback = "0",
     .min = 0,
     .max = 1000000,
     .help = "leave out what fewer than N different fans wrote, at least 2; 0: 5, fewer under 100 "
             "fans",
     .offset = FIELD(min_fans)},
    {.name = "max_features",
     .type = ATTUNE_OPTION_INT,
     .fallback = "0",
     .min = 0,
     .max = AT_TERMS_MAX,
     .help = "keep the N terms that most fans use; 0 keeps all",
     .offset = FIELD(max_features)},
    {.name = "max_df",
     .type = ATTUNE_OPTION_REAL,
     .fallback = "1",
     .min = 0,
     .max = 1,
     .help = "leave out terms in more than this fraction of the profiles",
     .offset = FIELD(max_df)},
    {.name = "hash_bits",
     .type = ATTUNE_OPTION_INT,
     .fallback = "0",
     .min = 0,
     .max = NGRAM_HASH_MAX,
     .help = "keep no list of words but 2^N hash buckets each for words and characters, 10 to 22, "
             "so that memory is bounded for any amount of text; 0 keeps words",
     .offset = FIELD(hash_bits)},
};
#undef FIELD

static attune_status ngram_check_options(const struct ngram_options *o, attune_error *err)
{
    if (o->word_max == 0 && o->char_max == 0)
        return at_fail(err, ATTUNE_INVALID,
                       "word_max and char_max are both 0: nothing would count");
    if (o->word_max && o->word_min > o->word_max)
        return at_fail(err, ATTUNE_INVALID, "word_min=%d is more than word_max=%d",
                       (int)o->word_min, (int)o->word_max);
    if (o->char_max && o->char_min > o->char_max)
        return at_fail(err, ATTUNE_INVALID, "char_min=%d is more than char_max=%d",
                       (int)o->char_min, (int)o->char_max);
    if (o->hash_bits && o->hash_bits < NGRAM_HASH_MIN)
        return at_fail(err, ATTUNE_INVALID, "hash_bits=%d is not allowed; expected 0, or %d to %d",
                       (int)o->hash_bits, NGRAM_HASH_MIN, NGRAM_HASH_MAX);
    if (o->min_fans == 1)
        return at_fail(err, ATTUNE_INVALID,
                       "min_fans=1 would put words of a single person into the model; use 2 or "
                       "more, or 0 for the rule");
    return ATTUNE_OK;
}

attune_status ngram_create(struct ngram **out, const struct ngram_options *o, size_t n_docs,
                           attune_error *err)
{
    *out = NULL;
    AT_TRY(ngram_check_options(o, err));
    struct ngram *f = AT_ALLOC(struct ngram, 1);
    if (!f)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: ngram");
    f->params = (struct ngram_params){
        .version = NGRAM_PARAMS_VERSION,
        .word_min = (uint32_t)o->word_min,
        .word_max = (uint32_t)o->word_max,
        .char_min = (uint32_t)o->char_min,
        .char_max = (uint32_t)o->char_max,
        .norm = (uint32_t)o->norm,
        .sublinear_tf = o->sublinear_tf,
        .use_idf = o->use_idf,
        .hash_bits = (uint32_t)o->hash_bits,
        .min_fans = (uint32_t)o->min_fans,
        .n_docs = n_docs,
        .word_weight = o->word_weight,
    };
    *out = f;
    return ATTUNE_OK;
}

static attune_status ngram_prepare_keys(struct ngram_keys *keys, const struct at_vocabulary *terms,
                                        attune_error *err)
{
    if (terms->n)
        AT_TRY(ngram_keys_reserve(keys, terms->n, err));
    for (size_t k = 0; k < terms->n; k++) {
        const uint64_t key = ngram_key_of_exact(at_vocabulary_term(terms, k));
        size_t i = ngram_keys_home(keys, key);
        while (keys->slots[i].key)
            i = (i + 1) & keys->mask;
        keys->slots[i] = (struct ngram_key_slot){key, (uint32_t)k};
    }
    return ATTUNE_OK;
}

attune_status ngram_prepare(struct ngram *f, attune_error *err)
{
    f->base.kind = &at_feature_kind_ngram;
    for (size_t tf = 1; tf < NGRAM_LOG_TABLE; tf++)
        f->log_tf[tf] = log((double)tf) + 1.0;
    if (f->params.hash_bits)
        AT_TRY(ngram_prepare_buckets(f, err));
    AT_TRY(ngram_prepare_keys(&f->word_keys, &f->words, err));
    AT_TRY(ngram_prepare_keys(&f->char_keys, &f->chars, err));
    if (!f->params.use_idf)
        return ATTUNE_OK;
    f->idf = AT_ALLOC_RAW(double, f->base.n_cols);
    if (!f->idf)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: idf of %zu terms", f->base.n_cols);
    const double n_docs = (double)f->params.n_docs + 1;
    for (size_t col = 0; col < f->base.n_cols; col++)
        f->idf[col] = log(n_docs / (f->df[col] + 1.0)) + 1.0;
    return ATTUNE_OK;
}

static void ngram_session_destroy(void *session)
{
    struct ngram_session *s = session;
    if (!s)
        return;
    at_col_counter_release(&s->counter);
    at_free(s->known);
    at_free(s);
}

static attune_status ngram_session_create(void **out, const struct at_feature *feature,
                                          attune_error *err)
{
    *out = NULL;
    struct ngram_session *s = AT_ALLOC(struct ngram_session, 1);
    if (!s)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: ngram session");
    attune_status status = at_col_counter_init(&s->counter, feature->n_cols, err);
    s->known = AT_ALLOC(struct ngram_known, NGRAM_CACHE);
    if (status == ATTUNE_OK && !s->known)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: ngram session");
    if (status == ATTUNE_OK)
        *out = s;
    else
        ngram_session_destroy(s);
    return status;
}

static attune_status ngram_transform(const struct at_feature *feature, void *session,
                                     const struct at_profile *profile, struct at_row *row,
                                     attune_error *err)
{
    const struct ngram *f = (const void *)feature;
    struct ngram_session *s = session;
    row->n = 0;
    ngram_count(f, s, profile);
    const attune_status status = at_row_reserve(row, s->counter.n_touched, err);
    if (status == ATTUNE_OK)
        row->n = ngram_take_row(f, &s->counter, row->col, row->value);
    else
        at_col_counter_clear(&s->counter);
    return status;
}

static struct at_str ngram_col_name(const struct at_feature *feature, size_t col)
{
    const struct ngram *f = (const void *)feature;
    if (f->names)
        return at_str_from(f->names[col]);
    return col < f->n_words ? at_vocabulary_term(&f->words, col)
                            : at_vocabulary_term(&f->chars, col - f->n_words);
}

void ngram_destroy(struct at_feature *feature)
{
    if (!feature)
        return;
    struct ngram *f = (void *)feature;
    at_vocabulary_release(&f->words);
    at_vocabulary_release(&f->chars);
    ngram_keys_release(&f->word_keys);
    ngram_keys_release(&f->char_keys);
    at_free(f->own_df);
    at_free(f->own_buckets);
    at_free(f->bucket_col);
    at_free(f->names);
    at_free(f->idf);
    at_free(f);
}

const struct at_feature_kind at_feature_kind_ngram = {
    .version = AT_FEATURE_KIND_VERSION,
    .name = "ngram",
    .summary = "words, word pairs, emoji, punctuation and pieces of words, as real chat has them",
    .options = ngram_options,
    .n_options = sizeof ngram_options / sizeof *ngram_options,
    .options_size = sizeof(struct ngram_options),
    .fit = ngram_fit,
    .session_create = ngram_session_create,
    .session_destroy = ngram_session_destroy,
    .transform = ngram_transform,
    .save = ngram_save,
    .load = ngram_load,
    .destroy = ngram_destroy,
    .col_name = ngram_col_name,
    .explain = ngram_explain,
    .survey = ngram_survey,
    .fit_part = ngram_fit_part,
    .survey_destroy = ngram_survey_destroy,
};
