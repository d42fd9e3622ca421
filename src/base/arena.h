#ifndef AT_BASE_ARENA_H
#define AT_BASE_ARENA_H

#include <stddef.h>

/*
 * Memory that is freed all at once. A zeroed struct is an empty arena: `struct at_arena a = {0};`.
 * Blocks are separated by poisoned gaps under AddressSanitizer. Not for threads to share.
 */
struct at_arena_block;
struct at_arena {
    struct at_arena_block *head;
    size_t total_bytes; /* taken from the heap so far */
};

/** Not zeroed; NULL on overflow or no memory. `align` is a power of two, at most 64. */
void *at_arena_alloc(struct at_arena *arena, size_t count, size_t size, size_t align);
/** Copies len bytes and adds a NUL; NULL on no memory. */
char *at_arena_strndup(struct at_arena *arena, const char *text, size_t len_bytes);
char *at_arena_strdup(struct at_arena *arena, const char *text);
/** Frees everything but the newest block, which is kept for reuse. */
void at_arena_clear(struct at_arena *arena);
void at_arena_release(struct at_arena *arena);

#define AT_NEW(arena, type, count)                                                                 \
    ((type *)at_arena_alloc((arena), (count), sizeof(type), _Alignof(type)))

#endif
