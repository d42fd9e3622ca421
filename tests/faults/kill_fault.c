/*
 * kill_fault PROGRAM SHIM [KILLS] [SEED] [SECONDS]: SIGKILL at random instants.
 *
 * Half of the kills fall on an instant drawn from the whole duration of the command. The other half
 * fall on the boundary of a call that changes a file, or in the middle of a write (half of it is on
 * disk): there are few such instants, and they are the ones that matter. SHIM may be "-": then only
 * the clock kills. After each kill the home must be sound, and the command, when it is repeated,
 * must give what it gives undisturbed. SECONDS > 0 goes on until they are over.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/rng.h"
#include "faults/story.h"

#define KILL_GROUPS "write,fsync,rename,open,truncate,mkdir,unlink,close"
enum { KILL_STORIES = 16, KILL_CLOCK = 0, KILL_CALL, KILL_TEAR, KILL_WAYS };
static const char *const ways[KILL_WAYS] = {"at an instant", "before a call", "within a write"};

struct killer {
    struct stage stage;
    const char *shim;
    struct at_rng rng;
    size_t n_kills[KILL_STORIES][KILL_WAYS], n_too_late;
};

/* The environment of a run under the shim. */
struct shim_env {
    char preload[1100], groups[128], mode[32], at[32], under[400], log[400];
    const char *list[8];
};

static void shim_fill(const struct killer *k, struct shim_env *e, const char *groups,
                      const char *mode, uint64_t at)
{
    snprintf(e->preload, sizeof e->preload, "LD_PRELOAD=%s", k->shim);
    snprintf(e->groups, sizeof e->groups, "FAULT_GROUPS=%s", groups);
    snprintf(e->mode, sizeof e->mode, "FAULT_MODE=%s", mode);
    snprintf(e->at, sizeof e->at, "FAULT_AT=%llu", (unsigned long long)at);
    snprintf(e->under, sizeof e->under, "FAULT_UNDER=%s", k->stage.work);
    snprintf(e->log, sizeof e->log, "FAULT_LOG=%s/shim.log", k->stage.dir);
    const char *list[] = {e->preload, e->groups, e->mode,        e->at,
                          e->under,   e->log,    "FAULT_SYNC=0", NULL};
    memcpy(e->list, list, sizeof list);
}

/* How many calls the command makes undisturbed. */
static uint64_t shim_count(struct killer *k, const struct story *story, const char *groups)
{
    char words[1024], path[400];
    unsigned long long n = 0;
    struct shim_env e;
    struct at_buf text = {0};
    shim_fill(k, &e, groups, "once", 0);
    stage_reset(&k->stage, story);
    stage_words(&k->stage, story, words, sizeof words);
    program_run_env(&k->stage.program, e.list, words);
    snprintf(path, sizeof path, "%s/shim.log", k->stage.dir);
    if (at_fs_read(path, &text, 4096, NULL) != ATTUNE_OK ||
        sscanf(text.data, "seen %llu", &n) != 1) /* NOLINT(cert-err34-c) */
        abort();
    at_buf_release(&text);
    return n;
}

static void kill_by_clock(struct killer *k, const char *words)
{
    struct program *p = &k->stage.program;
    const double wait_s = at_rng_unit(&k->rng) * k->stage.seconds;
    const struct timespec wait = {(time_t)wait_s, (long)((wait_s - (double)(time_t)wait_s) * 1e9)};
    const pid_t pid = program_start(p, NULL, words);
    nanosleep(&wait, NULL);
    kill(pid, SIGKILL);
    program_wait(p, pid);
}

