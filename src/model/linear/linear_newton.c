/* Newton's method, with the steps found by conjugate gradients (CG) that stop early.
 *
 * A step needs products of the Hessian with a vector only: one product with X and one with its
 * transpose. The scores X w are kept and moved along, so trying a step costs no product at all.
 * The intercepts b are taken out: for every change of the scores their best answer is known
 * (at_linear_loss_shift), and CG works on what is left, f as a function of w alone, whose Hessian
 *
 *   S = 1 + X' (D - D 1 (1' D 1)^-1 1' D) X
 *
 * is far better conditioned, since the mean of the rows is out of it. f is strongly convex in w, so
 * there is one minimum, and near it every step squares the error but for what CG leaves over. */
#include "model/linear/linear_newton.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "base/job.h"
#include "model/linear/linear_contrast.h"
#include "model/linear/linear_loss.h"

enum { NEWTON_BLOCK = 4096, NEWTON_MAX_HALVINGS = 40 };

/* Vectors over the weights have n entries: k - 1 for each column, or one when k is 1 (see
 * linear_contrast.h). Those over the scores of all rows have n_scores. */
struct newton {
    const struct at_linear_problem *problem;
    struct at_linear_loss loss;
    size_t width; /* of a column of weights: 1 or k - 1 */
    size_t n, n_scores, n_products;
    double *w, *step, *rest, *direction, *image; /* f64[n]; image = S direction */
    double *move, *along, *bent;                 /* f64[n_scores] */
    double *narrow;                              /* f64[n_rows][width]; NULL when k is 1 */
    double *b, *shift, *t;                       /* f64[k] */
    double *partial;                             /* f64[blocks of n] */
};

struct newton_vectors {
    struct newton *s;
    double a;
    double (*block)(struct newton *s, size_t begin, size_t end, double a);
};

static void newton_vector_task(void *context, size_t block, size_t worker)
{
    (void)worker;
    const struct newton_vectors *v = context;
    const size_t begin = block * NEWTON_BLOCK, left = v->s->n - begin;
    v->s->partial[block] =
        v->block(v->s, begin, begin + (left < NEWTON_BLOCK ? left : NEWTON_BLOCK), v->a);
}

/* Runs `block` over the vectors, block by block, and adds up what it returns in order. */
static double newton_vectors(struct newton *s,
                             double (*block)(struct newton *s, size_t begin, size_t end, double a),
                             double a)
{
    struct newton_vectors v = {s, a, block};
    const size_t n_blocks = (s->n + NEWTON_BLOCK - 1) / NEWTON_BLOCK;
    double sum = 0;
    attune_parallel_for(n_blocks > 16 ? s->problem->x->pool : NULL, n_blocks, newton_vector_task,
                        &v);
    for (size_t i = 0; i < n_blocks; i++)
        sum += s->partial[i];
    return sum;
}

/* rest holds the gradient of the losses; the equation to solve is S step = -(w + rest). */
static double newton_begin_block(struct newton *s, size_t begin, size_t end, double a)
{
    (void)a;
    double sum = 0;
    for (size_t i = begin; i < end; i++) {
        s->rest[i] = -(s->w[i] + s->rest[i]);
        s->direction[i] = s->rest[i];
        s->step[i] = 0;
        sum += s->rest[i] * s->rest[i];
    }
    return sum;
}

static double newton_image_block(struct newton *s, size_t begin, size_t end, double a)
{
    (void)a;
    double sum = 0;
    for (size_t i = begin; i < end; i++) {
        s->image[i] += s->direction[i];
        sum += s->image[i] * s->direction[i];
    }
    return sum;
}

static double newton_advance_block(struct newton *s, size_t begin, size_t end, double a)
{
    double sum = 0;
    for (size_t i = begin; i < end; i++) {
        s->step[i] += a * s->direction[i];
        s->rest[i] -= a * s->image[i];
        sum += s->rest[i] * s->rest[i];
    }
    return sum;
}

static double newton_turn_block(struct newton *s, size_t begin, size_t end, double a)
{
    for (size_t i = begin; i < end; i++)
        s->direction[i] = s->rest[i] + a * s->direction[i];
    return 0;
}

static double newton_along_block(struct newton *s, size_t begin, size_t end, double a)
{
    (void)a;
    double sum = 0;
    for (size_t i = begin; i < end; i++)
        sum += s->w[i] * s->step[i];
    return sum;
}

