/* Throughput of the way from text to rows: tokens, learning (with and without rows),
 * one row after the other. Best of five, one thread.
 *
 *   ngram_bench [FILE [option=value ...]]
 *
 * FILE has one short document a line; without it ('-') 100 000 are made up from 50 000 words whose
 * frequencies fall as in a language (Zipf). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/rng.h"
#include "feature/ngram/ngram.h"

enum { N_DOCS = 100000, N_WORDS = 50000, WORDS_A_DOC = 12, REPEAT = 5 };

static attune_error err;

static void must(attune_status status)
{
    if (status == ATTUNE_OK)
        return;
    fprintf(stderr, "%s\n", err.message);
    exit(1);
}

/* One word in the manner of frequent = short; the same rank gives the same word. */
static void add_word(struct at_buf *out, size_t rank)
{
    static const char letters[] = "etaoinshrdlucmfwypvbgkjqxz";
    uint64_t bits = at_mix64(rank);
    const size_t len = 2 + rank % 3 + (rank > 50) + (rank > 300) * (bits & 3) + (rank > 5000);
    for (size_t i = 0; i < len; i++, bits >>= 5)
        must(at_buf_add(out, &letters[(bits & 31) % 26], 1, &err));
}

static void make_documents(struct at_buf *out)
{
    struct at_rng rng;
    at_rng_init(&rng, 1);
    for (size_t d = 0; d < N_DOCS; d++) {
        for (size_t w = 0; w < WORDS_A_DOC; w++) {
            /* ranks fall as 1/r: the exponential of a uniform number */
            const size_t rank = (size_t)(2.0 * pow(N_WORDS / 2.0, at_rng_unit(&rng)));
            add_word(out, rank);
            must(at_buf_add(out, w % 6 == 5 ? ", " : " ", w % 6 == 5 ? 2 : 1, &err));
        }
        must(at_buf_add(out, "\n", 1, &err));
    }
}

struct bench {
    struct at_buf text;
    const struct at_profile **profiles;
    size_t n;
    struct ngram_options options;
    struct at_feature *feature;
    struct at_arena arena;
};

static void split_documents(struct bench *b)
{
    const char *p = b->text.data, *const end = p + b->text.len;
    for (const char *q = p; q < end; q++)
        b->n += *q == '\n';
    b->profiles = AT_NEW(&b->arena, const struct at_profile *, b->n);
    struct at_profile *profiles = AT_NEW(&b->arena, struct at_profile, b->n);
    struct at_message *messages = AT_NEW(&b->arena, struct at_message, b->n);
    for (size_t i = 0; i < b->n; i++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        messages[i] = (struct at_message){.text = {p, (size_t)(newline - p)}};
        profiles[i] = (struct at_profile){.messages = &messages[i], .n_messages = 1};
        b->profiles[i] = &profiles[i];
        p = newline + 1;
    }
}

static void run_tokens(struct bench *b)
{
    struct at_chat_token t;
    struct at_chat chat;
    size_t n_tokens = 0;
    for (size_t i = 0; i < b->n; i++) {
        at_chat_begin(&chat, b->profiles[i]->messages[0].text);
        while (at_chat_next(&chat, &t))
            n_tokens++;
    }
    if (!n_tokens)
        printf("no tokens\n");
}

static void fit(struct bench *b, bool with_rows)
{
    struct at_csr rows = {0};
    const struct at_feature_fit in = {.profiles = b->profiles, .n_profiles = b->n};
    at_feature_kind_ngram.destroy(b->feature);
    must(at_feature_kind_ngram.fit(&b->feature, with_rows ? &rows : NULL, &in, &b->options, &err));
    at_csr_release(&rows);
}

static void run_fit(struct bench *b)
{
    fit(b, false);
}

static void run_fit_rows(struct bench *b)
{
    fit(b, true);
}

static void run_transform(struct bench *b)
{
    const struct at_feature_kind *kind = &at_feature_kind_ngram;
    struct at_row row = {0};
    void *session;
    must(kind->session_create(&session, b->feature, &err));
    for (size_t i = 0; i < b->n; i++)
        must(kind->transform(b->feature, session, b->profiles[i], &row, &err));
    kind->session_destroy(session);
    at_row_release(&row);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void measure(const char *name, struct bench *b, void (*run)(struct bench *))
{
    double best = 1e9;
    for (int i = 0; i < REPEAT; i++) {
        const double start = cpu_seconds();
        run(b);
        const double s = cpu_seconds() - start;
        best = s < best ? s : best;
    }
    printf("%-24s %8.1f ms %8.1f MB/s %8.0f ns/document\n", name, 1e3 * best,
           (double)b->text.len / best / 1e6, 1e9 * best / (double)b->n);
}

static int set_options(struct bench *b, int argc, char **argv)
{
    const struct at_option_table table = {at_feature_kind_ngram.options,
                                          at_feature_kind_ngram.n_options};
    must(at_options_defaults(table, &b->options, &err));
    for (int i = 2; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            return 2;
        *value++ = '\0';
        const struct attune_setting setting = {argv[i], value};
        must(at_options_set(table, &b->options, &setting, 1, &b->arena, &err));
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    if (set_options(&b, argc, argv) != 0)
        return 2;
    if (argc > 1 && strcmp(argv[1], "-") != 0)
        must(at_fs_read(argv[1], &b.text, (size_t)1 << 32, &err));
    else
        make_documents(&b.text);
    split_documents(&b);
    printf("%zu documents, %.1f MB\n", b.n, (double)b.text.len / 1e6);
    measure("tokens", &b, run_tokens);
    measure("fit", &b, run_fit);
    measure("fit and rows", &b, run_fit_rows);
    measure("transform", &b, run_transform);
    printf("%zu columns, peak memory %.0f MB\n", b.feature->n_cols,
           (double)at_clock_peak_rss_bytes() / 1e6);
    at_feature_kind_ngram.destroy(b.feature);
    at_arena_release(&b.arena);
    at_buf_release(&b.text);
    return 0;
}
