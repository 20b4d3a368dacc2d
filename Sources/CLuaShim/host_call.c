/* Calls from a script to the host: the `lunad` table. The host is entered with bytes and answers with a status; only
 * after it has returned does anything here raise. */
#include <string.h>

#include "buffer.h"
#include "internal.h"

/* ---- Answers ---- */

static int finish(lua_State *L, lunad_reply reply);

static int after_wait(lua_State *L, int status, lua_KContext serial) {
    (void)status;
    lunad_state *state = lunad_of(L);
    lunad_poll(L);
    if (serial != state->wait_serial)
        return luaL_error(L, "this coroutine was waiting for the host when the hook that ran it ended");
    state->wait_serial = 0;
    lunad_note_call(state, NULL);
    return finish(L, state->reply_kind);
}

static int wait(lua_State *L, lua_KFunction then) {
    static lua_KContext last_serial;
    lunad_state *state = lunad_of(L);
    state->wait_serial = __atomic_add_fetch(&last_serial, 1, __ATOMIC_RELAXED);
    state->yield_kind = LUNAD_YIELD_WAIT;
    return lua_yieldk(L, 0, state->wait_serial, then);
}

static int raise_reply(lua_State *L) {
    lunad_state *state = lunad_of(L);
    luaL_where(L, 1);
    lua_pushlstring(L, (const char *)state->reply.bytes, state->reply.count);
    lua_concat(L, 2);
    return lua_error(L);
}

static int finish(lua_State *L, lunad_reply reply) {
    lunad_state *state = lunad_of(L);
    switch (reply) {
        case LUNAD_REPLY_VALUES: return lunad_decode_stack(L, state->reply.bytes, state->reply.count);
        case LUNAD_REPLY_ERROR: return raise_reply(L);
        case LUNAD_REPLY_WAIT: return wait(L, after_wait);
        case LUNAD_REPLY_DIRECTIVE: lunad_set_interrupt(state, LUNAD_INTERRUPT_DIRECTIVE); break;
    }
    lunad_raise_interrupt(L);
}

/* ---- Arguments ---- */

static void check_argument(lua_State *L, int index, char kind) {
    bool is_optional = kind >= 'A' && kind <= 'Z';
    if (is_optional && lua_isnoneornil(L, index)) return;
    switch (is_optional ? kind - 'A' + 'a' : kind) {
        case 's': luaL_checkstring(L, index); break;
        case 'n': luaL_checknumber(L, index); break;
        case 'i': luaL_checkinteger(L, index); break;
        case 'b': luaL_checktype(L, index, LUA_TBOOLEAN); break;
        case 't': luaL_checktype(L, index, LUA_TTABLE); break;
        case 'f': luaL_checktype(L, index, LUA_TFUNCTION); break;
        default: luaL_checkany(L, index);
    }
}

/* The arguments from `first` on, against the declaration; what Lua would convert to a number is converted. */
static void check_arguments(lua_State *L, const lunad_function *function, int first) {
    const char *kinds = function->parameters;
    int index = first;
    for (; *kinds && *kinds != 'v' && *kinds != 'V'; kinds++, index++) {
        check_argument(L, index, *kinds);
        if (lua_isnoneornil(L, index)) continue;
        if (strchr("iI", *kinds) && !lua_isinteger(L, index)) {
            lua_pushinteger(L, lua_tointeger(L, index));
            lua_replace(L, index);
        } else if (strchr("nN", *kinds) && lua_type(L, index) == LUA_TSTRING) {
            lua_pushnumber(L, lua_tonumber(L, index));
            lua_replace(L, index);
        }
    }
    if (!*kinds && lua_gettop(L) >= index) lua_settop(L, index - 1);
}

static void check_wait(lua_State *L, const char *name) {
    if (lunad_of(L)->session_serial)
        luaL_error(L, "cannot wait inside a session: '%s' would keep the database from all other daemons", name);
    if (!lunad_can_suspend(L))
        luaL_error(L,
                   "cannot wait here: '%s' was called from a function that cannot be suspended "
                   "(a comparator of table.sort, a callback of string.gsub, a metamethod called from C)",
                   name);
}

/* ---- Functions of the host ---- */

static const lunad_function *declared(const lunad_state *state, int index) {
    return &state->interface->functions[index].function;
}

