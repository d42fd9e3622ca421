/* Groups are dealt out one after another, the largest first and equal ones in an order drawn from
 * the seed, each to the side where it does least harm. Side s should get the share w[s] of every
 * class; with x = members of class c that side s has, t = what it should have and g = what the
 * group would add, the squared misfit (x - t)^2 / t grows by g (2 (x - t) + g) / t, summed over the
 * classes of the group. For single rows this is exact stratification; for groups it is the greedy
 * rule of scikit-learn's StratifiedGroupKFold with another measure of harm.
 *
 * A fold that has nothing yet is never worse than one that has something, and wins ties, so that k
 * groups always fill k folds. A hold-out has unequal sides and is mended afterwards: classes that
 * miss a side get one group moved there, where that takes no side from another class. */
#include "data/split.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/rng.h"

enum { SPLIT_TRAIN = 0, SPLIT_TEST = 1, SPLIT_FOLDS_MAX = 50 };

struct split_item {
    uint32_t group; /* number among the groups that have labelled members */
    uint32_t size, draw;
};

struct split_plan {
    const uint32_t *y;
    size_t n_groups, n_sides, n_classes;
    size_t *start;            /* [n_groups + 1] into member */
    uint32_t *member;         /* labelled profiles, group by group */
    struct split_item *items; /* [n_groups], in the order of dealing */
    uint8_t *side;            /* [n_groups] */
    double weight[SPLIT_FOLDS_MAX];
    double *class_size; /* [n_classes] labelled members */
    double *has;        /* [n_sides * n_classes] */
    size_t *total;      /* [n_sides] members */
    uint32_t *count;    /* [n_classes] of the group in hand, else 0 */
    size_t *reach;      /* [2 * n_classes] groups of a class on each side of a hold-out */
};

static void plan_release(struct split_plan *plan)
{
    at_free(plan->start);
    at_free(plan->member);
    at_free(plan->items);
    at_free(plan->side);
    at_free(plan->class_size);
    at_free(plan->has);
    at_free(plan->total);
    at_free(plan->count);
    at_free(plan->reach);
}

static attune_status plan_check(const uint32_t *y, const uint32_t *group, size_t n,
                                size_t n_classes, attune_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (y[i] != AT_CLASS_NONE && y[i] >= n_classes)
            return at_fail(err, ATTUNE_INVALID, "profile %zu has class %u of %zu", i, y[i],
                           n_classes);
        if (group[i] >= n)
            return at_fail(err, ATTUNE_INVALID, "profile %zu is in group %u of %zu", i, group[i],
                           n);
    }
    return ATTUNE_OK;
}

/* Members by group: counted two places further on, so that after the prefix sums start[g + 1] is
 * where group g begins, and after filling where it ends. dense[g] is the number of group g among
 * those with labelled members, in order of appearance. */
static void plan_gather(struct split_plan *plan, const uint32_t *group, size_t n, uint32_t *dense)
{
    memset(dense, 0xFF, n * sizeof *dense);
    for (size_t i = 0; i < n; i++) {
        if (plan->y[i] == AT_CLASS_NONE)
            continue;
        if (dense[group[i]] == UINT32_MAX)
            dense[group[i]] = (uint32_t)plan->n_groups++;
        plan->start[dense[group[i]] + 2]++;
        plan->class_size[plan->y[i]]++;
    }
    for (size_t g = 0; g < plan->n_groups; g++) {
        plan->items[g].group = (uint32_t)g;
        plan->items[g].size = (uint32_t)plan->start[g + 2];
        plan->start[g + 2] += plan->start[g + 1];
    }
    for (size_t i = 0; i < n; i++)
        if (plan->y[i] != AT_CLASS_NONE)
            plan->member[plan->start[dense[group[i]] + 1]++] = (uint32_t)i;
}

static int plan_compare(const void *a, const void *b)
{
    const struct split_item *x = a, *y = b;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return (x->draw > y->draw) - (x->draw < y->draw);
}

static void plan_order(struct split_plan *plan, uint64_t seed, uint32_t *draws)
{
    struct at_rng rng;
    at_rng_init(&rng, seed);
    for (size_t g = 0; g < plan->n_groups; g++)
        draws[g] = (uint32_t)g;
    at_rng_shuffle(&rng, draws, plan->n_groups);
    for (size_t g = 0; g < plan->n_groups; g++)
        plan->items[g].draw = draws[g];
    qsort(plan->items, plan->n_groups, sizeof *plan->items, plan_compare);
}

