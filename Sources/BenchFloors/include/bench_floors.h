/* The floors of the benchmark: what plain C needs for the work of a measurement, on the same libraries.
 *
 * Times are in seconds, rates a second. What cannot be done answers a negative number, and errno or a line on standard
 * error says why. For one thread. */
#ifndef BENCH_FLOORS_H
#define BENCH_FLOORS_H

#include <stdbool.h>

/* ---- Lua: states with the libraries that scripts have, and a `lunad` table of the few functions they use. ---- */

/* Bytes of resident memory for each of `count` states that loaded the script and ran its run_step `steps` times. They are
 * not freed: this is for a process of its own, whose heap holds nothing that could be used again. */
double bench_lua_memory(const char *script, int count, int steps);
/* Time of one lua_resume of the script's run_step, over `rounds` of them. */
double bench_lua_step(const char *script, int rounds);
/* What the function `run` of the table that the script returns gives for `argument`, by the clock of the script. */
double bench_lua_run(const char *script, const char *argument);
/* Time to make a state, load the script, and run one step of it: the middle of `rounds`. */
double bench_lua_load(const char *script, int rounds);

/* `count` states in a heap of timers, each stepped once a second. */
typedef struct {
    double cpu;      /* seconds of processor time a second */
    double lateness; /* the 99th percentile */
} bench_timers;
bench_timers bench_lua_timers(const char *script, int count, double seconds);
/* The 99th percentile of how late clock_nanosleep wakes a thread, of `count` sleeps of a millisecond. */
double bench_sleep_lateness(int count);

/* ---- SQLite: a database that the host has made, opened as the host opens it. ---- */

/* Jobs a second that are inserted, claimed and completed, `size` of them a transaction; each with its history. */
double bench_sqlite_jobs(const char *path, int groups, int size);
/* Time to insert one job durably and to claim it durably: the middle of `rounds`, with a pause of `every` seconds after
 * each, for an idle machine's caches are cold and its processors asleep. */
double bench_sqlite_launch(const char *path, int rounds, double every);
/* Sessions a second: a row and a daemon's state each, `size` of them a transaction. */
double bench_sqlite_sessions(const char *path, int groups, int size);
/* Time to make a state, load the script, run one step of it, and write down durably that it is a daemon's logic now, in one
 * transaction: the middle of `rounds`. */
double bench_sqlite_swap(const char *path, const char *script, int rounds);
/* Log lines a second, `size` of them a transaction. */
double bench_sqlite_logs(const char *path, int groups, int size);
/* The first value of the first row, read only; NAN when there is no row or it is NULL, and while it is busy. */
double bench_sqlite_number(const char *path, const char *sql);
/* Runs statements in one transaction; false when one fails. */
bool bench_sqlite_run(const char *path, const char *sql);
/* Opens the database, makes `count` states, runs a step of each and writes a line for each. */
bool bench_start(const char *path, const char *script, int count);

/* ---- Processes ---- */

/* Programs a second that are started by posix_spawn with both outputs captured, `at_once` side by side. */
double bench_spawn(int count, int at_once);

/* ---- HTTP ---- */

/* Serves `body` for every request on a socket at `path`, from one thread of libmicrohttpd; NULL when it cannot. */
void *bench_http_serve(const char *path, const char *body, const char *type);
void bench_http_stop(void *server);
/* Sends a request to the socket and puts the whole answer into `answer`; its length. */
long bench_http_exchange(const char *socket, const char *request, char *answer, long size);
/* Answers a second to `request` on so many connections that are kept open. */
double bench_http_load(const char *socket, const char *request, int connections, double seconds);

#endif
