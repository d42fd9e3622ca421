#include "api/gate_check.h"

#include "api/collect.h"
#include "base/alloc.h"
#include "eval/metrics.h"

enum { GATE_BOOTSTRAP = 2000 };

struct gate_rows {
    const struct at_profile **profiles;
    uint32_t *y;
    double *p_new, *p_old;
    size_t n;
};

static attune_status gate_pick(struct gate_rows *rows, const struct at_gate_data *data,
                               const struct at_members *champion, attune_error *err)
{
    const size_t n = data->dataset->n, k = data->labels->n;
    rows->profiles = AT_ALLOC(const struct at_profile *, n);
    rows->y = AT_ALLOC(uint32_t, n);
    rows->p_new = AT_ALLOC(double, n *k);
    rows->p_old = AT_ALLOC(double, n *k);
    if (!rows->profiles || !rows->y || !rows->p_new || !rows->p_old)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: gate over %zu fans", n);
    for (size_t i = 0; i < n; i++) {
        const struct at_profile *p = &data->dataset->profiles[i];
        if (data->role[i] != AT_SPLIT_TEST || data->y[i] == AT_CLASS_NONE ||
            at_members_role(champion, p->fan_id) == AT_SPLIT_TRAIN)
            continue;
        rows->profiles[rows->n] = p;
        rows->y[rows->n++] = data->y[i];
    }
    return ATTUNE_OK;
}

static void gate_rows_release(struct gate_rows *rows)
{
    at_free(rows->profiles);
    at_free(rows->y);
    at_free(rows->p_new);
    at_free(rows->p_old);
}

/* Labels of the target may have been changed in the configuration: then the two cannot be compared.
 */
static bool gate_same_labels(const struct at_labels *a, const struct at_labels *b)
{
    bool same = a->n == b->n;
    for (size_t i = 0; same && i < a->n; i++)
        same = at_str_equal(a->names[i], b->names[i]);
    return same;
}

static attune_status gate_judge(struct at_gate *gate, const struct at_pipeline *candidate,
                                const struct at_pipeline *old, int64_t champion,
                                const struct at_gate_data *data, struct gate_rows *rows,
                                attune_error *err)
{
    struct at_paired paired;
    AT_TRY(at_pipeline_predict(candidate, rows->profiles, rows->n, rows->p_new, data->pool, err));
    AT_TRY(at_pipeline_predict(old, rows->profiles, rows->n, rows->p_old, data->pool, err));
    AT_TRY(at_paired_compare(&paired, rows->y, rows->p_new, rows->p_old, rows->n, data->labels->n,
                             GATE_BOOTSTRAP, data->seed, err));
    return at_gate_paired(gate, champion, &paired, rows->n, data->labels, err);
}

attune_status at_gate_check(struct at_gate *gate, attune_home *home,
                            const struct at_pipeline *candidate, int64_t champion,
                            const struct at_gate_data *data, attune_error *err)
{
    const struct at_registry registry = at_home_registry(home);
    struct at_members members = {0};
    struct at_pipeline *old = NULL;
    struct gate_rows rows = {0};
    attune_status status = at_members_read(&members, home, data->labels->target, champion, err);
    if (status == ATTUNE_OK)
        status = at_registry_load(&registry, data->labels->target, champion, &old, err);
    if (status == ATTUNE_OK)
        status = gate_pick(&rows, data, &members, err);
    if (status == ATTUNE_OK && (!rows.n || !gate_same_labels(&candidate->labels, &old->labels)))
        *gate = (struct at_gate){.passed = true, .champion = champion}; /* nothing to compare on */
    else if (status == ATTUNE_OK)
        status = gate_judge(gate, candidate, old, champion, data, &rows, err);
    gate_rows_release(&rows);
    at_pipeline_destroy(old);
    at_members_release(&members);
    return status;
}
