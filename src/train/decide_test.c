#include "train/decide.h"

#include <math.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "support/test.h"

enum { N = 1500, CLASSES = 2 };

static attune_error err;

struct world {
    struct at_recipe recipe;
    struct at_fold_answers answers;
    struct at_learned told;
    struct at_decision decision;
    double p[N * CLASSES];
    uint32_t y[N];
};

/* One member that says p where the truth has p^(1 / boast): boast above 1 is too sure of itself. */
static void world_make(struct world *w, size_t n, double boast, enum at_calibration_kind kind)
{
    struct at_rng rng;
    memset(w, 0, sizeof *w);
    at_rng_init(&rng, 11);
    w->recipe.n_members = 1;
    w->recipe.members[0] = (struct at_recipe_member){
        .kind = attune_model_kind_find("linear"), .name = "linear", .share = 1};
    w->recipe.confidence.calibration = (int)kind;
    for (size_t i = 0; i < n; i++) {
        const double logit = 5 * at_rng_unit(&rng) - 2.5;
        const double truth = 1 / (1 + exp(-logit)), said = 1 / (1 + exp(-boast * logit));
        w->y[i] = at_rng_unit(&rng) < truth;
        w->p[2 * i] = 1 - said;
        w->p[2 * i + 1] = said;
    }
    w->answers = (struct at_fold_answers){.p = w->p, .y = w->y, .n = n, .n_folds = 5};
}

static attune_status decide(struct world *w)
{
    memset(&w->told, 0, sizeof w->told);
    return at_decide(&w->decision, &w->told, &w->recipe, &w->answers, CLASSES, &err);
}

static void test_decide__each_calibration_is_the_one_asked_for(void **state)
{
    static const struct {
        enum at_calibration_kind kind;
        const char *name;
    } cases[] = {{AT_CALIBRATION_NONE, "none"},
                 {AT_CALIBRATION_TEMPERATURE, "temperature"},
                 {AT_CALIBRATION_ISOTONIC, "isotonic"},
                 {AT_CALIBRATION_VENN_ABERS, "venn-abers"}};
    struct world w;
    double before = 0;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        world_make(&w, N, 2, cases[i].kind);
        assert_ok(decide(&w));
        assert_int_equal(w.decision.calibration.kind, cases[i].kind);
        assert_string_equal(w.told.calibration, cases[i].name);
        if (cases[i].kind == AT_CALIBRATION_NONE)
            before = w.told.ece;
        else
            assert_true(w.told.ece < before / 2 && w.told.ece < 0.05);
        at_decision_release(&w.decision);
    }
    assert_true(before > 0.05);
}

static void test_decide__the_temperature_is_told(void **state)
{
    struct world w;
    (void)state;
    world_make(&w, N, 2, AT_CALIBRATION_TEMPERATURE);
    assert_ok(decide(&w));
    assert_true(fabs(w.told.temperature - 2) < 0.3);
    assert_close(w.told.temperature, w.decision.calibration.temperature.t, 0);
    at_decision_release(&w.decision);
    world_make(&w, N, 2, AT_CALIBRATION_NONE);
    assert_ok(decide(&w));
    assert_close(w.told.temperature, 1, 0);
    at_decision_release(&w.decision);
}

/* Far from honest, as naive Bayes is: the member's own voice is tempered, the calibration has
 * little left to do. */
static void test_decide__a_wild_member_is_tempered_first(void **state)
{
    struct world w;
    (void)state;
    world_make(&w, N, 8, AT_CALIBRATION_TEMPERATURE);
    assert_ok(decide(&w));
    assert_true(fabs(w.decision.voice[0].temperature.t - 8) < 1.5);
    assert_true(fabs(w.told.temperature - 1) < 0.1);
    assert_true(w.told.ece < 0.05);
    at_decision_release(&w.decision);
}