static double newton_length_block(struct newton *s, size_t begin, size_t end, double a)
{
    (void)a;
    double sum = 0;
    for (size_t i = begin; i < end; i++)
        sum += s->w[i] * s->w[i];
    return sum;
}

static double newton_step_length_block(struct newton *s, size_t begin, size_t end, double a)
{
    (void)a;
    double sum = 0;
    for (size_t i = begin; i < end; i++)
        sum += s->step[i] * s->step[i];
    return sum;
}

static double newton_take_block(struct newton *s, size_t begin, size_t end, double a)
{
    for (size_t i = begin; i < end; i++)
        s->w[i] += a * s->step[i];
    return 0;
}

/* Scores of all rows for the weights v. */
static attune_status newton_forward(struct newton *s, double *score, const double *v,
                                    attune_error *err)
{
    struct at_linear_matrix *x = s->problem->x;
    s->n_products++;
    AT_TRY(at_linear_forward(x, s->narrow ? s->narrow : score, v, s->width, err));
    if (s->narrow)
        at_linear_contrast_expand(score, s->narrow, x->n_rows, s->problem->k);
    return ATTUNE_OK;
}

/* The transpose of newton_forward. */
static attune_status newton_back(struct newton *s, double *g, const double *score,
                                 attune_error *err)
{
    struct at_linear_matrix *x = s->problem->x;
    s->n_products++;
    if (s->narrow)
        at_linear_contrast_reduce(s->narrow, score, x->n_rows, s->problem->k);
    return at_linear_back(x, g, s->narrow ? s->narrow : score, s->width, err);
}

/* The gradient at the present point, with the intercepts taken out; its squared length in *norm.
 * `move` and `shift` start as the intercepts' own step. */
static attune_status newton_gradient(struct newton *s, double *norm, attune_error *err)
{
    at_linear_loss_update(&s->loss);
    memset(s->move, 0, s->n_scores * sizeof *s->move);
    at_linear_loss_shift(&s->loss, s->shift, s->move, true);
    at_linear_loss_bend(&s->loss, s->bent, s->move, true);
    AT_TRY(newton_back(s, s->rest, s->bent, err));
    *norm = newton_vectors(s, newton_begin_block, 0);
    return ATTUNE_OK;
}

/* image = S direction, along = its change of the scores, t = its change of the intercepts. */
static attune_status newton_apply(struct newton *s, double *curvature, attune_error *err)
{
    AT_TRY(newton_forward(s, s->along, s->direction, err));
    at_linear_loss_shift(&s->loss, s->t, s->along, false);
    at_linear_loss_bend(&s->loss, s->bent, s->along, false);
    AT_TRY(newton_back(s, s->image, s->bent, err));
    *curvature = newton_vectors(s, newton_image_block, 0);
    return ATTUNE_OK;
}

/* Conjugate gradients until the rest is a quarter of the gradient, whose squared length is `norm`.
 * A share that falls on the way to the minimum saves Newton steps but costs more products in all
 * (docs/decisions/0012-logistic-regression.md). */
static attune_status newton_find_step(struct newton *s, double norm, attune_error *err)
{
    const double enough = norm / 16;
    const size_t most = s->n < 500 ? s->n : 500;
    for (size_t i = 0; i < most && norm > enough; i++) {
        double curvature;
        AT_TRY(newton_apply(s, &curvature, err));
        const double a = norm / curvature;
        for (size_t j = 0; j < s->n_scores; j++)
            s->move[j] += a * s->along[j];
        for (size_t c = 0; c < s->problem->k; c++)
            s->shift[c] += a * s->t[c];
        const double next = newton_vectors(s, newton_advance_block, a);
        newton_vectors(s, newton_turn_block, next / norm);
        norm = next;
    }
    return ATTUNE_OK;
}

/* Halves the step until f falls by a part of what its slope promises, then takes it. Returns the
 * largest change of a score; 0 when rounding leaves nothing to gain. */