static attune_status plan_make(struct split_plan *plan, const uint32_t *y, const uint32_t *group,
                               size_t n, uint64_t seed, attune_error *err)
{
    const size_t n_cells = plan->n_sides * plan->n_classes;
    AT_TRY(plan_check(y, group, n, plan->n_classes, err));
    uint32_t *scratch = AT_ALLOC_RAW(uint32_t, n);
    plan->y = y;
    plan->start = AT_ALLOC(size_t, n + 2);
    plan->member = AT_ALLOC_RAW(uint32_t, n);
    plan->items = AT_ALLOC(struct split_item, n);
    plan->side = AT_ALLOC(uint8_t, n);
    plan->class_size = AT_ALLOC(double, plan->n_classes);
    plan->has = AT_ALLOC(double, n_cells);
    plan->total = AT_ALLOC(size_t, plan->n_sides);
    plan->count = AT_ALLOC(uint32_t, plan->n_classes);
    plan->reach = AT_ALLOC(size_t, 2 * plan->n_classes);
    const bool ok = scratch && plan->start && plan->member && plan->items && plan->side &&
                    plan->class_size && plan->has && plan->total && plan->count && plan->reach;
    if (ok) {
        plan_gather(plan, group, n, scratch);
        plan_order(plan, seed, scratch);
    }
    at_free(scratch);
    return ok ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: split of %zu", n);
}

/* ---- dealing ---- */

static double plan_harm(const struct split_plan *plan, size_t g, size_t side)
{
    const double *has = plan->has + side * plan->n_classes;
    double harm = 0;
    for (size_t m = plan->start[g]; m < plan->start[g + 1]; m++) {
        /* a class with g members here comes up g times: the factor g of its term */
        const uint32_t c = plan->y[plan->member[m]];
        const double want = plan->weight[side] * plan->class_size[c];
        harm += (2 * (has[c] - want) + plan->count[c]) / want;
    }
    return harm;
}

static void plan_count(struct split_plan *plan, size_t g, bool on)
{
    for (size_t m = plan->start[g]; m < plan->start[g + 1]; m++) {
        uint32_t *count = &plan->count[plan->y[plan->member[m]]];
        *count = on ? *count + 1 : 0;
    }
}

static void plan_put(struct split_plan *plan, size_t g, size_t side, double sign)
{
    const size_t size = plan->start[g + 1] - plan->start[g];
    for (size_t m = plan->start[g]; m < plan->start[g + 1]; m++)
        plan->has[side * plan->n_classes + plan->y[plan->member[m]]] += sign;
    plan->total[side] = sign > 0 ? plan->total[side] + size : plan->total[side] - size;
    if (sign > 0)
        plan->side[g] = (uint8_t)side;
}

static void plan_deal(struct split_plan *plan)
{
    for (size_t i = 0; i < plan->n_groups; i++) {
        const size_t g = plan->items[i].group;
        size_t best = 0;
        double least = 0;
        plan_count(plan, g, true);
        for (size_t side = 0; side < plan->n_sides; side++) {
            const double harm = plan_harm(plan, g, side);
            const bool tie = harm == least && plan->total[side] < plan->total[best];
            if (side == 0 || harm < least || tie) {
                least = harm;
                best = side;
            }
        }
        plan_count(plan, g, false);
        plan_put(plan, g, best, 1);
    }
}

/* ---- mending a hold-out ---- */

/* Adds `by` to the reach of every class of group g on its side; each class once. */
static void plan_reach(struct split_plan *plan, size_t g, int by)
{
    size_t *reach = plan->reach + plan->side[g] * plan->n_classes;
    for (size_t m = plan->start[g]; m < plan->start[g + 1]; m++) {
        const uint32_t c = plan->y[plan->member[m]];
        if (plan->count[c]++ == 0)
            reach[c] = by > 0 ? reach[c] + 1 : reach[c] - 1;
    }
    plan_count(plan, g, false);
}

/* Group g has class c, and its move leaves no class behind that the other side has too. */
static bool plan_may_move(const struct split_plan *plan, size_t g, size_t c)
{
    const size_t *from = plan->reach + plan->side[g] * plan->n_classes;
    const size_t *to = plan->reach + (1 - plan->side[g]) * plan->n_classes;
    bool has_class = false;
    for (size_t m = plan->start[g]; m < plan->start[g + 1]; m++) {
        const uint32_t d = plan->y[plan->member[m]];
        has_class |= d == c;
        if (from[d] == 1 && to[d] > 0)
            return false;
    }
    return has_class;
}

