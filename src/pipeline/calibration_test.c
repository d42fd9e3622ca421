#include "pipeline/calibration.h"

#include <math.h>

#include "base/alloc.h"
#include "base/bundle.h"
#include "base/fs.h"
#include "base/json.h"
#include "support/memory_bundle.h"
#include "support/temp.h"
#include "support/test.h"

/* ---- Golden cases of SciPy and scikit-learn (tests/golden/calibration/make.py) ---- */

struct golden {
    const char *name;
    const at_json *json;
    double *p, *queries;
    uint32_t *y;
    size_t n, k, n_queries;
};

static double *golden_reals(const at_json *array)
{
    double *out = AT_ALLOC(double, at_json_len(array));
    for (size_t i = 0; i < at_json_len(array); i++)
        out[i] = at_json_number(at_json_at(array, i), NAN);
    return out;
}

static void golden_load(struct golden *g, const at_json *json)
{
    const at_json *y = at_json_get(json, "y");
    *g = (struct golden){.name = at_json_string(at_json_get(json, "name")).ptr, .json = json};
    g->k = (size_t)at_json_integer(at_json_get(json, "k"), 0);
    g->n = at_json_len(y);
    g->n_queries = at_json_len(at_json_get(json, "queries")) / g->k;
    g->p = golden_reals(at_json_get(json, "p"));
    g->queries = golden_reals(at_json_get(json, "queries"));
    g->y = AT_ALLOC(uint32_t, g->n);
    for (size_t i = 0; i < g->n; i++)
        g->y[i] = (uint32_t)at_json_integer(at_json_at(y, i), -1);
}

static void golden_each(void (*check)(const struct golden *g))
{
    attune_error err;
    struct at_buf text = {0};
    at_json *root;
    assert_ok(
        at_fs_read(ATTUNE_SOURCE_DIR "/tests/golden/calibration/cases.json", &text, 1 << 20, &err));
    assert_ok(at_json_parse(&root, text.data, text.len, "cases.json", &err));
    const at_json *cases = at_json_get(root, "cases");
    assert_int_equal(at_json_len(cases), 8);
    for (size_t i = 0; i < at_json_len(cases); i++) {
        struct golden g;
        golden_load(&g, at_json_at(cases, i));
        check(&g);
        at_free(g.p);
        at_free(g.queries);
        at_free(g.y);
    }
    at_json_free(root);
    at_buf_release(&text);
}

static void near(const struct golden *g, const char *what, double got, double wanted, double within)
{
    if (!(fabs(got - wanted) <= within))
        fail_msg("%s: %s is %.17g, wanted %.17g", g->name, what, got, wanted);
}

static void check_temperature(const struct golden *g)
{
    attune_error err;
    struct at_calibration c;
    assert_ok(at_calibration_fit(&c, AT_CALIBRATION_TEMPERATURE, g->p, g->y, g->n, g->k, &err));
    const double wanted = at_json_number(at_json_get(g->json, "temperature"), NAN);
    near(g, "temperature", c.temperature.t, wanted, 1e-6 * wanted);
    at_calibration_release(&c);
}

static void test_calibration__temperature_equals_scipy(void **state)
{
    (void)state;
    golden_each(check_temperature);
}

static void check_curves(const struct golden *g, enum at_calibration_kind kind)
{
    attune_error err;
    struct at_calibration c;
    const at_json *wanted =
        at_json_get(g->json, kind == AT_CALIBRATION_ISOTONIC ? "isotonic" : "venn_abers");
    assert_int_equal(at_json_len(wanted), g->n_queries * g->k);
    assert_ok(at_calibration_fit(&c, kind, g->p, g->y, g->n, g->k, &err));
    for (size_t i = 0; i < g->n_queries; i++) {
        double *p = g->queries + i * g->k, width;
        at_calibration_apply(&c, p, &width);
        for (size_t j = 0; j < g->k; j++)
            near(g, "probability", p[j], at_json_number(at_json_at(wanted, i * g->k + j), NAN),
                 1e-10);
        if (kind == AT_CALIBRATION_VENN_ABERS)
            near(g, "width", width,
                 at_json_number(at_json_at(at_json_get(g->json, "width"), i), NAN), 1e-10);
        else
            assert_true(isnan(width));
    }
    at_calibration_release(&c);
}

