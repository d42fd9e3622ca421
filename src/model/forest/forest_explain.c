/* A leaf of value v is reached, when the columns in S are known, with the share
 *
 *     v  x  prod of o_j over its columns j in S  x  prod of z_j over its other columns,
 *
 * where o_j is 1 if the row takes every turn at column j on the way to the leaf, else 0, and z_j is
 * the product of the shares of training rows at these turns. Shapley values of a product have an
 * integral (Owen's multilinear extension): each other column is known with probability t,
 *
 *     phi_i  =  v (o_i - z_i)  integral over t from 0 to 1 of  prod over j != i of f_j(t),
 *     f_j(t) =  t o_j + (1 - t) z_j.
 *
 * The integrand is a polynomial, so Gauss-Legendre quadrature with half as many points as there are
 * factors is exact, and far fewer points leave nothing but rounding: the z_j of a leaf multiply to
 * its share of the rows, so few of them are far from 1. One walk carries the product down and
 * brings the sum over the leaves below back up, one number a point of the quadrature; an edge then
 * takes its own factor out of that sum. O(nodes x points), where the recursion over subset sizes
 * takes O(leaves x depth^2): text makes trees that are hundreds of turns deep.
 *
 * Contributions must sum to answer minus base, tree by tree; where they do not, the number of
 * points is doubled. */
#include "model/forest/forest_explain.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

enum { EXPLAIN_MIN_POINTS = 16, EXPLAIN_BLOCK = 4 };
#define EXPLAIN_GAP 1e-12 /* of a tree; its contributions are shares of 1 */

/* What the way so far says about a column. */
struct explain_factor {
    double z;
    bool o, is_new; /* is_new: the way has not asked for it yet; its factor is 1 */
};

/* One node of the way; product and below are its rows of f64[n_points]. */
struct explain_frame {
    uint32_t node;
    unsigned n_done; /* children */
    struct explain_factor old, now;
    double *product; /* of the factors, times the weight of the point */
    double *below;   /* sum over the leaves below of value times product */
};

struct explain_walk {
    const struct at_forest_model *model;
    size_t class_index, n_points;       /* n_points is a multiple of EXPLAIN_BLOCK */
    const float *x;                     /* [n_features] */
    double *contribution;               /* [n_features] */
    struct explain_factor *factor;      /* [n_features] */
    struct at_forest_cover *cover;      /* [slots of the largest tree] */
    struct explain_frame *frame;        /* [deepest way + 1] */
    double *point, *weight, *lines;     /* lines: product and below of all frames */
    struct at_forest_packed_node *node; /* of the tree in hand */
    double explained;                   /* by all contributions of the tree in hand */
};

/* Points and weights for the integral from 0 to 1: roots of the Legendre polynomial by Newton. */
static void explain_quadrature(double *point, double *weight, size_t n)
{
    const double pi = 3.14159265358979323846;
    for (size_t i = 0; i < n; i++) {
        double x = cos(pi * ((double)i + 0.75) / ((double)n + 0.5)), slope = 0;
        for (size_t step = 0; step < 20; step++) {
            double p = 1, before = 0;
            for (size_t k = 1; k <= n; k++) {
                const double next =
                    ((double)(2 * k - 1) * x * p - (double)(k - 1) * before) / (double)k;
                before = p;
                p = next;
            }
            slope = (double)n * (x * p - before) / (x * x - 1);
            x -= p / slope;
        }
        point[i] = (1 + x) / 2;
        weight[i] = 1 / ((1 - x * x) * slope * slope);
    }
}

static double explain_value(const struct explain_walk *w, int32_t leaf)
{
    return w->model->share[(size_t)~leaf * w->model->base.n_classes + w->class_index];
}

/* The factor of the column of a frame's node on the way to one of its children. */
static struct explain_factor explain_turn(const struct explain_walk *w,
                                          const struct explain_frame *frame, bool right)
{
    const struct at_forest_packed_node *node = &w->node[frame->node];
    const struct at_forest_cover *cover = &w->cover[frame->node];
    const bool goes_right = !(w->x[node->feature] <= node->threshold);
    const uint64_t part = right ? cover->weight - cover->left : cover->left;
    const struct explain_factor *old = &frame->old;
    return (struct explain_factor){.z = old->z * ((double)part / (double)cover->weight),
                                   .o = old->o && right == goes_right};
}

/* f(t) = at + by t; 1 for a column that was not asked for. */
struct explain_line {
    double at, by;
};

static struct explain_line explain_line(const struct explain_factor *f)
{
    return f->is_new ? (struct explain_line){1, 0} : (struct explain_line){f->z, f->o - f->z};
}

