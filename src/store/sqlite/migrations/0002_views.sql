-- The store as other programs see it.
--
-- fan_profiles and conversation_history are the tables of the chat assistant, under their own names
-- and columns. They are views: reading shows what the store holds, and an INSERT lands in the store's
-- own tables. fan_message and fan_label show one message and one current label a row.

ALTER TABLE fan ADD COLUMN profile_data TEXT;
ALTER TABLE message ADD COLUMN phase TEXT;

CREATE VIEW fan_message (fan_id, sender, at_ms, text, phase) AS
SELECT fan.fan_id, message.sender, message.at_ms, message.text, message.phase
FROM fan JOIN message ON message.id >= fan.id << 24 AND message.id < (fan.id + 1) << 24;

CREATE TRIGGER fan_message_insert INSTEAD OF INSERT ON fan_message
BEGIN
    SELECT RAISE(ABORT, 'fan_id is missing') WHERE coalesce(NEW.fan_id, '') = '';
    SELECT RAISE(ABORT, 'text is missing') WHERE NEW.text IS NULL;
    SELECT RAISE(ABORT, 'text holds a NUL') WHERE instr(NEW.text, char(0)) > 0;
    SELECT RAISE(ABORT, 'fan_id holds a NUL') WHERE instr(NEW.fan_id, char(0)) > 0;
    INSERT INTO fan (fan_id, language, first_seen_ms, updated_ms)
        SELECT NEW.fan_id, '', now_ms, now_ms
        FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms)
        WHERE NOT EXISTS (SELECT 1 FROM fan WHERE fan_id = NEW.fan_id);
    INSERT INTO message (id, sender, at_ms, text, phase)
        SELECT (id << 24) + n_rows, NEW.sender, NEW.at_ms, NEW.text, NEW.phase
        FROM fan WHERE fan_id = NEW.fan_id;
    UPDATE fan SET
        n_rows = n_rows + 1,
        n_received = n_received + (NEW.sender = 0),
        unordered = max(unordered, coalesce(NEW.at_ms < last_ms, 0)),
        last_ms = coalesce(max(last_ms, NEW.at_ms), last_ms, NEW.at_ms),
        updated_ms = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
        WHERE fan_id = NEW.fan_id;
END;

-- The current label of every target: operator over imported, within a source the newest; what a
-- model said is never a label in this sense.
CREATE VIEW fan_label (fan_id, target, label, at_ms, by_whom) AS
SELECT fan_id, target, label, at_ms, by_whom
FROM (SELECT fan.fan_id AS fan_id, label.target AS target, label.label AS label,
          label.at_ms AS at_ms, label.by_whom AS by_whom,
          row_number() OVER (PARTITION BY fan.id, label.target
              ORDER BY label.source DESC, label.at_ms DESC, label.id DESC) AS place
      FROM fan JOIN label ON label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24
      WHERE label.source < 2)
WHERE place = 1;

