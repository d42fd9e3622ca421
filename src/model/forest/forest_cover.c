/* Two passes: the leaves' weights are read forwards, as they were written; nodes are summed up
 * backwards, since children lie behind their parents. */
#include "model/forest/forest_cover.h"

#include "model/forest/forest_model.h"

size_t at_forest_cover_put(uint8_t *out, uint64_t weight)
{
    size_t n = 0;
    for (; weight > 127; weight >>= 7)
        out[n++] = (uint8_t)(weight | 128);
    out[n++] = (uint8_t)weight;
    return n;
}

static bool cover_get(uint64_t *weight, const uint8_t **at, const uint8_t *end)
{
    uint64_t w = 0;
    for (unsigned shift = 0; shift < 7 * AT_FOREST_COVER_BYTES && *at < end; shift += 7) {
        const uint8_t byte = *(*at)++;
        w |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            *weight = w;
            return w > 0;
        }
    }
    return false;
}

/* Adds a child to its parent, which has its left child's weight in `left` if that is a leaf. */
static void cover_add(struct at_forest_cover *parent, const struct at_forest_cover *child)
{
    parent->weight += child->weight;
    parent->n_nodes += child->n_nodes;
    if (parent->depth < child->depth + 1)
        parent->depth = child->depth + 1;
}

bool at_forest_cover_read(struct at_forest_cover *cover, const struct at_forest_packed_node *node,
                          size_t n, const uint8_t **at, const uint8_t *end)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t right = 0;
        cover[i] = (struct at_forest_cover){.n_nodes = 1, .depth = 1};
        if (node[i].left < 0 && !cover_get(&cover[i].left, at, end))
            return false;
        if (node[i].right < 0 && !cover_get(&right, at, end))
            return false;
        cover[i].weight = cover[i].left + right;
    }
    for (size_t i = n; i-- > 0;) {
        if (node[i].left >= 0) {
            cover_add(&cover[i], &cover[i + 1]);
            cover[i].left = cover[i + 1].weight;
        }
        if (node[i].right < 0)
            continue;
        if ((size_t)node[i].right != i + cover[i].n_nodes)
            return false; /* not behind the left subtree */
        cover_add(&cover[i], &cover[node[i].right]);
    }
    return n == 0 || cover[0].n_nodes == n;
}
