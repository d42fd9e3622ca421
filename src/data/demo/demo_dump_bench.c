#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "data/demo/demo.h"

/* demo_dump_bench N [SEED] [en|fr|en,fr] [spending] [truth] [fan]: N profiles as JSON Lines;
 * "truth" leaves the wrong labels out, "fan" the creator's messages. demo_dump_bench speed N:
 * messages generated in a second. */

static void dump_profile(struct at_json_out *o, const struct at_profile *p, bool fan_only)
{
    at_json_object_begin(o);
    at_json_set_str(o, "fan_id", p->fan_id);
    at_json_set_str(o, "language", p->language);
    at_json_put_key(o, "messages");
    at_json_array_begin(o);
    for (size_t i = 0; i < p->n_messages; i++) {
        const struct at_message *m = &p->messages[i];
        if (fan_only && m->from != AT_FROM_FAN)
            continue;
        at_json_object_begin(o);
        at_json_set_str(o, "text", m->text);
        at_json_set_time(o, "at", m->at_ms);
        at_json_set_text(o, "from", m->from == AT_FROM_FAN ? "fan" : "creator");
        at_json_object_end(o);
    }
    at_json_array_end(o);
    at_json_put_key(o, "labels");
    at_json_object_begin(o);
    for (size_t i = 0; i < p->n_labels; i++) {
        at_json_put_key(o, p->labels[i].target.ptr);
        at_json_put_str(o, p->labels[i].label);
    }
    at_json_object_end(o);
    at_json_object_end(o);
}

static attune_status dump(struct at_demo *demo, bool fan_only, attune_error *err)
{
    struct at_buf line = {0};
    const struct at_profile *p = NULL;
    attune_status status;
    while ((status = at_demo_next(demo, &p, err)) == ATTUNE_OK && p) {
        at_buf_clear(&line);
        struct at_json_out o = at_json_out_to(&line, 0);
        dump_profile(&o, p, fan_only);
        if ((status = at_json_end(&o, err)) != ATTUNE_OK)
            break;
        printf("%s\n", line.data);
    }
    at_buf_release(&line);
    return status;
}

static attune_status speed(struct at_demo *demo, attune_error *err)
{
    const struct at_profile *p = NULL;
    size_t n = 0, bytes = 0;
    attune_status status;
    const double start = at_clock_seconds();
    while ((status = at_demo_next(demo, &p, err)) == ATTUNE_OK && p) {
        n += p->n_messages;
        for (size_t i = 0; i < p->n_messages; i++)
            bytes += p->messages[i].text.len;
    }
    const double s = at_clock_seconds() - start;
    printf("%zu messages, %.1f MB in %.3f s: %.0f messages/s, peak %.1f MB\n", n,
           (double)bytes / 1e6, s, (double)n / s, (double)at_clock_peak_rss_bytes() / 1e6);
    return status;
}

int main(int argc, char **argv)
{
    struct at_demo_options options = {.seed = 1, .n_fans = 20, .english = true, .french = true};
    bool fan_only = false, fast = false;
    for (int i = 1, numbers = 0; i < argc; i++) {
        uint64_t value;
        fast |= strcmp(argv[i], "speed") == 0;
        fan_only |= strcmp(argv[i], "fan") == 0;
        options.spending |= strcmp(argv[i], "spending") == 0;
        options.truth |= strcmp(argv[i], "truth") == 0;
        options.french &= strcmp(argv[i], "en") != 0;
        options.english &= strcmp(argv[i], "fr") != 0;
        if (!at_parse_u64(at_str_from(argv[i]), &value))
            continue;
        if (numbers++)
            options.seed = value;
        else
            options.n_fans = (size_t)value;
    }
    attune_error err = {0};
    struct at_demo *demo;
    attune_status status = at_demo_create(&demo, &options, &err);
    if (status == ATTUNE_OK)
        status = fast ? speed(demo, &err) : dump(demo, fan_only, &err);
    at_demo_destroy(demo);
    if (status != ATTUNE_OK)
        fprintf(stderr, "demo_dump_bench: %s\n", err.message);
    return attune_status_exit(status);
}