static int ask_host(lua_State *L, int index, int first) {
    lunad_state *state = lunad_of(L);
    const lunad_function *function = declared(state, index);
    lunad_encode_stack(L, first, &state->arguments, state->limits.value_limit, "argument");
    lunad_empty(&state->reply);
    lunad_note_call(state, function->name);
    lunad_reply reply = state->host.call(state->context, state, index, lunad_view(&state->arguments));
    if (reply == LUNAD_REPLY_WAIT) lunad_note_life(state);
    if (reply != LUNAD_REPLY_WAIT) lunad_note_call(state, NULL);
    return finish(L, reply);
}

static int call_host(lua_State *L, int index, int first) {
    const lunad_function *function = declared(lunad_of(L), index);
    check_arguments(L, function, first);
    if (function->waits) check_wait(L, function->name);
    return ask_host(L, index, first);
}

static int host_function(lua_State *L) { return call_host(L, (int)lua_tointeger(L, lua_upvalueindex(1)), 1); }

/* A method of the job that runs; which one that is, the host knows. */
static int job_function(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    return call_host(L, (int)lua_tointeger(L, lua_upvalueindex(1)), 2);
}

static int heartbeat(lua_State *L) {
    lunad_note_life(lunad_of(L));
    return lua_isnoneornil(L, 1) ? 0 : host_function(L);
}

static void push_handlers(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_handlers) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_handlers);
}

/* A function for events stays here, under its topic; the host hears whether there is one. One that the host then refuses
 * is never called. */
static int keep_handler(lua_State *L) {
    int index = (int)lua_tointeger(L, lua_upvalueindex(1));
    check_arguments(L, declared(lunad_of(L), index), 1);
    lua_settop(L, 2);
    push_handlers(L);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_rawset(L, 3);
    lua_pop(L, 1);
    lua_pushboolean(L, lua_isfunction(L, 2));
    lua_replace(L, 2);
    return ask_host(L, index, 1);
}

/* ---- Functions without the host ---- */

static int now(lua_State *L) {
    lunad_state *state = lunad_of(L);
    lua_pushnumber(L, (double)state->host.wall(state->context) / 1e9);
    return 1;
}

static int monotonic(lua_State *L) {
    lunad_state *state = lunad_of(L);
    lua_pushnumber(L, (double)state->host.monotonic(state->context) / 1e9);
    return 1;
}

static int stopping(lua_State *L) {
    lua_pushboolean(L, atomic_load_explicit(&lunad_of(L)->stopping, memory_order_relaxed));
    return 1;
}

/* ---- Sessions ---- */

/* A handle says which session it belongs to. */
static int session_handle(lua_State *L, unsigned serial) {
    unsigned *handle = lua_newuserdatauv(L, sizeof *handle, 0);
    *handle = serial;
    lunad_push_session_type(L);
    lua_setmetatable(L, -2);
    return 1;
}

static int session_function(lua_State *L) {
    lunad_state *state = lunad_of(L);
    bool is_handle = lua_isuserdata(L, 1) && lua_getmetatable(L, 1);
    if (is_handle) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_session);
        is_handle = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    int index = (int)lua_tointeger(L, lua_upvalueindex(1));
    if (!is_handle)
        return luaL_error(L, "call it with a colon: %s(…), on the handle that lunad.session gives to its function",
                          declared(state, index)->name);
    if (state->session_serial == 0 || *(unsigned *)lua_touserdata(L, 1) != state->session_serial)
        return luaL_error(L,
                          "this database handle belongs to a session that has ended; "
                          "use it only inside lunad.session(function(db) … end)");
    return call_host(L, index, 2);
}

static int save_snapshot(lua_State *L) {
    lunad_state *state = lunad_of(L);
    lunad_empty(&state->snapshot);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon);
    if (!lua_istable(L, -1)) return 0;
    lua_pushliteral(L, "state");
    lua_rawget(L, -2);
    lunad_encode(L, -1, &state->snapshot, state->limits.value_limit, "state");
    return 0;
}

/* What the function did to the daemon's state is undone with its rows. When there is no memory for it now, it is done
 * at the hook's end. */
static void restore_snapshot(lua_State *L) {
    lunad_state *state = lunad_of(L);
    if (state->snapshot.count != 0) lunad_refill_field(L, "state", state->snapshot.bytes, state->snapshot.count);
    state->owes_undo = false;
    lunad_empty(&state->snapshot);
}

static int undo(lua_State *L) {
    restore_snapshot(L);
    return 0;
}

void lunad_undo_session(lunad_state *state) {
    state->session_serial = 0;
    if (!state->owes_undo) return;
    lunad_protect(state, undo, NULL);
    state->owes_undo = false;
}

