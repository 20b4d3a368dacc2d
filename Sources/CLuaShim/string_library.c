/* Lua's own string functions and the arithmetic of strings, as addresses: its opener would put a metatable of its own in
 * front of the strings of a state, and so serves in a state that is made for the purpose alone. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct harvest {
    luaL_Reg *functions;
    int room;
};

/* Takes the plain C functions of the table on top of the stack; false when there is no room for one. */
static bool take(lua_State *L, struct harvest harvest) {
    int count = 0;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        if (lua_iscfunction(L, -1) && lua_type(L, -2) == LUA_TSTRING) {
            char *name = count < harvest.room ? strdup(lua_tostring(L, -2)) : NULL;
            if (!name) return false;
            harvest.functions[count++] = (luaL_Reg){name, lua_tocfunction(L, -1)};
        }
        lua_pop(L, 1);
    }
    return true;
}

static int read_library(lua_State *L) {
    lunad_string_library *library = lua_touserdata(L, 1);
    lua_pushcfunction(L, luaopen_string);
    lua_call(L, 0, 1);
    bool is_good = take(L, (struct harvest){library->functions, LUNAD_STRING_FUNCTIONS});
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    is_good = is_good && take(L, (struct harvest){library->metamethods, LUNAD_STRING_METAMETHODS});
    return is_good ? 0 : luaL_error(L, "not enough memory");
}

static void forget(lunad_string_library *library) {
    for (int i = 0; library->functions[i].name; i++) free((char *)library->functions[i].name);
    for (int i = 0; library->metamethods[i].name; i++) free((char *)library->metamethods[i].name);
    memset(library, 0, sizeof *library);
}

const lunad_string_library *lunad_strings(void) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static lunad_string_library library;
    static bool is_read;
    pthread_mutex_lock(&lock);
    lua_State *L = is_read ? NULL : luaL_newstate();
    if (L) {
        lua_pushcfunction(L, read_library);
        lua_pushlightuserdata(L, &library);
        is_read = lua_pcall(L, 1, 0, 0) == LUA_OK;
        if (!is_read) forget(&library);
        lua_close(L);
    }
    const lunad_string_library *read = is_read ? &library : NULL;
    pthread_mutex_unlock(&lock);
    return read;
}
