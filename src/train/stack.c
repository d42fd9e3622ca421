/* Newton steps along one weight at a time, halved while they do not help, cut off at 0. The
 * logarithms are taken once; a round costs one pass over them for each weight. */
#include "train/stack.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/alloc.h"

static const double stack_floor = 1e-12; /* the logarithm of 0 */
enum { STACK_ROUNDS = 60, STACK_HALVINGS = 12 };

struct stack {
    const struct at_stack_input *in;
    double *logs;  /* f64[n * n_members * k] */
    double *score; /* f64[n * k]: sum_m w_m log p_m */
    const double *start;
    double *weight;
};

static attune_status stack_open(struct stack *s, attune_error *err)
{
    const size_t n = s->in->n, width = s->in->n_members * s->in->k;
    s->logs = AT_ALLOC_RAW(double, n *width);
    s->score = AT_ALLOC_RAW(double, n * s->in->k);
    if (!s->logs || !s->score)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: weights over %zu answers", n);
    for (size_t i = 0; i < n * width; i++)
        s->logs[i] = log(fmax(s->in->p[i], stack_floor));
    return ATTUNE_OK;
}

static void stack_close(struct stack *s)
{
    at_free(s->logs);
    at_free(s->score);
}

static void stack_score(struct stack *s)
{
    const size_t k = s->in->k, n_members = s->in->n_members;
    for (size_t i = 0; i < s->in->n; i++)
        for (size_t c = 0; c < k; c++) {
            double sum = 0;
            for (size_t m = 0; m < n_members; m++)
                sum += s->weight[m] * s->logs[(i * n_members + m) * k + c];
            s->score[i * k + c] = sum;
        }
}

/* p gets softmax(score) of row i; returns log of the normaliser. */
static double stack_softmax(const double *score, size_t k, double *p)
{
    double top = score[0], sum = 0;
    for (size_t c = 1; c < k; c++)
        top = fmax(top, score[c]);
    for (size_t c = 0; c < k; c++)
        sum += p[c] = exp(score[c] - top);
    for (size_t c = 0; c < k; c++)
        p[c] /= sum;
    return top + log(sum);
}

static double stack_penalty(const struct stack *s)
{
    double sum = 0;
    for (size_t m = 0; m < s->in->n_members; m++)
        sum += (s->weight[m] - s->start[m]) * (s->weight[m] - s->start[m]);
    return s->in->shrink / (double)s->in->n * sum / 2;
}

static double stack_objective(const struct stack *s, double *p)
{
    const size_t k = s->in->k;
    double loss = 0;
    for (size_t i = 0; i < s->in->n; i++)
        loss += stack_softmax(s->score + i * k, k, p) - s->score[i * k + s->in->y[i]];
    return loss / (double)s->in->n + stack_penalty(s);
}

/* First and second derivative of the objective along direction m. */
static void stack_derivatives(const struct stack *s, size_t m, double *p, double *out_first,
                              double *out_second)
{
    const size_t n = s->in->n, k = s->in->k;
    double first = 0, second = 0;
    for (size_t i = 0; i < n; i++) {
        const double *logs = s->logs + (i * s->in->n_members + m) * k;
        double mean = 0, square = 0;
        stack_softmax(s->score + i * k, k, p);
        for (size_t c = 0; c < k; c++) {
            const double slope = logs[c];
            mean += p[c] * slope;
            square += p[c] * slope * slope;
        }
        first += mean - logs[s->in->y[i]];
        second += square - mean * mean;
    }
    const double shrink = s->in->shrink / (double)n;
    first = first / (double)n + shrink * (s->weight[m] - s->start[m]);
    second = second / (double)n + shrink;
    *out_first = first;
    *out_second = second;
}

static void stack_move(struct stack *s, const double *from, size_t m, double step)
{
    s->weight[m] = fmax(0, from[m] + step);
    stack_score(s);
}

/* One Newton step along m; true when it moved by more than a trace. */
static bool stack_step(struct stack *s, size_t m, double *p, double *from, double *objective)
{
    double first, second;
    stack_derivatives(s, m, p, &first, &second);
    if (!(second > 1e-12))
        return false;
    memcpy(from, s->weight, s->in->n_members * sizeof *from);
    double step = -first / second;
    for (int i = 0; i < STACK_HALVINGS; i++, step /= 2) {
        stack_move(s, from, m, step);
        const double now = stack_objective(s, p);
        if (now <= *objective) {
            const bool moved = *objective - now > 1e-9;
            *objective = now;
            return moved;
        }
    }
    stack_move(s, from, m, 0);
    return false;
}

static void stack_descend(struct stack *s, double *p, double *from)
{
    stack_score(s);
    double objective = stack_objective(s, p);
    for (int round = 0; round < STACK_ROUNDS; round++) {
        bool moved = false;
        for (size_t m = 0; m < s->in->n_members; m++)
            moved = stack_step(s, m, p, from, &objective) || moved;
        if (!moved)
            return;
    }
}

static attune_status stack_run(double *weight, const struct at_stack_input *in, double *loss,
                               attune_error *err)
{
    const size_t n_members = in->n_members;
    double *room = AT_ALLOC_RAW(double, 3 * n_members + in->k);
    struct stack s = {.in = in};
    attune_status status =
        room ? stack_open(&s, err) : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: weights");
    if (status == ATTUNE_OK) {
        double *start = room + n_members, *from = start + n_members, *p = from + n_members;
        memcpy(room, weight, n_members * sizeof *weight);
        memcpy(start, weight, n_members * sizeof *weight);
        s.weight = room;
        s.start = start;
        if (loss) {
            stack_score(&s);
            *loss = stack_objective(&s, p);
        } else {
            stack_descend(&s, p, from);
            memcpy(weight, room, n_members * sizeof *weight);
        }
    }
    stack_close(&s);
    at_free(room);
    return status;
}

attune_status at_stack_fit(double *weight, const struct at_stack_input *in, attune_error *err)
{
    return stack_run(weight, in, NULL, err);
}

attune_status at_stack_loss(double *out, const double *weight, const struct at_stack_input *in,
                            attune_error *err)
{
    struct at_stack_input plain = *in;
    double copy[AT_STACK_MEMBERS];
    memcpy(copy, weight, in->n_members * sizeof *copy);
    plain.shrink = 0;
    return stack_run(copy, &plain, out, err);
}
