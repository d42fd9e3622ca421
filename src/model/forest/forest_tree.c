#include "model/forest/forest_tree.h"

#include <string.h>

#include "base/alloc.h"

static attune_status tree_reserve(struct at_forest_tree *tree, attune_error *err)
{
    if (tree->n_nodes < tree->cap)
        return ATTUNE_OK;
    if (tree->n_nodes >= INT32_MAX)
        return at_fail(err, ATTUNE_LIMIT, "a tree has more than %d nodes", INT32_MAX);
    const size_t cap = 2 * tree->cap + 64;
    void *node = at_realloc(tree->node, cap, sizeof *tree->node);
    if (node)
        tree->node = node;
    void *value = node ? at_realloc(tree->value, cap, tree->n_classes * sizeof *tree->value) : NULL;
    if (!value)
        return at_fail(err, ATTUNE_NO_MEMORY, "out of memory: tree of %zu nodes", cap);
    tree->value = value;
    tree->cap = cap;
    return ATTUNE_OK;
}

attune_status at_forest_tree_add(struct at_forest_tree *tree, uint32_t *out,
                                 const struct at_forest_grown_node *node, const double *value,
                                 attune_error *err)
{
    AT_TRY(tree_reserve(tree, err));
    tree->node[tree->n_nodes] = *node;
    memcpy(tree->value + tree->n_nodes * tree->n_classes, value, tree->n_classes * sizeof *value);
    *out = (uint32_t)tree->n_nodes++;
    return ATTUNE_OK;
}

void at_forest_tree_release(struct at_forest_tree *tree)
{
    at_free(tree->node);
    at_free(tree->value);
    *tree = (struct at_forest_tree){.n_classes = tree->n_classes};
}
