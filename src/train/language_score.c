#include "train/language_score.h"

#include <string.h>

#include "base/alloc.h"
#include "eval/metrics.h"

struct language_side { /* the rows of one language */
    uint32_t *y;
    double *p;
};

static attune_status language_score_one(struct at_language_score *out,
                                        const struct language_side *side, size_t n,
                                        size_t n_classes, attune_error *err)
{
    struct at_metrics m;
    AT_TRY(at_metrics_compute(&m, side->y, side->p, n, n_classes, 0, 0, err));
    out->n = n;
    out->accuracy = m.accuracy;
    out->macro_f1 = m.macro.f1;
    at_metrics_release(&m);
    return ATTUNE_OK;
}

attune_status at_language_scores(struct at_language_scores *out,
                                 const struct at_profile *const *profiles, const uint32_t *y,
                                 const double *p, size_t n, size_t n_classes, attune_error *err)
{
    struct at_languages languages = {0};
    struct at_str *tags = AT_ALLOC(struct at_str, n);
    struct language_side side = {AT_ALLOC_RAW(uint32_t, n), AT_ALLOC_RAW(double, n *n_classes)};
    attune_status status = ATTUNE_OK;
    *out = (struct at_language_scores){0};
    if (!tags || !side.y || !side.p)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: scores of %zu profiles", n);
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++) {
        tags[i] = at_profile_language_get(profiles[i]).tag;
        at_languages_add(&languages, tags[i]);
    }
    at_languages_sort(&languages);
    const bool several = languages.n_rows > 1 && languages.rows[1].n >= AT_LANGUAGE_SCORE_MIN;
    for (size_t l = 0; several && l < languages.n_rows && out->n < AT_LANGUAGE_SCORES_MAX &&
                       languages.rows[l].n >= AT_LANGUAGE_SCORE_MIN && status == ATTUNE_OK;
         l++) {
        size_t m = 0;
        for (size_t i = 0; i < n; i++) {
            if (at_languages_find(&languages, tags[i]) != &languages.rows[l])
                continue;
            side.y[m] = y[i];
            memcpy(side.p + m++ * n_classes, p + i * n_classes, n_classes * sizeof *p);
        }
        struct at_language_score *const row = &out->rows[out->n++];
        memcpy(row->tag, languages.rows[l].tag, sizeof row->tag);
        status = language_score_one(row, &side, m, n_classes, err);
    }
    if (status != ATTUNE_OK)
        out->n = 0;
    at_free(tags);
    at_free(side.y);
    at_free(side.p);
    return status;
}
