#include <string.h>

#include "data/demo/demo_node.h"

/* Two passes. The first reads the file line by line: a header opens a rule, any other line is split
 * at "=>" into parts and each part into pieces. Rules are numbered when their name is first seen,
 * as header or as slot, so that a slot may come before its rule. Lines wait in a list per rule
 * until their number is known. The second pass checks what can only be known at the end: that every
 * slot has a rule, that this rule is not a dialogue, and that no rule leads back to itself. */

enum { PARSE_DEPTH_MAX = 4 };
enum parse_mark { PARSE_UNSEEN, PARSE_OPEN, PARSE_DONE };

struct parse_pending {
    struct parse_pending *next;
    struct at_demo_line line;
};

struct parse_rule {
    struct parse_pending *first, *last;
    enum parse_mark mark; /* of the second pass: an open rule met again is a circle */
};

struct parse {
    struct at_demo_grammar *grammar;
    struct parse_rule *rules; /* [n_rules_cap of the grammar] */
    struct at_arena tmp;
    uint32_t line_no, current; /* current: number of the open rule + 1, 0 before the first */
    attune_error *err;
};

#define PARSE_FAIL(p, ...) parse_wrap((p), at_fail((p)->err, ATTUNE_FORMAT, __VA_ARGS__))

static attune_status parse_wrap(struct parse *p, attune_status status)
{
    return at_wrap(p->err, status, "%s:%u", p->grammar->name, p->line_no);
}

static attune_status parse_no_memory(struct parse *p)
{
    return at_fail(p->err, ATTUNE_NO_MEMORY, "out of memory: grammar %s", p->grammar->name);
}

static struct at_str parse_trim(struct at_str s)
{
    while (s.len && s.ptr[0] == ' ')
        s.ptr++, s.len--;
    while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\r'))
        s.len--;
    return s;
}

static struct at_str parse_slice(struct at_str s, size_t from, size_t to)
{
    return (struct at_str){s.ptr + from, to - from};
}

/* Where `stop` stands outside of braces, at `from` or after; s.len when nowhere. */
static size_t parse_find(struct at_str s, size_t from, const char *stop)
{
    const size_t len = strlen(stop);
    size_t depth = 0;
    for (size_t i = from; i + len <= s.len; i++) {
        if (depth == 0 && memcmp(s.ptr + i, stop, len) == 0)
            return i;
        depth += s.ptr[i] == '{';
        depth -= s.ptr[i] == '}' && depth > 0;
    }
    return s.len;
}

static bool parse_is_name(struct at_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9' && i) ||
              (i && (c == '_' || c == '.'))))
            return false;
    }
    return s.len > 0;
}

static attune_status parse_rule_number(struct parse *p, struct at_str name, uint32_t *out)
{
    if (!parse_is_name(name))
        return PARSE_FAIL(p, "'%.*s' is not the name of a rule (a-z, 0-9, '_', '.')", (int)name.len,
                          name.ptr);
    bool is_new;
    AT_TRY(at_map_add(&p->grammar->names, name, out, &is_new, p->err));
    if (!is_new)
        return ATTUNE_OK;
    const uint32_t n = *out, cap = p->grammar->n_rules_cap;
    if (n == cap) {
        const uint32_t grown = cap ? 2 * cap : 128;
        struct at_demo_rule *rules = AT_NEW(&p->grammar->arena, struct at_demo_rule, grown);
        struct parse_rule *lists = AT_NEW(&p->tmp, struct parse_rule, grown);
        if (!rules || !lists)
            return parse_no_memory(p);
        if (n) {
            memcpy(rules, p->grammar->rules, n * sizeof *rules);
            memcpy(lists, p->rules, n * sizeof *lists);
        }
        p->grammar->rules = rules;
        p->grammar->n_rules_cap = grown;
        p->rules = lists;
    }
    p->grammar->rules[n] = (struct at_demo_rule){0};
    p->rules[n] = (struct parse_rule){0};
    return ATTUNE_OK;
}

static attune_status parse_header(struct parse *p, struct at_str head)
{
    const size_t space = parse_find(head, 0, " ");
    const struct at_str word = parse_trim(parse_slice(head, space, head.len));
    const bool falling = at_str_equal(word, at_str_from("falling"));
    if (word.len && !falling)
        return PARSE_FAIL(p, "after the rule's name only 'falling' may stand, not '%.*s'",
                          (int)word.len, word.ptr);
    uint32_t number;
    AT_TRY(parse_rule_number(p, parse_slice(head, 0, space), &number));
    struct at_demo_rule *rule = &p->grammar->rules[number];
    if (rule->defined_at)
        return PARSE_FAIL(p, "rule [%.*s] was there before, in line %u", (int)space, head.ptr,
                          rule->defined_at);
    rule->defined_at = p->line_no;
    rule->falling = falling;
    p->current = number + 1;
    return ATTUNE_OK;
}

static attune_status parse_pieces(struct parse *p, struct at_str s, int depth,
                                  struct at_demo_node **out);

