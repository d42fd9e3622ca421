#!/usr/bin/python3
"""Profiles from JSON Lines into SQLite with Python's own modules: sqlite_import.py FILE DATABASE

What a short script would do: json.loads, one table of fans, one of messages where a message of a fan
comes once, WAL, a commit every 20 000 messages. No labels' history, no audit, no checks.
"""
import json
import sqlite3
import sys
import time

start = time.perf_counter()
base = sqlite3.connect(sys.argv[2], isolation_level=None)
base.executescript("""
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
CREATE TABLE fan(id INTEGER PRIMARY KEY, name TEXT UNIQUE, personality TEXT, engagement TEXT);
CREATE TABLE message(fan INTEGER, at TEXT, sender TEXT, text TEXT, PRIMARY KEY(fan, at, sender, text)) WITHOUT ROWID;
""")
base.execute("BEGIN")
n = pending = 0
for line in open(sys.argv[1], encoding="utf-8"):
    row = json.loads(line)
    labels = row.get("labels", row)
    fan = base.execute("INSERT INTO fan(name, personality, engagement) VALUES(?, ?, ?)",
                       (row["fan_id"], labels.get("personality"), labels.get("engagement"))).lastrowid
    messages = [(fan, m["at"], m["from"], m["text"]) for m in row["messages"]]
    base.executemany("INSERT OR IGNORE INTO message VALUES(?, ?, ?, ?)", messages)
    n += len(messages)
    pending += len(messages)
    if pending >= 20000:
        base.execute("COMMIT")
        base.execute("BEGIN")
        pending = 0
base.execute("COMMIT")
base.close()
print(json.dumps({"messages": n, "seconds": time.perf_counter() - start}))
