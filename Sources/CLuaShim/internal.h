/* What the files of this target offer each other. Functions that may raise a Lua error say so; they are entered only
 * below a protected call. */
#ifndef LUNAD_INTERNAL_H
#define LUNAD_INTERNAL_H

#include "state.h"

/* ---- Protection ---- */

/* Runs function(L) with `argument` as a light userdata, protected; on an error the message is in state->message. */
int lunad_protect(lunad_state *state, lua_CFunction function, void *argument);
/* The thread on which the host may work now: the running coroutine inside a host call, else the main thread. */
static inline lua_State *lunad_host_thread(lunad_state *state) { return atomic_load(&state->running); }

/* ---- Registry keys: their addresses count ---- */
extern const char lunad_key_daemon, lunad_key_hook, lunad_key_modules, lunad_key_session, lunad_key_job, lunad_key_handlers,
    lunad_key_read_only, lunad_key_error, lunad_key_hook_name;

/* ---- Sandbox (may raise) ---- */
int lunad_open_sandbox(lua_State *L);
void lunad_open_base(lua_State *L);      /* into the global table */
void lunad_open_coroutine(lua_State *L); /* pushes the library table */
void lunad_open_group(lua_State *L, int group); /* pushes a table of the interface */
/* The function that carries out the declared one of this number, with that as its upvalue. */
lua_CFunction lunad_implementation(const lunad_interface *interface, int number);
/* The metatables of a session's handle and of a job, made with the first one. */
void lunad_push_session_type(lua_State *L);
void lunad_push_job_type(lua_State *L);
/* NULL when there is no memory for reading it. */
const lunad_string_library *lunad_strings(void);
int lunad_print(lua_State *L);
int lunad_require(lua_State *L);
int lunad_next(lua_State *L);

/* ---- Late tables (may raise, but for lunad_is_late, which needs two free places) ---- */
int lunad_library_count(const lunad_interface *interface);
void lunad_push_library_name(lua_State *L, int library);
/* Pushes the filled table of that number. */
void lunad_open_library(lua_State *L, int library);
void lunad_open_late(lua_State *L);
/* Pushes an empty table; whoever makes it reachable notes it in state->late. */
void lunad_push_late(lua_State *L);
void lunad_push_group(lua_State *L, int group);
bool lunad_is_late(lua_State *L, int index);
/* Fills the value at the index if it is a late table. Before anything else looks at the inside of a script's table. */
void lunad_complete(lua_State *L, int index);
/* All that there are. */
void lunad_complete_all(lua_State *L);

/* ---- Interrupts ---- */
/* Sets the reason unless one is set. */
void lunad_set_interrupt(lunad_state *state, lunad_interrupt_reason reason);
/* Unsets it if it is this one. */
void lunad_forget_interrupt(lunad_state *state, lunad_interrupt_reason reason);
/* After a protected call in a script failed with `status`: running out of memory is an interrupt, and any interrupt
 * is raised again. Returns when the script may have its error. */
void lunad_check_caught(lua_State *L, int status);
/* Has the heap collected at the script's next instruction. Safe inside the allocator. */
void lunad_ask_collection(lunad_state *state);
/* Arms the hook on L when an interrupt, an expired slice or a collection waits for it. */
void lunad_rearm(lua_State *L);
/* Whether L, and every coroutine around it, can be suspended. */
bool lunad_can_suspend(lua_State *L);
void lunad_enter_worker(lunad_state *state);
void lunad_leave_worker(lunad_state *state);

/* Which host call is in progress, for other threads. */
static inline void lunad_note_call(lunad_state *state, const char *name) {
    atomic_store_explicit(&state->current_call, name, memory_order_release);
}

/* ---- Coroutines ---- */
/* Marks a coroutine that an interrupt or the host left for good: it counts as dead although Lua may hold it suspended,
 * and its variables are not closed, since Lua could run their handlers with hooks disabled. */
void lunad_mark_killed(lua_State *co);
bool lunad_is_killed(lua_State *co);
/* Runs `co` as the innermost coroutine; lua_resume's status. */
int lunad_run_coroutine(lua_State *L, lua_State *co, int arguments, int *results);

/* ---- Values (may raise) ---- */
/* Encodes the value at `index` into the emptied buffer; `what` begins the path in an error. */
void lunad_encode(lua_State *L, int index, lunad_buffer *buffer, size_t limit, const char *what);
/* Encodes the values from `first` to the top as one array. */
void lunad_encode_stack(lua_State *L, int first, lunad_buffer *buffer, size_t limit, const char *what);
/* The same for a few numbers, booleans and nils, without raising; false, when there is another value among them. */
bool lunad_encode_scalars(lua_State *L, int first, lunad_buffer *buffer);
/* Pushes one decoded value. */
void lunad_decode(lua_State *L, const uint8_t *bytes, size_t count);
/* Pushes the elements of an encoded array; how many. */
int lunad_decode_stack(lua_State *L, const uint8_t *bytes, size_t count);
/* Replaces a read-only table of the host's at the absolute `index` by the one behind it; whether it was one. Does not
 * raise; needs two free places. */
bool lunad_look_behind_proxy(lua_State *L, int index);
/* Replaces the contents of the daemon's table[name] by the encoded table, in place. */
void lunad_refill_field(lua_State *L, const char *name, const uint8_t *bytes, size_t count);

/* ---- Tracebacks: written without a Lua allocation ---- */
/* L's stack from level `first` on, then those of the coroutines around it. */
void lunad_write_traceback(lunad_state *state, lua_State *L, int first);
/* Keeps the traceback of the error value on top of L's stack, which was raised in `where`, before it is unwound; the
 * `first` level that is of interest. An error that is passed on keeps the one it has. Does not raise. */
void lunad_keep_traceback(lua_State *L, lua_State *where, int first);
/* The error on top of L's stack is the one that the traceback in hand belongs to. */
void lunad_keep_error(lua_State *L);
/* A message handler that keeps the traceback. */
int lunad_traceback_handler(lua_State *L);

/* ---- Console ---- */
struct lunad_code {
    const uint8_t *source;
    size_t length;
    const char *name;
    int status;
};
/* Both are run protected; may raise. The first takes a lunad_code and puts its function onto the hook's stack. */
int lunad_compile_console(lua_State *L);
int lunad_show_results(lua_State *L);

/* ---- Host calls ---- */
/* What a session that was left open did to the daemon's state is undone; its rows are the host's matter. */
void lunad_undo_session(lunad_state *state);
void lunad_register_functions(lua_State *L); /* fills the lunad table on top of the stack; may raise */

#endif
