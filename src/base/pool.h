#ifndef AT_BASE_POOL_H
#define AT_BASE_POOL_H

#include "attune/kind.h"
#include "base/status.h"

/**
 * A fixed set of threads that sleep between calls of attune_parallel_for (attune/kind.h). The
 * caller works too, so n_threads = 1 starts none. Tasks are handed out one at a time from a
 * counter: make them coarse, and let each write only what belongs to its index. One parallel_for at
 * a time; a task must not start another one on the same pool.
 */
attune_status at_pool_create(attune_pool **out, size_t n_threads, attune_error *err);
void at_pool_destroy(attune_pool *pool); /* takes NULL */
/** Processors this process may use (affinity mask and cgroup quota respected), at least 1. */
size_t at_cpu_count(void);

#endif
