-- The queue: one row a job. INSERT INTO jobs (type, args) VALUES (…) before the host starts launches one by hand.
-- Checks are written with OR because IN with three values or more builds a temporary index for each row.
-- waits_for says what a pending job lacks: a worker, its time (run_at), or the end of its children.
CREATE TABLE jobs (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    type         TEXT    NOT NULL CHECK (type <> ''),
    status       TEXT    NOT NULL DEFAULT 'pending'
        CHECK (status = 'pending' OR status = 'running' OR status = 'cancelling'
            OR status = 'completed' OR status = 'failed' OR status = 'cancelled'),
    waits_for    TEXT    DEFAULT 'worker'
        CHECK (waits_for = 'worker' OR waits_for = 'time' OR waits_for = 'children'),
    reason       TEXT,
    priority     INTEGER NOT NULL DEFAULT 0,
    attempt      INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    max_attempts INTEGER NOT NULL DEFAULT 20 CHECK (max_attempts > 0),
    kills        INTEGER NOT NULL DEFAULT 0 CHECK (kills >= 0),
    done         REAL,
    total        REAL,
    message      TEXT,
    run_at       TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    created_at   TEXT    NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    started_at   TEXT,
    finished_at  TEXT,
    daemon       TEXT,
    generation   INTEGER NOT NULL DEFAULT 0,
    parent       INTEGER,
    schedule     TEXT,
    unique_key   TEXT,
    tags         TEXT,
    claim        TEXT,
    pid          INTEGER,
    error        TEXT,
    args         TEXT    NOT NULL DEFAULT '{}',
    result       TEXT,
    checkpoint   TEXT,
    CHECK ((status = 'pending') = (waits_for IS NOT NULL)),
    CHECK ((status = 'running' OR status = 'cancelling') = (claim IS NOT NULL)),
    CHECK ((status = 'completed' OR status = 'failed' OR status = 'cancelled') = (finished_at IS NOT NULL))
) STRICT;
-- The two waiting lines, each type's by itself: so a type that may not start now costs one look, however many wait.
CREATE INDEX jobs_waiting_for_worker ON jobs (type, priority DESC, run_at) WHERE waits_for = 'worker';
CREATE INDEX jobs_waiting_for_time ON jobs (type, run_at) WHERE waits_for = 'time';
CREATE UNIQUE INDEX jobs_unique ON jobs (type, unique_key) WHERE unique_key IS NOT NULL AND finished_at IS NULL;
CREATE INDEX jobs_by_status ON jobs (status);
CREATE INDEX jobs_by_type ON jobs (type);
CREATE INDEX jobs_by_daemon ON jobs (daemon) WHERE daemon IS NOT NULL;
CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;
CREATE INDEX jobs_unfinished_children ON jobs (parent) WHERE parent IS NOT NULL AND finished_at IS NULL;
CREATE INDEX jobs_unfinished_of_schedule ON jobs (schedule) WHERE schedule IS NOT NULL AND finished_at IS NULL;
CREATE INDEX jobs_finished ON jobs (status, finished_at) WHERE finished_at IS NOT NULL;

-- To find what a job said.
CREATE INDEX daemon_logs_by_job ON daemon_logs (job) WHERE job IS NOT NULL;

-- To find jobs by their tags; jobs.tags has the same as a JSON list.
CREATE TABLE job_tags (
    tag TEXT    NOT NULL,
    job INTEGER NOT NULL,
    PRIMARY KEY (tag, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_tags_by_job ON job_tags (job);

-- Every attempt that failed.
CREATE TABLE job_errors (
    id        INTEGER PRIMARY KEY,
    job       INTEGER NOT NULL,
    attempt   INTEGER NOT NULL,
    at        TEXT    NOT NULL,
    message   TEXT    NOT NULL,
    traceback TEXT
) STRICT;
CREATE INDEX job_errors_by_job ON job_errors (job);

-- Who hears of a job's end: owed from ended_at until delivered_at.
CREATE TABLE job_monitors (
    job          INTEGER NOT NULL,
    daemon       TEXT    NOT NULL,
    ended_at     TEXT,
    delivered_at TEXT,
    PRIMARY KEY (job, daemon)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_monitors_open ON job_monitors (daemon, ended_at, job) WHERE delivered_at IS NULL;

-- What a command job wrote; the middle is left out past the type's bound.
CREATE TABLE job_output (
    job        INTEGER PRIMARY KEY,
    out        BLOB    NOT NULL,
    err        BLOB    NOT NULL,
    updated_at TEXT    NOT NULL
) STRICT;

-- What happened between daemons and jobs, written by the host alone; it outlives the jobs.
CREATE TABLE daemon_job_history (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     TEXT    NOT NULL,
    daemon TEXT,
    job    INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    action TEXT    NOT NULL
        CHECK (action = 'LAUNCHED' OR action = 'FINISHED' OR action = 'FAILED' OR action = 'CANCELLED'),
    reason TEXT    NOT NULL
) STRICT;
CREATE INDEX daemon_job_history_by_daemon ON daemon_job_history (daemon) WHERE daemon IS NOT NULL;
CREATE INDEX daemon_job_history_by_job ON daemon_job_history (job);

-- What launches jobs by the clock: every so many seconds, or by a cron line in local time.
CREATE TABLE job_schedules (
    name            TEXT    NOT NULL PRIMARY KEY CHECK (name <> ''),
    type            TEXT    NOT NULL CHECK (type <> ''),
    args            TEXT    NOT NULL DEFAULT '{}',
    every_seconds   REAL    CHECK (every_seconds > 0),
    cron            TEXT,
    enabled         INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    catch_up        TEXT    NOT NULL DEFAULT 'none' CHECK (catch_up IN ('none', 'one', 'all')),
    overlap         TEXT    NOT NULL DEFAULT 'skip' CHECK (overlap IN ('skip', 'queue', 'allow')),
    last_occurrence TEXT,
    next_occurrence TEXT,
    queued          TEXT,
    CHECK ((every_seconds IS NULL) <> (cron IS NULL))
) STRICT;

-- What became of each occurrence: the job that ran for it, or why it was skipped. A row stands for count occurrences
-- from first to last that were skipped alike, or for uncounted ones. The host bounds it by rows.
CREATE TABLE job_schedule_runs (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       TEXT    NOT NULL,
    schedule TEXT    NOT NULL,
    first    TEXT    NOT NULL,
    last     TEXT    NOT NULL,
    count    INTEGER CHECK (count >= 1),
    job      INTEGER,
    skipped  TEXT,
    CHECK ((job IS NULL) <> (skipped IS NULL))
) STRICT;
CREATE INDEX job_schedule_runs_by_schedule ON job_schedule_runs (schedule);
