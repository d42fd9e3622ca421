/* Each step below must stay in the order it has: which of two equal counts comes first is decided
 * by the exchanges alone. The smaller side of a partition is worked on at once and the larger one
 * waits, with the depth left to it, on a stack that log2 n entries fill at the most. */
#include "feature/tfidf/numpy_argsort.h"

#include <stdbool.h>

enum { ARGSORT_SMALL = 15, ARGSORT_STACK = 64 };

struct argsort {
    uint32_t *order;
    const uint64_t *tf;
};
struct argsort_part {
    ptrdiff_t low, high; /* both inclusive */
    int depth;
};

/* Is item a to stand before item b? Comparing -tf turns the counts round. */
static bool argsort_less(const struct argsort *s, uint32_t a, uint32_t b)
{
    return s->tf[a] > s->tf[b];
}

static void argsort_swap(const struct argsort *s, ptrdiff_t i, ptrdiff_t k)
{
    const uint32_t item = s->order[i];
    s->order[i] = s->order[k];
    s->order[k] = item;
}

static void argsort_order_two(const struct argsort *s, ptrdiff_t first, ptrdiff_t second)
{
    if (argsort_less(s, s->order[second], s->order[first]))
        argsort_swap(s, first, second);
}

/* Places the median of the first, the middle and the last item; returns where it stands. */
static ptrdiff_t argsort_partition(const struct argsort *s, ptrdiff_t low, ptrdiff_t high)
{
    const ptrdiff_t middle = low + ((high - low) >> 1);
    argsort_order_two(s, low, middle);
    argsort_order_two(s, middle, high);
    argsort_order_two(s, low, middle);
    const uint32_t pivot = s->order[middle];
    ptrdiff_t i = low, k = high - 1;
    argsort_swap(s, middle, k);
    for (;;) {
        do
            i++;
        while (argsort_less(s, s->order[i], pivot));
        do
            k--;
        while (argsort_less(s, pivot, s->order[k]));
        if (i >= k)
            break;
        argsort_swap(s, i, k);
    }
    argsort_swap(s, i, high - 1);
    return i;
}

static void argsort_insertion(const struct argsort *s, ptrdiff_t low, ptrdiff_t high)
{
    for (ptrdiff_t i = low + 1; i <= high; i++) {
        const uint32_t item = s->order[i];
        ptrdiff_t k = i;
        for (; k > low && argsort_less(s, item, s->order[k - 1]); k--)
            s->order[k] = s->order[k - 1];
        s->order[k] = item;
    }
}

/* Lets `item` sink from place i of a heap of n items; places count from 1. */
static void argsort_sink(const struct argsort *s, uint32_t *heap, size_t n, size_t i, uint32_t item)
{
    for (size_t child = 2 * i; child <= n; child = 2 * i) {
        if (child < n && argsort_less(s, heap[child - 1], heap[child]))
            child++;
        if (!argsort_less(s, item, heap[child - 1]))
            break;
        heap[i - 1] = heap[child - 1];
        i = child;
    }
    heap[i - 1] = item;
}

static void argsort_heap(const struct argsort *s, ptrdiff_t low, ptrdiff_t high)
{
    uint32_t *heap = s->order + low;
    size_t n = (size_t)(high - low + 1);
    for (size_t i = n / 2; i > 0; i--)
        argsort_sink(s, heap, n, i, heap[i - 1]);
    while (n > 1) {
        const uint32_t item = heap[n - 1];
        heap[n - 1] = heap[0];
        n--;
        argsort_sink(s, heap, n, 1, item);
    }
}

/* Splits until what is left is small, then sorts that; returns how many parts now wait. */
static size_t argsort_work(const struct argsort *s, struct argsort_part part,
                           struct argsort_part *waiting, size_t n_waiting)
{
    while (part.high - part.low > ARGSORT_SMALL) {
        const ptrdiff_t pivot = argsort_partition(s, part.low, part.high);
        struct argsort_part later = part;
        part.depth--;
        later.depth = part.depth;
        if (pivot - part.low < part.high - pivot) {
            later.low = pivot + 1;
            part.high = pivot - 1;
        } else {
            later.high = pivot - 1;
            part.low = pivot + 1;
        }
        waiting[n_waiting++] = later;
    }
    argsort_insertion(s, part.low, part.high);
    return n_waiting;
}

void at_numpy_argsort(uint32_t *order, const uint64_t *tf, size_t n)
{
    const struct argsort s = {order, tf};
    struct argsort_part waiting[ARGSORT_STACK];
    size_t n_waiting = 0;
    int depth = 0;
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    for (size_t left = n >> 1; left; left >>= 1)
        depth += 2;
    if (n)
        waiting[n_waiting++] = (struct argsort_part){0, (ptrdiff_t)n - 1, depth};
    while (n_waiting) {
        const struct argsort_part part = waiting[--n_waiting];
        if (part.depth < 0)
            argsort_heap(&s, part.low, part.high);
        else
            n_waiting = argsort_work(&s, part, waiting, n_waiting);
    }
}
