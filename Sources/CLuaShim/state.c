/* A state's life: its allocator with limits, its making and its end. */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "internal.h"

/* Whether this growth is one that a test wants to fail. */
static bool is_to_fail(lunad_state *state) {
    state->allocations++;
    if (state->fail_at == 0) return false;
    if (state->fail_retry && !state->fail_forever) {
        state->fail_retry = false;
        state->fail_at = 0;
        return true;
    }
    if (state->allocations < state->fail_at) return false;
    state->fail_retry = true;
    return true;
}

/* Above the soft line: let Lua collect once before it makes an object, then move the line up by a quarter of what is
 * left, in steps that are not too small: each costs a full collection. */
static bool wants_collection(lunad_state *state, size_t wanted) {
    if (wanted <= state->soft_line) return false;
    if (!state->refused) return true;
    size_t soft = state->limits.memory_soft;
    size_t hard = state->limits.memory_hard;
    size_t left = hard > wanted ? hard - wanted : 0;
    size_t step = left / 4 > hard / 32 ? left / 4 : hard / 32;
    state->soft_line = wanted > soft ? wanted + step : soft;
    return false;
}

/* Lua retries a refused growth once, after an emergency collection; a growth that is refused again breaks the limit. */
static void *refuse(lunad_state *state, bool over_limit) {
    if (over_limit && state->refused) lunad_set_interrupt(state, LUNAD_INTERRUPT_MEMORY);
    state->refused = true;
    return NULL;
}

/* The buffers in which library functions build strings are not retried by Lua when they are refused, and cannot be told
 * from its vectors. So both may overdraw by half, for as long as one library function or instruction lasts: after it
 * the heap is collected, and the script interrupted if it still holds too much. */
static size_t ceiling(lunad_state *state, bool is_object) {
    size_t hard = state->limits.memory_hard;
    return is_object ? hard : hard + hard / 2;
}

static void *allocate(void *opaque, void *block, size_t old_size, size_t size) {
    lunad_state *state = opaque;
    size_t held = block ? old_size : 0;
    bool is_object = !block && old_size != 0; /* Lua passes the type of a new object as its old size */
    if (size == 0) {
        free(block);
        state->used -= held;
        return NULL;
    }
    if (size > held) {
        size_t wanted = state->used - held + size;
        if (is_to_fail(state)) return refuse(state, true);
        if (size > state->limits.memory_hard) lunad_set_interrupt(state, LUNAD_INTERRUPT_MEMORY);
        if (wanted > ceiling(state, is_object)) return refuse(state, true);
        if (is_object && wants_collection(state, wanted)) return refuse(state, false);
    }
    void *grown = realloc(block, size);
    if (!grown) return size > held ? refuse(state, true) : block;
    state->used += size - held;
    if (size > held) state->refused = false;
    if (size > held && state->used > state->limits.memory_hard) lunad_ask_collection(state);
    return grown;
}

static void free_state(lunad_state *state) {
    lunad_buffer *buffers[] = {&state->reply, &state->arguments, &state->results,     &state->field,
                               &state->hooks, &state->message,   &state->error_value, &state->snapshot, &state->locals};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) lunad_free(buffers[i]);
    free(state->traceback);
    free(state);
}

lunad_state *lunad_state_new(const lunad_host *host, void *context, const lunad_limits *limits,
                             const lunad_interface *interface) {
    int late_count = lunad_library_count(interface);
    lunad_state *state = calloc(1, sizeof *state + (size_t)late_count * sizeof *state->late);
    if (!state) return NULL;
    state->host = *host;
    state->context = context;
    state->interface = interface;
    state->strings = lunad_strings();
    state->late_count = late_count;
    lunad_note_life(state);
    lunad_set_limits(state, limits);
    state->main = state->strings ? lua_newstate(allocate, state) : NULL;
    if (!state->main) {
        free_state(state);
        return NULL;
    }
    *(lunad_state **)lua_getextraspace(state->main) = state;
    atomic_store(&state->running, state->main);
    lua_pushcfunction(state->main, lunad_open_sandbox);
    bool is_whole = lua_pcall(state->main, 0, 0, 0) == LUA_OK;
    if (is_whole && state->used > limits->memory_hard) lunad_collect(state);
    if (is_whole && state->used <= limits->memory_hard) return state;
    lunad_state_close(state);
    return NULL;
}

size_t lunad_state_close(lunad_state *state) {
    state->fail_at = 0;
    lua_close(state->main);
    size_t left = state->used;
    free_state(state);
    return left;
}

void lunad_set_limits(lunad_state *state, const lunad_limits *limits) {
    state->limits = *limits;
    state->soft_line = limits->memory_soft;
}

size_t lunad_memory_used(const lunad_state *state) { return state->used; }

static int collect(lua_State *L) {
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

void lunad_collect(lunad_state *state) { lunad_protect(state, collect, NULL); }

void lunad_fail_allocation(lunad_state *state, uint64_t n, bool forever) {
    state->fail_at = n ? state->allocations + n : 0;
    state->fail_forever = forever;
    state->fail_retry = false;
}

uint64_t lunad_allocations(const lunad_state *state) { return state->allocations; }

bool lunad_set_reply(lunad_state *state, const uint8_t *bytes, size_t count) {
    lunad_empty(&state->reply);
    return lunad_append(&state->reply, bytes, count);
}

int lunad_protect(lunad_state *state, lua_CFunction function, void *argument) {
    lua_State *L = lunad_host_thread(state);
    int interrupt = atomic_load(&state->interrupt);
    if (!lua_checkstack(L, 4)) return LUA_ERRMEM;
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    int status = lua_pcall(L, 1, 0, 0);
    if (status != LUA_OK) {
        size_t count = 0;
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &count) : NULL;
        lunad_empty(&state->message);
        lunad_append(&state->message, text ? text : "not enough memory", text ? count : 17);
        lua_pop(L, 1);
    }
    /* The host's own work hit the limit: that is told by the status, and must not unwind a hook later. */
    if (interrupt == LUNAD_INTERRUPT_NONE) lunad_forget_interrupt(state, LUNAD_INTERRUPT_MEMORY);
    return status;
}

const char *lunad_lua_ident(void) { return lua_ident; }
