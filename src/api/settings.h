#ifndef AT_API_SETTINGS_H
#define AT_API_SETTINGS_H

#include "attune/option.h"
#include "base/option.h"
#include "data/labels.h"

/* The settings of a home (docs/reference/configuration.md). One table, one struct. */
struct at_settings {
    bool ml_enabled, ml_use_transformers;
    const char *ml_model_path, *ml_models;
    double ml_min_confidence;
    int64_t ml_retrain_threshold, ml_model_max_age_days, ml_min_training_samples;
    const char *language, *api_host;
    int64_t api_port;
    const char *database_url;
    int64_t threads;
    int log_level;
    int64_t newest_messages, min_rows, min_received;
    double test_fraction;
    int64_t seed, keep_versions;
};

enum at_origin { AT_ORIGIN_DEFAULT, AT_ORIGIN_FILE, AT_ORIGIN_ENVIRONMENT, AT_ORIGIN_OPTION };
const char *at_origin_name(enum at_origin origin);

/* "models.forest.n_estimators" = "200": options of kinds and feature blocks, kept for the recipe.
 */
struct at_part_setting {
    struct attune_setting setting; /* {"forest.n_estimators", "200"} */
    enum at_origin origin;
    struct at_part_setting *next;
};

enum { AT_TARGETS_MAX = 64, AT_SETTINGS_MAX = 64 };
struct at_config {
    struct at_settings values;
    enum at_origin origins[AT_SETTINGS_MAX]; /* by row of the table */
    struct at_labels targets[AT_TARGETS_MAX];
    size_t n_targets;
    enum at_origin targets_origin;
    struct at_part_setting *parts;
    const char *file; /* that was read; NULL: none */
    struct at_arena arena;
};

extern const struct at_option_table at_settings_table;

/** Defaults, then `file` (NULL, or optional and missing: none), then the environment, then
 *  `settings`. Errors: INVALID or FORMAT, naming file, key and what is allowed. */
attune_status at_config_load(struct at_config *out, const char *file, bool file_needed,
                             const struct attune_setting *settings, size_t n_settings,
                             attune_error *err);
/** Defaults, then the text of a config.json that is named `name` in messages; no environment. */
attune_status at_config_load_text(struct at_config *out, const char *text, size_t len_bytes,
                                  const char *name, attune_error *err);
void at_config_release(struct at_config *config);
/** The labels of a target. INVALID lists the targets that there are. */
attune_status at_config_target(const struct at_config *config, const char *name,
                               const struct at_labels **out, attune_error *err);
/** The text of a new home's config.json: every setting with its default and a comment. */
attune_status at_config_template(struct at_buf *out, attune_error *err);

#endif
