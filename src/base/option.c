#include "base/option.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void *option_value(const struct attune_option *option, void *values)
{
    return (char *)values + option->offset;
}

static const void *option_value_const(const struct attune_option *option, const void *values)
{
    return (const char *)values + option->offset;
}

static bool option_same_char(char a, char b)
{
    return a == b || ((a == '-' || a == '_') && (b == '-' || b == '_'));
}

static bool option_same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (!option_same_char(*a, *b))
            return false;
    return *a == *b;
}

const struct attune_option *at_option_find(struct at_option_table table, const char *name)
{
    for (size_t i = 0; i < table.n_rows; i++)
        if (option_same_name(table.rows[i].name, name))
            return &table.rows[i];
    return NULL;
}

static bool option_parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"true", "yes", "on", "1"};
    static const char *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

bool at_parse_duration(struct at_str text, int64_t *out_ms)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}};
    size_t n = 0;
    while (n < text.len && ((text.ptr[n] >= '0' && text.ptr[n] <= '9') || text.ptr[n] == '.'))
        n++;
    double amount;
    if (!at_parse_f64((struct at_str){text.ptr, n}, &amount))
        return false;
    const struct at_str unit = {text.ptr + n, text.len - n};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (at_str_equal(unit, at_str_from(units[i].unit)) && amount * units[i].ms < 9e15) {
            *out_ms = (int64_t)llround(amount * units[i].ms);
            return true;
        }
    if (unit.len == 0 && amount == 0) {
        *out_ms = 0;
        return true;
    }
    return false;
}

static bool option_in_range(const struct attune_option *option, double value)
{
    return (option->min == 0 && option->max == 0) || (value >= option->min && value <= option->max);
}

static bool option_parse_choice(const struct attune_option *option, const char *text, int *out)
{
    for (int i = 0; option->choices[i]; i++)
        if (option_same_name(option->choices[i], text)) {
            *out = i;
            return true;
        }
    return false;
}

/* false: the text is not an allowed value. TEXT is handled by the caller, who owns the arena. */
static bool option_store(const struct attune_option *option, void *target, const char *text)
{
    const struct at_str s = at_str_from(text);
    int64_t integer;
    double real;
    switch (option->type) {
    case ATTUNE_OPTION_BOOL:
        return option_parse_bool(text, target);
    case ATTUNE_OPTION_CHOICE:
        return option_parse_choice(option, text, target);
    case ATTUNE_OPTION_REAL:
        if (!at_parse_f64(s, &real) || !option_in_range(option, real))
            return false;
        *(double *)target = real;
        return true;
    case ATTUNE_OPTION_INT:
        if (!at_parse_i64(s, &integer) || !option_in_range(option, (double)integer))
            return false;
        *(int64_t *)target = integer;
        return true;
    case ATTUNE_OPTION_DURATION:
        if (!at_parse_duration(s, &integer) || !option_in_range(option, (double)integer))
            return false;
        *(int64_t *)target = integer;
        return true;
    case ATTUNE_OPTION_TEXT:
        break;
    }
    return false;
}

attune_status at_option_set(const struct attune_option *option, void *values, const char *text,
                            const char *where, struct at_arena *texts, attune_error *err)
{
    void *target = option_value(option, values);
    if (option->type == ATTUNE_OPTION_TEXT) {
        char *copy = at_arena_strdup(texts, text);
        if (!copy)
            return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: %s", where);
        *(const char **)target = copy;
        return ATTUNE_OK;
    }
    if (option_store(option, target, text))
        return ATTUNE_OK;
    struct at_buf allowed = {0};
    attune_status status = at_option_allowed(option, &allowed, err);
    if (status == ATTUNE_OK)
        status = at_fail(err, ATTUNE_INVALID, "%s: '%.100s' is not allowed; expected %s", where,
                         text, allowed.data);
    at_buf_release(&allowed);
    return status;
}

attune_status at_options_defaults(struct at_option_table table, void *values, attune_error *err)
{
    for (size_t i = 0; i < table.n_rows; i++) {
        const struct attune_option *option = &table.rows[i];
        void *target = option_value(option, values);
        if (option->type == ATTUNE_OPTION_TEXT)
            *(const char **)target = option->fallback;
        else if (!option->fallback || !option_store(option, target, option->fallback))
            return at_fail(err, ATTUNE_INTERNAL, "option '%s' has no valid default", option->name);
    }
    return ATTUNE_OK;
}

