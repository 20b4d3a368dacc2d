/* Code that an operator types, run in a daemon's own environment: it sees `self`, what it defined before, the local
 * variables that the daemon's functions share, and the globals. */
#include <string.h>

#include "buffer.h"
#include "internal.h"
#include "show.h"

static const char console_key;

static const lunad_extent console_extent = {.depth = 6, .entries = 200, .text = 4096, .bytes = 1 << 16, .is_wide = true};

/* Finds the upvalue of one of the daemon's functions that has the name in stack slot 2: pushes the function and gives
 * the upvalue's number, or 0 and pushes nothing. The daemon's table is at `daemon`. */
static int find_upvalue(lua_State *L, int daemon) {
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    const char *wanted = lua_tostring(L, 2);
    lua_pushnil(L);
    while (lua_next(L, daemon)) {
        if (lua_isfunction(L, -1) && !lua_iscfunction(L, -1)) {
            for (int i = 1;; i++) {
                const char *name = lua_getupvalue(L, -1, i);
                if (!name) break;
                lua_pop(L, 1);
                if (strcmp(name, wanted) == 0 && strcmp(name, "_ENV") != 0) {
                    lua_remove(L, -2);
                    return i;
                }
            }
        }
        lua_pop(L, 1);
    }
    return 0;
}

static int read_name(lua_State *L) {
    lua_settop(L, 2);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon);
    if (lua_type(L, 2) == LUA_TSTRING && strcmp(lua_tostring(L, 2), "self") == 0) return 1;
    if (lua_istable(L, 3)) {
        int upvalue = find_upvalue(L, 3);
        if (upvalue) {
            lua_getupvalue(L, -1, upvalue);
            return 1;
        }
    }
    lua_pushglobaltable(L);
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
}

static int write_name(lua_State *L) {
    lua_settop(L, 3);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon);
    int upvalue = lua_istable(L, 4) ? find_upvalue(L, 4) : 0;
    if (upvalue) {
        lua_pushvalue(L, 3);
        lua_setupvalue(L, -2, upvalue);
        return 0;
    }
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 0;
}

static void push_environment(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &console_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, read_name);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, write_name);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &console_key);
}

/* An expression gives its values; anything else is run as it stands. */
int lunad_compile_console(lua_State *L) {
    lunad_state *state = lunad_of(L);
    struct lunad_code *code = lua_touserdata(L, 1);
    lunad_complete_all(L);
    lua_pushliteral(L, "return ");
    lua_pushlstring(L, (const char *)code->source, code->length);
    lua_concat(L, 2);
    size_t count;
    const char *expression = lua_tolstring(L, -1, &count);
    int status = luaL_loadbufferx(L, expression, count, "=console", "t");
    if (status == LUA_ERRSYNTAX)
        status = luaL_loadbufferx(L, (const char *)code->source, code->length, "=console", "t");
    code->status = status;
    if (status != LUA_OK) return lua_error(L);
    push_environment(L);
    lua_setupvalue(L, -2, 1);
    if (!lua_checkstack(state->hook, 1)) {
        code->status = LUA_ERRMEM;
        return luaL_error(L, "not enough memory");
    }
    lua_xmove(L, state->hook, 1);
    return 0;
}

int lunad_show_results(lua_State *L) {
    lunad_state *state = lunad_of(L);
    int last = lua_gettop(L);
    for (int i = 2; i <= last; i++) {
        lunad_empty(&state->field);
        lunad_show(L, i, &state->field, &console_extent);
        lua_pushlstring(L, (const char *)state->field.bytes, state->field.count);
        lua_replace(L, i);
    }
    lunad_encode_stack(L, 2, &state->results, state->limits.value_limit, "result");
    return 0;
}