-- A label that says nothing new is not stored again.
CREATE TRIGGER fan_label_insert INSTEAD OF INSERT ON fan_label
WHEN coalesce(NEW.label, '') <> ''
BEGIN
    SELECT RAISE(ABORT, 'a label needs a fan_id and a target')
        WHERE coalesce(NEW.fan_id, '') = '' OR coalesce(NEW.target, '') = '';
    SELECT RAISE(ABORT, 'a label holds a NUL')
        WHERE instr(NEW.fan_id, char(0)) + instr(NEW.target, char(0)) + instr(NEW.label, char(0)) > 0;
    INSERT INTO fan (fan_id, language, first_seen_ms, updated_ms)
        SELECT NEW.fan_id, '', now_ms, now_ms
        FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms)
        WHERE NOT EXISTS (SELECT 1 FROM fan WHERE fan_id = NEW.fan_id);
    INSERT INTO label (id, target, label, source, at_ms, by_whom)
        SELECT coalesce((SELECT max(label.id) + 1 FROM label
                         WHERE label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24),
                        fan.id << 24),
            NEW.target, NEW.label, 0,
            coalesce(NEW.at_ms, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
            coalesce(NEW.by_whom, 'sql')
        FROM fan
        WHERE fan_id = NEW.fan_id
            AND NEW.label IS NOT (SELECT label.label FROM label
                                  WHERE label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24
                                      AND label.target = NEW.target AND label.source = 0
                                  ORDER BY label.at_ms DESC, label.id DESC LIMIT 1);
END;

CREATE VIEW fan_profiles
    (fan_id, personality_type, engagement_level, spending_potential, profile_data, updated_at) AS
SELECT fan.fan_id,
    (SELECT label.label FROM label
     WHERE label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24
         AND label.target = 'personality' AND label.source < 2
     ORDER BY label.source DESC, label.at_ms DESC, label.id DESC LIMIT 1),
    (SELECT label.label FROM label
     WHERE label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24
         AND label.target = 'engagement' AND label.source < 2
     ORDER BY label.source DESC, label.at_ms DESC, label.id DESC LIMIT 1),
    (SELECT label.label FROM label
     WHERE label.id >= fan.id << 24 AND label.id < (fan.id + 1) << 24
         AND label.target = 'spending_potential' AND label.source < 2
     ORDER BY label.source DESC, label.at_ms DESC, label.id DESC LIMIT 1),
    fan.profile_data,
    strftime('%Y-%m-%dT%H:%M:%fZ', fan.updated_ms / 1000.0, 'unixepoch')
FROM fan;

CREATE TRIGGER fan_profiles_insert INSTEAD OF INSERT ON fan_profiles
BEGIN
    SELECT RAISE(ABORT, 'fan_profiles: fan_id is missing') WHERE coalesce(NEW.fan_id, '') = '';
    SELECT RAISE(ABORT, 'fan_profiles: fan_id holds a NUL') WHERE instr(NEW.fan_id, char(0)) > 0;
    INSERT INTO fan (fan_id, language, first_seen_ms, updated_ms)
        SELECT NEW.fan_id, '', now_ms, now_ms
        FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms)
        WHERE NOT EXISTS (SELECT 1 FROM fan WHERE fan_id = NEW.fan_id);
    UPDATE fan SET
        profile_data = coalesce(NEW.profile_data, profile_data),
        updated_ms = CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
        WHERE fan_id = NEW.fan_id;
    INSERT INTO fan_label (fan_id, target, label, by_whom) VALUES
        (NEW.fan_id, 'personality', NEW.personality_type, 'fan_profiles'),
        (NEW.fan_id, 'engagement', NEW.engagement_level, 'fan_profiles'),
        (NEW.fan_id, 'spending_potential', NEW.spending_potential, 'fan_profiles');
END;

CREATE TRIGGER fan_profiles_update INSTEAD OF UPDATE ON fan_profiles
BEGIN
    SELECT RAISE(ABORT, 'fan_profiles: fan_id cannot change') WHERE NEW.fan_id IS NOT OLD.fan_id;
    INSERT INTO fan_profiles
        (fan_id, personality_type, engagement_level, spending_potential, profile_data)
        VALUES (NEW.fan_id, NEW.personality_type, NEW.engagement_level, NEW.spending_potential,
                NEW.profile_data);
END;

-- One message a row. A row that is inserted may hold both sides of a turn: what was received comes
-- first. A timestamp is ISO 8601 text, or a number of seconds since 1970.
CREATE VIEW conversation_history (fan_id, message_sent, message_received, phase, timestamp) AS
SELECT fan_id, iif(sender = 1, text, NULL), iif(sender = 0, text, NULL), phase,
    strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch')
FROM fan_message;

CREATE TRIGGER conversation_history_insert INSTEAD OF INSERT ON conversation_history
BEGIN
    SELECT RAISE(ABORT, 'conversation_history: timestamp is not a date and time')
        WHERE NEW.timestamp IS NOT NULL AND typeof(NEW.timestamp) NOT IN ('integer', 'real')
            AND strftime('%s', NEW.timestamp) IS NULL;
    INSERT INTO fan_message (fan_id, sender, at_ms, text, phase)
        SELECT NEW.fan_id, turn.sender,
            CASE WHEN typeof(NEW.timestamp) IN ('integer', 'real')
                 THEN CAST(round(NEW.timestamp * 1000) AS INTEGER)
                 ELSE CAST(strftime('%s', NEW.timestamp) AS INTEGER) * 1000
                      + CAST(substr(strftime('%f', NEW.timestamp), 4) AS INTEGER) END,
            turn.text, NEW.phase
        FROM (SELECT 0 AS sender, NEW.message_received AS text
              UNION ALL SELECT 1, NEW.message_sent) AS turn
        WHERE turn.text IS NOT NULL;
END;
