#ifndef AT_BASE_STREAM_UNPACK_H
#define AT_BASE_STREAM_UNPACK_H

#include "base/stream/source.h"

/* One way in which a file can be packed. `matches` looks at the first bytes; `open` is NULL where
 * this build lacks the library. */
struct at_unpack {
    const char *name;
    bool (*matches)(const unsigned char *head, size_t len);
    attune_status (*open)(void **out_state, attune_error *err);
    /* 0 bytes only at the end. Errors: CORRUPT, and what the source reports. */
    attune_status (*read)(void *state, struct at_source *source, void *data, size_t cap,
                          size_t *out_len, attune_error *err);
    void (*close)(void *state);
};

extern const struct at_unpack at_unpack_gzip, at_unpack_zstd;

#endif
