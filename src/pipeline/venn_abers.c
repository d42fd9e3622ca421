/* Draw the bins as a path: each goes `rows` to the right and `hits` up. The isotonic fit is the
 * slope of the greatest convex function under the path. A query that is a member adds one more step
 * (1, 1) just before its bin. Let that step wander from left to right through the path: one point
 * of the path moves at a time, and only downwards, so the corners of the convex function left of it
 * never matter again, and a stack with the leftmost corner on top holds all that does.
 *
 * A query that is not a member is the same thing seen in a mirror: bins from right to left, members
 * and others exchanged. */
#include "pipeline/venn_abers.h"

/* > 0 where a, b, c turn to the left (counter-clockwise). */
static double venn_abers_turn(struct at_venn_abers_point a, struct at_venn_abers_point b,
                              struct at_venn_abers_point c)
{
    return (b.rows - a.rows) * (c.hits - a.hits) - (b.hits - a.hits) * (c.rows - a.rows);
}

static double venn_abers_slope(struct at_venn_abers_point a, struct at_venn_abers_point b)
{
    return (b.hits - a.hits) / (b.rows - a.rows);
}

/* Bins as they come, or in the mirror. */
struct venn_abers_path {
    const struct at_score_bin *bins;
    size_t m;
    int mirrored;
};

static struct at_venn_abers_point venn_abers_step(const struct venn_abers_path *path, size_t i)
{
    const struct at_score_bin *bin = &path->bins[path->mirrored ? path->m - 1 - i : i];
    return (struct at_venn_abers_point){bin->rows,
                                        path->mirrored ? bin->rows - bin->hits : bin->hits};
}

/* point[0..m]: the path, from (0, 0). */
static void venn_abers_walk(struct at_venn_abers_point *point, const struct venn_abers_path *path)
{
    point[0] = (struct at_venn_abers_point){0, 0};
    for (size_t i = 0; i < path->m; i++) {
        const struct at_venn_abers_point step = venn_abers_step(path, i);
        point[i + 1].rows = point[i].rows + step.rows;
        point[i + 1].hits = point[i].hits + step.hits;
    }
}

/* Corners of the path with the added step in front of it, from right to left so that the leftmost
 * is on top; returns how many. */
static size_t venn_abers_corners(struct at_venn_abers_point *stack,
                                 const struct at_venn_abers_point *point, size_t m)
{
    size_t n = 0;
    for (size_t i = m + 1; i-- > 0;) {
        while (n > 1 && venn_abers_turn(point[i], stack[n - 1], stack[n - 2]) <= 0)
            n--;
        stack[n++] = point[i];
    }
    const struct at_venn_abers_point start = {-1, -1};
    while (n > 1 && venn_abers_turn(start, stack[n - 1], stack[n - 2]) <= 0)
        n--;
    stack[n++] = start;
    return n;
}

/* value[i] of the path's i-th bin. */
static void venn_abers_members(double *value, const struct venn_abers_path *path,
                               struct at_venn_abers_point *tmp)
{
    struct at_venn_abers_point *point = tmp, *stack = tmp + path->m + 1;
    venn_abers_walk(point, path);
    size_t n = venn_abers_corners(stack, point, path->m);
    struct at_venn_abers_point before = {-1, -1}; /* where the added step starts */
    for (size_t i = 0; i < path->m; i++) {
        const size_t out = path->mirrored ? path->m - 1 - i : i;
        const double slope = venn_abers_slope(stack[n - 1], stack[n - 2]);
        value[out] = path->mirrored ? 1 - slope : slope;
        const struct at_venn_abers_point step = venn_abers_step(path, i);
        const struct at_venn_abers_point moved = {before.rows + step.rows, before.hits + step.hits};
        before = moved;
        if (venn_abers_turn(stack[n - 1], stack[n - 2], moved) >= 0)
            continue; /* on or above the line: the corners stay */
        n--;
        while (n > 1 && venn_abers_turn(moved, stack[n - 1], stack[n - 2]) <= 0)
            n--;
        stack[n++] = moved;
    }
}

void at_venn_abers_fit(double *p0, double *p1, const struct at_score_bin *bins, size_t m,
                       struct at_venn_abers_point *tmp)
{
    const struct venn_abers_path forward = {bins, m, 0}, mirrored = {bins, m, 1};
    venn_abers_members(p1, &forward, tmp);
    venn_abers_members(p0, &mirrored, tmp);
}
