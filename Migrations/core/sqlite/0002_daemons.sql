-- One row a daemon. INSERT INTO daemons (name, type) VALUES (…) makes another instance of a script.
-- Instants are UTC text such as 2026-11-24T22:49:33.123Z, so that they sort as they read.
CREATE TABLE daemons (
    name               TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    type               TEXT    NOT NULL CHECK (type <> ''),
    status             TEXT    NOT NULL DEFAULT 'stopped'
        CHECK (status IN ('stopped', 'starting', 'running', 'backing_off', 'stopping', 'failed')),
    reason             TEXT    NOT NULL DEFAULT 'never started',
    status_since       TEXT,
    enabled            INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    enabled_by         TEXT    NOT NULL DEFAULT 'script' CHECK (enabled_by IN ('script', 'operator')),
    generation         INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0),
    code_hash          TEXT    NOT NULL DEFAULT '',
    started_at         TEXT,
    last_heartbeat     TEXT,
    last_success       TEXT,
    next_step_at       TEXT,
    steps              INTEGER NOT NULL DEFAULT 0,
    errors             INTEGER NOT NULL DEFAULT 0,
    consecutive_errors INTEGER NOT NULL DEFAULT 0,
    restarts           INTEGER NOT NULL DEFAULT 0,
    memory_bytes       INTEGER NOT NULL DEFAULT 0,
    activity           TEXT,
    progress           REAL    CHECK (progress BETWEEN 0 AND 1),
    running_jobs       INTEGER NOT NULL DEFAULT 0,
    error              TEXT,
    traceback          TEXT
) STRICT;

-- What a script keeps in self.state, as JSON.
CREATE TABLE daemon_state (
    daemon     TEXT    NOT NULL PRIMARY KEY,
    state      TEXT    NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1,
    updated_at TEXT    NOT NULL
) STRICT;

-- The config keys that somebody set; a key that is absent has its script's default.
CREATE TABLE daemon_config (
    daemon     TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL CHECK (json_valid(value)),
    updated_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    PRIMARY KEY (daemon, key)
) STRICT, WITHOUT ROWID;
