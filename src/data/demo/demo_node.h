#ifndef AT_DATA_DEMO_NODE_H
#define AT_DATA_DEMO_NODE_H

#include "base/str.h"
#include "data/demo/demo_grammar.h"

/* What a line of a grammar is made of; between demo_parse.c, which builds it, and demo_grammar.c,
 * which says it. Everything lives in the grammar's arena. */

enum demo_node_kind { DEMO_NODE_TEXT, DEMO_NODE_SLOT, DEMO_NODE_NUMBER, DEMO_NODE_CHOICE };
enum demo_keep { DEMO_KEEP_NOT, DEMO_KEEP_LINE, DEMO_KEEP_FAN };

struct demo_choice {
    struct demo_choice *next;
    struct at_demo_node *nodes; /* NULL says nothing */
};

struct at_demo_node {
    struct at_demo_node *next;
    enum demo_node_kind kind;
    enum demo_keep keep;         /* SLOT */
    struct at_str text;          /* TEXT */
    uint32_t rule;               /* SLOT */
    uint32_t low, high;          /* NUMBER, both included */
    struct demo_choice *choices; /* CHOICE, [n_choices] */
    uint32_t n_choices;
};

#endif
