/* Whatever the number of threads and tasks, every index is worked on exactly once, by a worker
 * whose number is in range, and everything is visible to the caller afterwards (the tsan preset
 * looks). */
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/pool.h"
#include "base/rng.h"
#include "support/test.h"

enum { MAX_TASKS = 5000, MAX_THREADS = 9 };

struct work {
    unsigned done[MAX_TASKS]; /* plain: each index belongs to one task */
    unsigned by_worker[MAX_THREADS];
    atomic_size_t bad_worker;
    size_t n_threads;
};

static void work_one(void *context, size_t i, size_t worker)
{
    struct work *w = context;
    w->done[i]++;
    if (worker < w->n_threads)
        w->by_worker[worker]++; /* plain: a worker's number is used by one thread at a time */
    else
        atomic_fetch_add(&w->bad_worker, 1);
}

static void check_round(attune_pool *pool, struct work *w, size_t n_tasks)
{
    memset(w->done, 0, sizeof w->done);
    memset(w->by_worker, 0, sizeof w->by_worker);
    attune_parallel_for(pool, n_tasks, work_one, w);
    size_t total = 0;
    for (size_t i = 0; i < MAX_TASKS; i++)
        assert_int_equal(w->done[i], i < n_tasks);
    for (size_t t = 0; t < MAX_THREADS; t++)
        total += w->by_worker[t];
    assert_int_equal(total, n_tasks);
    assert_int_equal(atomic_load(&w->bad_worker), 0);
}

static void test_pool__every_index_once(void **state)
{
    (void)state;
    attune_error err;
    struct at_rng rng;
    static struct work w;
    at_rng_init(&rng, 31);
    for (size_t threads = 1; threads < MAX_THREADS; threads++) {
        attune_pool *pool;
        assert_ok(at_pool_create(&pool, threads, &err));
        assert_int_equal(attune_pool_threads(pool), threads);
        w.n_threads = threads;
        static const size_t few[] = {0, 1, 2, 3, 7, 8, 9};
        for (size_t i = 0; i < 7; i++)
            check_round(pool, &w, few[i]);
        for (int round = 0; round < 60; round++)
            check_round(pool, &w, (size_t)at_rng_below(&rng, round % 10 ? 50 : MAX_TASKS));
        at_pool_destroy(pool);
    }
}

static void test_pool__without_a_pool(void **state)
{
    (void)state;
    static struct work w;
    w.n_threads = attune_pool_threads(NULL);
    assert_int_equal(w.n_threads, 1);
    check_round(NULL, &w, 100);
    assert_int_equal(w.by_worker[0], 100);
}

static void test_pool__starts_and_stops_without_work(void **state)
{
    (void)state;
    attune_error err;
    for (int i = 0; i < 50; i++) {
        attune_pool *pool;
        assert_ok(at_pool_create(&pool, 4, &err));
        at_pool_destroy(pool);
    }
    at_pool_destroy(NULL);
}

static void test_pool__refuses_odd_sizes(void **state)
{
    (void)state;
    attune_error err;
    attune_pool *pool = (attune_pool *)&err;
    assert_fails(at_pool_create(&pool, 0, &err), ATTUNE_INVALID, "got 0");
    assert_null(pool);
    assert_fails(at_pool_create(&pool, 1025, &err), ATTUNE_INVALID, "1..1024");
}

static void test_pool__every_allocation_may_fail(void **state)
{
    (void)state;
    attune_error err;
    attune_pool *pool;
    size_t n = 1;
    for (;; n++) {
        at_alloc_fail_after(n);
        const attune_status status = at_pool_create(&pool, 4, &err);
        at_alloc_fail_after(0);
        if (status == ATTUNE_OK)
            break;
        assert_int_equal(status, ATTUNE_NO_MEMORY);
        assert_null(pool);
    }
    assert_int_equal(n, 6); /* the pool, its threads, three workers */
    at_pool_destroy(pool);
}

static void test_pool__cpu_count(void **state)
{
    (void)state;
    assert_in_range(at_cpu_count(), 1, 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__every_index_once),
        cmocka_unit_test(test_pool__without_a_pool),
        cmocka_unit_test(test_pool__starts_and_stops_without_work),
        cmocka_unit_test(test_pool__refuses_odd_sizes),
        cmocka_unit_test(test_pool__every_allocation_may_fail),
        cmocka_unit_test(test_pool__cpu_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
