/* The base library: Lua's own where it is safe; our own where a script could swallow an interrupt, run bytecode or
 * have code run with hooks disabled. */
#include <string.h>

#include "buffer.h"
#include "internal.h"

/* ---- Protected calls ---- */

static int finish_pcall(lua_State *L, int status, lua_KContext extra) {
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)extra;
    lunad_check_caught(L, status);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

static int protected_call(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall);
    return finish_pcall(L, status, 0);
}

/* Lua runs a message handler before it unwinds, after an interrupt with hooks disabled: it must not run then. */
static int guarded_handler(lua_State *L) {
    if (atomic_load(&lunad_of(L)->interrupt) != LUNAD_INTERRUPT_NONE) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int extended_protected_call(lua_State *L) {
    int arguments = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guarded_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, arguments - 2, LUA_MULTRET, 2, 2, finish_pcall);
    return finish_pcall(L, status, 2);
}

/* ---- Chunks: text only ---- */

static const char *read_piece(lua_State *L, void *opaque, size_t *count) {
    (void)opaque;
    luaL_checkstack(L, 2, "too many nested functions");
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        *count = 0;
        return NULL;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
    lua_replace(L, 5); /* keeps the piece alive while the parser reads it */
    return lua_tolstring(L, 5, count);
}

static int load_chunk(lua_State *L) {
    size_t count;
    const char *text = lua_tolstring(L, 1, &count);
    bool has_environment = !lua_isnone(L, 4);
    int status;
    if (text) {
        const char *name = luaL_optstring(L, 2, text);
        status = luaL_loadbufferx(L, text, count, name, "t");
    } else {
        const char *name = luaL_optstring(L, 2, "=(load)");
        luaL_checktype(L, 1, LUA_TFUNCTION);
        lua_settop(L, 5);
        status = lua_load(L, read_piece, NULL, name, "t");
    }
    if (status != LUA_OK) {
        lunad_check_caught(L, status);
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_environment) {
        lua_pushvalue(L, 4);
        if (!lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    }
    return 1;
}

/* ---- Metatables ---- */

static int set_metatable(lua_State *L) {
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    lunad_complete(L, 1);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL)
            return luaL_error(L, "'__gc' is not available: a finalizer cannot be interrupted; use '__close'");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int get_metatable(lua_State *L) {
    luaL_checkany(L, 1);
    lunad_complete(L, 1);
    if (!lua_getmetatable(L, 1)) lua_pushnil(L);
    else luaL_getmetafield(L, 1, "__metatable");
    return 1;
}

/* ---- Raw access: read-only tables of the host, and tables that are not filled yet ---- */

int lunad_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (lua_getmetatable(L, 1)) {
        lua_pop(L, 1);
        lunad_complete(L, 1);
        lunad_look_behind_proxy(L, 1);
    }
    if (lua_next(L, 1)) return 2;
    lua_pushnil(L);
    return 1;
}

static int finish_pairs(lua_State *L, int status, lua_KContext context) {
    (void)L;
    (void)status;
    (void)context;
    return 3;
}

/* With our own `next`, which Lua's would not give. */
static int pairs(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") == LUA_TNIL) {
        lua_pushcfunction(L, lunad_next);
        lua_pushvalue(L, 1);
        lua_pushnil(L);
    } else {
        lua_pushvalue(L, 1);
        lua_callk(L, 1, 3, 0, finish_pairs);
    }
    return 3;
}

static int raw_get(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    lunad_complete(L, 1);
    lua_rawget(L, 1);
    return 1;
}

