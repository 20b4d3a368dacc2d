/* A state with the table that its script returned. */
#ifndef BENCH_LUA_STATE_H
#define BENCH_LUA_STATE_H

#include <lua5.4/lua.h>
#include <stdbool.h>

typedef struct {
    lua_State *main; /* its stack holds the table, and the thread below */
    lua_State *hook;
} bench_state;

bool bench_state_open(bench_state *state, const char *script);
void bench_state_close(bench_state *state);
/* Calls run_step with the table in the state's one coroutine, which it uses again and again. */
bool bench_state_step(bench_state *state);

#endif
