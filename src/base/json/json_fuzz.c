/* What parses, written out and parsed again, is the same value; written again, the same bytes. The
 * bytes as they are, taken for a text, always give valid JSON. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(bool holds)
{
    if (!holds)
        abort();
}

static bool fuzz_equal(const at_json *a, const at_json *b);

static bool fuzz_equal_objects(const at_json *a, const at_json *b)
{
    void *ia = at_json_first(a), *ib = at_json_first(b);
    for (; ia && ib; ia = at_json_next(a, ia), ib = at_json_next(b, ib))
        if (strcmp(at_json_key(ia), at_json_key(ib)) != 0 ||
            !fuzz_equal(at_json_value(ia), at_json_value(ib)))
            return false;
    return !ia && !ib;
}

/* Numbers by value: 2.0 is written as 2. */
static bool fuzz_equal(const at_json *a, const at_json *b)
{
    if (strcmp(at_json_type_name(a), at_json_type_name(b)) != 0 || at_json_len(a) != at_json_len(b))
        return false;
    if (at_json_is_object(a))
        return fuzz_equal_objects(a, b);
    for (size_t i = 0; i < at_json_len(a); i++)
        if (!fuzz_equal(at_json_at(a, i), at_json_at(b, i)))
            return false;
    if (at_json_is_integer(a))
        return at_json_integer(a, 1) == at_json_integer(b, 2);
    if (at_json_is_number(a))
        return at_json_number(a, 1) == at_json_number(b, 2);
    if (at_json_is_bool(a))
        return at_json_bool(a, true) == at_json_bool(b, false);
    return at_str_equal(at_json_string(a), at_json_string(b));
}

static void fuzz_write(struct at_buf *out, const at_json *v, int indent)
{
    struct at_json_out o = at_json_out_to(out, indent);
    at_json_put_value(&o, v);
    fuzz_check(at_json_end(&o, NULL) == ATTUNE_OK);
}

static void fuzz_round_trip(const at_json *v, int indent)
{
    struct at_buf one = {0}, two = {0};
    attune_error err;
    at_json *again;
    fuzz_write(&one, v, indent);
    fuzz_check(at_json_parse(&again, one.data, one.len, "again", &err) == ATTUNE_OK);
    fuzz_check(fuzz_equal(v, again));
    fuzz_write(&two, again, indent);
    fuzz_check(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
    at_json_free(again);
    at_buf_release(&one);
    at_buf_release(&two);
}

static void fuzz_text(const uint8_t *data, size_t size)
{
    struct at_buf out = {0};
    struct at_json_out o = at_json_out_to(&out, 0);
    at_json *v;
    at_json_put_str(&o, (struct at_str){(const char *)data, size});
    fuzz_check(at_json_end(&o, NULL) == ATTUNE_OK);
    const bool parsed = at_json_parse(&v, out.data, out.len, "text", NULL) == ATTUNE_OK;
    fuzz_check(parsed || memchr(data, '\0', size)); /* \u0000 is written but not read */
    if (parsed && at_str_utf8_prefix((struct at_str){(const char *)data, size}) == size)
        fuzz_check(at_str_equal(at_json_string(v), (struct at_str){(const char *)data, size}));
    at_json_free(v);
    at_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    attune_error err;
    at_json *v;
    if (at_json_parse(&v, (const char *)data, size, "fuzz", &err) == ATTUNE_OK) {
        fuzz_round_trip(v, 0);
        fuzz_round_trip(v, 2);
        at_json_free(v);
    } else {
        fuzz_check(v == NULL && err.message[0]);
        fuzz_check(at_str_utf8_prefix(at_str_from(err.message)) == strlen(err.message));
    }
    if (size)
        fuzz_text(data, size);
    return 0;
}
