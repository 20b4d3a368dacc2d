/* Which libraries a script has: an allow-list, each with what could run away replaced. */
#include "internal.h"

const char lunad_key_daemon, lunad_key_hook, lunad_key_modules, lunad_key_session, lunad_key_job, lunad_key_handlers,
    lunad_key_read_only, lunad_key_error, lunad_key_hook_name;

/* ---- Libraries: each pushes its table ---- */

static void call_opener(lua_State *L, lua_CFunction opener) {
    lua_pushcfunction(L, opener);
    lua_call(L, 0, 1);
}

static void open_string(lua_State *L) {
    const lunad_string_library *library = lunad_of(L)->strings;
    luaL_checkversion(L);
    lua_createtable(L, 0, LUNAD_STRING_FUNCTIONS);
    luaL_setfuncs(L, library->functions, 0);
    lunad_guard_string(L);
}

static void open_table(lua_State *L) {
    call_opener(L, luaopen_table);
    lunad_guard_table(L);
}

static void open_math(lua_State *L) { call_opener(L, luaopen_math); }

static void open_utf8(lua_State *L) { call_opener(L, luaopen_utf8); }

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

static const struct {
    const char *name;
    void (*open)(lua_State *L);
} libraries[] = {
    {"string", open_string}, {"table", open_table}, {"math", open_math},
    {"utf8", open_utf8},     {"os", open_os},       {"coroutine", lunad_open_coroutine},
};

enum { LIBRARIES = sizeof libraries / sizeof *libraries };

/* Numbers of late tables: the libraries, then the groups of the interface. */
int lunad_library_count(const lunad_interface *interface) { return LIBRARIES + interface->group_count; }

void lunad_open_library(lua_State *L, int library) {
    if (library < LIBRARIES) libraries[library].open(L);
    else lunad_open_group(L, library - LIBRARIES);
}

void lunad_push_library_name(lua_State *L, int library) {
    if (library < LIBRARIES) {
        lua_pushstring(L, libraries[library].name);
        return;
    }
    const char *path = lunad_of(L)->interface->groups[library - LIBRARIES].path;
    if (*path) lua_pushfstring(L, "lunad.%s", path);
    else lua_pushliteral(L, "lunad");
}

/* Pushes the library's table, made when it is not there yet. Under its name Lua's own messages find its functions, and
 * require finds it. */
static void push_library(lua_State *L, int library) {
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lunad_push_library_name(L, library);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TTABLE) {
        lua_pop(L, 1);
        lunad_push_late(L);
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, -5);
        lunad_of(L)->late[library] = lua_topointer(L, -1);
    }
    lua_replace(L, -3);
    lua_pop(L, 1);
}

void lunad_push_group(lua_State *L, int group) { push_library(L, LIBRARIES + group); }

static void publish(lua_State *L, int library) {
    lunad_push_library_name(L, library);
    push_library(L, library);
    lua_rawset(L, -3);
}

/* ---- The whole ---- */

/* Methods of strings are looked up in the library's table; arithmetic on them is of the library, too. */
static void open_string_type(lua_State *L, int globals) {
    lua_pushliteral(L, "");
    lua_createtable(L, 0, LUNAD_STRING_METAMETHODS + 1);
    luaL_setfuncs(L, lunad_of(L)->strings->metamethods, 0);
    lua_getfield(L, globals, "string");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

int lunad_open_sandbox(lua_State *L) {
    lua_pushboolean(L, 0); /* a place that is there, so that keeping an error needs no memory */
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_error);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_modules);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE); /* where Lua's messages look for a function's name */
    lunad_open_base(L);
    lunad_open_late(L);
    lua_pushglobaltable(L);
    int globals = lua_gettop(L);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, globals);
    lua_setfield(L, -2, LUA_GNAME);
    lua_settop(L, globals);
    for (int library = 0; library <= LIBRARIES; library++) publish(L, library); /* the last is `lunad` itself */
    open_string_type(L, globals);
    return 0;
}
