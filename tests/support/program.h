/* program.h - runs the program (or any other) as a user would, and keeps what it said. */
#ifndef AT_TEST_SUPPORT_PROGRAM_H
#define AT_TEST_SUPPORT_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/json.h"

struct program {
    char path[1024]; /* of the program */
    char dir[512];   /* a folder for its output */
    /* of the last run */
    char *out, *err; /* NUL-terminated */
    int code;        /* exit code; -SIGNAL when a signal ended it */
    double seconds;
    size_t peak_rss_bytes;
    at_json *json; /* of the output, when program_json was asked */
};

/* `dir` must exist and outlive the struct. */
void program_open(struct program *p, const char *path, const char *dir);
void program_close(struct program *p);

/*
 * Starts "--home h import 'a file'": words are split at spaces, '...' keeps them together. `env`
 * holds "NAME=VALUE" texts on top of the caller's environment, NULL-terminated; it may be NULL.
 * Standard input is empty. Never fails: a program that cannot be started ends with 127.
 */
pid_t program_start(struct program *p, const char *const *env, const char *words);
/* Waits, and fills in what the run left. Gives `code`. */
int program_wait(struct program *p, pid_t pid);
/* Both, with a format. */
int program_run(struct program *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int program_run_env(struct program *p, const char *const *env, const char *words);

/* The value at "models.personality.champion" or "errors.0" of the output as JSON; NULL: none. */
const at_json *program_json(struct program *p, const char *path);
/* Whether the output or the error text of the last run has `text`. */
bool program_said(const struct program *p, const char *text);

/* cp -r; the target must not exist. */
void program_copy_tree(const char *from, const char *to);

#endif
