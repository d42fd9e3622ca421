/* kind.h - what a model kind is: one way to turn rows of numbers into class probabilities.
 *
 * The kinds that ship with attune (majority, forest, ...) and kinds of your own are the same thing:
 * a const struct attune_model_kind. A built-in kind is one folder under src/model; a kind of your
 * own is handed to attune_pipeline_fit and attune_pipeline_open by pointer (see pipeline.h and
 * examples/own_kind.c). */
#ifndef ATTUNE_KIND_H
#define ATTUNE_KIND_H

#include <stddef.h>
#include <stdint.h>

#include "attune/export.h"
#include "attune/job.h"
#include "attune/option.h"
#include "attune/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum attune_rows_kind {
    ATTUNE_ROWS_SPARSE = 1, /* CSR: start, col (ascending within a row), value */
    ATTUNE_ROWS_DENSE = 2,  /* value[n_rows * n_cols], row after row; start and col are NULL */
    ATTUNE_ROWS_TOKENS = 4  /* start and col, where col holds token ids < n_cols; value is NULL */
} attune_rows_kind;

/* A borrowed, immutable view of n_rows rows. */
struct attune_rows {
    attune_rows_kind kind;
    size_t n_rows, n_cols;
    const uint64_t *start; /* u64[n_rows + 1], start[0] == 0 */
    const uint32_t *col;   /* u32[start[n_rows]] */
    const float *value;    /* f32[start[n_rows]] or f32[n_rows * n_cols]; finite */
};

/* Threads lent to a fit. attune_parallel_for calls task(context, i, worker) once for each i in
 * 0..n_tasks-1, from several threads; 0 <= worker < attune_pool_threads(pool). A NULL pool is one
 * thread, the caller's. */
typedef struct attune_pool attune_pool;
ATTUNE_API size_t attune_pool_threads(const attune_pool *pool);
ATTUNE_API void attune_parallel_for(attune_pool *pool, size_t n_tasks,
                                    void (*task)(void *context, size_t i, size_t worker),
                                    void *context);

/* A model file is a list of named sections (see docs/reference/model-file.md). A kind writes and
 * reads sections of its own; names are its own business and need no prefix. Data is copied by put;
 * what get lends is read-only, 64-byte aligned, and lives as long as the model. */
typedef struct attune_writer attune_writer;
typedef struct attune_reader attune_reader;
ATTUNE_API attune_status attune_writer_put(attune_writer *writer, const char *name,
                                           const void *data, size_t size_bytes, attune_error *err);
/* Errors: CORRUPT when the section is missing, or its size is not a multiple of item_bytes. */
ATTUNE_API attune_status attune_reader_get(const attune_reader *reader, const char *name,
                                           size_t item_bytes, const void **out_data,
                                           size_t *out_items, attune_error *err);

struct attune_fit {
    const struct attune_rows *rows;
    const uint32_t *y;   /* u32[n_rows], class index < n_classes */
    const float *weight; /* f32[n_rows] > 0, or NULL: all 1 */
    size_t n_classes;    /* >= 2; a class may be absent from y */
    uint64_t seed;
    attune_pool *pool;     /* or NULL */
    const attune_job *job; /* or NULL; polled often enough to stop within a second */
};

/* First member of every model. */
struct attune_model {
    const struct attune_model_kind *kind;
    size_t n_features, n_classes;
};

enum { ATTUNE_MODEL_KIND_VERSION = 2 };

struct attune_model_kind {
    int version;         /* ATTUNE_MODEL_KIND_VERSION */
    const char *name;    /* stable: written into model files */
    const char *summary; /* one line for people */
    unsigned rows;       /* attune_rows_kind values that it accepts, or-ed */
    const struct attune_option *options;
    size_t n_options, options_size; /* options_size: bytes of the struct that holds the values */

    /* Trains a model; *out is the caller's, NULL on failure. `options` is a filled struct of
     * options_size bytes. The same input and seed give the same model, whatever the number of
     * threads. Errors: INVALID, NO_MEMORY, CANCELLED. */
    attune_status (*fit)(struct attune_model **out, const struct attune_fit *in,
                         const void *options, attune_error *err);
    /* Bytes of scratch memory that predict needs; the caller provides them, 64-byte aligned. */
    size_t (*scratch_bytes)(const struct attune_model *model);
    /* proba f64[n_rows * n_classes], each row >= 0 and summing to 1. Allocates nothing; the model
     * is shared by any number of threads, each with its own scratch. */
    attune_status (*predict)(const struct attune_model *model, const struct attune_rows *rows,
                             double *proba, void *scratch, attune_error *err);
    attune_status (*save)(const struct attune_model *model, attune_writer *writer,
                          attune_error *err);
    /* Checks everything that predict relies on; may keep what attune_reader_get lends.
     * Errors: CORRUPT, TOO_NEW, NO_MEMORY. */
    attune_status (*load)(struct attune_model **out, const attune_reader *reader,
                          attune_error *err);
    void (*destroy)(struct attune_model *model); /* takes NULL */

    /* Optional, NULL: this kind cannot tell. What each column adds to the score of `class_index`
     * for one row: contribution f64[n_features], and *base, the score that no column explains;
     * their sum is the score, which is the logit of a linear model and the probability of a forest.
     * Columns that are zero in the row may contribute too. May allocate. Errors: NO_MEMORY. */
    attune_status (*explain)(const struct attune_model *model, const struct attune_rows *row,
                             uint32_t class_index, double *contribution, double *base,
                             attune_error *err);
    /* The feature blocks that it eats unless told otherwise ("ngram,behaviour"); NULL: "tfidf". */
    const char *features;
};

/* The built-in kinds, in alphabetical order; NULL past the end, or for a name that is none. */
ATTUNE_API const struct attune_model_kind *attune_model_kind_at(size_t index);
ATTUNE_API const struct attune_model_kind *attune_model_kind_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
