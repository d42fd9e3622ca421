/*
 * io_fault PROGRAM SHIM [STRIDE]: every call that changes a file fails, one at a time.
 *
 * For every story and every group of calls: the 1st, 2nd, ... call fails with EIO, until the
 * command ends without having met one. Then the disk is full from the n-th write on, writes come
 * through in part, the whole file system is read-only, and memory runs out inside the C library and
 * everything else. After each run the home must be sound and the command must succeed when it is
 * repeated. STRIDE > 1 takes every STRIDE-th call only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "faults/story.h"

struct plan {
    const char *name, *groups, *mode, *error;
    size_t stride;        /* on top of the given one */
    const char *must_say; /* when it fails; NULL: anything */
};

static const struct plan plans[] = {
    {"write", "write", "once", "EIO", 1, NULL},
    {"fsync", "fsync", "once", "EIO", 1, NULL},
    {"rename", "rename", "once", "EIO", 1, NULL},
    {"open", "open", "once", "EIO", 1, NULL},
    {"truncate", "truncate", "once", "EIO", 1, NULL},
    {"mkdir", "mkdir", "once", "EIO", 1, NULL},
    {"unlink", "unlink", "once", "EIO", 1, NULL},
    {"close", "close", "once", "EIO", 1, NULL},
    {"mmap", "mmap", "once", "ENOMEM", 1, NULL},
    {"short write", "write", "short", "ENOSPC", 3, NULL},
    {"disk full", "write,mkdir,open,truncate", "from", "ENOSPC", 3, "No space left|disk full|full"},
    {"memory", "malloc", "once", "ENOMEM", 47, NULL},
};
enum { N_PLANS = sizeof plans / sizeof *plans };

struct driver {
    struct stage stage;
    const char *shim;
    size_t stride, n_injected[N_PLANS + 1], n_failed, n_passed;
};

struct shim_report {
    unsigned long seen, hit;
};

static struct shim_report driver_read_log(const char *path)
{
    struct shim_report r = {0};
    struct at_buf text = {0};
    if (at_fs_read(path, &text, 4096, NULL) == ATTUNE_OK &&
        sscanf(text.data, "seen %lu hit %lu", &r.seen, &r.hit) != 2) /* NOLINT(cert-err34-c) */
        abort();
    at_buf_release(&text);
    return r;
}

static bool says_one_of(const struct stage *s, const char *list)
{
    char word[64];
    for (const char *p = list; p && *p;) {
        const size_t n = strcspn(p, "|");
        snprintf(word, sizeof word, "%.*s", (int)n, p);
        if (program_said(&s->program, word))
            return true;
        p += n + (p[n] == '|');
    }
    return !list;
}

/* A failure is one of the documented exit codes, with a reason; never a signal. */
static void driver_judge(struct driver *d, const struct story *story, const struct plan *plan)
{
    struct stage *s = &d->stage;
    const int code = s->program.code;
    if (stage_succeeded(s, story)) {
        d->n_passed++;
        return;
    }
    d->n_failed++;
    if (code < 1 || code > 5)
        stage_problem(s, "ended with %d: %s", code, s->program.err);
    else if (!s->program.err[0])
        stage_problem(s, "failed without a word");
    else if (!says_one_of(s, plan->must_say))
        stage_problem(s, "the reason is missing in: %s", s->program.err);
    if (strcmp(plan->groups, "unlink") != 0 && stage_temporaries(s))
        stage_problem(s, "%zu temporary files are left", stage_temporaries(s));
}

/* False when the command ended before its n-th call of these groups. */
static bool driver_one(struct driver *d, const struct story *story, const struct plan *plan,
                       size_t n)
{
    struct stage *s = &d->stage;
    char doing[128], words[1024], log[320];
    char preload[1100], groups[128], mode[64], error[64], at[64], under[400], to[400];
    const char *env[] = {preload, groups, mode, error, at, under, to, "FAULT_SYNC=0", NULL};
    snprintf(doing, sizeof doing, "%s: %s %zu", story->name, plan->name, n);
    snprintf(log, sizeof log, "%s/shim.log", s->dir);
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", d->shim);
    snprintf(groups, sizeof groups, "FAULT_GROUPS=%s", plan->groups);
    snprintf(mode, sizeof mode, "FAULT_MODE=%s", plan->mode);
    snprintf(error, sizeof error, "FAULT_ERROR=%s", plan->error);
    snprintf(at, sizeof at, "FAULT_AT=%zu", n);
    snprintf(under, sizeof under, "FAULT_UNDER=%s", s->work);
    snprintf(to, sizeof to, "FAULT_LOG=%s", log);
    s->doing = doing;
    stage_reset(s, story);
    stage_words(s, story, words, sizeof words);
    (void)at_fs_remove_tree(log, NULL);
    program_run_env(&s->program, env, words);
    const bool hit = s->program.code < 0 || driver_read_log(log).hit > 0;
    if (hit) {
        driver_judge(d, story, plan);
        stage_check(s, story);
    } else if (!stage_succeeded(s, story)) {
        stage_problem(s, "undisturbed, it ends with %d: %s", s->program.code, s->program.err);
    }
    s->doing = story->name;
    return hit;
}

static void driver_story(struct driver *d, const struct story *story)
{
    static const struct plan read_only = {
        "read-only", "write,mkdir,open,truncate,unlink,rename",       "from", "EROFS",
        1,           "Read-only|read-only|readonly|cannot be written"};
    const double t0 = at_clock_seconds();
    stage_learn(&d->stage, story);
    for (size_t p = 0; p < N_PLANS; p++) {
        const size_t step = plans[p].stride * d->stride;
        for (size_t n = 1 + (d->stride > 1 ? p % d->stride : 0); driver_one(d, story, &plans[p], n);
             n += step)
            d->n_injected[p]++;
    }
    d->n_injected[N_PLANS] += driver_one(d, story, &read_only, 1);
    printf("%-12s %.1f s\n", story->name, at_clock_seconds() - t0);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct driver d;
    if (argc < 3)
        return 2;
    d.shim = argv[2];
    d.stride = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
    d.stride = d.stride ? d.stride : 1;
    stage_open(&d.stage, argv[1]);
    size_t total = 0;
    for (size_t i = 0; i < n_stories; i++)
        if (argc < 5 || strcmp(argv[4], stories[i].name) == 0)
            driver_story(&d, &stories[i]);
    for (size_t p = 0; p <= N_PLANS; p++) {
        total += d.n_injected[p];
        printf("%-12s %zu\n", p < N_PLANS ? plans[p].name : "read-only", d.n_injected[p]);
    }
    printf("%zu faults: %zu ended as a clean failure, %zu did no harm, %zu findings\n", total,
           d.n_failed, d.n_passed, d.stage.n_problems);
    stage_close(&d.stage);
    return d.stage.n_problems ? 1 : 0;
}