static void check_isotonic(const struct golden *g)
{
    check_curves(g, AT_CALIBRATION_ISOTONIC);
}

static void test_calibration__isotonic_equals_scikit_learn(void **state)
{
    (void)state;
    golden_each(check_isotonic);
}

static void check_venn_abers(const struct golden *g)
{
    check_curves(g, AT_CALIBRATION_VENN_ABERS);
}

static void test_calibration__venn_abers_equals_two_fits_of_scikit_learn(void **state)
{
    (void)state;
    golden_each(check_venn_abers);
}

/* ---- Small cases ---- */

static const double small_p[] = {0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4, 0.3, 0.7, 0.2, 0.8};
static const uint32_t small_y[] = {0, 0, 1, 0, 1, 1};
enum { SMALL_N = 6 };

static attune_status small_fit(struct at_calibration *c, enum at_calibration_kind kind,
                               attune_error *err)
{
    return at_calibration_fit(c, kind, small_p, small_y, SMALL_N, 2, err);
}

static void test_calibration__none_does_nothing(void **state)
{
    (void)state;
    attune_error err;
    struct at_calibration c;
    double p[] = {0.25, 0.75}, width = 0;
    assert_ok(at_calibration_fit(&c, AT_CALIBRATION_NONE, NULL, NULL, 0, 2, &err));
    at_calibration_apply(&c, p, &width);
    assert_true(p[0] == 0.25 && p[1] == 0.75 && isnan(width));
    at_calibration_release(&c);
}

/* Twenty rows that are all answered rightly make it surer, and a thousand much surer, yet never
 * certain. */
static void test_calibration__always_right_is_not_certain(void **state)
{
    (void)state;
    attune_error err;
    enum { N = 1000 };
    static double p[2 * N];
    static uint32_t y[N];
    double few[] = {0.6, 0.4}, many[] = {0.6, 0.4};
    for (uint32_t i = 0; i < N; i++) {
        y[i] = i % 2;
        p[2 * i + y[i]] = 0.6;
        p[2 * i + 1 - y[i]] = 0.4;
    }
    struct at_calibration c;
    assert_ok(at_calibration_fit(&c, AT_CALIBRATION_TEMPERATURE, p, y, 20, 2, &err));
    at_calibration_apply(&c, few, NULL);
    assert_ok(at_calibration_fit(&c, AT_CALIBRATION_TEMPERATURE, p, y, N, 2, &err));
    at_calibration_apply(&c, many, NULL);
    assert_true(few[0] > 0.6 && few[0] < 0.65 && many[0] > 0.9 && many[0] < 0.999);
}

static void test_temperature__stays_in_its_limits(void **state)
{
    (void)state;
    attune_error err;
    struct at_temperature t;
    const double sure[] = {1 - 1e-9, 1e-9, 1e-9, 1 - 1e-9}, shy[] = {0.51, 0.49, 0.49, 0.51};
    const uint32_t wrong[] = {1, 0}, right[] = {0, 1};
    assert_ok(at_temperature_fit(&t, 0, sure, wrong, 2, 2, &err));
    assert_true(t.t > 0.999 * AT_TEMPERATURE_MAX && t.t <= AT_TEMPERATURE_MAX);
    assert_ok(at_temperature_fit(&t, 0, sure, right, 2, 2, &err));
    assert_true(t.t >= AT_TEMPERATURE_MIN && t.t < 1);
    assert_ok(at_temperature_fit(&t, 0, shy, right, 2, 2, &err));
    assert_true(t.t >= AT_TEMPERATURE_MIN && t.t < 1.001 * AT_TEMPERATURE_MIN);
    const double flat[] = {0.5, 0.5, 0.5, 0.5}; /* any T will do; the prior chooses */
    assert_ok(at_temperature_fit(&t, AT_TEMPERATURE_PRIOR, flat, right, 2, 2, &err));
    assert_true(fabs(t.t - 1) < 1e-9);
}

