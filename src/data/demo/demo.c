#include "data/demo/demo.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "data/demo/demo_talk.h"

/* Each fan has a generator of its own, seeded by the demo's seed and the fan's number, so a fan is
 * the same wherever the stream is entered and however long it is. */

extern const unsigned char at_demo_english_txt[], at_demo_french_txt[];
extern const size_t at_demo_english_txt_size, at_demo_french_txt_size;

enum { DEMO_ID_CAP = 32 };
static const double demo_english_frac = 0.7;

struct at_demo {
    struct at_demo_options options;
    struct at_demo_tongue english, french;
    struct at_demo_desk desk;
    struct at_arena arena; /* of the present fan */
    uint64_t next;
    char id[DEMO_ID_CAP];
    struct at_label labels[3];
    struct at_profile profile;
};

static struct at_str demo_bytes(const unsigned char *text, size_t size)
{
    return (struct at_str){(const char *)text, size};
}

static attune_status demo_open(struct at_demo *demo, attune_error *err)
{
    if (demo->options.english)
        AT_TRY(at_demo_tongue_make(&demo->english, "english.txt",
                                   demo_bytes(at_demo_english_txt, at_demo_english_txt_size), err));
    if (demo->options.french)
        AT_TRY(at_demo_tongue_make(&demo->french, "french.txt",
                                   demo_bytes(at_demo_french_txt, at_demo_french_txt_size), err));
    return ATTUNE_OK;
}

attune_status at_demo_create(struct at_demo **out, const struct at_demo_options *options,
                             attune_error *err)
{
    *out = NULL;
    if (!options->english && !options->french)
        return at_fail(err, ATTUNE_INVALID, "the demo needs a language: en, fr or both");
    struct at_demo *demo = AT_ALLOC(struct at_demo, 1);
    if (!demo)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: demo");
    demo->options = *options;
    const attune_status status = demo_open(demo, err);
    if (status != ATTUNE_OK) {
        at_demo_destroy(demo);
        return status;
    }
    *out = demo;
    return ATTUNE_OK;
}

static void demo_set_labels(struct at_demo *demo, const struct at_demo_fan *fan)
{
    static const char *const levels[] = {"low", "medium", "high"};
    const struct at_demo_classes *x = demo->options.truth ? &fan->truth : &fan->label;
    struct at_label *labels = demo->labels;
    labels[0] = (struct at_label){at_str_from("personality"),
                                  at_str_from(x->emotional ? "Emotional" : "Conqueror")};
    labels[1] = (struct at_label){at_str_from("engagement"), at_str_from(levels[x->engagement])};
    labels[2] =
        (struct at_label){at_str_from("spending_potential"), at_str_from(levels[x->spending])};
    demo->profile.labels = labels;
    demo->profile.n_labels = demo->options.spending ? 3 : 2;
}

static attune_status demo_make(struct at_demo *demo, attune_error *err)
{
    struct at_rng rng;
    at_rng_init(&rng, at_mix64(demo->options.seed) ^ at_mix64(~demo->next));
    const bool toss = at_demo_chance(&rng, demo_english_frac);
    const bool english = demo->options.english && (toss || !demo->options.french);
    struct at_demo_fan fan;
    at_demo_fan_draw(&fan, &rng);
    at_arena_clear(&demo->arena);
    struct at_message *messages;
    AT_TRY(at_demo_talk(english ? &demo->english : &demo->french, &fan, &demo->desk, &rng,
                        &demo->arena, &messages, err));
    const int len =
        snprintf(demo->id, sizeof demo->id, "demo-%06llu", (unsigned long long)demo->next + 1);
    demo->profile = (struct at_profile){.fan_id = {demo->id, (size_t)len},
                                        .language = at_str_from(english ? "en" : "fr"),
                                        .messages = messages,
                                        .n_messages = fan.n_messages};
    demo_set_labels(demo, &fan);
    return ATTUNE_OK;
}

attune_status at_demo_next(struct at_demo *demo, const struct at_profile **out, attune_error *err)
{
    *out = NULL;
    if (demo->next >= demo->options.n_fans)
        return ATTUNE_OK;
    AT_TRY(demo_make(demo, err));
    demo->next++;
    *out = &demo->profile;
    return ATTUNE_OK;
}

void at_demo_destroy(struct at_demo *demo)
{
    if (!demo)
        return;
    at_demo_tongue_release(&demo->english);
    at_demo_tongue_release(&demo->french);
    at_demo_desk_release(&demo->desk);
    at_arena_release(&demo->arena);
    at_free(demo);
}