static attune_status parse_choice(struct parse *p, struct at_str s, int depth,
                                  struct at_demo_node *node)
{
    struct demo_choice **tail = &node->choices;
    node->kind = DEMO_NODE_CHOICE;
    for (size_t at = 0, bar; at <= s.len; at = bar + 1) {
        bar = parse_find(s, at, "|");
        struct demo_choice *choice = AT_NEW(&p->grammar->arena, struct demo_choice, 1);
        if (!choice)
            return parse_no_memory(p);
        *choice = (struct demo_choice){0};
        AT_TRY(parse_pieces(p, parse_slice(s, at, bar), depth + 1, &choice->nodes));
        *tail = choice;
        tail = &choice->next;
        node->n_choices++;
    }
    return ATTUNE_OK;
}

static bool parse_number(struct at_str s, struct at_demo_node *node)
{
    const size_t dash = parse_find(s, 0, "-");
    uint64_t low, high;
    if (dash == s.len || !at_parse_u64(parse_slice(s, 0, dash), &low) ||
        !at_parse_u64(parse_slice(s, dash + 1, s.len), &high))
        return false;
    if (low > high || high >= UINT32_MAX)
        return false;
    node->kind = DEMO_NODE_NUMBER;
    node->low = (uint32_t)low;
    node->high = (uint32_t)high;
    return true;
}

/* What stands between two braces. */
static attune_status parse_braces(struct parse *p, struct at_str s, int depth,
                                  struct at_demo_node *node)
{
    if (depth >= PARSE_DEPTH_MAX)
        return PARSE_FAIL(p, "braces within braces more than %d deep", PARSE_DEPTH_MAX);
    if (parse_find(s, 0, "|") < s.len)
        return parse_choice(p, s, depth, node);
    if (parse_number(s, node))
        return ATTUNE_OK;
    node->kind = DEMO_NODE_SLOT;
    if (s.len && (s.ptr[0] == '@' || s.ptr[0] == '~')) {
        node->keep = s.ptr[0] == '@' ? DEMO_KEEP_FAN : DEMO_KEEP_LINE;
        s = parse_slice(s, 1, s.len);
    }
    AT_TRY(parse_rule_number(p, s, &node->rule));
    struct at_demo_rule *rule = &p->grammar->rules[node->rule];
    if (!rule->used_at)
        rule->used_at = p->line_no;
    return ATTUNE_OK;
}

static attune_status parse_pieces(struct parse *p, struct at_str s, int depth,
                                  struct at_demo_node **out)
{
    struct at_demo_node **tail = out;
    *out = NULL;
    if (depth == 0 && parse_find(s, 0, "|") < s.len) { /* a part may be a choice as a whole */
        *out = AT_NEW(&p->grammar->arena, struct at_demo_node, 1);
        if (!*out)
            return parse_no_memory(p);
        **out = (struct at_demo_node){0};
        return parse_choice(p, s, depth, *out);
    }
    for (size_t at = 0; at < s.len;) {
        const bool open = s.ptr[at] == '{';
        struct at_demo_node *node = AT_NEW(&p->grammar->arena, struct at_demo_node, 1);
        if (!node)
            return parse_no_memory(p);
        *node = (struct at_demo_node){0};
        size_t end = open ? parse_find(parse_slice(s, at + 1, s.len), 0, "}") + at + 1
                          : parse_find(s, at, "{");
        if (open && end >= s.len)
            return PARSE_FAIL(p, "'{' without '}'");
        const struct at_str piece = parse_slice(s, at + open, end);
        if (open) {
            AT_TRY(parse_braces(p, piece, depth, node));
        } else if (memchr(piece.ptr, '}', piece.len)) {
            return PARSE_FAIL(p, "'}' without '{'");
        } else {
            char *copy = at_arena_strndup(&p->grammar->arena, piece.ptr, piece.len);
            if (!copy)
                return parse_no_memory(p);
            node->text = (struct at_str){copy, piece.len};
        }
        *tail = node;
        tail = &node->next;
        at = end + open;
    }
    return ATTUNE_OK;
}

static attune_status parse_line(struct parse *p, struct at_str s)
{
    if (!p->current)
        return PARSE_FAIL(p, "text before the first [rule]");
    struct parse_pending *pending = AT_NEW(&p->tmp, struct parse_pending, 1);
    if (!pending)
        return parse_no_memory(p);
    *pending = (struct parse_pending){0};
    struct at_demo_line *line = &pending->line;
    line->creator_first = at_str_starts(s, "=>");
    for (size_t at = line->creator_first ? 2 : 0, end; at <= s.len; at = end + 2) {
        end = parse_find(s, at, "=>");
        const struct at_str part = parse_trim(parse_slice(s, at, end));
        if (!part.len)
            return PARSE_FAIL(p, "nothing is said between or after '=>'");
        if (line->n_parts == AT_DEMO_PARTS_MAX)
            return PARSE_FAIL(p, "more than %d turns in one line", AT_DEMO_PARTS_MAX);
        AT_TRY(parse_pieces(p, part, 0, &line->parts[line->n_parts++]));
    }
    struct parse_rule *list = &p->rules[p->current - 1];
    *(list->first ? &list->last->next : &list->first) = pending;
    list->last = pending;
    struct at_demo_rule *rule = &p->grammar->rules[p->current - 1];
    rule->n_lines++;
    rule->n_fan_lines += !line->creator_first;
    return ATTUNE_OK;
}