/* A forest of ten trees says 0 where it means "less than 0.1"; naive Bayes means 1e-80. */
static void test_temperature__zero_is_half_of_the_smallest(void **state)
{
    (void)state;
    attune_error err;
    struct at_temperature t;
    const double forest[] = {1, 0, 0.9, 0.1}, bayes[] = {1, 1e-80, 1e-20, 1},
                 tiny[] = {1, 0, 1e-310, 1};
    const uint32_t y[] = {0, 0};
    assert_ok(at_temperature_fit(&t, 10, forest, y, 2, 2, &err));
    assert_true(t.floor == 1e-3);
    assert_ok(at_temperature_fit(&t, 10, bayes, y, 2, 2, &err));
    assert_true(t.floor == 0.5e-80);
    assert_ok(at_temperature_fit(&t, 10, tiny, y, 2, 2, &err));
    assert_true(t.floor == 1e-300 && isfinite(t.t));
    double p[] = {0, 1};
    at_temperature_apply(&t, p, 2);
    assert_true(p[0] > 0 && fabs(p[0] + p[1] - 1) < 1e-12);
}

/* Confidences bent in a way that no temperature straightens: s + s (1 - s) (1 - 2 s) c. */
static void bent_rows(double *p, uint32_t *y, size_t n, double bend)
{
    for (size_t i = 0; i < n; i++) {
        const double truth = (double)(i % 97 + 1) / 98; /* share of class 0 at this score */
        const double said = 0.5 + (truth - 0.5) * 0.4 + bend;
        p[2 * i] = said;
        p[2 * i + 1] = 1 - said;
        y[i] = (double)(i * 7919 % 1009) / 1009 >= truth;
    }
}

