/* Tracebacks in Lua's form, written into a fixed buffer: taking one needs no memory and cannot fail. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* Of a deep stack the first and the last levels are written. */
enum { HEAD_LEVELS = 12, TAIL_LEVELS = 10 };

__attribute__((format(printf, 2, 3))) static void write_text(lunad_state *state, const char *format, ...) {
    size_t room = LUNAD_TRACEBACK_CAPACITY - state->traceback_count;
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(state->traceback + state->traceback_count, room, format, arguments);
    va_end(arguments);
    if (count > 0) state->traceback_count += (size_t)count < room ? (size_t)count : room - 1;
}

static void write_level(lunad_state *state, lua_Debug *level, bool is_hook) {
    write_text(state, "\n\t%s:", level->short_src);
    if (level->currentline > 0) write_text(state, "%d:", level->currentline);
    if (is_hook && *level->what == 'L' && *state->hook_name)
        write_text(state, " in hook '%s'", state->hook_name);
    else if (*level->namewhat)
        write_text(state, " in %s '%s'", level->namewhat, level->name);
    else if (*level->what == 'm')
        write_text(state, " in main chunk");
    else if (*level->what == 'C')
        write_text(state, " in ?");
    else
        write_text(state, " in function <%s:%d>", level->short_src, level->linedefined);
    if (level->istailcall) write_text(state, "\n\t(...tail calls...)");
}

static int depth_of(lua_State *L) {
    lua_Debug level;
    int depth = 0;
    while (depth < 1000000 && lua_getstack(L, depth, &level)) depth++;
    return depth;
}

static void write_stack(lunad_state *state, lua_State *L) {
    lua_Debug level;
    int depth = depth_of(L);
    for (int i = 0; i < depth; i++) {
        if (i == HEAD_LEVELS && depth > HEAD_LEVELS + TAIL_LEVELS) {
            int skipped = depth - HEAD_LEVELS - TAIL_LEVELS;
            write_text(state, "\n\t...\t(%d levels left out)", skipped);
            i += skipped;
        }
        if (lua_getstack(L, i, &level) && lua_getinfo(L, "Slnt", &level)) write_level(state, &level, L == state->hook && i == depth - 1);
    }
}

void lunad_write_traceback(lunad_state *state, lua_State *L) {
    state->traceback_count = 0;
    state->traceback[0] = 0;
    const char *call = atomic_load(&state->current_call);
    if (call) write_text(state, "waiting for lunad.%s\n", call);
    write_text(state, "stack traceback:");
    write_stack(state, L);
    int count = state->chain_count < LUNAD_CHAIN_CAPACITY ? state->chain_count : LUNAD_CHAIN_CAPACITY;
    for (int i = count - 1; i >= 0; i--) {
        if (state->chain[i] == L) continue;
        write_text(state, "\n\t(coroutine)");
        write_stack(state, state->chain[i]);
    }
}

void lunad_keep_traceback(lua_State *L, lua_State *where) {
    lunad_state *state = lunad_of(L);
    const void *error = lua_topointer(L, -1);
    if (!error || error != state->kept_error) lunad_write_traceback(state, where);
    state->kept_error = error;
}

lunad_bytes lunad_traceback(lunad_state *state) {
    return (lunad_bytes){(const uint8_t *)state->traceback, state->traceback_count};
}
