/* option.h - options described as data.
 *
 * One table describes the options of a model kind, a feature block, a command or the settings file.
 * Flags, config.json, --help, the man pages and the reference are all made from these tables. The
 * values live in a plain struct; `offset` says where. */
#ifndef ATTUNE_OPTION_H
#define ATTUNE_OPTION_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum attune_option_type {
    ATTUNE_OPTION_BOOL, /* bool;         true|false|yes|no|on|off|1|0; as a flag it takes no value,
                           --no-NAME clears it */
    ATTUNE_OPTION_INT,  /* int64_t */
    ATTUNE_OPTION_REAL, /* double, finite */
    ATTUNE_OPTION_TEXT, /* const char *, UTF-8; NULL where there is no default */
    ATTUNE_OPTION_CHOICE,  /* int: index into `choices` */
    ATTUNE_OPTION_DURATION /* int64_t milliseconds; "90s", "5m", "1h", "2d", "1500ms" */
} attune_option_type;

struct attune_option {
    const char *name; /* "max_features"; a flag is spelled --max-features */
    attune_option_type type;
    const char *fallback;       /* the default as text; NULL: none (TEXT only) */
    double min, max;            /* allowed range of INT, REAL, DURATION; both 0: no limit */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *env;            /* environment variable, or NULL */
    const char *arg;            /* what --help shows for the value: "N", "FILE"; NULL: by type */
    const char *help;           /* one sentence, lower case, no full stop */
    size_t offset;              /* of the value in the options struct */
};

/* One option given by name and text, as a caller of the C API passes it. */
struct attune_setting {
    const char *name;
    const char *value;
};

#ifdef __cplusplus
}
#endif
#endif
