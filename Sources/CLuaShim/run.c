/* Running hooks: from Swift into Lua and back, one coroutine at a time. */
#include <string.h>

#include "buffer.h"
#include "internal.h"

static void keep_text(lunad_buffer *buffer, const char *text, size_t count) {
    lunad_empty(buffer);
    lunad_append(buffer, text, count);
}

/* ---- The hook's coroutine ---- */

static int make_hook(lua_State *L) {
    lunad_state *state = lunad_of(L);
    lua_State *co = lua_newthread(L);
    lua_sethook(co, NULL, 0, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_hook);
    state->hook = co;
    return 0;
}

/* Nothing of the hook runs again, and what only it held is garbage. The key is in the registry, so that this neither
 * allocates nor raises. In a full heap room is made for the next hook, by a collection that frees string buffers too,
 * as those in which Lua makes room for itself do not. */
static void drop_hook(lunad_state *state) {
    if (!state->hook) return;
    lunad_mark_killed(state->hook);
    state->hook = NULL;
    lua_pushboolean(state->main, 0);
    lua_rawsetp(state->main, LUA_REGISTRYINDEX, &lunad_key_hook);
    if (state->used > state->limits.memory_soft) lunad_collect(state);
}

/* LUA_OK when there is a coroutine for the next hook. One that ended well is used again. */
static int make_ready(lunad_state *state) {
    if (state->hook && lua_status(state->hook) == LUA_OK && lua_gettop(state->hook) == 0) return LUA_OK;
    drop_hook(state);
    return lunad_protect(state, make_hook, NULL);
}

static void begin(lunad_state *state, const char *hook_name) {
    size_t length = strnlen(hook_name, sizeof state->hook_name - 1);
    memcpy(state->hook_name, hook_name, length);
    state->hook_name[length] = 0;
    state->hook_serial++;
    state->traceback_recorded = false;
    state->traceback_count = 0;
    state->unyieldable = 0;
    state->innermost = NULL;
    state->interrupted_by = LUNAD_INTERRUPT_NONE;
    lunad_empty(&state->results);
    lunad_empty(&state->error_value);
    lunad_empty(&state->locals);
    lunad_note_life(state);
}

/* ---- Ends ---- */

/* A chunk's result is the daemon's table: it stays inside. A hook's results are for the host. */
static int take_results(lua_State *L) {
    lunad_state *state = lunad_of(L);
    if (state->is_loading) {
        lua_settop(L, 2);
        lunad_complete(L, 2);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon);
        return 0;
    }
    lunad_encode_stack(L, 2, &state->results, state->limits.value_limit, "result");
    return 0;
}

/* The hook is over for `reason`; an interrupt that was set is answered with it. */
static lunad_outcome interrupted(lunad_state *state, lunad_interrupt_reason reason) {
    atomic_store(&state->interrupt, LUNAD_INTERRUPT_NONE);
    state->interrupted_by = reason;
    drop_hook(state);
    return LUNAD_INTERRUPTED;
}

/* The host's own work for a hook that has not begun failed. */
static lunad_outcome not_begun(lunad_state *state, int status, lunad_outcome otherwise) {
    if (state->hook) lua_settop(state->hook, 0);
    if (status != LUA_ERRMEM) return otherwise;
    state->interrupted_by = LUNAD_INTERRUPT_MEMORY;
    return LUNAD_INTERRUPTED;
}

static lunad_outcome finish_well(lunad_state *state, int results) {
    lua_State *co = state->hook;
    lua_State *L = state->main;
    lua_CFunction take = state->is_console ? lunad_show_results : take_results;
    if (results == 0 && !state->is_loading) return LUNAD_FINISHED;
    if (!state->is_loading && !state->is_console &&
        lunad_encode_scalars(co, lua_gettop(co) - results + 1, &state->results)) {
        lua_settop(co, 0);
        return LUNAD_FINISHED;
    }
    if (!lua_checkstack(L, results + 4)) return interrupted(state, LUNAD_INTERRUPT_MEMORY);
    lua_pushcfunction(L, take);
    lua_pushnil(L); /* the first argument's place */
    lua_xmove(co, L, results);
    int status = lua_pcall(L, results + 1, 0, 0);
    lua_settop(co, 0);
    if (status == LUA_OK) return LUNAD_FINISHED;
    if (status == LUA_ERRMEM) {
        lua_pop(L, 1);
        return interrupted(state, LUNAD_INTERRUPT_MEMORY);
    }
    size_t count = 0;
    const char *text = lua_tolstring(L, -1, &count);
    keep_text(&state->message, text ? text : "the results are too large", text ? count : 25);
    lua_pop(L, 1);
    return LUNAD_RAISED;
}

