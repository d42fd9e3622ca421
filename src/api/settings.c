/* One row per setting: name in config.json (with dots for the nesting), environment variable, default,
 * range, help. Flags, `config show`, the commented template and the reference are made from it. */
#include "api/settings.h"

#include <stddef.h>

#include "attune/home.h"

static const char *const settings_log_levels[] = {"debug", "info", "warning", "error", NULL};

#define AT(member) offsetof(struct at_settings, member)
static const struct attune_option settings_rows[] = {
    {.name = "ml.enabled", .type = ATTUNE_OPTION_BOOL, .fallback = "true",
     .env = "CHATTING_USE_ML", .offset = AT(ml_enabled),
     .help = "whether models answer at all; when false, predict refuses"},
    {.name = "ml.use_transformers", .type = ATTUNE_OPTION_BOOL, .fallback = "true",
     .env = "CHATTING_USE_TRANSFORMERS", .offset = AT(ml_use_transformers),
     .help = "use transformer models where a base model is present (none is built in yet)"},
    {.name = "ml.model_path", .type = ATTUNE_OPTION_TEXT, .env = "CHATTING_ML_MODEL_PATH",
     .arg = "PATH", .offset = AT(ml_model_path),
     .help = "folder or hub name of the base model for transformers"},
    {.name = "ml.models", .type = ATTUNE_OPTION_TEXT, .fallback = "forest", .arg = "KINDS",
     .offset = AT(ml_models),
     .help = "kinds that train tries: all, classical, or names separated by commas"},
    {.name = "ml.min_confidence", .type = ATTUNE_OPTION_REAL, .fallback = "0.6", .min = 0, .max = 1,
     .env = "CHATTING_ML_MIN_CONFIDENCE", .offset = AT(ml_min_confidence),
     .help = "below this confidence an answer abstains"},
    {.name = "ml.retrain_threshold", .type = ATTUNE_OPTION_INT, .fallback = "50", .min = 1,
     .max = 1e9, .env = "CHATTING_ML_RETRAIN_THRESHOLD", .offset = AT(ml_retrain_threshold),
     .help = "operator corrections since the last training that make a new training worth while"},
    {.name = "ml.model_max_age_days", .type = ATTUNE_OPTION_INT, .fallback = "7", .min = 0,
     .max = 36500, .env = "CHATTING_ML_MODEL_MAX_AGE_DAYS", .offset = AT(ml_model_max_age_days),
     .help = "age at which a champion is trained anew"},
    {.name = "ml.min_training_samples", .type = ATTUNE_OPTION_INT, .fallback = "50", .min = 4,
     .max = 1e9, .env = "CHATTING_ML_MIN_TRAINING_SAMPLES", .offset = AT(ml_min_training_samples),
     .help = "labelled fans that a target needs before it is trained"},
    {.name = "language", .type = ATTUNE_OPTION_TEXT, .fallback = "auto", .env = "CHATTING_LANGUAGE",
     .arg = "TAG", .offset = AT(language), .help = "language of the conversations: auto, en, fr"},
    {.name = "api.host", .type = ATTUNE_OPTION_TEXT, .fallback = "127.0.0.1",
     .env = "CHATTING_API_HOST", .arg = "HOST", .offset = AT(api_host),
     .help = "address of the HTTP API (which comes with a later version)"},
    {.name = "api.port", .type = ATTUNE_OPTION_INT, .fallback = "8001", .min = 1, .max = 65535,
     .env = "CHATTING_API_PORT", .offset = AT(api_port),
     .help = "port of the HTTP API (which comes with a later version)"},
    {.name = "database.url", .type = ATTUNE_OPTION_TEXT, .env = "DATABASE_URL", .arg = "URL",
     .offset = AT(database_url), .help = "store; not set: the file attune.db in the home"},
    {.name = "threads", .type = ATTUNE_OPTION_INT, .fallback = "0", .min = 0, .max = 1024,
     .env = "ATTUNE_THREADS", .offset = AT(threads), .help = "threads; 0: one per processor"},
    {.name = "log.level", .type = ATTUNE_OPTION_CHOICE, .fallback = "info",
     .choices = settings_log_levels, .env = "ATTUNE_LOG", .offset = AT(log_level),
     .help = "least important message that training logs keep"},
    {.name = "data.newest_messages", .type = ATTUNE_OPTION_INT, .fallback = "50", .min = 1,
     .max = 1e6, .offset = AT(newest_messages), .help = "newest messages of a fan that count"},
    {.name = "data.min_rows", .type = ATTUNE_OPTION_INT, .fallback = "3", .min = 1, .max = 1e6,
     .offset = AT(min_rows), .help = "conversation rows a fan needs to be used for training"},
    {.name = "data.min_received", .type = ATTUNE_OPTION_INT, .fallback = "2", .min = 1, .max = 1e6,
     .offset = AT(min_received), .help = "messages received from a fan that training needs"},
    {.name = "train.test_fraction", .type = ATTUNE_OPTION_REAL, .fallback = "0.2", .min = 0.05,
     .max = 0.5, .offset = AT(test_fraction), .help = "share of the fans held out for the score"},
    {.name = "train.seed", .type = ATTUNE_OPTION_INT, .fallback = "42", .min = 0,
     .max = 4294967295.0, .offset = AT(seed), .help = "seed of splits and models"},
    {.name = "registry.keep_versions", .type = ATTUNE_OPTION_INT, .fallback = "10", .min = 1,
     .max = 1e6, .offset = AT(keep_versions),
     .help = "versions kept per target; one with an alias is never deleted"},
};
#undef AT
enum { SETTINGS_ROWS = sizeof settings_rows / sizeof *settings_rows };
_Static_assert((int)SETTINGS_ROWS <= (int)AT_SETTINGS_MAX, "room for the origins");

const struct at_option_table at_settings_table = {settings_rows, SETTINGS_ROWS};

const struct attune_option *attune_setting_at(size_t index)
{
    return index < SETTINGS_ROWS ? &settings_rows[index] : NULL;
}

const char *at_origin_name(enum at_origin origin)
{
    static const char *const names[] = {"default", "file", "environment", "option"};
    return names[origin];
}