/* What is told is what the pipeline will say: log-loss after the calibration. */
static void test_decide__tells_the_loss_of_calibrated_answers(void **state)
{
    struct world w;
    double loss = 0;
    (void)state;
    world_make(&w, N, 2, AT_CALIBRATION_TEMPERATURE);
    assert_ok(decide(&w));
    for (size_t i = 0; i < N; i++) {
        double p[2] = {w.p[2 * i], w.p[2 * i + 1]};
        at_calibration_apply(&w.decision.calibration, p, NULL);
        at_confidence_bound(p, 2, N);
        loss -= log(p[w.y[i]]) / N;
    }
    assert_close(w.told.log_loss, loss, 1e-9);
    at_decision_release(&w.decision);
}

static void test_decide__a_target_precision_becomes_a_threshold(void **state)
{
    struct world w;
    size_t answered = 0, right = 0;
    (void)state;
    world_make(&w, N, 2, AT_CALIBRATION_AUTO);
    w.recipe.confidence.target_precision = 0.8;
    w.recipe.confidence.min_margin = 0.25;
    assert_ok(decide(&w));
    const struct at_policy *policy = &w.decision.policy;
    assert_close(policy->target_precision, 0.8, 0);
    assert_close(policy->min_margin, 0.25, 0);
    assert_close(policy->min_confidence, w.told.threshold.threshold, 0);
    assert_true(w.told.threshold.reached);
    assert_true(policy->min_confidence > 0.5 && policy->min_confidence < 1);
    for (size_t i = 0; i < N; i++) {
        char reason[160];
        double p[2] = {w.p[2 * i], w.p[2 * i + 1]};
        at_calibration_apply(&w.decision.calibration, p, NULL);
        if (!at_policy_judge(policy, p, 2, reason, sizeof reason))
            continue;
        answered++;
        right += p[w.y[i]] > 0.5;
    }
    assert_true(answered > N / 10 && answered < N);
    assert_true((double)right / (double)answered > 0.8);
    at_decision_release(&w.decision);
}

/* No threshold helps a model that knows nothing: it is told to be silent, by a number that JSON
 * can hold. */
static void test_decide__what_cannot_be_reached_is_never_answered(void **state)
{
    struct world w;
    struct at_rng rng;
    char reason[160];
    const double sure[] = {0, 1};
    (void)state;
    world_make(&w, 400, 1, AT_CALIBRATION_TEMPERATURE);
    at_rng_init(&rng, 5);
    for (size_t i = 0; i < 400; i++)
        w.y[i] = (uint32_t)at_rng_below(&rng, 2);
    w.recipe.confidence.target_precision = 0.99;
    assert_ok(decide(&w));
    assert_false(w.told.threshold.reached);
    assert_close(w.decision.policy.min_confidence, 2, 0);
    assert_false(at_policy_judge(&w.decision.policy, sure, 2, reason, sizeof reason));
    at_decision_release(&w.decision);
}

static void test_decide__without_a_target_it_always_answers(void **state)
{
    struct world w;
    char reason[160];
    const double even[] = {0.5, 0.5};
    (void)state;
    world_make(&w, 200, 1, AT_CALIBRATION_TEMPERATURE);
    assert_ok(decide(&w));
    assert_true(at_policy_judge(&w.decision.policy, even, 2, reason, sizeof reason));
    assert_close(w.told.threshold.target, 0, 0);
    at_decision_release(&w.decision);
}

static void test_decide__every_allocation_may_fail(void **state)
{
    struct world w;
    size_t n = 1;
    (void)state;
    world_make(&w, N, 2, AT_CALIBRATION_VENN_ABERS);
    w.recipe.confidence.target_precision = 0.8;
    for (;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = decide(&w);
        at_alloc_fail_after(0);
        at_decision_release(&w.decision);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
    }
    assert_true(n > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decide__each_calibration_is_the_one_asked_for),
        cmocka_unit_test(test_decide__the_temperature_is_told),
        cmocka_unit_test(test_decide__a_wild_member_is_tempered_first),
        cmocka_unit_test(test_decide__tells_the_loss_of_calibrated_answers),
        cmocka_unit_test(test_decide__a_target_precision_becomes_a_threshold),
        cmocka_unit_test(test_decide__what_cannot_be_reached_is_never_answered),
        cmocka_unit_test(test_decide__without_a_target_it_always_answers),
        cmocka_unit_test(test_decide__every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
