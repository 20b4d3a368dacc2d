/* Lua as a program in C would use it: a state each, no sandbox, no limit, no hook. */
#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench_floors.h"
#include "clock.h"
#include "lua_state.h"

static int host_now(lua_State *L) {
    lua_pushnumber(L, seconds_of(CLOCK_REALTIME));
    return 1;
}

static int host_monotonic(lua_State *L) {
    lua_pushnumber(L, now_seconds());
    return 1;
}

static int host_stopping(lua_State *L) {
    lua_pushboolean(L, 0);
    return 1;
}

/* Keeps the line in a buffer that somebody else would write out. */
static int host_log(lua_State *L) {
    static char buffer[1 << 20];
    static size_t used;
    size_t length;
    const char *message = luaL_checklstring(L, 1, &length);
    if (length > sizeof buffer) return luaL_error(L, "a line of %d bytes", (int)length);
    if (used + length > sizeof buffer) used = 0;
    memcpy(buffer + used, message, length);
    used += length;
    return 0;
}

static void open_host(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"now", host_now}, {"monotonic", host_monotonic}, {"stopping", host_stopping}, {NULL, NULL}};
    static const luaL_Reg log[] = {
        {"debug", host_log}, {"info", host_log}, {"warn", host_log}, {"error", host_log}, {NULL, NULL}};
    luaL_newlib(L, functions);
    luaL_newlib(L, log);
    lua_setfield(L, -2, "log");
    lua_setglobal(L, "lunad");
}

static int open_and_load(lua_State *L) {
    static const luaL_Reg libraries[] = {
        {LUA_GNAME, luaopen_base},         {LUA_STRLIBNAME, luaopen_string}, {LUA_TABLIBNAME, luaopen_table},
        {LUA_MATHLIBNAME, luaopen_math},   {LUA_UTF8LIBNAME, luaopen_utf8},  {LUA_OSLIBNAME, luaopen_os},
        {LUA_COLIBNAME, luaopen_coroutine}};
    const char *script = lua_touserdata(L, 1);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    open_host(L);
    if (luaL_loadbuffer(L, script, strlen(script), "@floor.lua") != LUA_OK) return lua_error(L);
    lua_call(L, 0, 1);
    return 1;
}

bool bench_state_open(bench_state *state, const char *script) {
    lua_State *L = luaL_newstate();
    if (!L) return false;
    lua_pushcfunction(L, open_and_load);
    lua_pushlightuserdata(L, (void *)script);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
        fprintf(stderr, "the floor's script fails: %s\n", lua_tostring(L, -1));
        lua_close(L);
        return false;
    }
    state->main = L;
    state->hook = lua_newthread(L); /* both stay on the stack of the main thread */
    return true;
}

void bench_state_close(bench_state *state) { lua_close(state->main); }

bool bench_state_step(bench_state *state) {
    lua_State *L = state->hook;
    int results = 0;
    lua_pushvalue(state->main, 1);
    lua_xmove(state->main, L, 1);
    lua_getfield(L, -1, "run_step");
    lua_insert(L, -2);
    if (lua_resume(L, NULL, 1, &results) != LUA_OK) {
        fprintf(stderr, "the floor's step fails: %s\n", lua_tostring(L, -1));
        return false;
    }
    lua_settop(L, 0);
    return true;
}

static double resident(void) {
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) return -1;
    int read = fscanf(file, "%ld %ld", &size, &pages);
    fclose(file);
    return read == 2 ? (double)pages * (double)sysconf(_SC_PAGESIZE) : -1;
}

double bench_lua_memory(const char *script, int count, int steps) {
    bench_state *states = calloc((size_t)count, sizeof *states);
    if (!states) return -1;
    double before = resident();
    for (int i = 0; i < count; i++)
        if (!bench_state_open(&states[i], script)) return -1;
    for (int step = 0; step < steps; step++)
        for (int i = 0; i < count; i++)
            if (!bench_state_step(&states[i])) return -1;
    return (resident() - before) / count;
}

double bench_lua_step(const char *script, int rounds) {
    bench_state state;
    if (!bench_state_open(&state, script)) return -1;
    double start = now_seconds();
    bool works = true;
    for (int i = 0; i < rounds && works; i++) works = bench_state_step(&state);
    double spent = now_seconds() - start;
    bench_state_close(&state);
    return works ? spent / rounds : -1;
}

double bench_lua_run(const char *script, const char *argument) {
    bench_state state;
    if (!bench_state_open(&state, script)) return -1;
    lua_State *L = state.main;
    lua_getfield(L, 1, "run");
    lua_pushvalue(L, 1);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushstring(L, argument);
    lua_setfield(L, -2, "what");
    lua_setfield(L, -2, "args");
    double result = -1;
    if (lua_pcall(L, 2, 1, 0) == LUA_OK) result = lua_tonumber(L, -1);
    else fprintf(stderr, "the floor's script fails: %s\n", lua_tostring(L, -1));
    bench_state_close(&state);
    return result;
}

double bench_lua_load(const char *script, int rounds) {
    double *times = calloc((size_t)rounds, sizeof *times);
    if (!times) return -1;
    bool works = true;
    for (int i = 0; i < rounds && works; i++) {
        bench_state state;
        double start = now_seconds();
        works = bench_state_open(&state, script);
        if (!works) break;
        works = bench_state_step(&state);
        times[i] = now_seconds() - start;
        bench_state_close(&state);
    }
    double middle = works ? quantile(times, rounds, 0.5) : -1;
    free(times);
    return middle;
}