/* The product behind the turn: the old factor of the column gives way to the new one. */
static void explain_extend(const struct explain_walk *w, const struct explain_frame *frame,
                           double *product, double value)
{
    const struct explain_line old = explain_line(&frame->old), now = explain_line(&frame->now);
    const double *t = w->point, *before = frame->product;
    if (frame->old.is_new)
        for (size_t q = 0; q < w->n_points; q += EXPLAIN_BLOCK)
            for (size_t i = q; i < q + EXPLAIN_BLOCK; i++)
                product[i] = before[i] * value * (now.at + now.by * t[i]);
    else
        for (size_t q = 0; q < w->n_points; q += EXPLAIN_BLOCK)
            for (size_t i = q; i < q + EXPLAIN_BLOCK; i++)
                product[i] =
                    before[i] * value * (now.at + now.by * t[i]) / (old.at + old.by * t[i]);
}

/* Sum over the points of the leaves below, without this factor of theirs. */
static double explain_without(const struct explain_walk *w, const double *below,
                              const struct explain_factor *factor)
{
    const struct explain_line f = explain_line(factor);
    double sum[EXPLAIN_BLOCK] = {0};
    for (size_t q = 0; q < w->n_points; q += EXPLAIN_BLOCK)
        for (size_t i = 0; i < EXPLAIN_BLOCK; i++)
            sum[i] += below[q + i] / (f.at + f.by * w->point[q + i]);
    return sum[0] + sum[1] + sum[2] + sum[3];
}

/* The leaves below the turn: their share of the column's value with the new factor, in place of
 * what the turn above at the same column has taken for granted. */
static void explain_add(struct explain_walk *w, struct explain_frame *frame, const double *below)
{
    const struct explain_factor *old = &frame->old, *now = &frame->now;
    double added = (now->o - now->z) * explain_without(w, below, now);
    if (!old->is_new)
        added -= (old->o - old->z) * explain_without(w, below, old);
    for (size_t q = 0; q < w->n_points; q += EXPLAIN_BLOCK)
        for (size_t i = q; i < q + EXPLAIN_BLOCK; i++)
            frame->below[i] += below[i];
    w->contribution[w->node[frame->node].feature] += added;
    w->explained += added;
}

static void explain_enter(struct explain_walk *w, struct explain_frame *frame, uint32_t node)
{
    frame->node = node;
    frame->n_done = 0;
    frame->old = w->factor[w->node[node].feature];
    memset(frame->below, 0, w->n_points * sizeof *frame->below);
}

/* Goes on behind the next turn of a frame; true when the child is a node, now in the next frame. */
static bool explain_step(struct explain_walk *w, struct explain_frame *frame)
{
    const struct at_forest_packed_node *node = &w->node[frame->node];
    const bool right = frame->n_done++ == 1;
    const int32_t child = right ? node->right : node->left;
    const double value = child < 0 ? explain_value(w, child) : 0;
    struct explain_frame *next = frame + 1;
    if (child < 0 && value == 0)
        return false;
    frame->now = explain_turn(w, frame, right);
    explain_extend(w, frame, next->product, child < 0 ? value : 1);
    if (child >= 0) {
        w->factor[node->feature] = frame->now;
        explain_enter(w, next, (uint32_t)child);
        return true;
    }
    explain_add(w, frame, next->product);
    return false;
}

static void explain_nodes(struct explain_walk *w)
{
    struct explain_frame *frame = w->frame;
    memcpy(frame->product, w->weight, w->n_points * sizeof *w->weight);
    explain_enter(w, frame, 0);
    for (;;) {
        if (frame->n_done < 2) {
            frame += explain_step(w, frame);
            continue;
        }
        w->factor[w->node[frame->node].feature] = frame->old;
        if (frame == w->frame)
            return;
        frame--;
        explain_add(w, frame, frame[1].below);
    }
}

/* What a tree of n > 0 nodes answers when no column is known. */
static double explain_base(const struct explain_walk *w, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct at_forest_cover *c = &w->cover[i];
        if (w->node[i].left < 0)
            sum += explain_value(w, w->node[i].left) * (double)c->left;
        if (w->node[i].right < 0)
            sum += explain_value(w, w->node[i].right) * (double)(c->weight - c->left);
    }
    return sum / (double)w->cover[0].weight;
}

static double explain_answer(const struct explain_walk *w)
{
    int32_t at = 0;
    while (at >= 0) {
        const struct at_forest_packed_node *n = &w->node[at];
        at = w->x[n->feature] <= n->threshold ? n->left : n->right;
    }
    return explain_value(w, at);
}

