/* Tracebacks in Lua's form, written into a buffer outside the Lua heap: taking one needs nothing of it and raises
 * nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "internal.h"
#include "show.h"

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

/* By halving: Lua walks to a level from the top each time. */
static int depth_of(lua_State *L) {
    lua_Debug level;
    int known = 0; /* a stack of at least this depth */
    int beyond = 1;
    while (lua_getstack(L, beyond - 1, &level)) {
        known = beyond;
        beyond *= 2;
    }
    while (beyond - known > 1) {
        int middle = known + (beyond - known) / 2;
        if (lua_getstack(L, middle - 1, &level)) known = middle;
        else beyond = middle;
    }
    return known;
}

static void write_stack(lunad_state *state, lua_State *L, int first) {
    lua_Debug level;
    int depth = depth_of(L);
    for (int i = first; i < depth; i++) {
        if (i == first + HEAD_LEVELS && depth - i > TAIL_LEVELS) {
            int skipped = depth - i - TAIL_LEVELS;
            write_text(state, "\n\t...\t(%d levels left out)", skipped);
            i += skipped;
        }
        if (lua_getstack(L, i, &level) && lua_getinfo(L, "Slnt", &level))
            write_level(state, &level, L == state->hook && i == depth - 1);
    }
}

/* ---- Local variables ---- */

/* Of so many functions, the innermost first, so many variables each. */
enum { SHOWN_FUNCTIONS = 2, SHOWN_VARIABLES = 24, LOCALS_CAPACITY = 4096 };

static const lunad_extent local_extent = {.depth = 2, .entries = 8, .text = 60, .bytes = 400, .is_wide = false};

static void write_variable(lunad_state *state, lua_State *L, const char *name) {
    lunad_append_text(&state->locals, "\n\t");
    lunad_append_text(&state->locals, name);
    lunad_append_text(&state->locals, " = ");
    lunad_show(L, -1, &state->locals, &local_extent);
}

static void write_place(lunad_state *state, lua_Debug *level) {
    char line[32];
    snprintf(line, sizeof line, ":%d", level->currentline);
    if (state->locals.count > 0) lunad_append_text(&state->locals, "\n");
    lunad_append_text(&state->locals, level->short_src);
    lunad_append_text(&state->locals, line);
}

static void write_variables(lunad_state *state, lua_State *L, lua_Debug *level) {
    bool is_placed = false;
    for (int i = 1; i <= SHOWN_VARIABLES && state->locals.count < LOCALS_CAPACITY; i++) {
        const char *name = lua_getlocal(L, level, i);
        if (!name) break;
        /* What begins with a parenthesis is no variable of the script's; the daemon itself is too much to show. */
        if (*name != '(' && strcmp(name, "self") != 0) {
            if (!is_placed) write_place(state, level);
            is_placed = true;
            write_variable(state, L, name);
        }
        lua_pop(L, 1);
    }
}

static void write_locals(lunad_state *state, lua_State *L, int first) {
    lua_Debug level;
    lunad_empty(&state->locals);
    if (!lua_checkstack(L, 8)) return;
    int shown = 0;
    for (int i = first; shown < SHOWN_FUNCTIONS && lua_getstack(L, i, &level); i++) {
        if (!lua_getinfo(L, "Sl", &level) || *level.what == 'C') continue;
        write_variables(state, L, &level);
        shown++;
    }
}

void lunad_write_traceback(lunad_state *state, lua_State *L, int first) {
    state->traceback_count = 0;
    if (!state->traceback) state->traceback = malloc(LUNAD_TRACEBACK_CAPACITY);
    if (!state->traceback) return;
    write_locals(state, L, first);
    const char *call = atomic_load(&state->current_call);
    if (call) write_text(state, "waiting for lunad.%s\n", call);
    write_text(state, "stack traceback:");
    write_stack(state, L, first);
    for (const struct lunad_running *running = state->innermost; running; running = running->outer) {
        if (running->thread == L) continue;
        write_text(state, "\n\t(coroutine)");
        write_stack(state, running->thread, 0);
    }
}

void lunad_keep_traceback(lua_State *L, lua_State *where, int first) {
    lunad_state *state = lunad_of(L);
    if (!lua_checkstack(L, 1)) return;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_error);
    /* Equal texts are one object in Lua, so what an earlier hook raised may look like this error. */
    bool is_kept =
        state->traceback_count > 0 && lua_topointer(L, -1) != NULL && lua_topointer(L, -1) == lua_topointer(L, -2);
    lua_pop(L, 1);
    if (is_kept) return;
    lunad_write_traceback(state, where, first);
    lunad_keep_error(L);
}

void lunad_keep_error(lua_State *L) {
    if (!lua_checkstack(L, 1)) return;
    lua_pushvalue(L, -1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 0);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &lunad_key_error);
}

int lunad_traceback_handler(lua_State *L) {
    if (atomic_load(&lunad_of(L)->interrupt) == LUNAD_INTERRUPT_NONE) lunad_keep_traceback(L, L, 1);
    return 1;
}

lunad_bytes lunad_locals(const lunad_state *state) { return lunad_view(&state->locals); }

lunad_bytes lunad_traceback(lunad_state *state) {
    return (lunad_bytes){(const uint8_t *)state->traceback, state->traceback_count};
}
