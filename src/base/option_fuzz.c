/* The first byte chooses an option, the rest is the text given for it. Whatever is accepted lies in
 * the allowed range and survives being formatted and read again. Times are read here too. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/option.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_values {
    bool flag;
    int64_t count;
    double share;
    const char *name;
    int mode;
    int64_t pause_ms;
};

static const char *const fuzz_modes[] = {"none", "english", "word-pairs", NULL};

#define FUZZ_ROW(name, type, fallback, min, max, choices, member)                                  \
    {                                                                                              \
        name, type, fallback, min, max, choices, NULL, NULL, "",                                   \
            offsetof(struct fuzz_values, member)                                                   \
    }
static const struct attune_option fuzz_rows[] = {
    FUZZ_ROW("flag", ATTUNE_OPTION_BOOL, "true", 0, 0, NULL, flag),
    FUZZ_ROW("count", ATTUNE_OPTION_INT, "100", -1000, 1e15, NULL, count),
    FUZZ_ROW("share", ATTUNE_OPTION_REAL, "0.5", -1e300, 1e300, NULL, share),
    FUZZ_ROW("name", ATTUNE_OPTION_TEXT, NULL, 0, 0, NULL, name),
    FUZZ_ROW("mode", ATTUNE_OPTION_CHOICE, "english", 0, 0, fuzz_modes, mode),
    FUZZ_ROW("pause", ATTUNE_OPTION_DURATION, "90s", 0, 1e15, NULL, pause_ms),
};
enum { FUZZ_ROWS = sizeof fuzz_rows / sizeof *fuzz_rows };

static void fuzz_check(bool holds)
{
    if (!holds)
        abort();
}

static void fuzz_ranges(const struct fuzz_values *v)
{
    fuzz_check(v->count >= -1000 && v->count <= 1000000000000000);
    fuzz_check(v->share >= -1e300 && v->share <= 1e300);
    fuzz_check(v->mode >= 0 && v->mode < 3);
    fuzz_check(v->pause_ms >= 0 && v->pause_ms <= 1000000000000000);
}

static bool fuzz_same(const struct fuzz_values *a, const struct fuzz_values *b)
{
    const bool same_name = !a->name || !b->name ? a->name == b->name : !strcmp(a->name, b->name);
    return a->flag == b->flag && a->count == b->count && a->share == b->share && same_name &&
           a->mode == b->mode && a->pause_ms == b->pause_ms;
}

static void fuzz_option(const struct attune_option *option, const char *text)
{
    const struct at_option_table table = {fuzz_rows, FUZZ_ROWS};
    struct fuzz_values v, w;
    struct at_arena texts = {0};
    struct at_buf back = {0};
    attune_error err;
    fuzz_check(at_options_defaults(table, &v, &err) == ATTUNE_OK);
    w = v;
    if (at_option_set(option, &v, text, "fuzz", &texts, &err) == ATTUNE_OK) {
        fuzz_ranges(&v);
        fuzz_check(at_option_format(option, &v, &back, &err) == ATTUNE_OK);
        fuzz_check(at_option_set(option, &w, back.data, "again", &texts, &err) == ATTUNE_OK);
    }
    fuzz_check(fuzz_same(&v, &w));
    const struct attune_setting unknown = {text, "x"};
    at_options_set(table, &v, &unknown, 1, &texts, &err);
    at_buf_release(&back);
    at_arena_release(&texts);
}

static void fuzz_time(struct at_str text)
{
    int64_t ms, again;
    if (!at_time_parse(text, &ms))
        return;
    char made[AT_TIME_TEXT];
    at_time_format(made, ms);
    fuzz_check(at_time_parse(at_str_from(made), &again) && again == ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    char *text = malloc(size);
    if (!text)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    fuzz_option(&fuzz_rows[data[0] % FUZZ_ROWS], text);
    fuzz_time((struct at_str){text, size - 1});
    free(text);
    return 0;
}
