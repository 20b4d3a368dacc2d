/* The coroutine library: as Lua's own, but the host always knows which coroutine runs, waits and preemptions pass
 * through a script's coroutines to the host, and no interrupt ends in a resume. */
#include "internal.h"

/* The low bit of a coroutine's extra space: it points to the state, which is aligned. */
void lunad_mark_killed(lua_State *co) { *(uintptr_t *)lua_getextraspace(co) |= 1; }

bool lunad_is_killed(lua_State *co) { return (*(uintptr_t *)lua_getextraspace(co) & 1) != 0; }

/* Only this thread's own signal handler looks. */
static void note_running(lunad_state *state, lua_State *L) {
    atomic_store_explicit(&state->running, L, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
}

int lunad_run_coroutine(lua_State *L, lua_State *co, int arguments, int *results) {
    lunad_state *state = lunad_of(L);
    int pinned = L != state->main && !lua_isyieldable(L);
    state->unyieldable += pinned;
    struct lunad_running here = {co, state->innermost};
    state->innermost = &here;
    note_running(state, co);
    lunad_rearm(co);
    int status = lua_resume(co, L, arguments, results);
    note_running(state, L);
    state->innermost = here.outer;
    state->unyieldable -= pinned;
    if (L != state->main) lunad_rearm(L);
    return status;
}

static lua_State *check_coroutine(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static int give_results(lua_State *L, lua_State *co, int results) {
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int continue_resume(lua_State *L, int status, lua_KContext is_wrap);

/* How many results are on L's stack, or -1 and the error value; yields outward when the host has to. */
static int run(lua_State *L, lua_State *co, int arguments, lua_KContext is_wrap) {
    lunad_state *state = lunad_of(L);
    if (lunad_is_killed(co)) {
        lua_pop(co, arguments);
        lua_pushliteral(L, "cannot resume dead coroutine");
        return -1;
    }
    int results = 0;
    int status = lunad_run_coroutine(L, co, arguments, &results);
    if (status == LUA_YIELD && (state->yield_kind == LUNAD_YIELD_WAIT || state->yield_kind == LUNAD_YIELD_PREEMPT))
        return lua_yieldk(L, 0, is_wrap, continue_resume);
    if (status == LUA_YIELD && state->yield_kind == LUNAD_YIELD_INTERRUPT) {
        lunad_mark_killed(co);
        lunad_raise_interrupt(L);
    }
    if (status == LUA_OK || status == LUA_YIELD) return give_results(L, co, results);
    if (status == LUA_ERRMEM) lunad_set_interrupt(state, LUNAD_INTERRUPT_MEMORY);
    if (atomic_load(&state->interrupt) != LUNAD_INTERRUPT_NONE) {
        lunad_mark_killed(co);
        lunad_raise_interrupt(L);
    }
    lua_xmove(co, L, 1);
    return -1;
}

static int finish_resume(lua_State *L, int results) {
    if (results < 0) {
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushboolean(L, 1);
    lua_insert(L, -(results + 1));
    return results + 1;
}

/* Closes the variables of a suspended or failed coroutine; lua_resetthread's status. */
static int close_variables(lua_State *L, lua_State *co) {
    lunad_state *state = lunad_of(L);
    state->unyieldable++;
    atomic_store(&state->running, co);
    lunad_rearm(co);
    int status = lua_resetthread(co);
    atomic_store(&state->running, L);
    state->unyieldable--;
    lunad_check_caught(L, status);
    return status;
}

/* An error leaves the coroutine with its traceback kept, its variables closed, and the caller's position in front. */
static int finish_wrap(lua_State *L, lua_State *co, int results) {
    if (results >= 0) return results;
    lunad_keep_traceback(L, co, 0);
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD && close_variables(L, co) != LUA_OK) {
        lua_pop(L, 1);
        lua_xmove(co, L, 1);
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
        lunad_keep_error(L);
    }
    return lua_error(L);
}

static int continue_resume(lua_State *L, int status, lua_KContext is_wrap) {
    (void)status;
    lua_State *co = is_wrap ? lua_tothread(L, lua_upvalueindex(1)) : lua_tothread(L, 1);
    int results = run(L, co, 0, is_wrap);
    return is_wrap ? finish_wrap(L, co, results) : finish_resume(L, results);
}

static bool give_arguments(lua_State *L, lua_State *co, int arguments) {
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return false;
    }
    lua_xmove(L, co, arguments);
    return true;
}

static int resume(lua_State *L) {
    lua_State *co = check_coroutine(L);
    int arguments = lua_gettop(L) - 1;
    if (!give_arguments(L, co, arguments)) return finish_resume(L, -1);
    return finish_resume(L, run(L, co, arguments, 0));
}

static int call_wrapped(lua_State *L) {
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int arguments = lua_gettop(L);
    if (!give_arguments(L, co, arguments)) return finish_wrap(L, co, -1);
    return finish_wrap(L, co, run(L, co, arguments, 1));
}

static int create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_sethook(co, NULL, 0, 0); /* a new thread inherits the hook of the one that makes it */
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int wrap(lua_State *L) {
    create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static bool is_hook_frame(lua_State *L) { return L == lunad_of(L)->hook || L == lunad_of(L)->main; }

static int yield(lua_State *L) {
    if (is_hook_frame(L)) return luaL_error(L, "attempt to yield from outside a coroutine");
    lunad_state *state = lunad_of(L);
    if (state->session_serial && state->session_thread == L)
        return luaL_error(L, "cannot yield out of a session: it would stay open until the coroutine is resumed");
    state->yield_kind = LUNAD_YIELD_SCRIPT;
    return lua_yield(L, lua_gettop(L));
}

static const char *status_of(lua_State *L, lua_State *co) {
    if (L == co) return "running";
    if (lunad_is_killed(co)) return "dead";
    switch (lua_status(co)) {
        case LUA_YIELD: return "suspended";
        case LUA_OK: {
            lua_Debug activation;
            if (lua_getstack(co, 0, &activation)) return "normal";
            return lua_gettop(co) == 0 ? "dead" : "suspended";
        }
        default: return "dead";
    }
}

static int status(lua_State *L) {
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

static int is_yieldable(lua_State *L) {
    lua_State *co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
    lua_pushboolean(L, !is_hook_frame(co) && lua_isyieldable(co));
    return 1;
}

static int running(lua_State *L) {
    lua_pushthread(L);
    lua_pushboolean(L, is_hook_frame(L));
    return 2;
}

static int close(lua_State *L) {
    lua_State *co = check_coroutine(L);
    const char *is = status_of(L, co);
    if (is[0] != 'd' && is[0] != 's') return luaL_error(L, "cannot close a %s coroutine", is);
    if (lunad_is_killed(co)) {
        lua_pushboolean(L, 1);
        return 1;
    }
    int status = close_variables(L, co);
    lua_pushboolean(L, status == LUA_OK);
    if (status == LUA_OK) return 1;
    lua_xmove(co, L, 1);
    return 2;
}

void lunad_open_coroutine(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"create", create}, {"resume", resume},   {"wrap", wrap},
        {"yield", yield},   {"status", status},   {"isyieldable", is_yieldable},
        {"running", running}, {"close", close},   {NULL, NULL},
    };
    luaL_newlib(L, functions);
}
