#include "api/check_finding.h"

#include <stdio.h>

static attune_status finding_keep(struct at_finding *f, struct at_str *out, struct at_str fan,
                                  attune_error *err)
{
    out->ptr = at_arena_strndup(&f->arena, fan.ptr, fan.len);
    out->len = fan.len;
    return out->ptr ? ATTUNE_OK : at_fail(err, ATTUNE_NO_MEMORY, "out of memory: check");
}

attune_status at_finding_add_pair(struct at_finding *f, struct at_str a, struct at_str b,
                                  attune_error *err)
{
    if (f->n < AT_FINDING_SHOWN) {
        AT_TRY(finding_keep(f, &f->fans[f->n][0], a, err));
        AT_TRY(finding_keep(f, &f->fans[f->n][1], b, err));
    }
    f->n++;
    return ATTUNE_OK;
}

attune_status at_finding_add(struct at_finding *f, struct at_str fan, attune_error *err)
{
    return at_finding_add_pair(f, fan, (struct at_str){"", 0}, err);
}

void at_finding_release(struct at_finding *f)
{
    at_arena_release(&f->arena);
    f->n = 0;
}

void at_finding_json(const struct at_finding *f, struct at_json_out *o, const char *level,
                     const char *code, const char *what)
{
    char text[320];
    if (!f->n)
        return;
    snprintf(text, sizeof text, "%llu %s", (unsigned long long)f->n, what);
    at_json_object_begin(o);
    at_json_set_text(o, "level", level);
    at_json_set_text(o, "code", code);
    at_json_set_text(o, "message", text);
    at_json_set_int(o, "count", (int64_t)f->n);
    at_json_put_key(o, "fans");
    at_json_array_begin(o);
    for (size_t i = 0; i < AT_FINDING_SHOWN && i < f->n; i++) {
        at_json_put_str(o, f->fans[i][0]);
        if (f->fans[i][1].len)
            at_json_put_str(o, f->fans[i][1]);
    }
    at_json_array_end(o);
    at_json_object_end(o);
}

void at_finding_note(struct at_json_out *o, const char *level, const char *code, const char *text)
{
    at_json_object_begin(o);
    at_json_set_text(o, "level", level);
    at_json_set_text(o, "code", code);
    at_json_set_text(o, "message", text);
    at_json_object_end(o);
}