/* The error value, on top of the main thread's stack, as a message and, when it is a plain table, as a value. */
static int describe_error(lua_State *L) {
    lunad_state *state = lunad_of(L);
    size_t count;
    if (lua_type(L, 2) == LUA_TTABLE && luaL_getmetafield(L, 2, "__tostring") == LUA_TNIL) {
        keep_text(&state->message, "(error object is a table value)", 31);
    } else {
        const char *text = luaL_tolstring(L, 2, &count);
        keep_text(&state->message, text, count);
    }
    if (lua_type(L, 2) == LUA_TTABLE) lunad_encode(L, 2, &state->error_value, state->limits.value_limit, "error");
    return 0;
}

static void keep_error(lunad_state *state) {
    lua_State *co = state->hook;
    lua_State *L = state->main;
    keep_text(&state->message, "(the error object cannot be shown)", 34);
    if (!lua_checkstack(L, 6)) return;
    lua_pushcfunction(L, describe_error);
    lua_pushnil(L);
    lua_xmove(co, L, 1);
    state->unyieldable++; /* `__tostring` is a script's, and runs on the main thread */
    int status = lua_pcall(L, 2, 0, 0);
    state->unyieldable--;
    if (status == LUA_OK) return;
    lua_pop(L, 1);
    lunad_empty(&state->error_value);
}

static void close_variables(lunad_state *state) {
    lua_State *co = state->hook;
    atomic_store(&state->running, co);
    state->unyieldable++;
    lunad_rearm(co);
    lua_resetthread(co);
    lua_settop(co, 0);
    state->unyieldable--;
    atomic_store(&state->running, state->main);
}

/* Runs what the failed hook's variables have to close; an interrupted one is dropped as it is. */
static lunad_outcome finish_badly(lunad_state *state, int status) {
    if (status == LUA_ERRMEM) lunad_set_interrupt(state, LUNAD_INTERRUPT_MEMORY);
    if (atomic_load(&state->interrupt) == LUNAD_INTERRUPT_NONE) {
        lunad_keep_traceback(state->hook, state->hook, 0);
        keep_error(state);
        if (atomic_load(&state->interrupt) == LUNAD_INTERRUPT_NONE) close_variables(state);
    }
    int reason = atomic_load(&state->interrupt);
    if (reason == LUNAD_INTERRUPT_NONE) return LUNAD_RAISED;
    if (!state->traceback_recorded) lunad_write_traceback(state, state->hook, 0);
    return interrupted(state, (lunad_interrupt_reason)reason);
}

/* ---- Running ---- */

/* What a hook leaves behind, however it ended. It may have got by without the memory it was refused, and a tick may
 * have found it overdue while it was being cleared away; neither is the next one's fault. */
static void end(lunad_state *state) {
    lunad_forget_interrupt(state, LUNAD_INTERRUPT_MEMORY);
    lunad_forget_interrupt(state, LUNAD_INTERRUPT_STEP_TIMEOUT);
    lunad_undo_session(state);
    state->wait_serial = 0;
    lunad_note_call(state, NULL);
}

static lunad_outcome run(lunad_state *state, int arguments) {
    int results = 0;
    lunad_enter_worker(state);
    int status = lunad_run_coroutine(state->main, state->hook, arguments, &results);
    lunad_outcome outcome;
    if (status == LUA_YIELD && state->yield_kind != LUNAD_YIELD_INTERRUPT)
        outcome = state->yield_kind == LUNAD_YIELD_PREEMPT ? LUNAD_PREEMPTED : LUNAD_WAITING;
    else
        outcome = status == LUA_OK ? finish_well(state, results) : finish_badly(state, status);
    lunad_leave_worker(state);
    if (outcome != LUNAD_WAITING && outcome != LUNAD_PREEMPTED) end(state);
    return outcome;
}

static int compile(lua_State *L) {
    lunad_state *state = lunad_of(L);
    struct lunad_code *chunk = lua_touserdata(L, 1);
    chunk->status = luaL_loadbufferx(L, (const char *)chunk->source, chunk->length, chunk->name, "t");
    if (chunk->status != LUA_OK) return lua_error(L);
    if (!lua_checkstack(state->hook, 1)) chunk->status = LUA_ERRMEM;
    if (chunk->status != LUA_OK) return luaL_error(L, "not enough memory");
    lua_xmove(L, state->hook, 1);
    return 0;
}

static lunad_outcome run_text(lunad_state *state, struct lunad_code code, lua_CFunction compiler, bool is_console) {
    begin(state, is_console ? "console" : "");
    int status = make_ready(state);
    if (status != LUA_OK) return not_begun(state, status, LUNAD_RAISED);
    status = lunad_protect(state, compiler, &code);
    if (status != LUA_OK)
        return not_begun(state, code.status == LUA_ERRMEM ? LUA_ERRMEM : status, LUNAD_SYNTAX_ERROR);
    state->is_loading = !is_console;
    state->is_console = is_console;
    return run(state, 0);
}

