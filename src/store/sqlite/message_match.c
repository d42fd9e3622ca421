#include "store/sqlite/message_match.h"

#include "base/alloc.h"
#include "base/hash.h"

static uint64_t match_hash(const struct at_message *m)
{
    return at_hash64(m->text.ptr, m->text.len, at_mix64((uint64_t)m->at_ms * 2 + m->from));
}

static bool match_equal(const struct at_message *a, const struct at_message *b)
{
    return a->from == b->from && a->at_ms == b->at_ms && at_str_equal(a->text, b->text);
}

/* A slot belongs to one content for good: once all its messages are crossed out it keeps the last.
 */
static size_t match_slot(const struct at_match *match, const struct at_message *m)
{
    size_t i = (size_t)match_hash(m) & match->mask;
    while (match->slots[i] && !match_equal(&match->messages[match->slots[i] - 1], m))
        i = (i + 1) & match->mask;
    return i;
}

void at_match_release(struct at_match *match)
{
    at_free(match->slots);
    at_free(match->next);
    at_free(match->crossed);
}

attune_status at_match_init(struct at_match *match, const struct at_profile *profile,
                            attune_error *err)
{
    const size_t n = profile->n_messages;
    size_t n_slots = 16;
    while (n_slots < 2 * n)
        n_slots *= 2;
    *match = (struct at_match){.messages = profile->messages, .mask = n_slots - 1, .n_left = n};
    match->slots = AT_ALLOC(uint32_t, n_slots);
    match->next = match->slots ? AT_ALLOC(uint32_t, n) : NULL;
    match->crossed = match->next ? AT_ALLOC(bool, n) : NULL;
    if (!match->crossed) {
        at_match_release(match);
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: comparing %zu messages", n);
    }
    for (size_t i = n; i-- > 0;) { /* backwards, so that the first of equal ones is crossed first */
        const size_t slot = match_slot(match, &profile->messages[i]);
        match->next[i] = match->slots[slot];
        match->slots[slot] = (uint32_t)i + 1;
    }
    return ATTUNE_OK;
}

void at_match_cross_out(struct at_match *match, const struct at_message *stored)
{
    const size_t slot = match_slot(match, stored);
    const uint32_t first = match->slots[slot];
    if (!first || match->crossed[first - 1])
        return;
    match->crossed[first - 1] = true;
    match->n_left--;
    if (match->next[first - 1])
        match->slots[slot] = match->next[first - 1];
}
