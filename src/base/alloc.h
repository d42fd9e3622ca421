#ifndef AT_BASE_ALLOC_H
#define AT_BASE_ALLOC_H

#include <stddef.h>

/*
 * The one door to the heap. Sizes are given as count and size, and their product is checked; memory
 * is returned by at_free, which takes NULL. All functions return NULL on overflow or no memory.
 */
void *at_alloc(size_t count, size_t size); /* zeroed */
void *at_alloc_raw(size_t count,
                   size_t size); /* not zeroed: for large arrays that are filled next */
void *at_realloc(void *p, size_t count, size_t size); /* p stays valid on failure */
void at_free(void *p);
void at_alloc_give_back(void); /* what was freed, to the system, where the C library can do it */
char *at_strdup(const char *text);
char *at_strndup(const char *text, size_t len_bytes); /* copies exactly len bytes, adds a NUL */

/* Test hook, per thread: the n-th next allocation fails (1 = the next one), once; 0 turns it off.
 * Gives what was left of the n before: 0 when that one has failed. */
size_t at_alloc_fail_after(size_t n);

#define AT_ALLOC(type, count)     ((type *)at_alloc((count), sizeof(type)))
#define AT_ALLOC_RAW(type, count) ((type *)at_alloc_raw((count), sizeof(type)))

#endif
