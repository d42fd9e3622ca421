#include "base/arena.h"

#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
enum { ARENA_GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)0)
enum { ARENA_GAP = 0 };
#endif

struct at_arena_block {
    struct at_arena_block *next;
    unsigned char *at, *end;
};

enum { BLOCK_MIN = 4 * 1024, BLOCK_MAX = 1024 * 1024 };

static unsigned char *block_data(struct at_arena_block *b)
{
    return (unsigned char *)(b + 1);
}

/* Blocks double in size, so that a small arena stays small and a large one makes few calls. */
static struct at_arena_block *arena_grow(struct at_arena *arena, size_t need)
{
    size_t cap = arena->head ? 2 * (size_t)(arena->head->end - block_data(arena->head)) : BLOCK_MIN;
    if (cap > BLOCK_MAX)
        cap = BLOCK_MAX;
    if (cap < need)
        cap = need;
    struct at_arena_block *b = at_alloc_raw(1, sizeof *b + cap);
    if (!b)
        return NULL;
    b->next = arena->head;
    b->at = block_data(b);
    b->end = b->at + cap;
    ASAN_POISON_MEMORY_REGION(b->at, cap);
    arena->head = b;
    arena->total_bytes += sizeof *b + cap;
    return b;
}

void *at_arena_alloc(struct at_arena *arena, size_t count, size_t size, size_t align)
{
    if (size && count > ((size_t)PTRDIFF_MAX / 2) / size)
        return NULL;
    const size_t need = count * size + ARENA_GAP;
    struct at_arena_block *b = arena->head;
    size_t pad = b ? (size_t)(-(uintptr_t)b->at & (align - 1)) : 0;
    if (!b || (size_t)(b->end - b->at) < pad || (size_t)(b->end - b->at) - pad < need) {
        b = arena_grow(arena, need + align);
        if (!b)
            return NULL;
        pad = (size_t)(-(uintptr_t)b->at & (align - 1));
    }
    void *p = b->at + pad;
    b->at += pad + need;
    ASAN_UNPOISON_MEMORY_REGION(p, count * size);
    return p;
}

char *at_arena_strndup(struct at_arena *arena, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? at_arena_alloc(arena, len + 1, 1, 1) : NULL;
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *at_arena_strdup(struct at_arena *arena, const char *text)
{
    return at_arena_strndup(arena, text, strlen(text));
}

static void block_free(struct at_arena *arena, struct at_arena_block *b)
{
    const size_t cap = (size_t)(b->end - block_data(b));
    (void)cap;
    arena->total_bytes -= sizeof *b + cap;
    ASAN_UNPOISON_MEMORY_REGION(block_data(b), cap);
    at_free(b);
}

void at_arena_clear(struct at_arena *arena)
{
    struct at_arena_block *keep = arena->head;
    if (!keep)
        return;
    while (keep->next) {
        struct at_arena_block *old = keep->next;
        keep->next = old->next;
        block_free(arena, old);
    }
    keep->at = block_data(keep);
    ASAN_POISON_MEMORY_REGION(keep->at, (size_t)(keep->end - keep->at));
}

void at_arena_release(struct at_arena *arena)
{
    while (arena->head) {
        struct at_arena_block *next = arena->head->next;
        block_free(arena, arena->head);
        arena->head = next;
    }
}
