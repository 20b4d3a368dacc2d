/* Tables of functions that are filled when a script first touches them; until then each costs an empty table.
 *
 * A script cannot tell: whatever reads, writes or walks such a table, asks for its metatable or sets one, fills it
 * first, and from then on it is a table like any other. */
#include "internal.h"

/* The metatable of all late tables is under this key; its presence is what makes a table late. */
static const char late_key;

static int touch_and_read(lua_State *L) {
    lunad_complete(L, 1);
    lua_rawget(L, 1);
    return 1;
}

static int touch_and_write(lua_State *L) {
    lunad_complete(L, 1);
    lua_rawset(L, 1);
    return 0;
}

void lunad_open_late(lua_State *L) {
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, touch_and_read);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, touch_and_write);
    lua_setfield(L, -2, "__newindex");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &late_key);
}

void lunad_push_late(lua_State *L) {
    lua_newtable(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &late_key);
    lua_setmetatable(L, -2);
}

bool lunad_is_late(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &late_key);
    bool is_late = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is_late;
}

static int library_of(lua_State *L, int index) {
    lunad_state *state = lunad_of(L);
    const void *table = lua_topointer(L, index);
    for (int i = 0; i < state->late_count; i++)
        if (state->late[i] == table) return i;
    return -1;
}

/* What is there already is left: an earlier filling may have ended for want of memory. */
static void add_missing(lua_State *L, int from, int to) {
    lua_pushnil(L);
    while (lua_next(L, from)) {
        lua_pushvalue(L, -2);
        if (lua_rawget(L, to) == LUA_TNIL) {
            lua_pushvalue(L, -3);
            lua_pushvalue(L, -3);
            lua_rawset(L, to);
        }
        lua_pop(L, 2);
    }
}

void lunad_complete(lua_State *L, int index) {
    if (!lunad_is_late(L, index)) return;
    index = lua_absindex(L, index);
    int library = library_of(L, index);
    luaL_checkstack(L, 12, NULL);
    lunad_open_library(L, library);
    add_missing(L, lua_gettop(L), index);
    lua_pop(L, 1);
    lua_pushnil(L);
    lua_setmetatable(L, index);
    lunad_of(L)->late[library] = NULL;
}

void lunad_complete_all(lua_State *L) {
    /* The tables around a table come before it. */
    for (int library = 0; library < lunad_of(L)->late_count; library++) {
        lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
        lunad_push_library_name(L, library);
        lua_rawget(L, -2);
        lunad_complete(L, -1);
        lua_pop(L, 2);
    }
}
