#ifndef AT_STORE_STORE_H
#define AT_STORE_STORE_H

#include "attune/job.h"
#include "base/arena.h"
#include "data/profile.h"

/*
 * Data at rest: fans, messages, labels with their source and time, versions, aliases, runs, audit
 * log. A kind is a folder here that defines `const struct at_store_kind at_store_kind_<folder>`.
 * One writer at a time; readers are never blocked. A store belongs to one thread at a time; open
 * one per thread. Text that comes back is copied into the arena that the caller gives; what a
 * visitor gets is valid during the call. A visitor may read the store that calls it, and must not
 * write to it.
 */

enum at_label_source { AT_LABEL_IMPORTED = 0, AT_LABEL_OPERATOR, AT_LABEL_MODEL };
const char *at_label_source_name(enum at_label_source source); /* "imported", "operator", "model" */

struct at_store_label {
    struct at_str fan_id, target, label;
    enum at_label_source source;
    int64_t at_ms;
    struct at_str by; /* who: an operator's name, a file's name, "personality v3" */
};

struct at_store_version {
    struct at_str target;
    int64_t version; /* 1, 2, 3, ... per target; 0 asks version_add for the next */
    struct at_str kind;
    struct at_str folder;  /* below the home's models folder: "personality/v0003" */
    struct at_str sha256;  /* of the manifest, hex */
    struct at_str metrics; /* JSON text */
    int64_t created_ms;
    int64_t size_bytes;
    int64_t seed;
    int64_t run; /* the run that made it, 0: none */
};

struct at_store_run {
    int64_t id;
    struct at_str kind;              /* "train", "import", ... */
    struct at_str status;            /* "running", "done", "failed", "interrupted" */
    int64_t started_ms, finished_ms; /* finished: AT_TIME_NONE while running */
    struct at_str detail;            /* JSON text */
};

struct at_store_audit {
    int64_t id, at_ms;
    struct at_str who, action, target, detail; /* action: "promote", "rollback", "delete", ... */
};

struct at_store_counts {
    int64_t n_fans, n_messages, n_received, n_labels, n_versions;
};

/* What an import of one profile changed. */
struct at_store_change {
    bool new_fan;
    size_t new_messages, new_labels, changed_labels;
};

/* Which fans a scan gives, in ascending order of their first import. */
struct at_store_scan {
    struct at_str target; /* only fans with a label of this target; empty: all */
    size_t
        newest_messages; /* at most this many of each fan, the newest; 0: all. Order stays that of
                            the conversation: by time; without one, after what came before it */
    size_t min_rows;     /* conversation rows (messages of either side) that a fan must have */
    size_t min_received; /* messages from the fan that a fan must have */
    bool with_labels;    /* the current label of every target: operator over imported; model labels
                            are never given as truth; within a source the newest */
};

/* Called once a fan. `profile` and `first_seen_ms` are valid during the call. Not OK stops the
 * scan. */
typedef attune_status (*at_store_visit)(void *context, const struct at_profile *profile,
                                        int64_t first_seen_ms, attune_error *err);
/* Called once a row of anything else that is listed. */
typedef attune_status (*at_store_visit_label)(void *context, const struct at_store_label *label,
                                              attune_error *err);
typedef attune_status (*at_store_visit_version)(void *context, const struct at_store_version *v,
                                                attune_error *err);
typedef attune_status (*at_store_visit_alias)(void *context, struct at_str target,
                                              struct at_str alias, int64_t version,
                                              attune_error *err);
typedef attune_status (*at_store_visit_run)(void *context, const struct at_store_run *run,
                                            attune_error *err);
typedef attune_status (*at_store_visit_audit)(void *context, const struct at_store_audit *entry,
                                              attune_error *err);
/* One fan of a version's split. */
typedef attune_status (*at_store_visit_member)(void *context, struct at_str fan_id,
                                               enum at_split role, attune_error *err);

struct at_store { /* first member of every open store */
    const struct at_store_kind *kind;
};

enum at_store_mode { AT_STORE_READ, AT_STORE_WRITE };
enum { AT_STORE_KIND_VERSION = 1 };

struct at_store_kind {
    int version;
    const char *name, *summary;

    /* Opens `url` (for sqlite: a file name). WRITE creates it where missing and brings an older
     * schema up to date after a snapshot beside the file ("attune.db.before-schema-2"). Errors:
     * NOT_FOUND (READ and no file), CORRUPT (damaged or not a store), TOO_NEW (a newer schema: what
     * to do), IO, BUSY. READ of an older schema says to run any writing command once. */
    attune_status (*open)(struct at_store **out, const char *url, enum at_store_mode mode,
                          attune_error *err);
    void (*close)(struct at_store *store);
    /* Structure and integrity; CORRUPT with the first finding. */
    attune_status (*verify)(struct at_store *store, attune_error *err);
    attune_status (*schema)(struct at_store *store, int64_t *out_schema, attune_error *err);
    /* A consistent copy of the whole store in a new file, while others work. */
    attune_status (*snapshot)(struct at_store *store, const char *path, attune_error *err);

