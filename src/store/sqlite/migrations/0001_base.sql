-- The store's own tables.
--
-- Rows that belong to a fan are clustered by it: the key of a message or a label is
-- (fan << 24) + its number within the fan, counted from 0. Appending a new fan's messages is then an
-- append to the table, the messages of one fan are one range, and reading all fans is one pass over
-- each table side by side. It also bounds a fan to 2^24 messages.
-- Times are Unix milliseconds, UTC; NULL: not known.

CREATE TABLE fan (
    id INTEGER PRIMARY KEY,             -- ascending in the order of the first import
    fan_id TEXT NOT NULL UNIQUE,
    language TEXT NOT NULL,             -- BCP 47 tag, or empty
    first_seen_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    n_rows INTEGER NOT NULL DEFAULT 0,      -- messages of either side
    n_received INTEGER NOT NULL DEFAULT 0,  -- messages from the fan
    last_ms INTEGER,                        -- the latest time that a message of the fan has
    unordered INTEGER NOT NULL DEFAULT 0,   -- 1: the times do not ascend with the keys
    split INTEGER NOT NULL DEFAULT 0        -- side that an import fixed: 0 none, 1 train, 2 val, 3 test
) STRICT;

CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    sender INTEGER NOT NULL,            -- 0 fan, 1 creator
    at_ms INTEGER,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE label (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    label TEXT NOT NULL,
    source INTEGER NOT NULL,            -- 0 imported, 1 operator, 2 model
    at_ms INTEGER NOT NULL,
    by_whom TEXT NOT NULL
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE version (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    folder TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    metrics TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    run INTEGER NOT NULL,               -- 0: none
    UNIQUE (target, version)
) STRICT;

-- The highest number that a target ever gave, so that no number is given twice.
CREATE TABLE version_high (
    target TEXT PRIMARY KEY,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE version_member (
    version INTEGER NOT NULL REFERENCES version (id) ON DELETE CASCADE,
    fan INTEGER NOT NULL REFERENCES fan (id) ON DELETE CASCADE,
    role INTEGER NOT NULL,              -- 1 train, 2 val, 3 test
    PRIMARY KEY (version, fan)
) STRICT, WITHOUT ROWID;
CREATE INDEX version_member_fan ON version_member (fan);

CREATE TABLE alias (
    target TEXT NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (target, alias),
    FOREIGN KEY (target, version) REFERENCES version (target, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias_history (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    alias TEXT NOT NULL,
    version INTEGER NOT NULL,           -- 0: the alias was removed
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