lunad_outcome lunad_load(lunad_state *state, const uint8_t *source, size_t length, const char *chunk_name) {
    return run_text(state, (struct lunad_code){source, length, chunk_name, LUA_OK}, compile, false);
}

lunad_outcome lunad_evaluate(lunad_state *state, const uint8_t *source, size_t length) {
    return run_text(state, (struct lunad_code){source, length, "=console", LUA_OK}, lunad_compile_console, true);
}

struct call {
    const char *hook;
    const uint8_t *arguments;
    size_t length;
    bool is_job;
    bool is_handler;
    int count;
    int status;
};

/* The first argument is a job: its methods are found through its metatable. */
static void make_job(lua_State *L, int index) {
    if (!lua_istable(L, index)) return;
    lunad_push_job_type(L);
    lua_setmetatable(L, index);
}

/* The hook that was called last once more, without arguments: its name is kept as Lua has it, so that nothing here
 * allocates or raises. False when it takes a protected call. */
static bool prepare_again(lunad_state *state, struct call *call) {
    lua_State *L = state->main;
    if (call->is_handler || call->length != 0 || !lua_checkstack(L, 3) || !lua_checkstack(state->hook, 2)) return false;
    int top = lua_gettop(L);
    bool is_ready = lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon) == LUA_TTABLE &&
                    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_hook_name) == LUA_TSTRING &&
                    strcmp(lua_tostring(L, -1), call->hook) == 0 && lua_rawget(L, -2) == LUA_TFUNCTION;
    if (is_ready) {
        lua_insert(L, -2);
        lua_xmove(L, state->hook, 2);
        call->count = 1;
    }
    lua_settop(L, top);
    return is_ready;
}

static int prepare_call(lua_State *L) {
    lunad_state *state = lunad_of(L);
    struct call *call = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, call->is_handler ? &lunad_key_handlers : &lunad_key_daemon);
    if (!lua_istable(L, -1)) return luaL_error(L, "no script is loaded");
    lua_pushstring(L, call->hook);
    if (!call->is_handler) {
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_hook_name);
    }
    /* Raw: a metamethod would run here without a slice. The declaration lists hooks raw, too. */
    if (lua_rawget(L, -2) != LUA_TFUNCTION) return luaL_error(L, "the script has no function '%s'", call->hook);
    if (call->is_handler) lua_replace(L, -2);
    else lua_insert(L, -2);
    int first = lua_gettop(L) + 1;
    call->count = (call->is_handler ? 0 : 1) + lunad_decode_stack(L, call->arguments, call->length);
    if (call->is_job) make_job(L, first);
    if (!lua_checkstack(state->hook, call->count + 1)) {
        call->status = LUA_ERRMEM;
        return luaL_error(L, "not enough memory");
    }
    lua_xmove(L, state->hook, call->count + 1);
    return 0;
}

static lunad_outcome call(lunad_state *state, struct call call) {
    int status = make_ready(state);
    if (status != LUA_OK) return not_begun(state, status, LUNAD_RAISED);
    if (!prepare_again(state, &call)) status = lunad_protect(state, prepare_call, &call);
    if (status != LUA_OK) return not_begun(state, call.status == LUA_ERRMEM ? LUA_ERRMEM : status, LUNAD_RAISED);
    state->is_loading = false;
    state->is_console = false;
    return run(state, call.count);
}

lunad_outcome lunad_call(lunad_state *state, const char *hook, const uint8_t *arguments, size_t length, bool is_job) {
    begin(state, hook);
    return call(state, (struct call){hook, arguments, length, is_job, false, 0, LUA_OK});
}

lunad_outcome lunad_call_handler(lunad_state *state, const char *topic, const uint8_t *arguments, size_t length) {
    begin(state, topic);
    return call(state, (struct call){topic, arguments, length, false, true, 0, LUA_OK});
}

lunad_outcome lunad_resume(lunad_state *state, lunad_reply reply) {
    state->reply_kind = reply;
    lunad_note_life(state);
    return run(state, 0);
}

lunad_outcome lunad_continue(lunad_state *state) {
    if (state->yield_kind == LUNAD_YIELD_WAIT && atomic_load(&state->interrupt) == LUNAD_INTERRUPT_NONE)
        return LUNAD_WAITING;
    return run(state, 0);
}

void lunad_abort(lunad_state *state) {
    drop_hook(state);
    end(state);
    lunad_clear_interrupt(state);
}

lunad_bytes lunad_results(const lunad_state *state) { return lunad_view(&state->results); }

lunad_bytes lunad_error_message(const lunad_state *state) { return lunad_view(&state->message); }

lunad_bytes lunad_error_value(const lunad_state *state) { return lunad_view(&state->error_value); }

lunad_interrupt_reason lunad_interrupted_by(const lunad_state *state) { return state->interrupted_by; }