/* `at` is the number of the call or write; the clock does not ask. */
static void kill_once(struct killer *k, const struct story *story, size_t way, uint64_t at)
{
    struct stage *s = &k->stage;
    char words[1024], doing[128];
    struct shim_env e;
    stage_reset(s, story);
    stage_words(s, story, words, sizeof words);
    if (way == KILL_CLOCK) {
        kill_by_clock(k, words);
    } else {
        shim_fill(k, &e, way == KILL_TEAR ? "write" : KILL_GROUPS,
                  way == KILL_TEAR ? "tear" : "kill", at);
        program_run_env(&s->program, e.list, words);
    }
    snprintf(doing, sizeof doing, "%s: killed %s %llu", story->name, ways[way],
             (unsigned long long)at);
    s->doing = doing;
    if (s->program.code == -SIGKILL)
        k->n_kills[story - stories][way]++;
    else
        k->n_too_late++;
    if (s->program.code >= 0 && !stage_succeeded(s, story))
        stage_problem(s, "ended with %d: %s", s->program.code, s->program.err);
    stage_check(s, story);
    s->doing = story->name;
}

static void kill_at_random(struct killer *k, const struct story *story, const uint64_t *n_calls)
{
    const size_t draw = n_calls[KILL_CALL] ? at_rng_below(&k->rng, 4) : 0;
    const size_t way = draw < 2 ? KILL_CLOCK : draw == 2 ? KILL_CALL : KILL_TEAR;
    kill_once(k, story, way, n_calls[way] ? 1 + at_rng_below(&k->rng, n_calls[way]) : 0);
}

static void kill_everywhere(struct killer *k, const struct story *story, const uint64_t *n_calls)
{
    for (size_t way = KILL_CALL; way < KILL_WAYS; way++)
        for (uint64_t n = 1; n <= n_calls[way]; n++)
            kill_once(k, story, way, n);
}

static void kill_story(struct killer *k, const struct story *story, size_t n_random)
{
    uint64_t n_calls[KILL_WAYS] = {0};
    stage_learn(&k->stage, story);
    if (k->shim) {
        n_calls[KILL_CALL] = shim_count(k, story, KILL_GROUPS);
        n_calls[KILL_TEAR] = shim_count(k, story, "write");
    }
    for (size_t n = 0; n < n_random; n++)
        kill_at_random(k, story, n_calls);
    if (!n_random)
        kill_everywhere(k, story, n_calls);
}

static bool story_writes(const struct story *story)
{
    return strcmp(story->name, "predict") != 0 && strcmp(story->name, "apply") != 0;
}

static size_t report(const struct killer *k)
{
    size_t sum[KILL_WAYS] = {0}, total = 0;
    for (size_t i = 0; i < n_stories; i++) {
        size_t of_story = 0;
        for (size_t w = 0; w < KILL_WAYS; w++) {
            of_story += k->n_kills[i][w];
            sum[w] += k->n_kills[i][w];
        }
        total += of_story;
        if (of_story)
            printf("%-12s %zu\n", stories[i].name, of_story);
    }
    printf("%zu kills (%zu %s, %zu %s, %zu %s; %zu came too late), %zu findings\n", total, sum[0],
           ways[0], sum[1], ways[1], sum[2], ways[2], k->n_too_late, k->stage.n_problems);
    return total;
}

int main(int argc, char **argv)
{
    static struct killer k;
    if (argc < 3)
        return 2;
    const size_t wanted = argc > 3 ? strtoul(argv[3], NULL, 10) : 60;
    const uint64_t seed = argc > 4 ? strtoull(argv[4], NULL, 10) : 1;
    const double seconds = argc > 5 ? strtod(argv[5], NULL) : 0, t0 = at_clock_seconds();
    k.shim = strcmp(argv[2], "-") == 0 ? NULL : argv[2];
    at_rng_init(&k.rng, seed);
    stage_open(&k.stage, argv[1]);
    size_t n_writing = 0;
    for (size_t i = 0; i < n_stories; i++)
        n_writing += story_writes(&stories[i]);
    do {
        for (size_t i = 0; i < n_stories; i++)
            if (story_writes(&stories[i]))
                kill_story(&k, &stories[i], wanted ? wanted / n_writing + 1 : 0);
    } while (at_clock_seconds() - t0 < seconds);
    printf("seed %llu, %.0f s\n", (unsigned long long)seed, at_clock_seconds() - t0);
    const size_t total = report(&k);
    stage_close(&k.stage);
    return k.stage.n_problems || !total ? 1 : 0;
}
