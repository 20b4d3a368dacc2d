/* The inside of a state, shared by the files of this target only. */
#ifndef LUNAD_STATE_H
#define LUNAD_STATE_H

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdatomic.h>

#include "interface.h"
#include "lunad_shim.h"

/* What Lua's string library has, at most. */
#define LUNAD_STRING_FUNCTIONS 32
#define LUNAD_STRING_METAMETHODS 16

/* Lua's own string functions; each list ends with an empty entry. */
typedef struct {
    luaL_Reg functions[LUNAD_STRING_FUNCTIONS + 1];
    luaL_Reg metamethods[LUNAD_STRING_METAMETHODS + 1];
} lunad_string_library;

/* A malloc'ed, reused buffer outside the Lua heap: a longjmp over its user leaks nothing. */
typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} lunad_buffer;

#define LUNAD_TRACEBACK_CAPACITY 8192

/* A coroutine that runs now, on the C stack of whoever resumed it. */
struct lunad_running {
    lua_State *thread;
    const struct lunad_running *outer;
};

/* Why the chain of coroutines yielded to the host. */
typedef enum {
    LUNAD_YIELD_SCRIPT = 0,
    LUNAD_YIELD_WAIT,
    LUNAD_YIELD_PREEMPT,
    LUNAD_YIELD_INTERRUPT, /* never to be resumed */
} lunad_yield_kind;

struct lunad_state {
    lua_State *main;     /* the state's main thread: host work only, never script code */
    lua_State *hook;     /* the coroutine in which hooks run */
    _Atomic(lua_State *) running; /* the innermost coroutine that runs, for the signal handler */
    const struct lunad_running *innermost; /* of the coroutines that run now; NULL between runs */
    lunad_host host;
    void *context;
    lunad_limits limits;

    /* Memory. */
    size_t used;
    size_t soft_line;          /* the next growth over this is refused once, so that Lua collects first */
    bool refused;              /* the last growth was refused once */
    bool is_overdrawn;         /* the heap is to be collected, and measured, at the next instruction */
    uint64_t allocations;
    uint64_t fail_at;
    bool fail_forever;
    bool fail_retry;

    /* Interrupts and slices; written by signal handlers and other threads. */
    atomic_int interrupt;            /* lunad_interrupt_reason */
    atomic_bool slice_expired;
    atomic_bool stopping;
    atomic_llong timeout;            /* nanoseconds, 0 for none */
    atomic_llong last_sign_of_life;  /* monotonic nanoseconds */
    _Atomic(const char *) current_call;
    _Atomic(struct lunad_worker *) worker; /* the thread that runs it now, or NULL */
    lunad_interrupt_reason interrupted_by; /* of the hook that ended last */
    bool traceback_recorded;               /* by the interrupt that is being raised */

    char hook_name[64]; /* of the hook that runs; empty for a chunk */
    uintptr_t hook_serial; /* of the hook that runs, from 1 */
    bool is_loading; /* the hook that runs is the chunk itself */
    bool is_console; /* it is what an operator typed: its results are shown, not handed over */

    /* Yields. */
    lunad_yield_kind yield_kind;
    int unyieldable;            /* resumes nested inside a frame that cannot yield */
    lunad_reply reply_kind;
    lua_KContext wait_serial;   /* of the host call that waits now */

    /* Sessions. */
    unsigned session_serial;    /* 0: none open */
    lua_State *session_thread;  /* the coroutine that opened it */
    bool owes_undo;             /* the daemon's state is to be set back to `snapshot` */
    unsigned next_session;

    /* Buffers. */
    lunad_buffer reply;     /* from the host */
    lunad_buffer arguments; /* encoded, of a host call */
    lunad_buffer results;   /* encoded, of a hook */
    lunad_buffer field;     /* encoded, of the daemon's table */
    lunad_buffer hooks;
    lunad_buffer message;
    lunad_buffer error_value;
    lunad_buffer snapshot;  /* the state field as a session found it */
    char *traceback; /* of LUNAD_TRACEBACK_CAPACITY; made with the first failure, as most states have none */
    size_t traceback_count;
    lunad_buffer locals; /* of the function that failed, as text */

    /* Functions. */
    const lunad_interface *interface;
    const lunad_string_library *strings;
    int late_count;
    const void *late[]; /* the tables that are not filled yet, by library */
};

/* The low bit marks a killed coroutine (see coroutine.c). */
static inline lunad_state *lunad_of(lua_State *L) {
    return (lunad_state *)(*(uintptr_t *)lua_getextraspace(L) & ~(uintptr_t)1);
}

/* Raises when an interrupt is set; for loops in C that run no Lua instruction. Cheap. */
static inline void lunad_poll(lua_State *L);
/* Leaves the script for the interrupt that is set, after recording where; not catchable. */
_Noreturn void lunad_raise_interrupt(lua_State *L);

static inline void lunad_poll(lua_State *L) {
    if (atomic_load_explicit(&lunad_of(L)->interrupt, memory_order_relaxed) != LUNAD_INTERRUPT_NONE)
        lunad_raise_interrupt(L);
}

/* Each replaces, in the library table on top of the stack, the functions that could run away. */
void lunad_guard_string(lua_State *L); /* find match gmatch gsub rep; removes dump */
void lunad_guard_table(lua_State *L);  /* sort insert remove move concat unpack */

#endif
