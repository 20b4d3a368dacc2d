/* Which libraries a script has: an allow-list, each with what could run away replaced. */
#include "internal.h"

const char lunad_key_daemon, lunad_key_hook, lunad_key_modules, lunad_key_session, lunad_key_job, lunad_key_handlers,
    lunad_key_read_only, lunad_key_error;

static void call_opener(lua_State *L, lua_CFunction opener) {
    lua_pushcfunction(L, opener);
    lua_call(L, 0, 1);
}

/* Gives the library on top of the stack its global name, and makes require(name) find it. */
static void publish(lua_State *L, const char *name) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_modules);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    lua_setglobal(L, name);
}

/* Of the os library only what tells the time. */
static void open_os(lua_State *L) {
    static const char *const kept[] = {"time", "date", "clock", "difftime", NULL};
    call_opener(L, luaopen_os);
    lua_createtable(L, 0, 4);
    for (int i = 0; kept[i]; i++) {
        lua_getfield(L, -2, kept[i]);
        lua_setfield(L, -2, kept[i]);
    }
    lua_remove(L, -2);
}

int lunad_open_sandbox(lua_State *L) {
    lua_pushboolean(L, 0); /* a place that is there, so that keeping an error needs no memory */
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_error);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_modules);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* where Lua's messages look for a function's name */
    lunad_open_base(L);
    lua_pushglobaltable(L);
    publish(L, "_G");
    call_opener(L, luaopen_string);
    lunad_guard_string(L);
    publish(L, "string");
    call_opener(L, luaopen_table);
    lunad_guard_table(L);
    publish(L, "table");
    call_opener(L, luaopen_math);
    publish(L, "math");
    call_opener(L, luaopen_utf8);
    publish(L, "utf8");
    open_os(L);
    publish(L, "os");
    lunad_open_coroutine(L);
    publish(L, "coroutine");
    lunad_open_host(L);
    publish(L, "lunad");
    return 0;
}
