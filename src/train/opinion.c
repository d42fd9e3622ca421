/* The folds of one cross-validation decide by chance which others a profile is judged by: at a few
 * hundred profiles that blurs the answers. The mean over several ways to deal them does not. */
#include "train/opinion.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "train/decide.h"
#include "train/fold.h"

/* An answer of 0 would outvote all others. */
static const double opinion_floor = 1e-300;

static unsigned opinion_repeats(size_t n)
{
    const size_t afford = AT_OPINION_ROWS / (n ? n : 1);
    return afford < 1 ? 1 : afford < AT_OPINION_REPEATS ? (unsigned)afford : AT_OPINION_REPEATS;
}

/* Logarithms are summed in the first one's place. */
static void opinion_add(struct at_fold_answers *sum, struct at_fold_answers *x, size_t width)
{
    const size_t n = x->n * width;
    for (size_t i = 0; i < n; i++)
        x->p[i] = log(fmax(x->p[i], opinion_floor));
    if (!sum->p) {
        *sum = *x;
        *x = (struct at_fold_answers){0};
        return;
    }
    for (size_t i = 0; i < n; i++)
        sum->p[i] += x->p[i];
    at_fold_release(x);
}

/* ... and become probabilities again. */
static void opinion_mean(struct at_fold_answers *sum, unsigned n_repeats, size_t n_members,
                         size_t k)
{
    for (size_t i = 0; i < sum->n * n_members; i++) {
        double *p = sum->p + i * k, top = -INFINITY, total = 0;
        for (size_t c = 0; c < k; c++)
            top = fmax(top, p[c] /= n_repeats);
        for (size_t c = 0; c < k; c++)
            total += p[c] = exp(p[c] - top);
        for (size_t c = 0; c < k; c++)
            p[c] /= total;
    }
}

static attune_status opinion_gather(struct at_fold_answers *out, const struct at_learn_input *in,
                                    attune_error *err)
{
    const size_t k = in->labels->n;
    const unsigned n_repeats = opinion_repeats(in->side.n);
    attune_job quiet = in->job ? *in->job : (attune_job){0};
    struct at_learn_input inner = *in;
    inner.every = true;
    inner.job = &quiet;
    if (n_repeats > 1)
        quiet.progress = NULL;
    for (unsigned r = 0; r < n_repeats; r++) {
        struct at_fold_answers answers;
        at_job_progress(in->job, "cross-validation", r, n_repeats);
        inner.seed = in->seed + r;
        AT_TRY(at_job_check(in->job, err));
        AT_TRY(at_fold_run(&answers, &inner, in->recipe, err));
        opinion_add(out, &answers, in->recipe->n_members * k);
    }
    at_job_progress(in->job, "cross-validation", n_repeats, n_repeats);
    opinion_mean(out, n_repeats, in->recipe->n_members, k);
    return ATTUNE_OK;
}

static attune_status opinion_pool(double *p, const struct at_decision *decision,
                                  const struct at_fold_answers *answers, size_t n_members, size_t k,
                                  attune_error *err)
{
    struct at_voice voice[AT_RECIPE_MEMBERS];
    double *said = AT_ALLOC_RAW(double, n_members *k);
    if (!said)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: answers");
    for (size_t i = 0; i < answers->n; i++) {
        size_t n = 0;
        for (size_t m = 0; m < n_members; m++)
            if (decision->voice[m].weight > 0) {
                memcpy(said + n * k, answers->p + (i * n_members + m) * k, k * sizeof *said);
                voice[n++] = decision->voice[m];
            }
        double *row = p + answers->index[i] * k;
        at_confidence_pool(row, said, voice, n, k);
        at_calibration_apply(&decision->calibration, row, NULL);
    }
    at_free(said);
    return ATTUNE_OK;
}

attune_status at_opinions(double *p, const struct at_learn_input *in, attune_error *err)
{
    struct at_fold_answers answers = {0};
    struct at_decision decision = {0};
    struct at_learned told = {0};
    attune_status status = opinion_gather(&answers, in, err);
    if (status == ATTUNE_OK)
        status = at_decide(&decision, &told, in->recipe, &answers, in->labels->n, err);
    if (status == ATTUNE_OK)
        status = opinion_pool(p, &decision, &answers, in->recipe->n_members, in->labels->n, err);
    at_decision_release(&decision);
    at_fold_release(&answers);
    return status;
}