unsigned at_name_distance(const char *a, const char *b)
{
    enum { MAX = 48 };
    const size_t na = strlen(a), nb = strlen(b);
    unsigned row[MAX + 1];
    if (na > MAX || nb > MAX)
        return 99;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            const unsigned swap = diagonal + !option_same_char(a[i - 1], b[j - 1]);
            diagonal = row[j];
            unsigned best = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = best < swap ? best : swap;
        }
    }
    return row[nb];
}

static attune_status option_unknown(struct at_option_table table, const char *name,
                                    attune_error *err)
{
    const char *near = NULL;
    const size_t len = strlen(name);
    unsigned best = len < 3 ? 2 : len < 9 ? (unsigned)(len / 3) + 1 : 4; /* a third may be wrong */
    for (size_t i = 0; i < table.n_rows; i++) {
        const unsigned d = at_name_distance(name, table.rows[i].name);
        if (d < best) {
            best = d;
            near = table.rows[i].name;
        }
    }
    return near
               ? at_fail(err, ATTUNE_INVALID, "unknown option '%s'; did you mean '%s'?", name, near)
               : at_fail(err, ATTUNE_INVALID, "unknown option '%s'", name);
}

attune_status at_options_set(struct at_option_table table, void *values,
                             const struct attune_setting *settings, size_t n,
                             struct at_arena *texts, attune_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct attune_option *option = at_option_find(table, settings[i].name);
        if (!option)
            return option_unknown(table, settings[i].name, err);
        AT_TRY(at_option_set(option, values, settings[i].value, settings[i].name, texts, err));
    }
    return ATTUNE_OK;
}

attune_status at_option_format(const struct attune_option *option, const void *values,
                               struct at_buf *out, attune_error *err)
{
    const void *value = option_value_const(option, values);
    char text[32];
    switch (option->type) {
    case ATTUNE_OPTION_BOOL:
        return at_buf_addz(out, *(const bool *)value ? "true" : "false", err);
    case ATTUNE_OPTION_CHOICE:
        return at_buf_addz(out, option->choices[*(const int *)value], err);
    case ATTUNE_OPTION_REAL:
        return at_buf_add(out, text, at_format_f64(text, *(const double *)value), err);
    case ATTUNE_OPTION_INT:
        return at_buf_addf(out, err, "%lld", (long long)*(const int64_t *)value);
    case ATTUNE_OPTION_DURATION:
        return at_buf_addf(out, err, "%lldms", (long long)*(const int64_t *)value);
    case ATTUNE_OPTION_TEXT:
        break;
    }
    const char *const *string = value;
    return at_buf_addz(out, *string ? *string : "", err);
}

static attune_status option_allowed_choices(const struct attune_option *option, struct at_buf *out,
                                            attune_error *err)
{
    for (int i = 0; option->choices[i]; i++)
        AT_TRY(at_buf_addf(out, err, "%s%s", i ? ", " : "one of ", option->choices[i]));
    return ATTUNE_OK;
}

attune_status at_option_allowed(const struct attune_option *option, struct at_buf *out,
                                attune_error *err)
{
    char low[32], high[32];
    at_format_f64(low, option->min);
    at_format_f64(high, option->max);
    const bool bounded = option->min != 0 || option->max != 0;
    switch (option->type) {
    case ATTUNE_OPTION_BOOL:
        return at_buf_addz(out, "true or false", err);
    case ATTUNE_OPTION_CHOICE:
        return option_allowed_choices(option, out, err);
    case ATTUNE_OPTION_INT:
    case ATTUNE_OPTION_REAL: {
        const char *what = option->type == ATTUNE_OPTION_INT ? "a whole number" : "a number";
        return bounded ? at_buf_addf(out, err, "%s, %s to %s", what, low, high)
                       : at_buf_addz(out, what, err);
    }
    case ATTUNE_OPTION_DURATION:
        AT_TRY(at_buf_addz(out, "a duration such as 90s, 5m or 1h", err));
        return bounded ? at_buf_addf(out, err, ", %sms to %sms", low, high) : ATTUNE_OK;
    case ATTUNE_OPTION_TEXT:
        break;
    }
    return at_buf_addz(out, "text", err);
}