/* Adds up the trees' contributions; false when there are too few points for one of them. */
static bool explain_trees(struct explain_walk *w, double *base)
{
    const struct at_forest_model *m = w->model;
    const uint8_t *at = m->cover;
    *base = 0;
    memset(w->contribution, 0, m->base.n_features * sizeof *w->contribution);
    for (size_t t = 0; t < m->n_trees; t++) {
        const size_t n = at_forest_unpack(w->node, m, t);
        if (n == 0) {
            *base += explain_value(w, m->root[t]);
            continue;
        }
        w->explained = 0;
        at_forest_cover_read(w->cover, w->node, n, &at, m->cover + m->cover_bytes);
        explain_nodes(w);
        const double tree_base = explain_base(w, n);
        *base += tree_base;
        if (fabs(explain_answer(w) - tree_base - w->explained) > EXPLAIN_GAP)
            return false;
    }
    return true;
}

static attune_status explain_attempt(struct explain_walk *w, size_t n_frames, bool *enough,
                                     double *base, attune_error *err)
{
    w->lines = AT_ALLOC_RAW(double, (2 * n_frames + 2) * w->n_points);
    if (!w->lines)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: explanation of %zu turns", n_frames);
    double *line = w->lines + 2 * w->n_points;
    w->point = w->lines;
    w->weight = w->lines + w->n_points;
    explain_quadrature(w->point, w->weight, w->n_points);
    for (size_t i = 0; i < n_frames; i++) {
        w->frame[i].product = line;
        w->frame[i].below = line + w->n_points;
        line += 2 * w->n_points;
    }
    *enough = explain_trees(w, base);
    at_free(w->lines);
    return ATTUNE_OK;
}

static size_t explain_round_up(size_t n_points)
{
    return (n_points + EXPLAIN_BLOCK - 1) / EXPLAIN_BLOCK * EXPLAIN_BLOCK;
}

static attune_status explain_run(struct explain_walk *w, size_t depth, double *base,
                                 attune_error *err)
{
    const size_t exact = explain_round_up(depth / 2 + 1);
    bool enough = false;
    w->n_points = exact < EXPLAIN_MIN_POINTS ? exact : EXPLAIN_MIN_POINTS;
    AT_TRY(explain_attempt(w, depth + 1, &enough, base, err));
    while (!enough && w->n_points < exact) {
        w->n_points = 2 * w->n_points < exact ? 2 * w->n_points : exact;
        AT_TRY(explain_attempt(w, depth + 1, &enough, base, err));
    }
    for (size_t f = 0; f < w->model->base.n_features; f++)
        w->contribution[f] /= (double)w->model->n_trees;
    *base /= (double)w->model->n_trees;
    return ATTUNE_OK;
}

/* Nodes on the longest way. */
static size_t explain_depth(const struct explain_walk *w)
{
    const struct at_forest_model *m = w->model;
    const uint8_t *at = m->cover;
    size_t depth = 0;
    for (size_t t = 0; t < m->n_trees; t++) {
        const size_t n = at_forest_unpack(w->node, m, t);
        at_forest_cover_read(w->cover, w->node, n, &at, m->cover + m->cover_bytes);
        if (n > 0 && w->cover[0].depth > depth)
            depth = w->cover[0].depth;
    }
    return depth;
}

static attune_status explain_row(struct explain_walk *w, const struct attune_rows *row, float *x,
                                 double *base, attune_error *err)
{
    const size_t n_features = w->model->base.n_features;
    w->x = x;
    w->factor = AT_ALLOC_RAW(struct explain_factor, n_features);
    w->cover = AT_ALLOC_RAW(struct at_forest_cover, at_forest_largest_tree(w->model));
    w->node = AT_ALLOC_RAW(struct at_forest_packed_node, at_forest_largest_tree(w->model));
    const size_t depth = w->cover && w->node ? explain_depth(w) : 0;
    w->frame = AT_ALLOC_RAW(struct explain_frame, depth + 1);
    if (!w->factor || !w->cover || !w->node || !w->frame)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: explanation of %zu columns",
                       n_features);
    for (uint64_t i = row->start[0]; i < row->start[1]; i++)
        x[row->col[i]] = row->value[i];
    for (size_t f = 0; f < n_features; f++)
        w->factor[f] = (struct explain_factor){.z = 1, .o = true, .is_new = true};
    return explain_run(w, depth, base, err);
}

attune_status at_forest_explain(const struct attune_model *model, const struct attune_rows *row,
                                uint32_t class_index, double *contribution, double *base,
                                attune_error *err)
{
    if (row->kind != ATTUNE_ROWS_SPARSE || row->n_rows != 1 || row->n_cols != model->n_features)
        return at_fail(err, ATTUNE_INVALID, "a forest explains one sparse row of %zu columns",
                       model->n_features);
    struct explain_walk w = {.model = (const struct at_forest_model *)model,
                             .class_index = class_index,
                             .contribution = contribution};
    float *x = AT_ALLOC(float, model->n_features);
    const attune_status status =
        x ? explain_row(&w, row, x, base, err)
          : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: a row of %zu columns",
                    model->n_features);
    at_free(x);
    at_free(w.factor);
    at_free(w.cover);
    at_free(w.node);
    at_free(w.frame);
    return status;
}
