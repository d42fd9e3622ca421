/* jansson allocates through json_malloc, for good. While a text is read the blocks are listed;
 * where one is refused, longjmp leaves the reader, which holds nothing but blocks, and the list is
 * freed. Blocks are plain ones of at_alloc: those from before, and those of a host program, may be
 * freed here, and the other way round. */
#include "base/json/json_load.h"

#include <setjmp.h>
#include <stdlib.h>

#include "base/alloc.h"

struct json_load {
    jmp_buf starved;
    void **blocks;
    size_t n, cap;
};

static _Thread_local struct json_load *json_loading;

static bool load_add(struct json_load *load, void *p)
{
    if (load->n == load->cap) {
        const size_t cap = load->cap ? 2 * load->cap : 64;
        void **grown = at_realloc(load->blocks, cap, sizeof *grown);
        if (!grown)
            return false;
        load->blocks = grown;
        load->cap = cap;
    }
    load->blocks[load->n++] = p;
    return true;
}

/* The newest blocks go first. */
static void load_remove(struct json_load *load, const void *p)
{
    for (size_t i = load->n; i-- > 0;)
        if (load->blocks[i] == p) {
            load->blocks[i] = load->blocks[--load->n];
            return;
        }
}

static void *json_malloc(size_t size)
{
    struct json_load *load = json_loading;
    void *p = at_alloc_raw(size, 1);
    if (!load || (p && load_add(load, p)))
        return p;
    at_free(p);
    longjmp(load->starved, 1);
}

static void json_free(void *p)
{
    if (json_loading && p)
        load_remove(json_loading, p);
    at_free(p);
}

/* A host program that brought functions of its own keeps them. */
static void load_use_our_memory(void)
{
    json_malloc_t allocate;
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    if (allocate == malloc)
        json_set_alloc_funcs(json_malloc, json_free);
}

static json_t *load_text(struct json_load *load, const char *text, size_t len, json_error_t *e)
{
    if (setjmp(load->starved)) {
        for (size_t i = 0; i < load->n; i++)
            at_free(load->blocks[i]);
        return NULL;
    }
    return json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, e);
}

json_t *at_json_load(const char *text, size_t len, json_error_t *e, bool *out_starved)
{
    struct json_load load = {.n = 0};
    *e = (json_error_t){0};
    load_use_our_memory();
    json_loading = &load;
    json_t *v = load_text(&load, text, len, e);
    json_loading = NULL;
    /* after longjmp jansson never came to say why */
    *out_starved = !v && (!e->text[0] || json_error_code(e) == json_error_out_of_memory);
    at_free(load.blocks);
    return v;
}
