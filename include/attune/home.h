/* home.h - an installation: one folder with its settings, its store and its models.
 *
 * Functions that answer with a report give it as one JSON document (the same that the program
 * prints with --output json, see docs/reference/json.md); release it with attune_free. */
#ifndef ATTUNE_HOME_H
#define ATTUNE_HOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attune/export.h"
#include "attune/job.h"
#include "attune/option.h"
#include "attune/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Releases what a function of attune gave as char *; takes NULL. */
ATTUNE_API void attune_free(char *text);

typedef struct attune_home attune_home;

struct attune_home_options {
    const char *folder;      /* NULL: ATTUNE_HOME, else ./attune-data */
    const char *config_file; /* NULL: config.json in the folder, which may be missing */
    const struct attune_setting
        *settings; /* over environment and file: {"ml.min_confidence", "0.7"} */
    size_t n_settings;
};

/* Makes a home: folders, commented config.json, store. CONFLICT when there is one already; nothing
 * is ever overwritten. `options` may be NULL. *out_folder (may be NULL) is the folder's name. */
ATTUNE_API attune_status attune_home_init(const struct attune_home_options *options,
                                          char **out_folder, attune_error *err);
/* Opens a home; a missing one is NOT_FOUND and the message says `attune init`. The settings are
 * checked whole: an unknown key or a value out of range is INVALID and names file, key and what is
 * allowed. A home belongs to one thread at a time. */
ATTUNE_API attune_status attune_home_open(attune_home **out,
                                          const struct attune_home_options *options,
                                          attune_error *err);
ATTUNE_API void attune_home_close(attune_home *home); /* takes NULL */
ATTUNE_API const char *attune_home_folder(const attune_home *home);

/* Every setting with its value, its origin (default, file, environment, option), its range and its
 * help. `home` may be NULL: the defaults. */
ATTUNE_API attune_status attune_config_show(const attune_home *home, char **out_json,
                                            attune_error *err);
/* The table of the settings, for help and manuals; 0 rows past the end is NULL. */
ATTUNE_API const struct attune_option *attune_setting_at(size_t index);

/* Models, versions, counts, last training, database, features built in. */
ATTUNE_API attune_status attune_home_status(attune_home *home, char **out_json, attune_error *err);
/* Checks of the installation: settings, store integrity, models against their manifests, disk
 * space, locks, leftovers of interrupted runs. {"ok": true, "checks": [{"name", "ok", "detail",
 * "advice"}]} */
ATTUNE_API attune_status attune_home_doctor(attune_home *home, char **out_json, attune_error *err);

#ifdef __cplusplus
}
#endif
#endif
