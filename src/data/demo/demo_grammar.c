#include "data/demo/demo_grammar.h"

#include <string.h>

#include "base/hash.h"
#include "data/demo/demo_node.h"

/* Saying is a walk over the lists that the parser (demo_parse.c) left. A slot that must repeat, for
 * a fan or within a line, needs no memory of what was said: it draws from a generator of its own
 * whose seed is made of the scope's seed and the rule, so that it draws the same every time. */

static uint32_t rule_pick(const struct at_demo_rule *rule, uint32_t n, struct at_rng *rng)
{
    if (!rule->falling)
        return (uint32_t)at_rng_below(rng, n);
    const double u = at_rng_unit(rng);
    return (uint32_t)(u * u * (double)n);
}

const struct at_demo_line *at_demo_rule_draw(const struct at_demo_rule *rule, bool creator_first,
                                             struct at_rng *rng)
{
    const uint32_t first = creator_first ? rule->n_fan_lines : 0;
    const uint32_t n = creator_first ? rule->n_lines - rule->n_fan_lines : rule->n_fan_lines;
    return n ? &rule->lines[first + rule_pick(rule, n, rng)] : NULL;
}

static attune_status grammar_say_slot(const struct at_demo_grammar *grammar,
                                      const struct at_demo_node *node,
                                      const struct at_demo_scope *scope, struct at_buf *out,
                                      attune_error *err)
{
    struct at_rng fixed;
    struct at_demo_scope inner = *scope;
    if (node->keep != DEMO_KEEP_NOT) {
        const uint64_t seed = node->keep == DEMO_KEEP_FAN ? scope->fan_seed : scope->line_seed;
        at_rng_init(&fixed, at_mix64(seed ^ at_mix64(node->rule)));
        inner.rng = &fixed;
    }
    const struct at_demo_rule *rule = &grammar->rules[node->rule];
    const struct at_demo_line *line = &rule->lines[rule_pick(rule, rule->n_lines, inner.rng)];
    return at_demo_grammar_say(grammar, line->parts[0], &inner, out, err);
}

static attune_status grammar_say_choice(const struct at_demo_grammar *grammar,
                                        const struct at_demo_node *node,
                                        const struct at_demo_scope *scope, struct at_buf *out,
                                        attune_error *err)
{
    const struct demo_choice *choice = node->choices;
    for (uint64_t i = at_rng_below(scope->rng, node->n_choices); i; i--)
        choice = choice->next;
    return at_demo_grammar_say(grammar, choice->nodes, scope, out, err);
}

attune_status at_demo_grammar_say(const struct at_demo_grammar *grammar,
                                  const struct at_demo_node *part,
                                  const struct at_demo_scope *scope, struct at_buf *out,
                                  attune_error *err)
{
    for (const struct at_demo_node *node = part; node; node = node->next) {
        switch (node->kind) {
        case DEMO_NODE_TEXT:
            AT_TRY(at_buf_add(out, node->text.ptr, node->text.len, err));
            break;
        case DEMO_NODE_SLOT:
            AT_TRY(grammar_say_slot(grammar, node, scope, out, err));
            break;
        case DEMO_NODE_NUMBER:
            AT_TRY(at_buf_addf(out, err, "%u",
                               node->low +
                                   (unsigned)at_rng_below(scope->rng, node->high - node->low + 1)));
            break;
        case DEMO_NODE_CHOICE:
            AT_TRY(grammar_say_choice(grammar, node, scope, out, err));
            break;
        }
    }
    return ATTUNE_OK;
}

struct at_str at_demo_part_text(const struct at_demo_node *part)
{
    return part && part->kind == DEMO_NODE_TEXT && !part->next ? part->text
                                                               : (struct at_str){"", 0};
}

attune_status at_demo_grammar_find(struct at_demo_grammar *grammar, struct at_str name,
                                   const struct at_demo_rule **out, attune_error *err)
{
    const uint32_t i = at_map_get(&grammar->names, name);
    if (i == AT_MAP_NONE)
        return at_fail(err, ATTUNE_FORMAT, "%s: rule [%.*s] is missing", grammar->name,
                       (int)name.len, name.ptr);
    struct at_demo_rule *rule = &grammar->rules[i];
    if (!rule->used_at)
        rule->used_at = rule->defined_at;
    *out = rule;
    return ATTUNE_OK;
}

attune_status at_demo_grammar_check_used(const struct at_demo_grammar *grammar, attune_error *err)
{
    for (size_t i = 0; i < grammar->names.n_keys; i++)
        if (!grammar->rules[i].used_at)
            return at_fail(err, ATTUNE_FORMAT, "%s:%u: rule [%s] is never used", grammar->name,
                           grammar->rules[i].defined_at, grammar->names.keys[i].ptr);
    return ATTUNE_OK;
}

void at_demo_grammar_release(struct at_demo_grammar *grammar)
{
    at_map_release(&grammar->names);
    at_arena_release(&grammar->arena);
    *grammar = (struct at_demo_grammar){0};
}
