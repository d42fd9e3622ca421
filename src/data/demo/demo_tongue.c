#include "data/demo/demo_talk.h"

struct tongue_rule {
    const char *name;
    size_t offset;
};

#define TONGUE_RULE(member, text)                                                                  \
    {                                                                                              \
        text, offsetof(struct at_demo_tongue, member)                                              \
    }
static const struct tongue_rule tongue_rules[] = {
    TONGUE_RULE(first, "first"),
    TONGUE_RULE(hello, "hello"),
    TONGUE_RULE(morning, "morning"),
    TONGUE_RULE(evening, "evening"),
    TONGUE_RULE(bye, "bye"),
    TONGUE_RULE(ask, "ask"),
    TONGUE_RULE(reply, "reply"),
    TONGUE_RULE(reply_warm, "reply.warm"),
    TONGUE_RULE(emotional, "emotional"),
    TONGUE_RULE(conqueror, "conqueror"),
    TONGUE_RULE(low, "low"),
    TONGUE_RULE(high, "high"),
    TONGUE_RULE(thrifty, "thrifty"),
    TONGUE_RULE(generous, "generous"),
    TONGUE_RULE(tail_emotional, "tail.emotional"),
    TONGUE_RULE(tail_conqueror, "tail.conqueror"),
    TONGUE_RULE(tail_low, "tail.low"),
    TONGUE_RULE(tail_medium, "tail.medium"),
    TONGUE_RULE(tail_high, "tail.high"),
    TONGUE_RULE(tail_thrifty, "tail.thrifty"),
    TONGUE_RULE(tail_generous, "tail.generous"),
    TONGUE_RULE(question, "question"),
    TONGUE_RULE(emoji, "emoji"),
    TONGUE_RULE(emoji_warm, "emoji.warm"),
    TONGUE_RULE(emoji_bold, "emoji.bold"),
};

/* Every pool must have something for the fan to open with; [ask] and [reply] are the creator's. */
static attune_status tongue_bind(struct at_demo_tongue *t, attune_error *err)
{
    for (size_t i = 0; i < sizeof tongue_rules / sizeof *tongue_rules; i++) {
        const struct at_demo_rule **slot =
            (const struct at_demo_rule **)(void *)((char *)t + tongue_rules[i].offset);
        AT_TRY(at_demo_grammar_find(&t->grammar, at_str_from(tongue_rules[i].name), slot, err));
        const bool by_creator = *slot == t->ask || *slot == t->reply || *slot == t->reply_warm;
        if (by_creator ? (*slot)->n_fan_lines == (*slot)->n_lines : (*slot)->n_fan_lines == 0)
            return at_fail(err, ATTUNE_FORMAT, "%s:%u: rule [%s] needs lines that the %s opens",
                           t->grammar.name, (*slot)->defined_at, tongue_rules[i].name,
                           by_creator ? "creator" : "fan");
    }
    return ATTUNE_OK;
}

static attune_status tongue_bind_topics(struct at_demo_tongue *t, attune_error *err)
{
    const struct at_demo_rule *list;
    AT_TRY(at_demo_grammar_find(&t->grammar, at_str_from("topics"), &list, err));
    if (list->n_lines > AT_DEMO_TOPICS_MAX)
        return at_fail(err, ATTUNE_FORMAT, "%s:%u: more than %d topics", t->grammar.name,
                       list->defined_at, AT_DEMO_TOPICS_MAX);
    for (uint32_t i = 0; i < list->n_lines; i++) {
        const struct at_str name = at_demo_part_text(list->lines[i].parts[0]);
        const struct at_demo_rule **topic = &t->topics[t->n_topics++];
        AT_TRY(at_demo_grammar_find(&t->grammar, name, topic, err));
        if (!(*topic)->n_fan_lines)
            return at_fail(err, ATTUNE_FORMAT, "%s:%u: topic [%.*s] needs lines that the fan opens",
                           t->grammar.name, (*topic)->defined_at, (int)name.len, name.ptr);
    }
    return ATTUNE_OK;
}

attune_status at_demo_tongue_make(struct at_demo_tongue *out, const char *name, struct at_str text,
                                  attune_error *err)
{
    *out = (struct at_demo_tongue){0};
    attune_status status = at_demo_grammar_parse(&out->grammar, name, text, err);
    if (status == ATTUNE_OK)
        status = tongue_bind(out, err);
    if (status == ATTUNE_OK)
        status = tongue_bind_topics(out, err);
    if (status == ATTUNE_OK)
        status = at_demo_spelling_make(&out->spelling, &out->grammar, err);
    if (status == ATTUNE_OK)
        status = at_demo_grammar_check_used(&out->grammar, err);
    if (status != ATTUNE_OK)
        at_demo_tongue_release(out);
    return status;
}

void at_demo_tongue_release(struct at_demo_tongue *tongue)
{
    at_demo_spelling_release(&tongue->spelling);
    at_demo_grammar_release(&tongue->grammar);
    *tongue = (struct at_demo_tongue){0};
}
