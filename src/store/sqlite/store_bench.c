/*
 * How fast the store takes and gives:  store_bench [messages] [messages-a-profile] [folder]
 *
 * Prints one line a step, with wall and CPU seconds and the rate by wall clock: import
 * (profile_add, a commit every 20 000 messages), the same import again (finds everything there),
 * scan of all, scan of the newest 50 with labels, and the highest resident memory so far.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/rng.h"
#include "store/store.h"

enum { BATCH = 20000, MAX_PER_PROFILE = 10000, TEXTS = 4096 };

static attune_error err;

static void check(attune_status status)
{
    if (status == ATTUNE_OK)
        return;
    fprintf(stderr, "%s\n", err.message);
    exit(1);
}

/* Words of 2 to 9 letters, 1 to 15 of them: about as long as chat messages are. */
static char *make_text(uint64_t *state)
{
    static char text[256];
    size_t n = 0;
    const uint64_t words = 1 + (*state >> 40) % 15;
    for (uint64_t w = 0; w < words; w++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        const uint64_t letters = 2 + (*state >> 58) % 8;
        for (uint64_t i = 0; i < letters; i++)
            text[n++] = (char)('a' + (*state >> (i * 5 + 8)) % 26);
        text[n++] = ' ';
    }
    text[n - 1] = '\0';
    return text;
}

struct lap {
    double wall, cpu;
};

static double cpu_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static struct lap lap_start(void)
{
    return (struct lap){at_clock_seconds(), cpu_seconds()};
}

static void lap_print(const char *step, struct lap start, size_t n, size_t more, const char *of)
{
    const double wall = at_clock_seconds() - start.wall, cpu = cpu_seconds() - start.cpu;
    printf("%-22s %9zu messages, %8zu %-4s %6.2f s, cpu %6.2f s %9.0f /s %9.0f /cpu s  peak %4.0f "
           "MB\n",
           step, n, more, of, wall, cpu, (double)n / wall, (double)n / cpu,
           (double)at_clock_peak_rss_bytes() / 1e6);
}

struct input {
    struct at_str texts[TEXTS];
    struct at_message messages[MAX_PER_PROFILE];
    struct at_label labels[2];
    char fan_id[32];
};

static void make_profile(struct input *in, struct at_profile *p, size_t number, size_t per_profile)
{
    static const char *const engagement[] = {"low", "medium", "high"};
    snprintf(in->fan_id, sizeof in->fan_id, "fan%016" PRIx64, number * 0x9E3779B97F4A7C15u);
    *p = (struct at_profile){.fan_id = at_str_from(in->fan_id),
                             .messages = in->messages,
                             .n_messages = per_profile,
                             .labels = in->labels,
                             .n_labels = 2};
    in->labels[0] = (struct at_label){at_str_from("personality"),
                                      at_str_from(number % 2 ? "Emotional" : "Conqueror")};
    in->labels[1] =
        (struct at_label){at_str_from("engagement"), at_str_from(engagement[number % 3])};
    for (size_t i = 0; i < per_profile; i++)
        in->messages[i] = (struct at_message){.text = in->texts[(number * 31 + i) % TEXTS],
                                              .at_ms = INT64_C(1700000000000) +
                                                       (int64_t)(number * 1000 + i * 60000),
                                              .from = i % 3 ? AT_FROM_FAN : AT_FROM_CREATOR};
}

static void import(const char *step, const char *path, struct input *in, size_t n, size_t per)
{
    const struct at_store_kind *kind;
    struct at_store *store;
    struct at_store_change change;
    check(at_store_kind_for(&kind, path, &err));
    const struct lap start = lap_start();
    check(kind->open(&store, path, AT_STORE_WRITE, &err));
    check(kind->begin(store, &err));
    size_t in_batch = 0, added = 0;
    for (size_t i = 0; i * per < n; i++) {
        struct at_profile p;
        make_profile(in, &p, i, per);
        check(
            kind->profile_add(store, &p, "bench.jsonl", 1700000000000 + (int64_t)i, &change, &err));
        added += change.new_messages;
        in_batch += per;
        if (in_batch < BATCH)
            continue;
        check(kind->commit(store, &err));
        check(kind->begin(store, &err));
        in_batch = 0;
    }
    check(kind->commit(store, &err));
    kind->close(store);
    lap_print(step, start, n, added, "new");
}

struct seen {
    size_t fans, messages, bytes;
};

static attune_status on_profile(void *context, const struct at_profile *p, int64_t ms,
                                attune_error *e)
{
    struct seen *seen = context;
    (void)ms;
    (void)e;
    seen->fans++;
    seen->messages += p->n_messages;
    for (size_t i = 0; i < p->n_messages; i++)
        seen->bytes += p->messages[i].text.len;
    return ATTUNE_OK;
}

static void scan(const char *step, const char *path, const struct at_store_scan *what)
{
    const struct at_store_kind *kind;
    struct at_store *store;
    struct seen seen = {0};
    check(at_store_kind_for(&kind, path, &err));
    const struct lap start = lap_start();
    check(kind->open(&store, path, AT_STORE_READ, &err));
    check(kind->scan(store, what, on_profile, &seen, &err));
    kind->close(store);
    lap_print(step, start, seen.messages, seen.fans, "fans");
}

int main(int argc, char **argv)
{
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    const size_t per = argc > 2 ? strtoul(argv[2], NULL, 10) : 10;
    char path[4096];
    struct stat st;
    struct input *in = calloc(1, sizeof *in);
    if (!in || per < 1 || per > MAX_PER_PROFILE)
        return 1;
    snprintf(path, sizeof path, "%s/store_bench.db", argc > 3 ? argv[3] : ".");
    uint64_t state = 1;
    for (size_t i = 0; i < TEXTS; i++)
        in->texts[i] = at_str_from(strdup(make_text(&state)));
    remove(path);
    import("import", path, in, n, per);
    if (stat(path, &st) == 0)
        printf("%-22s %.1f bytes a message\n", "file", (double)st.st_size / (double)n);
    scan("scan", path, &(struct at_store_scan){0});
    scan("scan newest 50, labels", path,
         &(struct at_store_scan){.newest_messages = 50,
                                 .with_labels = true,
                                 .target = at_str_from("personality"),
                                 .min_rows = 1});
    import("the same import again", path, in, n, per);
    remove(path);
    return 0;
}