static int raw_set(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    lunad_complete(L, 1);
    lua_pushvalue(L, 1);
    if (lunad_look_behind_proxy(L, 4)) return luaL_error(L, "this table is read-only: it is set by the host");
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

/* ---- Small ones ---- */

/* Only what cannot stop or slow the collector for good. */
static int collect_garbage(lua_State *L) {
    static const char *const options[] = {"collect", "count", "step", NULL};
    switch (luaL_checkoption(L, 1, "collect", options)) {
        case 0: lua_gc(L, LUA_GCCOLLECT); lua_pushinteger(L, 0); return 1;
        case 1:
            lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
            return 1;
        default: lua_pushboolean(L, lua_gc(L, LUA_GCSTEP, (int)luaL_optinteger(L, 2, 0))); return 1;
    }
}

/* ---- Modules ---- */

/* Stands for a module that this hook has begun to load; one that an earlier hook did not get through is loaded anew. */
static void *being_loaded(lunad_state *state) { return (void *)(uintptr_t)state->hook_serial; }

static void remember_module(lua_State *L, int value) {
    lua_pushvalue(L, 1);
    lua_pushvalue(L, value);
    lua_rawset(L, 2);
}

/* The stack: name, modules, message handler, then the module's value, nil or an error. */
static int finish_require(lua_State *L, int status, lua_KContext context) {
    (void)context;
    lua_settop(L, 4);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_pushnil(L);
        remember_module(L, 5);
        lua_settop(L, 4);
        lunad_check_caught(L, status);
        return lua_error(L);
    }
    if (lua_isnil(L, 4)) {
        lua_pushboolean(L, 1);
        lua_replace(L, 4);
    }
    remember_module(L, 4);
    return 1;
}

static void compile_module(lua_State *L) {
    lunad_state *state = lunad_of(L);
    size_t count;
    const char *name = lua_tolstring(L, 1, &count);
    lunad_empty(&state->reply);
    lunad_reply reply = state->host.module_source(state->context, state, (lunad_bytes){(const uint8_t *)name, count});
    if (reply != LUNAD_REPLY_VALUES) {
        lua_pushlstring(L, (const char *)state->reply.bytes, state->reply.count);
        luaL_error(L, "module '%s' cannot be loaded: %s", name, lua_tostring(L, -1));
    }
    const char *path = luaL_gsub(L, name, ".", "/");
    const char *chunk = lua_pushfstring(L, "@scripts/lib/%s.lua", path);
    int status = luaL_loadbufferx(L, (const char *)state->reply.bytes, state->reply.count, chunk, "t");
    lunad_empty(&state->reply);
    if (status != LUA_OK) {
        lunad_check_caught(L, status);
        lua_error(L);
    }
}

/* Whether the module is a table of the host's that had no name yet, as nobody had looked at the one around it; pushes it. */
static bool is_late_name(lua_State *L) {
    if (strncmp(lua_tostring(L, 1), "lunad.", 6) != 0) return false;
    lunad_complete_all(L);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, 2) == LUA_TTABLE) return true;
    lua_pop(L, 1);
    return false;
}

int lunad_require(lua_State *L) {
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_modules);
    lua_pushvalue(L, 1);
    lua_rawget(L, 2);
    if (lua_islightuserdata(L, 3) && lua_touserdata(L, 3) == being_loaded(lunad_of(L)))
        return luaL_error(L, "module '%s' requires itself, directly or through another", lua_tostring(L, 1));
    if (!lua_isnil(L, 3) && !lua_islightuserdata(L, 3)) return 1;
    lua_settop(L, 2);
    if (is_late_name(L)) return 1;
    lua_pushcfunction(L, lunad_traceback_handler);
    compile_module(L);
    lua_replace(L, 4);
    lua_settop(L, 4);
    lua_pushlightuserdata(L, being_loaded(lunad_of(L)));
    remember_module(L, 5);
    lua_settop(L, 4);
    lua_pushvalue(L, 1);
    return finish_require(L, lua_pcallk(L, 1, 1, 3, 0, finish_require), 0);
}

/* ---- Opening ---- */

void lunad_open_base(lua_State *L) {
    static const luaL_Reg ours[] = {
        {"pcall", protected_call},  {"xpcall", extended_protected_call}, {"load", load_chunk},
        {"setmetatable", set_metatable}, {"collectgarbage", collect_garbage}, {"print", lunad_print},
        {"require", lunad_require}, {"next", lunad_next}, {"rawset", raw_set},
        {"rawget", raw_get},        {"pairs", pairs}, {"getmetatable", get_metatable}, {NULL, NULL},
    };
    static const char *const removed[] = {"dofile", "loadfile", "warn", NULL};
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 0);
    lua_pushglobaltable(L);
    luaL_setfuncs(L, ours, 0);
    for (int i = 0; removed[i]; i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, removed[i]);
    }
    lua_pop(L, 1);
}
