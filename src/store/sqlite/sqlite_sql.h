#ifndef AT_STORE_SQLITE_SQL_H
#define AT_STORE_SQLITE_SQL_H

/*
 * The statements that are prepared once a connection. Statements whose rows are handed to a
 * callback are prepared where they run, because the callback may use the store too.
 */
#define AT_SQL_MAP(X)                                                                              \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(FAN_ADD,                                                                                     \
      "INSERT INTO fan (fan_id, language, first_seen_ms, updated_ms, n_rows, n_received, last_ms," \
      " unordered, split) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)"                             \
      " ON CONFLICT (fan_id) DO NOTHING")                                                          \
    X(FAN_FIND, "SELECT id FROM fan WHERE fan_id = ?1")                                            \
    X(FAN_GET, "SELECT id, language, n_rows, n_received, last_ms, unordered, split FROM fan"       \
               " WHERE fan_id = ?1")                                                               \
    X(FAN_CHANGE,                                                                                  \
      "UPDATE fan SET language = iif(?2 = '', language, ?2), updated_ms = ?3, n_rows = ?4,"        \
      " n_received = ?5, last_ms = ?6, unordered = ?7, split = iif(?8 = 0, split, ?8)"             \
      " WHERE id = ?1")                                                                            \
    X(FAN_TOUCH, "UPDATE fan SET updated_ms = max(updated_ms, ?2) WHERE id = ?1")                  \
    X(MESSAGE_ADD, "INSERT INTO message (id, sender, at_ms, text) VALUES (?1, ?2, ?3, ?4)")        \
    X(MESSAGES_BACK,                                                                               \
      "SELECT sender, at_ms, text FROM message WHERE id >= ?1 AND id < ?2 ORDER BY id DESC")       \
    X(LABEL_ADD, "INSERT INTO label (id, target, label, source, at_ms, by_whom)"                   \
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6)")                                               \
    X(LABEL_LAST, "SELECT id FROM label WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1")      \
    X(LABEL_IMPORTED,                                                                              \
      "SELECT label FROM label WHERE id >= ?1 AND id < ?2 AND target = ?3 AND source = 0"          \
      " ORDER BY at_ms DESC, id DESC LIMIT 1")                                                     \
    X(VERSION_HIGH, "SELECT version FROM version_high WHERE target = ?1")                          \
    X(VERSION_HIGH_SET, "INSERT INTO version_high (target, version) VALUES (?1, ?2)"               \
                        " ON CONFLICT (target) DO UPDATE SET version = excluded.version")          \
    X(VERSION_ADD,                                                                                 \
      "INSERT INTO version (target, version, kind, folder, sha256, metrics, created_ms,"           \
      " size_bytes, seed, run) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")                  \
    X(VERSION_ID, "SELECT id FROM version WHERE target = ?1 AND version = ?2")                     \
    X(VERSION_DELETE, "DELETE FROM version WHERE id = ?1")                                         \
    X(MEMBER_ADD, "INSERT INTO version_member (version, fan, role) VALUES (?1, ?2, ?3)"            \
                  " ON CONFLICT (version, fan) DO UPDATE SET role = excluded.role")                \
    X(ALIAS_GET, "SELECT version FROM alias WHERE target = ?1 AND alias = ?2")                     \
    X(ALIAS_OF, "SELECT alias FROM alias WHERE target = ?1 AND version = ?2 LIMIT 1")              \
    X(ALIAS_SET, "INSERT INTO alias (target, alias, version, at_ms) VALUES (?1, ?2, ?3, ?4)"       \
                 " ON CONFLICT (target, alias) DO UPDATE SET version = excluded.version,"          \
                 " at_ms = excluded.at_ms")                                                        \
    X(ALIAS_REMOVE, "DELETE FROM alias WHERE target = ?1 AND alias = ?2")                          \
    X(ALIAS_REMEMBER,                                                                              \
      "INSERT INTO alias_history (target, alias, version, at_ms) VALUES (?1, ?2, ?3, ?4)")         \
    X(RUN_ADD, "INSERT INTO run (kind, status, started_ms, finished_ms, detail)"                   \
               " VALUES (?1, ?2, ?3, ?4, ?5)")                                                     \
    X(RUN_FINISH, "UPDATE run SET status = ?2, finished_ms = ?3, detail = ?4 WHERE id = ?1")       \
    X(AUDIT_ADD,                                                                                   \
      "INSERT INTO audit (at_ms, who, action, target, detail) VALUES (?1, ?2, ?3, ?4, ?5)")

enum at_sql {
#define X(name, sql) AT_SQL_##name,
    AT_SQL_MAP(X)
#undef X
        AT_SQL_COUNT
};

#endif
