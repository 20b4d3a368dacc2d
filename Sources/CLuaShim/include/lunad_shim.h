/* The Lua seam. Nothing declared here can raise a Lua error: Swift frames are never crossed by a longjmp.
 *
 * A state is used by one thread at a time; the functions marked "any thread" are the exceptions. */
#ifndef LUNAD_SHIM_H
#define LUNAD_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct lunad_state lunad_state;
typedef struct lunad_interface lunad_interface;

/* Bytes that stay valid until the next call on the same state. */
typedef struct {
    const uint8_t *bytes;
    size_t count;
} lunad_bytes;

/* ---- Interrupts: why a script is unwound; sticky until the host's own frame is reached. ---- */

typedef enum {
    LUNAD_INTERRUPT_NONE = 0,
    LUNAD_INTERRUPT_STOP,
    LUNAD_INTERRUPT_STEP_TIMEOUT,
    LUNAD_INTERRUPT_SESSION_TIMEOUT,
    LUNAD_INTERRUPT_MEMORY,
    LUNAD_INTERRUPT_DIRECTIVE,
} lunad_interrupt_reason;

/* ---- What the host answers to a call from a script. ---- */

typedef enum {
    LUNAD_REPLY_VALUES = 0, /* the results are in the reply buffer */
    LUNAD_REPLY_ERROR,      /* an error message is in the reply buffer, as plain text */
    LUNAD_REPLY_WAIT,       /* the answer comes with lunad_resume */
    LUNAD_REPLY_DIRECTIVE,  /* unwind to the hook's frame; not catchable */
} lunad_reply;

/* How the host is entered. Each is called with no Lua value in reach and must not call back into the state, but for
 * lunad_set_reply and lunad_encode_field. `context` is the pointer given to lunad_state_new. */
typedef struct {
    lunad_reply (*call)(void *context, lunad_state *state, int function, lunad_bytes arguments);
    lunad_reply (*begin_session)(void *context, lunad_state *state);
    lunad_reply (*end_session)(void *context, lunad_state *state, bool commit);
    /* Sets the reply buffer to the module's source (VALUES) or to a message (ERROR). */
    lunad_reply (*module_source)(void *context, lunad_state *state, lunad_bytes name);
    /* Nanoseconds: of the monotonic clock, and of UTC since 1970. Called from any running script. */
    int64_t (*monotonic)(void *context);
    int64_t (*wall)(void *context);
} lunad_host;

/* One function of the lunad table. `name` is its path ("log.info", "db:query"); both strings are copied. */
typedef struct {
    const char *name;
    /* One letter a parameter: s string, n number, i integer, b boolean, t table, f function, a any, v the rest;
     * a capital letter is optional. */
    const char *parameters;
    bool waits;
} lunad_function;

typedef struct {
    size_t memory_hard;      /* bytes; a script that needs more is interrupted; a string buffer may overdraw by half */
    size_t memory_soft;      /* bytes; above it Lua collects before it grows */
    size_t value_limit;      /* bytes; the largest encoded value that may cross */
} lunad_limits;

/* The functions of the lunad table for any number of states, at once and on any thread; NULL when there is no memory for
 * it, or when they lie in more than 32 tables. */
lunad_interface *lunad_interface_new(const lunad_function *functions, int count);
/* After the last of its states was closed. */
void lunad_interface_free(lunad_interface *interface);

/* ---- Life of a state ---- */

/* A sandboxed state, or NULL when there is no memory for one. */
lunad_state *lunad_state_new(const lunad_host *host, void *context, const lunad_limits *limits,
                             const lunad_interface *interface);
/* Frees everything; returns the bytes that the Lua heap still held after it, which must be 0. */
size_t lunad_state_close(lunad_state *state);
void lunad_set_limits(lunad_state *state, const lunad_limits *limits);
size_t lunad_memory_used(const lunad_state *state);
void lunad_collect(lunad_state *state);

/* ---- Running. Each call returns when the script waits, ends, fails, or has used up its slice. ---- */

typedef enum {
    LUNAD_FINISHED = 0, /* lunad_results holds the results */
    LUNAD_WAITING,      /* a host call waits for lunad_resume */
    LUNAD_PREEMPTED,    /* call lunad_continue when it is its turn again */
    LUNAD_RAISED,       /* lunad_error_* tell what happened */
    LUNAD_SYNTAX_ERROR,
    LUNAD_INTERRUPTED,  /* lunad_interrupted_by tells why; running out of memory is one reason */
} lunad_outcome;

/* Compiles a text chunk and runs it; its result is kept as the daemon's table. */
lunad_outcome lunad_load(lunad_state *state, const uint8_t *source, size_t length, const char *chunk_name);
/* Calls table[hook](table, arguments...). `arguments` is an encoded array, or empty; with `is_job` its first element is
 * a table that gets the declared "job:" functions as methods. */