static void plan_move(struct split_plan *plan, size_t g)
{
    const size_t from = plan->side[g], to = 1 - from;
    plan_reach(plan, g, -1);
    plan_put(plan, g, from, -1);
    plan_put(plan, g, to, 1);
    plan_reach(plan, g, 1);
}

/* Moves a group to where class c is missing; the smallest groups stand at the end of the order. */
static bool plan_mend_class(struct split_plan *plan, size_t c, size_t missing)
{
    const size_t *here = plan->reach + missing * plan->n_classes;
    const size_t *there = plan->reach + (1 - missing) * plan->n_classes;
    if (here[c] || there[c] < 2)
        return false;
    for (size_t i = plan->n_groups; i-- > 0;)
        if (plan_may_move(plan, plan->items[i].group, c)) {
            plan_move(plan, plan->items[i].group);
            return true;
        }
    return false;
}

/* Every move serves a class that missed a side and costs none, so this ends. */
static void plan_mend(struct split_plan *plan)
{
    bool moved = true;
    for (size_t g = 0; g < plan->n_groups; g++)
        plan_reach(plan, g, 1);
    while (moved) {
        moved = false;
        for (size_t c = 0; c < plan->n_classes; c++)
            moved |= plan_mend_class(plan, c, SPLIT_TRAIN) || plan_mend_class(plan, c, SPLIT_TEST);
    }
    for (size_t side = 0; side < 2; side++)
        if (plan->total[side] == 0)
            plan_move(plan, plan->items[plan->n_groups - 1].group);
}

attune_status at_split_holdout(const uint32_t *y, const uint32_t *group, size_t n, size_t n_classes,
                               double test_frac, uint64_t seed, uint8_t *role, attune_error *err)
{
    struct split_plan plan = {.n_sides = 2, .n_classes = n_classes};
    if (!(test_frac > 0 && test_frac < 1))
        return at_fail(err, ATTUNE_INVALID, "test_frac is %g; it must lie between 0 and 1",
                       test_frac);
    plan.weight[SPLIT_TRAIN] = 1 - test_frac;
    plan.weight[SPLIT_TEST] = test_frac;
    attune_status status = plan_make(&plan, y, group, n, seed, err);
    if (status == ATTUNE_OK && plan.n_groups < 2)
        status =
            at_fail(err, ATTUNE_NOT_ENOUGH,
                    "%zu different fans with a label; a hold-out needs at least 2", plan.n_groups);
    if (status == ATTUNE_OK) {
        plan_deal(&plan);
        plan_mend(&plan);
        memset(role, AT_SPLIT_NONE, n);
        for (size_t g = 0; g < plan.n_groups; g++)
            for (size_t m = plan.start[g]; m < plan.start[g + 1]; m++)
                role[plan.member[m]] = plan.side[g] == SPLIT_TEST ? AT_SPLIT_TEST : AT_SPLIT_TRAIN;
    }
    plan_release(&plan);
    return status;
}

attune_status at_split_folds(const uint32_t *y, const uint32_t *group, size_t n, size_t n_classes,
                             unsigned k, uint64_t seed, uint8_t *fold, attune_error *err)
{
    struct split_plan plan = {.n_sides = k, .n_classes = n_classes};
    if (k < 2 || k > SPLIT_FOLDS_MAX)
        return at_fail(err, ATTUNE_INVALID, "%u folds; 2 to %d are allowed", k, SPLIT_FOLDS_MAX);
    for (size_t side = 0; side < k; side++)
        plan.weight[side] = 1.0 / k;
    attune_status status = plan_make(&plan, y, group, n, seed, err);
    if (status == ATTUNE_OK && plan.n_groups < k)
        status = at_fail(err, ATTUNE_NOT_ENOUGH,
                         "%zu different fans with a label; %u folds need at least as many",
                         plan.n_groups, k);
    if (status == ATTUNE_OK) {
        plan_deal(&plan);
        memset(fold, UINT8_MAX, n);
        for (size_t g = 0; g < plan.n_groups; g++)
            for (size_t m = plan.start[g]; m < plan.start[g + 1]; m++)
                fold[plan.member[m]] = plan.side[g];
    }
    plan_release(&plan);
    return status;
}
