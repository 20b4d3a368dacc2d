-- What scripts/inbox.lua has seen: one row a file and time of change.
CREATE TABLE inbox_files (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    size     INTEGER NOT NULL,
    modified TEXT NOT NULL,
    recorded TEXT NOT NULL,
    job      INTEGER,        -- the job that hashes it
    digest   TEXT,           -- SHA-256 in hexadecimal, once that job has completed
    UNIQUE (name, modified)
) STRICT;
CREATE INDEX inbox_files_by_job ON inbox_files (job);