static double newton_take_step(struct newton *s, double *objective)
{
    const double ww = newton_vectors(s, newton_length_block, 0);
    const double along_w = newton_vectors(s, newton_along_block, 0);
    const double slope = along_w + at_linear_loss_along(&s->loss, s->move);
    const double ss = newton_vectors(s, newton_step_length_block, 0);
    double step = 1, f = *objective;
    const double noise = 1e-13 * fabs(*objective);
    for (size_t i = 0; i < NEWTON_MAX_HALVINGS; i++, step /= 2) {
        f = 0.5 * (ww + step * (2 * along_w + step * ss)) +
            at_linear_loss_at(&s->loss, s->move, step);
        if (f <= *objective + 1e-4 * step * slope + noise)
            break;
    }
    if (!(f <= *objective + noise))
        return 0;
    *objective = f;
    newton_vectors(s, newton_take_block, step);
    for (size_t c = 0; c < s->problem->k; c++)
        s->b[c] += step * s->shift[c];
    const double moved = at_linear_loss_move(&s->loss, s->move, step);
    return step < 1 ? fmax(moved, 2 * s->problem->tol) : moved;
}

static attune_status newton_run(struct newton *s, struct at_linear_result *result,
                                attune_error *err)
{
    result->objective = at_linear_loss_at(&s->loss, s->move, 0);
    for (size_t i = 0; i < s->problem->max_iter && !result->converged; i++) {
        double norm;
        AT_TRY(newton_gradient(s, &norm, err));
        AT_TRY(newton_find_step(s, norm, err));
        AT_TRY(at_job_check(s->problem->x->job, err));
        result->converged = newton_take_step(s, &result->objective) <= s->problem->tol;
        AT_TRY(at_linear_matrix_check(s->problem->x, err));
        result->n_steps++;
    }
    return ATTUNE_OK;
}

/* The intercepts that are best without weights: the logarithms of the classes' shares. */
static void newton_first_intercepts(struct newton *s)
{
    const struct at_linear_problem *problem = s->problem;
    const size_t k = problem->k;
    double *total = s->shift, rest = 0;
    memset(total, 0, k * sizeof *total);
    for (size_t i = 0; i < problem->x->n_rows; i++)
        if (k > 1)
            total[problem->y[i]] += problem->weight[i];
        else
            *(problem->y[i] ? total : &rest) += problem->weight[i];
    for (size_t c = 0; c < k; c++)
        s->b[c] = log(total[c]) - (k == 1 ? log(rest) : 0);
    for (size_t i = 0; i < s->n_scores; i++)
        s->loss.score[i] = s->b[i % k];
}

static attune_status newton_init(struct newton *s, const struct at_linear_problem *problem,
                                 const struct at_linear_result *result, attune_error *err)
{
    const size_t n_rows = problem->x->n_rows, k = problem->k;
    *s = (struct newton){.problem = problem, .b = result->b, .width = k == 1 ? 1 : k - 1};
    s->n = problem->x->n_cols * s->width;
    s->n_scores = n_rows * k;
    AT_TRY(at_linear_loss_init(&s->loss, n_rows, k, err));
    s->loss.target = problem->y;
    s->loss.weight = problem->weight;
    s->loss.x = problem->x;
    s->w = AT_ALLOC(double, 5 * s->n + s->n / NEWTON_BLOCK + 1);
    s->move = AT_ALLOC(double, 3 * s->n_scores + 2 * k + n_rows * s->width);
    if (!s->w || !s->move)
        return at_fail(err, ATTUNE_NO_MEMORY,
                       "out of memory: linear model of %zu columns and %zu rows",
                       problem->x->n_cols, n_rows);
    s->step = s->w + s->n;
    s->rest = s->step + s->n;
    s->direction = s->rest + s->n;
    s->image = s->direction + s->n;
    s->partial = s->image + s->n;
    s->along = s->move + s->n_scores;
    s->bent = s->along + s->n_scores;
    s->shift = s->bent + s->n_scores;
    s->t = s->shift + k;
    s->narrow = k == 1 ? NULL : s->t + k;
    return ATTUNE_OK;
}

attune_status at_linear_newton(struct at_linear_result *result,
                               const struct at_linear_problem *problem, attune_error *err)
{
    struct newton s;
    result->n_steps = result->n_products = 0;
    result->converged = false;
    attune_status status = newton_init(&s, problem, result, err);
    if (status == ATTUNE_OK) {
        newton_first_intercepts(&s);
        status = newton_run(&s, result, err);
    }
    if (status == ATTUNE_OK && problem->k == 1)
        memcpy(result->w, s.w, s.n * sizeof *s.w);
    else if (status == ATTUNE_OK)
        at_linear_contrast_expand(result->w, s.w, problem->x->n_cols, problem->k);
    result->n_products = s.n_products;
    at_linear_loss_release(&s.loss);
    at_free(s.w);
    at_free(s.move);
    return status;
}
