-- What happened. The host bounds all of these tables by rows and age.
CREATE TABLE daemon_logs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         TEXT    NOT NULL,
    daemon     TEXT,
    level      TEXT    NOT NULL CHECK (level IN ('debug', 'info', 'warn', 'error')),
    message    TEXT    NOT NULL,
    fields     TEXT,
    generation INTEGER NOT NULL DEFAULT 0,
    code_hash  TEXT    NOT NULL DEFAULT '',
    step       INTEGER NOT NULL DEFAULT 0,
    job        INTEGER
) STRICT;
CREATE INDEX daemon_logs_by_daemon ON daemon_logs (daemon, id);
CREATE INDEX daemon_logs_by_time ON daemon_logs (at);

-- One row a distinct failure and daemon while it is unresolved; count says how often it came.
CREATE TABLE daemon_errors (
    id          INTEGER PRIMARY KEY,
    daemon      TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    message     TEXT    NOT NULL,
    traceback   TEXT,
    file        TEXT,
    line        INTEGER,
    count       INTEGER NOT NULL DEFAULT 1 CHECK (count > 0),
    first_seen  TEXT    NOT NULL,
    last_seen   TEXT    NOT NULL,
    generation  INTEGER NOT NULL DEFAULT 0,
    code_hash   TEXT    NOT NULL DEFAULT '',
    resolved_at TEXT
) STRICT;
CREATE UNIQUE INDEX daemon_errors_unresolved ON daemon_errors (daemon, fingerprint) WHERE resolved_at IS NULL;
CREATE INDEX daemon_errors_by_time ON daemon_errors (last_seen);

CREATE TABLE daemon_activities (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    daemon  TEXT,
    kind    TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT
) STRICT;
CREATE INDEX daemon_activities_by_daemon ON daemon_activities (daemon, id);
CREATE INDEX daemon_activities_by_time ON daemon_activities (at);

-- One row a run of the host; stopped_at is missing when it was killed.
CREATE TABLE host_boots (
    boot_id    TEXT    NOT NULL PRIMARY KEY,
    pid        INTEGER NOT NULL,
    version    TEXT    NOT NULL,
    started_at TEXT    NOT NULL,
    stopped_at TEXT
) STRICT;
