/* reader_bench [N_FANS]: messages a second of each reader kind, on one core, 10 short messages a
 * fan. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/rng.h"
#include "data/reader.h"

static const char *const bench_texts[] = {"hey, how are you?",
                                          "did you get my message?",
                                          "I missed you so much today",
                                          "haha no way",
                                          "ok",
                                          "what are you doing tonight, anything nice?",
                                          "tu me manques \xE2\x9D\xA4",
                                          "I want the best one, send it now",
                                          "good morning :)",
                                          "can we talk later maybe"};

enum bench_form { BENCH_TEXTS, BENCH_OBJECTS, BENCH_ROWS };

static void bench_message(struct at_buf *out, enum bench_form form, size_t fan, size_t m,
                          const char *text)
{
    if (form == BENCH_TEXTS)
        at_buf_addf(out, NULL, "%s\"%s\"", m ? "," : "", text);
    else if (form == BENCH_OBJECTS)
        at_buf_addf(out, NULL,
                    "%s{\"text\":\"%s\",\"at\":\"2026-01-03T10:%02zu:00Z\",\"from\":\"%s\"}",
                    m ? "," : "", text, m, m % 3 ? "fan" : "creator");
    else
        at_buf_addf(out, NULL, "fan-%zu,\"%s\",Emotional,high\n", fan, text);
}

static void bench_make(struct at_buf *out, enum bench_form form, size_t n)
{
    struct at_rng rng;
    at_rng_init(&rng, 1);
    if (form == BENCH_ROWS)
        at_buf_addz(out, "fan_id,text,personality,engagement\n", NULL);
    for (size_t fan = 0; fan < n; fan++) {
        if (form != BENCH_ROWS)
            at_buf_addf(out, NULL, "{\"fan_id\":\"fan-%zu\",\"messages\":[", fan);
        for (size_t m = 0; m < 10; m++)
            bench_message(out, form, fan, m, bench_texts[at_rng_below(&rng, 10)]);
        if (form != BENCH_ROWS)
            at_buf_addz(out, "],\"personality\":\"Emotional\",\"engagement\":\"high\"}\n", NULL);
    }
}

static int bench_read(const char *label, const char *format, const struct at_buf *text)
{
    static const struct at_str targets[] = {{"personality", 11}, {"engagement", 10}};
    const struct at_reader_options options = {
        .targets = targets, .n_targets = 2, .need_fan_id = true};
    double best = 1e9;
    size_t n_messages = 0;
    for (int round = 0; round < 5; round++) {
        struct at_reader *reader;
        const struct at_profile *profile;
        attune_error err;
        const clock_t start = clock();
        if (at_reader_open_memory(&reader, text->data, text->len, label, format, &options, &err))
            return 1;
        n_messages = 0;
        while (at_reader_next(reader, &profile, &err) == ATTUNE_OK && profile)
            n_messages += profile->n_messages;
        at_reader_close(reader);
        const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        best = seconds < best ? seconds : best;
    }
    printf("%-14s %9zu messages  %9.0f messages/s  %6.1f MB/s\n", label, n_messages,
           (double)n_messages / best, (double)text->len / 1e6 / best);
    return 0;
}

static int bench_file(const char *path)
{
    const struct at_reader_options options = {.need_fan_id = false};
    struct at_reader *reader;
    const struct at_profile *profile;
    attune_error err;
    size_t n_messages = 0, n_bad = 0;
    const clock_t start = clock();
    if (at_reader_open(&reader, path, NULL, &options, &err) != ATTUNE_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (;;) {
        const attune_status status = at_reader_next(reader, &profile, &err);
        if (status == ATTUNE_FORMAT)
            n_bad++;
        else if (status != ATTUNE_OK || !profile)
            break;
        else
            n_messages += profile->n_messages;
    }
    at_reader_close(reader);
    printf("%s: %zu messages, %zu bad rows, %.0f messages/s, peak %.1f MiB\n", path, n_messages,
           n_bad, (double)n_messages * CLOCKS_PER_SEC / (double)(clock() - start),
           (double)at_clock_peak_rss_bytes() / 1048576);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9'))
        return bench_file(argv[1]);
    const size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 30000;
    struct at_buf texts = {0}, objects = {0}, rows = {0};
    bench_make(&texts, BENCH_TEXTS, n);
    bench_make(&objects, BENCH_OBJECTS, n);
    bench_make(&rows, BENCH_ROWS, n);
    const int failed = bench_read("jsonl texts", "jsonl", &texts) +
                       bench_read("jsonl objects", "jsonl", &objects) +
                       bench_read("json texts", "json", &texts) +
                       bench_read("csv rows", "csv", &rows);
    at_buf_release(&texts);
    at_buf_release(&objects);
    at_buf_release(&rows);
    return failed;
}