static int session_done(lua_State *L, lunad_reply reply) {
    if (reply == LUNAD_REPLY_ERROR) {
        lunad_of(L)->owes_undo = true;
        restore_snapshot(L);
        return raise_reply(L);
    }
    lunad_empty(&lunad_of(L)->snapshot);
    return lua_gettop(L) - 2;
}

static int session_committed(lua_State *L, int status, lua_KContext serial) {
    (void)status;
    lunad_state *state = lunad_of(L);
    lunad_poll(L);
    if (serial != state->wait_serial) return luaL_error(L, "this session was ended with the hook that opened it");
    state->wait_serial = 0;
    lunad_note_call(state, NULL);
    return session_done(L, state->reply_kind);
}

static int session_ran(lua_State *L, int status, lua_KContext context) {
    (void)context;
    lunad_state *state = lunad_of(L);
    bool is_good = status == LUA_OK || status == LUA_YIELD;
    if (!is_good) lunad_check_caught(L, status);
    lunad_empty(&state->reply);
    if (is_good) lunad_note_call(state, "session");
    lunad_reply reply = state->host.end_session(state->context, state, is_good);
    state->session_serial = 0;
    lunad_note_life(state);
    if (is_good) state->owes_undo = false;
    if (!is_good) {
        restore_snapshot(L);
        return lua_error(L);
    }
    if (reply == LUNAD_REPLY_WAIT) return wait(L, session_committed);
    lunad_note_call(state, NULL);
    return session_done(L, reply);
}

static int session_begun(lua_State *L, lunad_reply reply) {
    lunad_state *state = lunad_of(L);
    if (reply == LUNAD_REPLY_ERROR) return raise_reply(L);
    state->session_serial = ++state->next_session ? state->next_session : ++state->next_session;
    state->session_thread = L;
    lua_pushcfunction(L, save_snapshot);
    int status = lua_pcall(L, 0, 0, 0);
    if (status != LUA_OK) {
        state->host.end_session(state->context, state, false);
        state->session_serial = 0;
        lunad_check_caught(L, status);
        return lua_error(L);
    }
    state->owes_undo = true;
    lua_pushcfunction(L, lunad_traceback_handler);
    lua_pushvalue(L, 1);
    session_handle(L, state->session_serial);
    return session_ran(L, lua_pcallk(L, 1, LUA_MULTRET, 2, 0, session_ran), 0);
}

static int session_granted(lua_State *L, int status, lua_KContext serial) {
    (void)status;
    lunad_state *state = lunad_of(L);
    lunad_poll(L);
    if (serial != state->wait_serial) return luaL_error(L, "this session was ended with the hook that opened it");
    state->wait_serial = 0;
    lunad_note_call(state, NULL);
    return session_begun(L, state->reply_kind);
}

static int session(lua_State *L) {
    lunad_state *state = lunad_of(L);
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    if (state->session_serial) return luaL_error(L, "sessions cannot be nested: use the db of the one that is open");
    check_wait(L, "session");
    luaL_checkstack(L, 10, NULL);
    lunad_push_session_type(L); /* while an error costs nothing */
    lua_pop(L, 1);
    lunad_empty(&state->reply);
    lunad_note_call(state, "session");
    lunad_reply reply = state->host.begin_session(state->context, state);
    lunad_note_life(state);
    if (reply == LUNAD_REPLY_WAIT) return wait(L, session_granted);
    lunad_note_call(state, NULL);
    return session_begun(L, reply);
}

/* ---- Which is which ---- */

static const luaL_Reg natives[] = {
    {"now", now},
    {"monotonic", monotonic},
    {"stopping", stopping},
    {"heartbeat", heartbeat},
    {"session", session},
    {"events.subscribe", keep_handler},
    {"events.unsubscribe", keep_handler},
    {NULL, NULL},
};

lua_CFunction lunad_implementation(const lunad_interface *interface, int number) {
    const lunad_declared *declared = &interface->functions[number];
    for (const luaL_Reg *native = natives; native->name; native++)
        if (strcmp(native->name, declared->function.name) == 0) return native->func;
    if (declared->group == LUNAD_GROUP_SESSION) return session_function;
    return declared->group == LUNAD_GROUP_JOB ? job_function : host_function;
}

/* print goes to the log, as one line with tabs between the arguments. */
int lunad_print(lua_State *L) {
    lunad_state *state = lunad_of(L);
    int count = lua_gettop(L);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (int i = 1; i <= count; i++) {
        if (i > 1) luaL_addchar(&text, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&text);
    }
    luaL_pushresult(&text);
    lua_insert(L, 1);
    lua_settop(L, 1);
    return state->interface->print < 0 ? 0 : call_host(L, state->interface->print, 1);
}
