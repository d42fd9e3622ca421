/* Prints what the tfidf block makes of the texts on standard input, for bench/parity/vectorizer.py.
 *
 *   tfidf_dump_bench THREADS FILE [option=value ...] < texts > result
 *
 * texts   u32 n_train, u32 n_test, then each profile: u32 n_messages, each message: u32 bytes, text
 * result  u32 n_cols, each column: u32 bytes, term; then each row: u32 n, u32 col[n], f32 value[n].
 *         The rows of the training profiles are those of fit; those of the test profiles come from
 *         transform, after the block was saved to FILE and loaded again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bundle.h"
#include "base/pool.h"
#include "feature/tfidf/tfidf.h"

static attune_error err;

static void must(attune_status status)
{
    if (status == ATTUNE_OK)
        return;
    fprintf(stderr, "%s\n", err.message);
    exit(1);
}

static void must_read(void *data, size_t n)
{
    if (fread(data, 1, n, stdin) != n) {
        fprintf(stderr, "the input ends too early\n");
        exit(1);
    }
}

static uint32_t read_u32(void)
{
    uint32_t value;
    must_read(&value, sizeof value);
    return value;
}

static struct at_profile *read_profile(struct at_arena *arena)
{
    struct at_profile *p = AT_NEW(arena, struct at_profile, 1);
    *p = (struct at_profile){.n_messages = read_u32()};
    p->messages = AT_NEW(arena, struct at_message, p->n_messages);
    for (size_t i = 0; i < p->n_messages; i++) {
        const uint32_t len = read_u32();
        char *text = AT_NEW(arena, char, len);
        must_read(text, len);
        p->messages[i] = (struct at_message){.text = {text, len}, .at_ms = AT_TIME_NONE};
    }
    return p;
}

static void write_row(const uint32_t *col, const float *value, uint32_t n)
{
    fwrite(&n, sizeof n, 1, stdout);
    fwrite(col, sizeof *col, n, stdout);
    fwrite(value, sizeof *value, n, stdout);
}

static void write_fit(const struct at_feature *f, const struct at_csr *rows)
{
    const uint32_t n_cols = (uint32_t)f->n_cols;
    fwrite(&n_cols, sizeof n_cols, 1, stdout);
    for (size_t c = 0; c < n_cols; c++) {
        const struct at_str term = f->kind->col_name(f, c);
        const uint32_t len = (uint32_t)term.len;
        fwrite(&len, sizeof len, 1, stdout);
        fwrite(term.ptr, 1, term.len, stdout);
    }
    for (size_t i = 0; i < rows->n_rows; i++)
        write_row(rows->col + rows->start[i], rows->value + rows->start[i],
                  (uint32_t)(rows->start[i + 1] - rows->start[i]));
}

static void write_transformed(const char *path, const struct at_feature *f,
                              struct at_profile **profiles, size_t n)
{
    attune_writer *writer;
    attune_reader reader;
    struct at_feature *loaded;
    struct at_row row = {0};
    void *session;
    must(at_bundle_create(&writer, path, &err));
    must(f->kind->save(f, writer, &err));
    must(at_bundle_commit(writer, &err));
    must(at_bundle_open(&reader, path, &err));
    must(f->kind->load(&loaded, &reader, &err));
    must(loaded->kind->session_create(&session, loaded, &err));
    for (size_t i = 0; i < n; i++) {
        must(loaded->kind->transform(loaded, session, profiles[i], &row, &err));
        write_row(row.col, row.value, (uint32_t)row.n);
    }
    loaded->kind->session_destroy(session);
    loaded->kind->destroy(loaded);
    at_bundle_close(&reader);
    at_row_release(&row);
}

int main(int argc, char **argv)
{
    const struct at_feature_kind *kind = at_feature_kind_find("tfidf");
    const struct at_option_table table = {kind->options, kind->n_options};
    struct at_arena arena = {0};
    struct tfidf_options options;
    if (argc < 3) {
        fprintf(stderr, "usage: tfidf_dump_bench THREADS FILE [option=value ...] < texts\n");
        return 2;
    }
    must(at_options_defaults(table, &options, &err));
    options.min_fans = 1; /* as scikit-learn */
    for (int i = 3; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        if (!value)
            return 2;
        *value++ = '\0';
        const struct attune_setting setting = {argv[i], value};
        must(at_options_set(table, &options, &setting, 1, &arena, &err));
    }
    const uint32_t n_train = read_u32(), n_test = read_u32();
    struct at_profile **profiles = AT_NEW(&arena, struct at_profile *, n_train + n_test);
    for (size_t i = 0; i < n_train + n_test; i++)
        profiles[i] = read_profile(&arena);

    attune_pool *pool;
    must(at_pool_create(&pool, (size_t)atoi(argv[1]), &err));
    const struct at_feature_fit in = {.profiles = (const struct at_profile *const *)profiles,
                                      .n_profiles = n_train,
                                      .pool = pool};
    struct at_feature *feature;
    struct at_csr rows = {0};
    must(kind->fit(&feature, &rows, &in, &options, &err));
    write_fit(feature, &rows);
    write_transformed(argv[2], feature, profiles + n_train, n_test);
    kind->destroy(feature);
    at_csr_release(&rows);
    at_pool_destroy(pool);
    at_arena_release(&arena);
    return 0;
}