lunad_outcome lunad_call(lunad_state *state, const char *hook, const uint8_t *arguments, size_t length, bool is_job);
/* Runs what an operator typed in the script's own environment; its results are texts that show the values. */
lunad_outcome lunad_evaluate(lunad_state *state, const uint8_t *source, size_t length);
/* Calls the function that was given to events.subscribe with this topic, with the encoded arguments alone. */
lunad_outcome lunad_call_handler(lunad_state *state, const char *topic, const uint8_t *arguments, size_t length);
/* Answers the waiting call with what lunad_set_reply put into the reply buffer. */
lunad_outcome lunad_resume(lunad_state *state, lunad_reply reply);
/* Goes on after a preemption; a waiting call that was interrupted unwinds. */
lunad_outcome lunad_continue(lunad_state *state);
/* Drops the hook in progress: nothing more of it runs, also not what its variables would close. */
void lunad_abort(lunad_state *state);

/* Encoded array of what the hook returned. */
lunad_bytes lunad_results(const lunad_state *state);
/* The message as Lua gives it, with file:line where known. */
lunad_bytes lunad_error_message(const lunad_state *state);
/* The encoded error value when it was a plain table; else empty. */
lunad_bytes lunad_error_value(const lunad_state *state);
/* Of the failure just returned, or of the hook in progress. */
lunad_bytes lunad_traceback(lunad_state *state);
/* The local variables of the innermost functions of the failure just returned, a line each; empty when none was kept. */
lunad_bytes lunad_locals(const lunad_state *state);
lunad_interrupt_reason lunad_interrupted_by(const lunad_state *state);

/* ---- The daemon's table ---- */

/* The table's plain fields, encoded; functions at its top level are left out and listed by name, separated by
 * newlines, in `hooks`. False: `error` says what is not plain, or that the chunk returned no table. */
bool lunad_declaration(lunad_state *state, lunad_bytes *table, lunad_bytes *hooks, lunad_bytes *error);
/* table[name] = value. A read-only field refuses writes with an error; a table that was there before is refilled in
 * place, so that a script's own reference to it stays good. */
bool lunad_set_field(lunad_state *state, const char *name, const uint8_t *value, size_t length, bool read_only,
                     lunad_bytes *error);
/* The encoded table[name]; an error names the field that is not plain data. Callable inside a host call. */
bool lunad_encode_field(lunad_state *state, const char *name, size_t limit, lunad_bytes *value, lunad_bytes *error);

/* Copies an answer into the reply buffer; false when there is no memory for it. */
bool lunad_set_reply(lunad_state *state, const uint8_t *bytes, size_t count);

/* ---- Time and interrupts ---- */

/* A hook that gives no sign of life for this long is interrupted; 0 for no limit. */
void lunad_set_timeout(lunad_state *state, int64_t nanoseconds);
/* Nanoseconds of the real monotonic clock since the last sign of life: the state's making, a hook's begin, a wait, a
 * heartbeat; to a tick of the kernel's, of up to 10 ms. Any thread. */
int64_t lunad_silence(const lunad_state *state);
/* A sign of life that the host gives in its place: silence counts from now. Any thread. */
void lunad_note_life(lunad_state *state);
/* Whether the silence has outlasted the timeout. Any thread. */
bool lunad_is_overdue(const lunad_state *state);
/* What lunad.stopping() answers. Any thread. */
void lunad_set_stopping(lunad_state *state, bool stopping);
/* The host call in progress, or NULL; a pointer to the declared name. Any thread. */
const char *lunad_current_call(const lunad_state *state);
/* Unwinds the script at its next instruction; the first reason stands. Any thread. */
void lunad_interrupt(lunad_state *state, lunad_interrupt_reason reason);
/* Forgets an interrupt that came when the hook had already ended. */
void lunad_clear_interrupt(lunad_state *state);

/* ---- Worker threads ---- */

typedef struct lunad_worker lunad_worker;

/* Gives the calling thread time slices: a timer on its CPU clock ticks every `tick` nanoseconds while it computes.
 * `stuck` is called inside a signal handler, with `argument`, when a run cannot be preempted for four ticks; it may
 * only do what is safe there. NULL when the timer cannot be made. */
lunad_worker *lunad_worker_attach(int64_t tick, void (*stuck)(void *argument), void *argument);
/* For the thread that attached. */
void lunad_worker_detach(lunad_worker *worker);

/* ---- For tests: allocation number `n` fails from now on (1 is the next), and the retry after it; with `forever`
 * all after it too. 0 for none. ---- */
void lunad_fail_allocation(lunad_state *state, uint64_t n, bool forever);
uint64_t lunad_allocations(const lunad_state *state);

/* ---- The library ---- */

/* What the loaded library says of itself: `$LuaVersion: Lua 5.4.4  Copyright …`. */
const char *lunad_lua_ident(void);

#endif