static void test_calibration__auto_takes_curves_only_where_they_help(void **state)
{
    (void)state;
    attune_error err;
    enum { N = 4 * AT_CALIBRATION_MANY_ROWS };
    static double p[2 * N];
    static uint32_t y[N];
    struct at_calibration c;
    bent_rows(p, y, N, 0); /* too shy, which a temperature mends */
    assert_ok(at_calibration_fit(&c, AT_CALIBRATION_AUTO, p, y, N, 2, &err));
    assert_int_equal(c.kind, AT_CALIBRATION_TEMPERATURE);
    at_calibration_release(&c);
    bent_rows(p, y, N, 0.25); /* and with a bias, which it cannot */
    assert_ok(at_calibration_fit(&c, AT_CALIBRATION_AUTO, p, y, N, 2, &err));
    assert_int_equal(c.kind, AT_CALIBRATION_VENN_ABERS);
    at_calibration_release(&c);
    assert_ok(
        at_calibration_fit(&c, AT_CALIBRATION_AUTO, p, y, AT_CALIBRATION_MANY_ROWS - 1, 2, &err));
    assert_int_equal(c.kind, AT_CALIBRATION_TEMPERATURE);
    at_calibration_release(&c);
    for (size_t n = 1;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = at_calibration_fit(&c, AT_CALIBRATION_AUTO, p, y, N, 2, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_int_equal(c.kind, AT_CALIBRATION_NONE);
    }
    at_calibration_release(&c);
}

static void test_calibration__fit_refuses(void **state)
{
    (void)state;
    attune_error err;
    struct at_calibration c;
    const double bad[] = {0.5, 0.5, 0.2, NAN}, above[] = {1.1, -0.1};
    const uint32_t y[] = {0, 1}, outside[] = {2, 0};
    for (int kind = AT_CALIBRATION_TEMPERATURE; kind <= AT_CALIBRATION_AUTO; kind++) {
        const enum at_calibration_kind e = (enum at_calibration_kind)kind;
        assert_fails(at_calibration_fit(&c, e, bad, y, 0, 2, &err), ATTUNE_NOT_ENOUGH, "no rows");
        assert_fails(at_calibration_fit(&c, e, bad, y, 2, 2, &err), ATTUNE_INVALID, "row 1");
        assert_fails(at_calibration_fit(&c, e, above, y, 1, 2, &err), ATTUNE_INVALID, "0..1");
        assert_fails(at_calibration_fit(&c, e, above, outside, 1, 2, &err), ATTUNE_INVALID,
                     "class 2 of 2");
        assert_fails(at_calibration_fit(&c, e, above, y, 1, 1, &err), ATTUNE_INVALID, "1 classes");
        assert_int_equal(c.kind, AT_CALIBRATION_NONE);
    }
}

static void test_calibration__fit_survives_every_failing_allocation(void **state)
{
    (void)state;
    attune_error err;
    struct at_calibration c;
    for (int kind = AT_CALIBRATION_TEMPERATURE; kind < AT_CALIBRATION_AUTO; kind++) {
        size_t n = 1;
        for (;; n++) {
            at_alloc_fail_after(n);
            const attune_status status = small_fit(&c, (enum at_calibration_kind)kind, &err);
            at_alloc_fail_after(0);
            if (status == ATTUNE_OK)
                break;
            assert_int_equal(status, ATTUNE_NO_MEMORY);
            assert_int_equal(c.kind, AT_CALIBRATION_NONE);
        }
        assert_true(n > (kind == AT_CALIBRATION_TEMPERATURE ? 1 : 6));
        at_calibration_release(&c);
    }
}

/* ---- File ---- */

static void test_calibration__saved_is_loaded(void **state)
{
    (void)state;
    struct temp t;
    attune_error err;
    temp_open(&t);
    const char *path = temp_path(&t, "calibration.model");
    for (int kind = AT_CALIBRATION_NONE; kind < AT_CALIBRATION_AUTO; kind++) {
        struct at_calibration c, d;
        attune_writer *writer;
        attune_reader reader;
        double p[] = {0.65, 0.35}, q[] = {0.65, 0.35}, w, v;
        assert_ok(small_fit(&c, (enum at_calibration_kind)kind, &err));
        assert_ok(at_bundle_create(&writer, path, &err));
        assert_ok(at_calibration_save(&c, writer, &err));
        assert_ok(at_bundle_commit(writer, &err));
        assert_ok(at_bundle_open(&reader, path, &err));
        assert_ok(at_calibration_load(&d, &reader, 2, &err));
        assert_int_equal(d.kind, kind);
        at_calibration_apply(&c, p, &w);
        at_calibration_apply(&d, q, &v);
        assert_memory_equal(p, q, sizeof p);
        assert_true(w == v || (isnan(w) && isnan(v)));
        if (kind != AT_CALIBRATION_NONE)
            assert_fails(at_calibration_load(&d, &reader, 3, &err), ATTUNE_CORRUPT,
                         "number of classes");
        at_calibration_release(&c);
        at_calibration_release(&d);
        at_bundle_close(&reader);
    }
    temp_close(&t);
}

/* The sections of a valid isotonic calibration of two classes, to be damaged. */
struct parts {
    struct {
        uint32_t layout, kind;
        uint64_t n_classes, n_rows;
        double temperature, floor;
    } shape;
    size_t shape_size;
    uint64_t start[5];
    double x[4], v[4];
    size_t n_start, n_x;
};

static struct parts parts_valid(void)
{
    return (struct parts){{1, AT_CALIBRATION_ISOTONIC, 2, 6, 1, 1e-6},
                          sizeof((struct parts *)0)->shape,
                          {0, 2, 4},
                          {0.1, 0.4, 0.2, 0.9},
                          {0.25, 0.75, 0.125, 0.5},
                          3,
                          4};
}

static struct parts parts_hot(double temperature, double floor)
{
    struct parts parts = parts_valid();
    parts.shape.kind = AT_CALIBRATION_TEMPERATURE;
    parts.shape.temperature = temperature;
    parts.shape.floor = floor;
    return parts;
}

static attune_status parts_load(const struct parts *parts, attune_error *err)
{
    struct memory_bundle b;
    attune_reader reader;
    struct at_calibration c;
    memory_bundle_init(&b, sizeof *parts);
    memory_bundle_put(&b, "calibration.shape", &parts->shape, parts->shape_size);
    memory_bundle_put(&b, "calibration.start", parts->start, parts->n_start * 8);
    memory_bundle_put(&b, "calibration.x", parts->x, parts->n_x * 8);
    memory_bundle_put(&b, "calibration.v", parts->v, sizeof parts->v);
    memory_bundle_finish(&b);
    attune_status status = at_bundle_open_memory(&reader, b.data, b.size, "parts", err);
    if (status == ATTUNE_OK)
        status = at_calibration_load(&c, &reader, 2, err);
    memory_bundle_release(&b);
    return status;
}

#define assert_damaged(change, status, part)                                                       \
    do {                                                                                           \
        struct parts d = parts_valid();                                                            \
        change;                                                                                    \
        assert_fails(parts_load(&d, &err), status, part);                                          \
    } while (0)

static void test_calibration__load_refuses_what_apply_could_not_bear(void **state)
{
    (void)state;
    attune_error err;
    const struct parts valid = parts_valid();
    assert_ok(parts_load(&valid, &err));
    assert_damaged(d.shape.layout = 2, ATTUNE_TOO_NEW, "newer");
    assert_damaged(d.shape.layout = 0, ATTUNE_CORRUPT, "shape");
    assert_damaged(d.shape_size = 3, ATTUNE_CORRUPT, "cut off");
    assert_damaged(d.shape_size -= 8, ATTUNE_CORRUPT, "shape");
    assert_damaged(d.shape.kind = 0, ATTUNE_CORRUPT, "unknown kind");
    assert_damaged(d.shape.kind = AT_CALIBRATION_AUTO, ATTUNE_CORRUPT, "unknown kind");
    assert_damaged(d.shape.kind = AT_CALIBRATION_VENN_ABERS, ATTUNE_CORRUPT, "fit together");
    assert_damaged(d.shape.n_rows = 0, ATTUNE_CORRUPT, "classes");
    assert_damaged(d = parts_hot(0, 1e-6), ATTUNE_CORRUPT, "temperature");
    assert_damaged(d = parts_hot(NAN, 1e-6), ATTUNE_CORRUPT, "temperature");
    assert_damaged(d = parts_hot(1, 0), ATTUNE_CORRUPT, "temperature");
    assert_damaged(d = parts_hot(1, 0.5), ATTUNE_CORRUPT, "temperature");
    assert_damaged(d.start[0] = 1, ATTUNE_CORRUPT, "fit together");
    assert_damaged(d.start[1] = 5, ATTUNE_CORRUPT, "fit together");
    assert_damaged(d.start[2] = 3, ATTUNE_CORRUPT, "fit together");
    assert_damaged(d.start[1] = 4, ATTUNE_CORRUPT, "rising");
    assert_damaged(d.n_start = 4, ATTUNE_CORRUPT, "fit together");
    assert_damaged(d.n_x = 3, ATTUNE_CORRUPT, "fit together");
    assert_damaged(d.x[1] = 0.1, ATTUNE_CORRUPT, "rising");
    assert_damaged(d.x[0] = -INFINITY, ATTUNE_CORRUPT, "rising");
    assert_damaged(d.v[1] = 0.2, ATTUNE_CORRUPT, "rising");
    assert_damaged(d.v[3] = NAN, ATTUNE_CORRUPT, "rising");
    assert_damaged(d.v[3] = 1, ATTUNE_CORRUPT, "rising");
    assert_damaged(d.v[0] = 0, ATTUNE_CORRUPT, "rising");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calibration__temperature_equals_scipy),
        cmocka_unit_test(test_calibration__isotonic_equals_scikit_learn),
        cmocka_unit_test(test_calibration__venn_abers_equals_two_fits_of_scikit_learn),
        cmocka_unit_test(test_calibration__none_does_nothing),
        cmocka_unit_test(test_calibration__always_right_is_not_certain),
        cmocka_unit_test(test_temperature__stays_in_its_limits),
        cmocka_unit_test(test_temperature__zero_is_half_of_the_smallest),
        cmocka_unit_test(test_calibration__auto_takes_curves_only_where_they_help),
        cmocka_unit_test(test_calibration__fit_refuses),
        cmocka_unit_test(test_calibration__fit_survives_every_failing_allocation),
        cmocka_unit_test(test_calibration__saved_is_loaded),
        cmocka_unit_test(test_calibration__load_refuses_what_apply_could_not_bear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
