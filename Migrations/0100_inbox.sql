-- What scripts/inbox.lua has seen: one row a file and time of change.
CREATE TABLE inbox_files (
    id       INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    size     INTEGER NOT NULL,
    modified TEXT NOT NULL,
    recorded TEXT NOT NULL,
    UNIQUE (name, modified)
) STRICT;