static attune_status parse_list(struct parse *p, struct at_str s)
{
    for (size_t at = 0, end; at <= s.len; at = end + 1) {
        end = parse_find(s, at, ",");
        AT_TRY(parse_line(p, parse_trim(parse_slice(s, at, end))));
    }
    return ATTUNE_OK;
}

static attune_status parse_any(struct parse *p, struct at_str s)
{
    if (!s.len || s.ptr[0] == '#')
        return ATTUNE_OK;
    if (s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
        return parse_header(p, parse_slice(s, 1, s.len - 1));
    if (at_str_starts(s, "+ "))
        return parse_list(p, parse_slice(s, 2, s.len));
    return parse_line(p, s);
}

/* The pending lines as an array: the fan's first, then the creator's, each in the file's order. */
static attune_status parse_settle(struct parse *p, uint32_t number)
{
    struct at_demo_rule *rule = &p->grammar->rules[number];
    p->line_no = rule->defined_at ? rule->defined_at : rule->used_at;
    if (!rule->n_lines)
        return PARSE_FAIL(p, "rule [%s] %s", p->grammar->names.keys[number].ptr,
                          rule->defined_at ? "has no lines" : "is not defined");
    rule->lines = AT_NEW(&p->grammar->arena, struct at_demo_line, rule->n_lines);
    if (!rule->lines)
        return parse_no_memory(p);
    uint32_t fan = 0, creator = rule->n_fan_lines;
    for (const struct parse_pending *it = p->rules[number].first; it; it = it->next) {
        struct at_demo_line *line = &rule->lines[it->line.creator_first ? creator++ : fan++];
        *line = it->line;
        line->id = p->grammar->n_lines++;
    }
    return ATTUNE_OK;
}

static attune_status parse_check_nodes(struct parse *p, const struct at_demo_node *nodes);

/* Walks everything that a slot can say, each rule once. */
static attune_status parse_check_slot(struct parse *p, uint32_t number)
{
    const struct at_demo_rule *rule = &p->grammar->rules[number];
    const char *name = p->grammar->names.keys[number].ptr;
    p->line_no = rule->defined_at;
    if (p->rules[number].mark == PARSE_DONE)
        return ATTUNE_OK;
    if (p->rules[number].mark == PARSE_OPEN)
        return PARSE_FAIL(p, "rule [%s] leads back to itself", name);
    p->rules[number].mark = PARSE_OPEN;
    for (uint32_t i = 0; i < rule->n_lines; i++) {
        if (rule->lines[i].n_parts != 1 || rule->lines[i].creator_first)
            return PARSE_FAIL(p, "rule [%s] is used as a slot, but is a dialogue", name);
        AT_TRY(parse_check_nodes(p, rule->lines[i].parts[0]));
    }
    p->rules[number].mark = PARSE_DONE;
    return ATTUNE_OK;
}

static attune_status parse_check_nodes(struct parse *p, const struct at_demo_node *nodes)
{
    for (; nodes; nodes = nodes->next) {
        if (nodes->kind == DEMO_NODE_SLOT)
            AT_TRY(parse_check_slot(p, nodes->rule));
        for (const struct demo_choice *c = nodes->choices; c; c = c->next)
            AT_TRY(parse_check_nodes(p, c->nodes));
    }
    return ATTUNE_OK;
}

static attune_status parse_finish(struct parse *p)
{
    const uint32_t n = (uint32_t)p->grammar->names.n_keys;
    for (uint32_t i = 0; i < n; i++)
        AT_TRY(parse_settle(p, i));
    for (uint32_t i = 0; i < n; i++) {
        const struct at_demo_rule *rule = &p->grammar->rules[i];
        for (uint32_t j = 0; j < rule->n_lines; j++)
            for (uint32_t k = 0; k < rule->lines[j].n_parts; k++)
                AT_TRY(parse_check_nodes(p, rule->lines[j].parts[k]));
    }
    return ATTUNE_OK;
}

attune_status at_demo_grammar_parse(struct at_demo_grammar *out, const char *name,
                                    struct at_str text, attune_error *err)
{
    *out = (struct at_demo_grammar){.name = name};
    struct parse p = {.grammar = out, .err = err};
    attune_status status = ATTUNE_OK;
    for (size_t at = 0; at < text.len && status == ATTUNE_OK;) {
        const char *newline = memchr(text.ptr + at, '\n', text.len - at);
        const size_t end = newline ? (size_t)(newline - text.ptr) : text.len;
        p.line_no++;
        status = parse_any(&p, parse_trim(parse_slice(text, at, end)));
        at = end + 1;
    }
    if (status == ATTUNE_OK)
        status = parse_finish(&p);
    at_arena_release(&p.tmp);
    if (status != ATTUNE_OK)
        at_demo_grammar_release(out);
    return status;
}
