/* Fans who wrote nearly the same, and what follows from it: labels that contradict each other, and
 * a test side that was seen in training. */
#include "api/check_run.h"
#include "base/alloc.h"
#include "data/split.h"

/* One fan in several rows of a file. */
static attune_status groups_repeated(struct at_check_run *run, attune_error *err)
{
    struct at_map fans = {0};
    attune_status status = ATTUNE_OK;
    for (size_t i = 0; i < run->dataset.n && status == ATTUNE_OK; i++) {
        uint32_t number;
        bool is_new;
        status = at_map_add(&fans, run->dataset.profiles[i].fan_id, &number, &is_new, err);
        if (status == ATTUNE_OK && !is_new)
            status = at_finding_add(&run->repeated, run->dataset.profiles[i].fan_id, err);
    }
    at_map_release(&fans);
    return status;
}

static bool groups_contradict(const struct at_check_run *run, const struct at_profile *a,
                              const struct at_profile *b)
{
    for (size_t t = 0; t < run->n_targets; t++) {
        const struct at_str target = run->targets[t].labels->target;
        const struct at_str x = at_profile_label(a, target), y = at_profile_label(b, target);
        if (x.len && y.len && !at_str_equal(x, y))
            return true;
    }
    return false;
}

/* Exact copies were told by the first pass. */
static attune_status groups_alike(struct at_check_run *run, attune_error *err)
{
    for (size_t i = 0; i < run->dataset.n; i++) {
        const size_t r = run->group[i];
        const struct at_profile *a = &run->dataset.profiles[r], *b = &run->dataset.profiles[i];
        if (r == i || run->text_of[r] == run->text_of[i] || at_str_equal(a->fan_id, b->fan_id))
            continue;
        AT_TRY(at_finding_add_pair(&run->alike, a->fan_id, b->fan_id, err));
        if (groups_contradict(run, a, b))
            AT_TRY(at_finding_add_pair(&run->alike_conflicts, a->fan_id, b->fan_id, err));
    }
    return ATTUNE_OK;
}

static attune_status groups_leaks(struct at_check_run *run, attune_error *err)
{
    const size_t n = run->dataset.n;
    uint32_t *learner = AT_ALLOC(uint32_t, n); /* by group: a row that trains + 1 */
    attune_status status = ATTUNE_OK;
    if (!learner)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", n);
    for (size_t i = n; i-- > 0;)
        if (run->dataset.profiles[i].split != AT_SPLIT_TEST)
            learner[run->group[i]] = (uint32_t)i + 1;
    for (size_t i = 0; i < n && status == ATTUNE_OK; i++) {
        const uint32_t from = learner[run->group[i]];
        if (run->dataset.profiles[i].split == AT_SPLIT_TEST && from)
            status = at_finding_add_pair(&run->leaks, run->dataset.profiles[from - 1].fan_id,
                                         run->dataset.profiles[i].fan_id, err);
    }
    at_free(learner);
    return status;
}

attune_status at_check_groups(struct at_check_run *run, attune_error *err)
{
    run->group = AT_ALLOC_RAW(uint32_t, run->dataset.n);
    if (!run->group)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %zu fans", run->dataset.n);
    AT_TRY(at_split_groups(&run->dataset, run->group, run->job, err));
    if (!run->home)
        AT_TRY(groups_repeated(run, err));
    AT_TRY(groups_alike(run, err));
    return groups_leaks(run, err);
}