    /* Writes happen inside begin .. commit; rollback forgets them. Not nested. BUSY when another
     * writer stays longer than 5 s. What commit has acknowledged survives a power cut; 20 000 to
     * 100 000 messages a commit make an import fast. After a write that failed half-way (a full
     * disk, no memory) every other one, and commit, give CONFLICT until rollback; a refusal
     * (INVALID, NOT_FOUND, CONFLICT, LIMIT) has changed nothing and the transaction goes on. */
    attune_status (*begin)(struct at_store *store, attune_error *err);
    attune_status (*commit)(struct at_store *store, attune_error *err);
    void (*rollback)(struct at_store *store);

    /* Adds what is new of a profile: the fan, messages (one that the fan already has with the same
     * sender, time and text is the same message: of k equal ones in the profile only what exceeds
     * the stored number is added), imported labels. Idempotent. A language replaces the one that is
     * there, unless it is a guess (language_guessed): that fills in where there is none. INVALID
     * without fan_id; LIMIT: 2^24 messages a fan, 1000 labels a profile. `out` may be NULL. */
    attune_status (*profile_add)(struct at_store *store, const struct at_profile *profile,
                                 const char *by, int64_t now_ms, struct at_store_change *out,
                                 attune_error *err);
    attune_status (*label_add)(struct at_store *store, const struct at_store_label *label,
                               attune_error *err); /* NOT_FOUND: no such fan */
    /* One fan with all messages and labels; NOT_FOUND. */
    attune_status (*profile_get)(struct at_store *store, struct at_str fan_id,
                                 size_t newest_messages, struct at_profile *out,
                                 struct at_arena *arena, attune_error *err);
    attune_status (*scan)(struct at_store *store, const struct at_store_scan *what,
                          at_store_visit visit, void *context, attune_error *err);
    attune_status (*labels)(struct at_store *store, struct at_str fan_id /* empty: all */,
                            at_store_visit_label visit, void *context, attune_error *err);
    attune_status (*counts)(struct at_store *store, struct at_store_counts *out, attune_error *err);

    /* Versions are rows that never change; the next number of a target is one more than the highest
     * ever given, also after deletions. Members: the version's split, fan by fan. */
    attune_status (*version_next)(struct at_store *store, struct at_str target, int64_t *out,
                                  attune_error *err);
    attune_status (*version_add)(struct at_store *store, const struct at_store_version *version,
                                 attune_error *err);
    attune_status (*version_member)(struct at_store *store, struct at_str target, int64_t version,
                                    struct at_str fan_id, enum at_split role, attune_error *err);
    attune_status (*version_members)(struct at_store *store, struct at_str target, int64_t version,
                                     at_store_visit_member visit, void *context, attune_error *err);
    attune_status (*version_get)(struct at_store *store, struct at_str target, int64_t version,
                                 struct at_store_version *out, struct at_arena *arena,
                                 attune_error *err); /* NOT_FOUND */
    attune_status (*versions)(struct at_store *store, struct at_str target /* empty: all */,
                              at_store_visit_version visit, void *context, attune_error *err);
    attune_status (*version_delete)(struct at_store *store, struct at_str target, int64_t version,
                                    attune_error *err); /* CONFLICT while an alias points at it */

    /* Aliases; version 0 removes one. alias_get gives 0 where there is none. Every change is kept
     * in the alias history. */
    attune_status (*alias_set)(struct at_store *store, struct at_str target, struct at_str alias,
                               int64_t version, int64_t now_ms, attune_error *err);
    attune_status (*alias_get)(struct at_store *store, struct at_str target, struct at_str alias,
                               int64_t *out_version, attune_error *err);
    attune_status (*aliases)(struct at_store *store, struct at_str target /* empty: all */,
                             at_store_visit_alias visit, void *context, attune_error *err);

    attune_status (*run_add)(struct at_store *store, const struct at_store_run *run,
                             int64_t *out_id, attune_error *err);
    attune_status (*run_finish)(struct at_store *store, int64_t id, struct at_str status,
                                int64_t finished_ms, struct at_str detail, attune_error *err);
    attune_status (*runs)(struct at_store *store, size_t newest, at_store_visit_run visit,
                          void *context, attune_error *err); /* newest first; 0: all */
    attune_status (*audit_add)(struct at_store *store, const struct at_store_audit *entry,
                               attune_error *err);
    attune_status (*audit)(struct at_store *store, size_t newest, at_store_visit_audit visit,
                           void *context, attune_error *err);
};
extern const struct at_store_kind *const at_store_kind_table[];
/** The kind that an URL or file name belongs to: "postgresql://..." or anything else: sqlite.
 *  UNSUPPORTED names what this build has. */
attune_status at_store_kind_for(const struct at_store_kind **out, const char *url,
                                attune_error *err);

#endif
