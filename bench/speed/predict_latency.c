/*
 * How long one answer takes:  predict_latency FOLDER TEXTS N_TIMED THREADS [PROBABILITIES]
 *
 * FOLDER is what `attune fit --save` wrote, TEXTS has one document a line. The lines after the
 * first N_TIMED warm the caches; then each of the first N_TIMED is answered once and timed by
 * itself: through attune_session_predict (a text in, probabilities out), and through
 * attune_predict_json (a profile as JSON in, an answer as JSON out). Then THREADS threads with a
 * session each go over all of them for about a second. Prints one line of JSON; PROBABILITIES gets
 * the answers as doubles, row after row.
 */
#include <attune/attune.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_LABELS = 64, MAX_THREADS = 64 };

struct lines {
    char **text;
    size_t n;
};

static attune_error err;

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "predict_latency: %s%s%s\n", what, err.message[0] ? ": " : "", err.message);
    exit(1);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct lines lines_read(const char *path)
{
    struct lines out = {0};
    size_t room = 0, size = 0;
    char *line = NULL;
    ssize_t len;
    FILE *file = fopen(path, "r");
    check(file != NULL, path);
    while ((len = getline(&line, &size, file)) > 0) {
        if (line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (out.n == room) {
            room = room ? 2 * room : 1024;
            out.text = realloc(out.text, room * sizeof *out.text);
            check(out.text != NULL, "out of memory");
        }
        out.text[out.n] = strdup(line);
        check(out.text[out.n++] != NULL, "out of memory");
    }
    free(line);
    fclose(file);
    return out;
}

static void lines_release(struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        free(lines->text[i]);
    free(lines->text);
}

/* A text as a profile; texts of the benchmark have no control characters. */
static char *profile_of(const char *text)
{
    static const char head[] = "{\"fan_id\":\"new\",\"messages\":[\"", tail[] = "\"]}";
    char *out = malloc(sizeof head + 2 * strlen(text) + sizeof tail), *at = out;
    check(out != NULL, "out of memory");
    at += strlen(strcpy(at, head));
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text;
    }
    strcpy(at, tail);
    return out;
}

static void answer(attune_session *session, const char *text, double *p)
{
    const char *const messages[] = {text};
    const struct attune_sample sample = {.messages = messages, .n_messages = 1};
    check(attune_session_predict(session, &sample, p, &err) == ATTUNE_OK, "predict");
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_times(const char *name, double *seconds, size_t n)
{
    qsort(seconds, n, sizeof *seconds, compare_doubles);
    printf("\"%s\": {\"median_us\": %.3f, \"p99_us\": %.3f}, ", name, 1e6 * seconds[n / 2],
           1e6 * seconds[n * 99 / 100]);
}

static void time_session(attune_session *session, const struct lines *docs, size_t n, double *s)
{
    double p[MAX_LABELS];
    for (size_t i = n; i < docs->n; i++)
        answer(session, docs->text[i], p);
    for (size_t i = 0; i < n; i++) {
        const double start = now();
        answer(session, docs->text[i], p);
        s[i] = now() - start;
    }
    print_times("session", s, n);
}

static void time_json(const char *folder, const struct lines *docs, size_t n, double *s)
{
    attune_predictor *predictor;
    check(attune_predictor_open_folder(&predictor, folder, NULL, &err) == ATTUNE_OK, folder);
    for (size_t i = 0; i < docs->n; i++) { /* the last ones first: they warm */
        const size_t at = (i + n) % docs->n;
        char *profile = profile_of(docs->text[at]), *reply;
        const size_t len = strlen(profile);
        const double start = now();
        check(attune_predict_json(predictor, profile, len, &reply, &err) == ATTUNE_OK, profile);
        attune_free(reply);
        if (at < n)
            s[at] = now() - start;
        free(profile);
    }
    attune_predictor_close(predictor);
    print_times("json", s, n);
}

struct worker {
    const attune_pipeline *pipeline;
    const struct lines *docs;
    double until;
    size_t n_done;
};

static void *work(void *argument)
{
    struct worker *w = argument;
    double p[MAX_LABELS];
    attune_session *session;
    attune_error own;
    if (attune_session_create(&session, w->pipeline, &own) != ATTUNE_OK)
        return NULL;
    while (now() < w->until) {
        for (size_t i = 0; i < w->docs->n; i++, w->n_done++)
            answer(session, w->docs->text[i], p);
    }
    attune_session_destroy(session);
    return NULL;
}

static double throughput(const attune_pipeline *pipeline, const struct lines *docs, size_t threads)
{
    pthread_t thread[MAX_THREADS];
    struct worker worker[MAX_THREADS];
    size_t done = 0;
    const double start = now();
    for (size_t i = 0; i < threads; i++) {
        worker[i] = (struct worker){pipeline, docs, start + 1.0, 0};
        check(pthread_create(&thread[i], NULL, work, &worker[i]) == 0, "no thread");
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(thread[i], NULL);
        done += worker[i].n_done;
    }
    return (double)done / (now() - start);
}

static void write_answers(attune_session *session, const struct lines *docs, size_t n_labels,
                          const char *path)
{
    double p[MAX_LABELS];
    FILE *file = fopen(path, "w");
    check(file != NULL, path);
    for (size_t i = 0; i < docs->n; i++) {
        answer(session, docs->text[i], p);
        check(fwrite(p, sizeof *p, n_labels, file) == n_labels, path);
    }
    check(fclose(file) == 0, path);
}

int main(int argc, char **argv)
{
    char path[4096];
    attune_pipeline *pipeline;
    attune_session *session;
    check(argc >= 5, "usage: predict_latency FOLDER TEXTS N_TIMED THREADS [PROBABILITIES]");
    snprintf(path, sizeof path, "%s/model.attune", argv[1]);
    struct lines docs = lines_read(argv[2]);
    const size_t n = strtoul(argv[3], NULL, 10), threads = strtoul(argv[4], NULL, 10);
    check(n > 0 && n <= docs.n && threads > 0 && threads <= MAX_THREADS,
          "a number is out of range");

    const double start = now();
    check(attune_pipeline_open(&pipeline, path, NULL, 0, &err) == ATTUNE_OK, path);
    const double opened = now() - start;
    check(attune_pipeline_n_labels(pipeline) <= MAX_LABELS, "too many labels");
    check(attune_session_create(&session, pipeline, &err) == ATTUNE_OK, "session");
    double *seconds = malloc(n * sizeof *seconds);
    check(seconds != NULL, "out of memory");

    printf("{\"open_us\": %.1f, ", 1e6 * opened);
    time_session(session, &docs, n, seconds);
    time_json(argv[1], &docs, n, seconds);
    printf("\"per_second_1\": %.0f, \"per_second\": %.0f}\n", throughput(pipeline, &docs, 1),
           throughput(pipeline, &docs, threads));
    if (argc > 5)
        write_answers(session, &docs, attune_pipeline_n_labels(pipeline), argv[5]);

    free(seconds);
    lines_release(&docs);
    attune_session_destroy(session);
    attune_pipeline_close(pipeline);
    return 0;
}
