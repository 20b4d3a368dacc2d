/* The table that a script returned, as the host reads and writes it. */
#include <string.h>

#include "buffer.h"
#include "internal.h"

static void push_daemon(lua_State *L) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon) != LUA_TTABLE)
        luaL_error(L, "it must return a table, not %s", lua_isnil(L, -1) ? "nothing" : luaL_typename(L, -1));
}

static bool succeeded(lunad_state *state, int status, lunad_bytes *error) {
    *error = status == LUA_OK ? (lunad_bytes){NULL, 0} : lunad_view(&state->message);
    return status == LUA_OK;
}

/* ---- Declaration ---- */

static int declare(lua_State *L) {
    lunad_state *state = lunad_of(L);
    lunad_empty(&state->hooks);
    push_daemon(L);
    int daemon = lua_gettop(L);
    lua_newtable(L);
    int fields = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, daemon)) {
        if (lua_isfunction(L, -1) && lua_type(L, -2) == LUA_TSTRING) {
            if (!lunad_append_text(&state->hooks, lua_tostring(L, -2)) || !lunad_append_text(&state->hooks, "\n"))
                luaL_error(L, "not enough memory");
        } else {
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, fields);
        }
        lua_pop(L, 1);
    }
    lunad_encode(L, fields, &state->field, state->limits.value_limit, "the declaration");
    return 0;
}

bool lunad_declaration(lunad_state *state, lunad_bytes *table, lunad_bytes *hooks, lunad_bytes *error) {
    bool is_good = succeeded(state, lunad_protect(state, declare, NULL), error);
    *table = lunad_view(&state->field);
    *hooks = lunad_view(&state->hooks);
    return is_good;
}

/* ---- Fields ---- */

struct field {
    const char *name;
    const uint8_t *value;
    size_t length;
    size_t limit;
};

static int set_field(lua_State *L) {
    struct field *field = lua_touserdata(L, 1);
    push_daemon(L);
    lunad_refill_field(L, field->name, field->value, field->length);
    return 0;
}

static int refuse_write(lua_State *L) {
    return luaL_error(L, "'%s' is read-only: %s is set by the host", lua_tostring(L, lua_upvalueindex(1)),
                      lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "it");
}

static int proxy_pairs(lua_State *L) {
    lua_pushcfunction(L, lunad_next);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

static int proxy_length(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
    return 1;
}

static void set_closure(lua_State *L, int metatable, const char *event, lua_CFunction function) {
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, metatable, event);
}

/* Replaces the table on top of the stack by an empty one in front of it, and so with the tables inside: reading goes
 * through, writing is refused. */
static void push_read_only(lua_State *L, const char *name) {
    luaL_checkstack(L, 8, "a value from the host is nested too deeply");
    int fields = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, fields)) {
        if (lua_istable(L, -1)) {
            push_read_only(L, name);
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, fields);
        } else {
            lua_pop(L, 1);
        }
    }
    lua_newtable(L);
    lua_createtable(L, 0, 6);
    int metatable = lua_gettop(L);
    lua_pushvalue(L, fields);
    lua_setfield(L, metatable, "__index");
    lua_pushstring(L, name);
    set_closure(L, metatable, "__newindex", refuse_write);
    lua_pushcfunction(L, proxy_pairs);
    lua_setfield(L, metatable, "__pairs");
    lua_pushvalue(L, fields);
    set_closure(L, metatable, "__len", proxy_length);
    lua_pushboolean(L, 0);
    lua_setfield(L, metatable, "__metatable");
    lua_pushvalue(L, fields);
    lua_rawsetp(L, metatable, &lunad_key_read_only);
    lua_setmetatable(L, -2);
    lua_replace(L, fields);
    lua_settop(L, fields);
}

static int set_read_only_field(lua_State *L) {
    struct field *field = lua_touserdata(L, 1);
    push_daemon(L);
    lua_pushstring(L, field->name);
    lunad_decode(L, field->value, field->length);
    if (lua_istable(L, -1)) push_read_only(L, field->name);
    lua_rawset(L, 2);
    return 0;
}

bool lunad_set_field(lunad_state *state, const char *name, const uint8_t *value, size_t length, bool read_only,
                     lunad_bytes *error) {
    struct field field = {name, value, length, 0};
    return succeeded(state, lunad_protect(state, read_only ? set_read_only_field : set_field, &field), error);
}

static int encode_field(lua_State *L) {
    lunad_state *state = lunad_of(L);
    struct field *field = lua_touserdata(L, 1);
    push_daemon(L);
    lua_pushstring(L, field->name);
    lua_rawget(L, -2);
    lunad_encode(L, -1, &state->field, field->limit, field->name);
    return 0;
}

bool lunad_encode_field(lunad_state *state, const char *name, size_t limit, lunad_bytes *value, lunad_bytes *error) {
    struct field field = {name, NULL, 0, limit};
    bool is_good = succeeded(state, lunad_protect(state, encode_field, &field), error);
    *value = lunad_view(&state->field);
    return is_good;
}
