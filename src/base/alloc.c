#include "base/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static _Thread_local size_t alloc_fail_at;

size_t at_alloc_fail_after(size_t n)
{
    const size_t left = alloc_fail_at;
    alloc_fail_at = n;
    return left;
}

static bool alloc_refused(size_t count, size_t size)
{
    if (size && count > (size_t)PTRDIFF_MAX / size)
        return true;
    return alloc_fail_at && --alloc_fail_at == 0;
}

void *at_alloc(size_t count, size_t size)
{
    if (alloc_refused(count, size))
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *at_alloc_raw(size_t count, size_t size)
{
    if (alloc_refused(count, size))
        return NULL;
    return malloc(count && size ? count * size : 1);
}

void *at_realloc(void *p, size_t count, size_t size)
{
    if (alloc_refused(count, size))
        return NULL;
    return realloc(p, count && size ? count * size : 1);
}

void at_free(void *p)
{
    free(p);
}

void at_alloc_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

char *at_strndup(const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? at_alloc_raw(len + 1, 1) : NULL;
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *at_strdup(const char *text)
{
    return at_strndup(text, strlen(text));
}
