/* SQLite as the host sets it up: write-ahead log, every commit on disk; statements are prepared once. */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "bench_floors.h"
#include "clock.h"
#include "lua_state.h"

enum { most_statements = 8 };

typedef struct {
    sqlite3 *handle;
    sqlite3_stmt *statements[most_statements];
    int count;
    bool failed;
} database;

static void complain(database *db) {
    if (!db->failed) fprintf(stderr, "the floor's database fails: %s\n", sqlite3_errmsg(db->handle));
    db->failed = true;
}

static void run_text(database *db, const char *sql) {
    if (!db->failed && sqlite3_exec(db->handle, sql, NULL, NULL, NULL) != SQLITE_OK) complain(db);
}

static sqlite3_stmt *prepare(database *db, const char *sql) {
    sqlite3_stmt *statement = NULL;
    if (db->failed || sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        complain(db);
    else db->statements[db->count++] = statement;
    return statement;
}

static database open_database(const char *path) {
    database db = {0};
    if (sqlite3_open_v2(path, &db.handle, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) complain(&db);
    sqlite3_busy_timeout(db.handle, 5000);
    run_text(&db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
    return db;
}

static void close_database(database *db) {
    for (int i = 0; i < db->count; i++) sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
}

/* The instant as it is stored: 2026-11-24T22:49:33.123Z. */
static void bind_now(sqlite3_stmt *statement, int place) {
    struct timespec now;
    struct tm parts;
    char text[80];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    length += (size_t)snprintf(text + length, sizeof text - length, ".%03ldZ", now.tv_nsec / 1000000);
    sqlite3_bind_text(statement, place, text, (int)length, SQLITE_TRANSIENT);
}

/* Runs it to its end; the first column of its last row, 0 without one. */
static sqlite3_int64 step(database *db, sqlite3_stmt *statement) {
    sqlite3_int64 value = 0;
    if (db->failed) return 0;
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) value = sqlite3_column_int64(statement, 0);
    if (code != SQLITE_DONE) complain(db);
    sqlite3_reset(statement);
    return value;
}

typedef struct {
    database db;
    sqlite3_stmt *insert, *history, *claim, *complete;
} queue;

static queue open_queue(const char *path) {
    queue q = {.db = open_database(path)};
    q.insert = prepare(
        &q.db,
        "INSERT INTO jobs (type, waits_for, priority, max_attempts, run_at, created_at, daemon, generation, args)"
        " VALUES ('noop', 'worker', 0, 20, ?1, ?1, 'floor', 1, '{}')");
    q.history = prepare(
        &q.db,
        "INSERT INTO daemon_job_history (at, daemon, job, type, action, reason) VALUES (?1, 'floor', ?2, 'noop', ?3, ?4)");
    q.claim = prepare(
        &q.db,
        "UPDATE jobs SET status = 'running', waits_for = NULL, attempt = attempt + 1, started_at = ?1, claim = 'floor'"
        " WHERE id = (SELECT id FROM jobs INDEXED BY jobs_waiting_for_worker WHERE waits_for = 'worker' AND type = 'noop'"
        " ORDER BY priority DESC, run_at LIMIT 1) RETURNING id");
    q.complete = prepare(
        &q.db,
        "UPDATE jobs SET status = 'completed', finished_at = ?1, claim = NULL, result = 'null'"
        " WHERE id = ?2 AND status = 'running'");
    return q;
}

static void note(queue *q, sqlite3_int64 job, const char *action, const char *reason) {
    bind_now(q->history, 1);
    sqlite3_bind_int64(q->history, 2, job);
    sqlite3_bind_text(q->history, 3, action, -1, SQLITE_STATIC);
    sqlite3_bind_text(q->history, 4, reason, -1, SQLITE_STATIC);
    step(&q->db, q->history);
}

static void launch(queue *q) {
    bind_now(q->insert, 1);
    step(&q->db, q->insert);
    note(q, sqlite3_last_insert_rowid(q->db.handle), "LAUNCHED", "by the daemon");
}

static sqlite3_int64 claim(queue *q) {
    bind_now(q->claim, 1);
    return step(&q->db, q->claim);
}

static void complete(queue *q, sqlite3_int64 job) {
    bind_now(q->complete, 1);
    sqlite3_bind_int64(q->complete, 2, job);
    step(&q->db, q->complete);
    note(q, job, "FINISHED", "attempt 1");
}

double bench_sqlite_jobs(const char *path, int groups, int size) {
    queue q = open_queue(path);
    sqlite3_int64 *claimed = calloc((size_t)size, sizeof *claimed);
    if (!claimed) q.db.failed = true;
    double start = now_seconds();
    for (int group = 0; group < groups && !q.db.failed; group++) {
        run_text(&q.db, "BEGIN IMMEDIATE");
        for (int i = 0; i < size; i++) launch(&q);
        run_text(&q.db, "COMMIT; BEGIN IMMEDIATE");
        for (int i = 0; i < size; i++) claimed[i] = claim(&q);
        run_text(&q.db, "COMMIT; BEGIN IMMEDIATE");
        for (int i = 0; i < size; i++) complete(&q, claimed[i]);
        run_text(&q.db, "COMMIT");
    }
    double spent = now_seconds() - start;
    bool failed = q.db.failed;
    free(claimed);
    close_database(&q.db);
    return failed ? -1 : groups * size / spent;
}

double bench_sqlite_launch(const char *path, int rounds, double every) {
    queue q = open_queue(path);
    double *times = calloc((size_t)rounds, sizeof *times);
    if (!times) q.db.failed = true;
    for (int i = 0; i < rounds && !q.db.failed; i++) {
        double start = now_seconds();
        run_text(&q.db, "BEGIN IMMEDIATE");
        launch(&q);
        run_text(&q.db, "COMMIT; BEGIN IMMEDIATE");
        sqlite3_int64 job = claim(&q);
        run_text(&q.db, "COMMIT");
        times[i] = now_seconds() - start;
        complete(&q, job);
        sleep_seconds(every);
    }
    double middle = q.db.failed ? -1 : quantile(times, rounds, 0.5);
    free(times);
    close_database(&q.db);
    return middle;
}

double bench_sqlite_sessions(const char *path, int groups, int size) {
    database db = open_database(path);
    sqlite3_stmt *row = prepare(&db, "INSERT INTO bench_rows (daemon, n) VALUES (?1, ?2)");
    sqlite3_stmt *state = prepare(
        &db,
        "INSERT INTO daemon_state (daemon, state, version, updated_at) VALUES (?1, ?2, 1, ?3)"
        " ON CONFLICT (daemon) DO UPDATE SET state = ?2, version = 1, updated_at = ?3");
    double start = now_seconds();
    for (int group = 0; group < groups && !db.failed; group++) {
        run_text(&db, "BEGIN IMMEDIATE");
        for (int i = 0; i < size; i++) {
            char name[32], text[32];
            snprintf(name, sizeof name, "floor%05d", i);
            snprintf(text, sizeof text, "{\"n\":%d}", group);
            sqlite3_bind_text(row, 1, name, -1, SQLITE_STATIC);
            sqlite3_bind_int(row, 2, group);
            step(&db, row);
            sqlite3_bind_text(state, 1, name, -1, SQLITE_STATIC);
            sqlite3_bind_text(state, 2, text, -1, SQLITE_STATIC);
            bind_now(state, 3);
            step(&db, state);
        }
        run_text(&db, "COMMIT");
    }
    double spent = now_seconds() - start;
    bool failed = db.failed;
    close_database(&db);
    return failed ? -1 : groups * size / spent;
}

enum { kept_versions = 20 };

static void bind_generation(sqlite3_stmt *statement, int number, int hash_place, int number_place) {
    char hash[65];
    snprintf(hash, sizeof hash, "%064d", number);
    if (hash_place) sqlite3_bind_text(statement, hash_place, hash, -1, SQLITE_TRANSIENT);
    if (number_place) sqlite3_bind_int(statement, number_place, number);
}

/* What a swap leaves in the database: the text and its version, the daemon's row, its state, and two activities. */
static void write_swap(database *db, sqlite3_stmt **s, const char *script, int number) {
    run_text(db, "BEGIN IMMEDIATE");
    step(db, s[0]);
    bind_generation(s[1], number, 1, 0);
    sqlite3_bind_blob(s[1], 2, script, (int)strlen(script), SQLITE_STATIC);
    step(db, s[1]);
    bind_generation(s[2], number, 1, 2);
    bind_now(s[2], 3);
    step(db, s[2]);
    bind_generation(s[3], number - kept_versions, 0, 1);
    step(db, s[3]);
    bind_generation(s[4], number - kept_versions, 1, 0);
    step(db, s[4]);
    bind_now(s[5], 1);
    step(db, s[5]);
    bind_generation(s[6], number, 1, 2);
    bind_now(s[6], 3);
    step(db, s[6]);
    for (int i = 0; i < 2; i++) {
        bind_now(s[7], 1);
        step(db, s[7]);
    }
    run_text(db, "COMMIT");
}

double bench_sqlite_swap(const char *path, const char *script, int rounds) {
    static const char *const texts[] = {
        "UPDATE daemon_versions SET outcome = 'replaced' WHERE daemon = 'floor' AND outcome = 'running'",
        "INSERT INTO daemon_code (code_hash, script, modules, size) VALUES (?1, ?2, '{}', length(?2))",
        "INSERT INTO daemon_versions (daemon, generation, code_hash, at, outcome, reason)"
        " VALUES ('floor', ?2, ?1, ?3, 'running', 'an operator asked to swap it')",
        "DELETE FROM daemon_versions WHERE daemon = 'floor' AND generation = ?1",
        "DELETE FROM daemon_code WHERE code_hash = ?1",
        "INSERT INTO daemon_state (daemon, state, version, updated_at) VALUES ('floor', '{\"alarms\":0}', 1, ?1)"
        " ON CONFLICT (daemon) DO UPDATE SET state = '{\"alarms\":0}', version = 1, updated_at = ?1",
        "UPDATE daemons SET generation = ?2, code_hash = ?1, passed_over = '', status = 'running', reason ="
        " 'a generation took over: an operator asked to swap it', next_step_at = ?3 WHERE name = 'floor'",
        "INSERT INTO daemon_activities (at, daemon, kind, message)"
        " VALUES (?1, 'floor', 'status', 'running: a generation took over: an operator asked to swap it')"};
    enum { count = sizeof texts / sizeof *texts };
    database db = open_database(path);
    run_text(&db,
             "DELETE FROM daemon_versions WHERE daemon = 'floor';"
             "DELETE FROM daemon_code WHERE code_hash < '1';"
             "INSERT OR IGNORE INTO daemons (name, type) VALUES ('floor', 'floor')");
    sqlite3_stmt *statements[count];
    for (int i = 0; i < count; i++) statements[i] = prepare(&db, texts[i]);
    double *times = calloc((size_t)rounds, sizeof *times);
    if (!times) db.failed = true;
    for (int i = 0; i < rounds && !db.failed; i++) {
        bench_state state;
        double start = now_seconds();
        if (!bench_state_open(&state, script)) db.failed = true;
        if (db.failed) break;
        if (!bench_state_step(&state)) db.failed = true;
        write_swap(&db, statements, script, i + 1);
        times[i] = now_seconds() - start;
        bench_state_close(&state);
    }
    double middle = db.failed ? -1 : quantile(times, rounds, 0.5);
    free(times);
    close_database(&db);
    return middle;
}

double bench_sqlite_logs(const char *path, int groups, int size) {
    database db = open_database(path);
    sqlite3_stmt *line = prepare(
        &db,
        "INSERT INTO daemon_logs (at, daemon, level, message, fields, generation, code_hash, step)"
        " VALUES (?1, ?2, 'info', ?3, ?4, 1, '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef', ?5)");
    double start = now_seconds();
    for (int group = 0; group < groups && !db.failed; group++) {
        run_text(&db, "BEGIN IMMEDIATE");
        for (int i = 0; i < size; i++) {
            char name[32], message[48], fields[32];
            snprintf(name, sizeof name, "floor%05d", i % 100);
            snprintf(message, sizeof message, "line %d of the benchmark", i);
            snprintf(fields, sizeof fields, "{\"n\":%d}", i);
            bind_now(line, 1);
            sqlite3_bind_text(line, 2, name, -1, SQLITE_STATIC);
            sqlite3_bind_text(line, 3, message, -1, SQLITE_STATIC);
            sqlite3_bind_text(line, 4, fields, -1, SQLITE_STATIC);
            sqlite3_bind_int(line, 5, group);
            step(&db, line);
        }
        run_text(&db, "COMMIT");
    }
    double spent = now_seconds() - start;
    bool failed = db.failed;
    close_database(&db);
    return failed ? -1 : groups * size / spent;
}

double bench_sqlite_number(const char *path, const char *sql) {
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    double value = NAN;
    if (sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_busy_timeout(handle, 1000) == SQLITE_OK &&
        sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return value;
}

bool bench_sqlite_run(const char *path, const char *sql) {
    database db = open_database(path);
    run_text(&db, "BEGIN IMMEDIATE");
    run_text(&db, sql);
    run_text(&db, "COMMIT");
    bool works = !db.failed;
    close_database(&db);
    return works;
}

bool bench_start(const char *path, const char *script, int count) {
    database db = open_database(path);
    sqlite3_stmt *daemons = prepare(&db, "SELECT count(*) FROM daemons");
    if (!db.failed) step(&db, daemons);
    for (int i = 0; i < count && !db.failed; i++) {
        bench_state state;
        if (!bench_state_open(&state, script) || !bench_state_step(&state)) return false;
        dprintf(2, "first step\n");
    }
    return !db.failed;
}
