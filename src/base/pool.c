#define _GNU_SOURCE /* sched_getaffinity */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/alloc.h"

struct attune_pool {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    pthread_t *threads;
    size_t n_threads; /* workers besides the caller */
    size_t n_running; /* workers that have not finished the current round */
    unsigned long round;
    bool stop;
    /* the current round */
    void (*task)(void *context, size_t i, size_t worker);
    void *context;
    size_t n_tasks;
    atomic_size_t next;
};

struct pool_worker {
    attune_pool *pool;
    size_t index;
};

static void pool_work(attune_pool *pool, size_t worker)
{
    for (;;) {
        const size_t i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (i >= pool->n_tasks)
            return;
        pool->task(pool->context, i, worker);
    }
}

static void *pool_thread(void *arg)
{
    const struct pool_worker self = *(struct pool_worker *)arg;
    at_free(arg);
    attune_pool *pool = self.pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->stop)
            pthread_cond_wait(&pool->start, &pool->lock);
        if (pool->stop)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        pool_work(pool, self.index);
        pthread_mutex_lock(&pool->lock);
        if (--pool->n_running == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static attune_status pool_start_thread(attune_pool *pool, attune_error *err)
{
    struct pool_worker *worker = AT_ALLOC(struct pool_worker, 1);
    if (!worker)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: thread pool");
    *worker = (struct pool_worker){pool, pool->n_threads + 1};
    const int os_error = pthread_create(&pool->threads[pool->n_threads], NULL, pool_thread, worker);
    if (os_error) {
        at_free(worker);
        return at_fail_os(err, os_error, "cannot start a thread; try fewer (--threads)");
    }
    pool->n_threads++;
    return ATTUNE_OK;
}

attune_status at_pool_create(attune_pool **out, size_t n_threads, attune_error *err)
{
    *out = NULL;
    if (n_threads < 1 || n_threads > 1024)
        return at_fail(err, ATTUNE_INVALID, "threads must be 1..1024, got %zu", n_threads);
    attune_pool *pool = AT_ALLOC(attune_pool, 1);
    if (!pool)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: thread pool");
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->threads = AT_ALLOC(pthread_t, n_threads);
    attune_status status = ATTUNE_OK;
    if (!pool->threads)
        status = at_fail(err, ATTUNE_NO_MEMORY, "out of memory: thread pool");
    for (size_t i = 1; i < n_threads && status == ATTUNE_OK; i++)
        status = pool_start_thread(pool, err);
    if (status != ATTUNE_OK) {
        at_pool_destroy(pool);
        return status;
    }
    *out = pool;
    return ATTUNE_OK;
}

void at_pool_destroy(attune_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->start);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    at_free(pool->threads);
    at_free(pool);
}

size_t attune_pool_threads(const attune_pool *pool)
{
    return pool ? pool->n_threads + 1 : 1;
}

void attune_parallel_for(attune_pool *pool, size_t n_tasks,
                         void (*task)(void *context, size_t i, size_t worker), void *context)
{
    if (!pool || !pool->n_threads || n_tasks < 2) {
        for (size_t i = 0; i < n_tasks; i++)
            task(context, i, 0);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->context = context;
    pool->n_tasks = n_tasks;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->n_running = pool->n_threads;
    pool->round++;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    pool_work(pool, 0);
    pthread_mutex_lock(&pool->lock);
    while (pool->n_running)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

/* A container often grants less processor time than the machine has processors. */
static size_t cpu_quota(void)
{
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (!f)
        return 0;
    long long quota = 0, period = 0;
    // NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers; they fit
    const int n = fscanf(f, "%lld %lld", &quota, &period);
    fclose(f);
    return n == 2 && quota > 0 && period > 0 ? (size_t)((quota + period - 1) / period) : 0;
}

size_t at_cpu_count(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    size_t n = 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = (size_t)CPU_COUNT(&set);
    const size_t quota = cpu_quota();
    if (quota && quota < n)
        n = quota;
    return n ? n : 1;
}
