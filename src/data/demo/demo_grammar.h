#ifndef AT_DATA_DEMO_GRAMMAR_H
#define AT_DATA_DEMO_GRAMMAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/rng.h"
#include "base/status.h"

/*
 * A grammar for scraps of conversation, one text file a language:
 *
 *   # comment
 *   [music]                     a rule; each line below it is one way to say it
 *   heard {~band} live! => no way, {~band}? => row {1-9}, {so good|unreal}.
 *   => what are you listening to?
 *   [city falling]              earlier lines are drawn more often than later ones
 *   + Lisbon, Oslo, New York    a list: one line each
 *
 *   =>        the other one speaks; a line that starts with it is opened by the creator
 *   {rule}    a line of that rule, drawn anew
 *   {~rule}   ... the same within this line, for both speakers
 *   {@rule}   ... the same for the whole conversation of this fan
 *   {1-9}     a number from 1 to 9
 *   {a|b|}    one of these, slots and all; without braces: of the whole turn
 */

enum { AT_DEMO_PARTS_MAX = 6 };

struct at_demo_node; /* one piece of text, slot, number or choice; a list of them says something */

struct at_demo_line {
    struct at_demo_node *parts[AT_DEMO_PARTS_MAX]; /* in turn, fan first unless creator_first */
    uint32_t n_parts;
    uint32_t id; /* 0 .. n_lines - 1 over the whole grammar */
    bool creator_first;
};

struct at_demo_rule {
    struct at_demo_line *lines; /* [n_lines], those that the fan opens first */
    uint32_t n_lines, n_fan_lines;
    uint32_t defined_at, used_at; /* line of the file; 0: not */
    bool falling;
};

struct at_demo_grammar {
    const char *name; /* "english.txt", for messages; borrowed */
    struct at_map names;
    struct at_demo_rule *rules; /* [names.n_keys] */
    uint32_t n_rules_cap, n_lines;
    struct at_arena arena;
};

/**
 * Errors   FORMAT     "NAME:LINE: REASON": bad syntax, a rule that is unknown, doubled, empty, or
 * that leads back to itself, or a slot whose rule is a dialogue NO_MEMORY On failure *out is an
 * empty grammar.
 */
attune_status at_demo_grammar_parse(struct at_demo_grammar *out, const char *name,
                                    struct at_str text, attune_error *err);
void at_demo_grammar_release(struct at_demo_grammar *grammar);

/** A rule by name. Errors: FORMAT when the grammar has none. */
attune_status at_demo_grammar_find(struct at_demo_grammar *grammar, struct at_str name,
                                   const struct at_demo_rule **out, attune_error *err);
/** Errors: FORMAT when some rule was neither a slot nor found by at_demo_grammar_find. */
attune_status at_demo_grammar_check_used(const struct at_demo_grammar *grammar, attune_error *err);

/* What the draws depend on: {rule} on rng, {~rule} on line_seed, {@rule} on fan_seed. */
struct at_demo_scope {
    struct at_rng *rng;
    uint64_t line_seed, fan_seed;
};

/** Appends one way to say `part` (NULL says nothing). Errors: NO_MEMORY. */
attune_status at_demo_grammar_say(const struct at_demo_grammar *grammar,
                                  const struct at_demo_node *part,
                                  const struct at_demo_scope *scope, struct at_buf *out,
                                  attune_error *err);
/** The text of a part that is text only, borrowed; else an empty string. */
struct at_str at_demo_part_text(const struct at_demo_node *part);
/** Draws a line among those that the creator (or the fan) opens; NULL when there is none. */
const struct at_demo_line *at_demo_rule_draw(const struct at_demo_rule *rule, bool creator_first,
                                             struct at_rng *rng);

#endif
