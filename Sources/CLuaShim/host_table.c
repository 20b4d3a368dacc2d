/* The `lunad` table and what is below it, and the methods of the handles that a script gets. */
#include "internal.h"

static void add_functions(lua_State *L, int group) {
    const lunad_interface *interface = lunad_of(L)->interface;
    for (int i = 0; i < interface->count; i++) {
        if (interface->functions[i].group != group) continue;
        lua_pushinteger(L, i);
        lua_pushcclosure(L, lunad_implementation(interface, i), 1);
        lua_setfield(L, -2, interface->functions[i].short_name);
    }
}

void lunad_open_group(lua_State *L, int group) {
    const lunad_interface *interface = lunad_of(L)->interface;
    lua_newtable(L);
    add_functions(L, group);
    for (int i = 0; i < interface->group_count; i++) {
        if (interface->groups[i].parent != group) continue;
        lunad_push_group(L, i);
        lua_setfield(L, -2, interface->groups[i].short_name);
    }
}

/* A type whose instances have the methods of that group; its metatable is out of a script's reach, which would put a
 * finalizer into it. */
static void push_type(lua_State *L, const char *key, int group, const char *name) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 3);
    lua_newtable(L);
    add_functions(L, group);
    lua_setfield(L, -2, "__index");
    if (name) {
        lua_pushstring(L, name);
        lua_setfield(L, -2, "__name");
    }
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void lunad_push_session_type(lua_State *L) { push_type(L, &lunad_key_session, LUNAD_GROUP_SESSION, "session"); }

void lunad_push_job_type(lua_State *L) { push_type(L, &lunad_key_job, LUNAD_GROUP_JOB, NULL); }
