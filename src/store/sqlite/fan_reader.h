#ifndef AT_STORE_SQLITE_FAN_READER_H
#define AT_STORE_SQLITE_FAN_READER_H

#include "store/sqlite/sqlite_store.h"

/*
 * Reads fans in ascending order, each with its messages and current labels, by one pass over each
 * table side by side. A cursor that is far from where it should be seeks instead of stepping.
 */
struct at_fan_cursor {
    sqlite3_stmt *stmt; /* rows from key ?1 on */
    int64_t key;        /* of the present row */
    bool started, has_row;
};

struct at_fan_label { /* the current label of a target, while more are coming */
    struct at_label is;
    int64_t at_ms;
    enum at_label_source source;
};

struct at_fan_reader {
    struct at_sqlite *s;
    struct at_fan_cursor message, label;
    struct at_message *messages;
    struct at_fan_label *current;
    struct at_label *labels;
    size_t cap_messages, cap_current, cap_labels;
};

struct at_fan_row { /* a row of the table `fan` */
    int64_t id, first_seen_ms, n_rows;
    bool unordered;
    struct at_str fan_id, language;
    enum at_split split;
};

#define AT_FAN_COLUMNS "id, fan_id, language, first_seen_ms, n_rows, unordered, split"

attune_status at_fan_reader_init(struct at_fan_reader *r, struct at_sqlite *s, attune_error *err);
void at_fan_reader_release(struct at_fan_reader *r);

/** The row that a statement with AT_FAN_COLUMNS stands on, its texts copied into `arena`. */
attune_status at_fan_row_read(struct at_sqlite *s, sqlite3_stmt *stmt, struct at_fan_row *out,
                              struct at_arena *arena, attune_error *err);
/** Current labels into `profile`; the array lives until the next fan, the texts as long as `arena`.
 */
attune_status at_fan_read_labels(struct at_fan_reader *r, int64_t fan, struct at_profile *profile,
                                 struct at_arena *arena, attune_error *err);
/**
 * The newest messages (0: all) in the order of the conversation: by time where times are known, one
 * without a time after the one that came before it. Life times as above.
 * Errors   CORRUPT  another number of messages than the fan's row says, or a text is not UTF-8
 */
attune_status at_fan_read_messages(struct at_fan_reader *r, const struct at_fan_row *fan,
                                   size_t newest, struct at_profile *profile,
                                   struct at_arena *arena, attune_error *err);

#endif
