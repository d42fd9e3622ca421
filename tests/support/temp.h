/* temp.h - a folder of its own for a test, and files in it. */
#ifndef AT_TEST_SUPPORT_TEMP_H
#define AT_TEST_SUPPORT_TEMP_H

#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "support/test.h"

struct temp {
    char dir[256], path[512];
};

static inline void temp_open(struct temp *t)
{
    const char *base = getenv("TMPDIR");
    snprintf(t->dir, sizeof t->dir, "%s/attune-test-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(t->dir));
}

static inline void temp_close(struct temp *t)
{
    attune_error err;
    assert_ok(at_fs_remove_tree(t->dir, &err));
}

/* dir/name, valid until the next call. */
static inline const char *temp_path(struct temp *t, const char *name)
{
    snprintf(t->path, sizeof t->path, "%s/%s", t->dir, name);
    return t->path;
}

#endif
