/* Values as bytes: a tag, then the payload. Integers and doubles are 8 bytes, counts 4, in the machine's order.
 *
 *   0 nil · 1 false · 2 true · 3 integer · 4 double · 5 string: count, bytes
 *   6 table: count of values with keys 1…n, count of other pairs, the values, the pairs */
#include <string.h>

#include "buffer.h"
#include "internal.h"

enum { TAG_NIL, TAG_FALSE, TAG_TRUE, TAG_INTEGER, TAG_DOUBLE, TAG_STRING, TAG_TABLE };

/* A value nested deeper does not cross. */
enum { DEPTH_LIMIT = 100 };

/* ---- Encoding ---- */

/* One step of the path to a field: a key on the stack, or a place in a list. */
struct step {
    int key; /* absolute stack index; 0: use `place` */
    lua_Integer place;
    const void *table;
};

struct encoder {
    lua_State *L;
    lunad_buffer *buffer;
    size_t limit;
    const char *what;
    int depth;
    struct step path[DEPTH_LIMIT + 1];
};

static void add_step(luaL_Buffer *text, struct encoder *encoder, struct step *step) {
    lua_State *L = encoder->L;
    if (step->key == 0) {
        lua_pushfstring(L, "[%I]", (LUAI_UACINT)step->place);
    } else if (lua_type(L, step->key) == LUA_TSTRING) {
        lua_pushfstring(L, ".%s", lua_tostring(L, step->key));
    } else if (lua_type(L, step->key) == LUA_TNUMBER) {
        lua_pushvalue(L, step->key);
        lua_pushfstring(L, "[%s]", lua_tostring(L, -1));
        lua_remove(L, -2);
    } else {
        lua_pushfstring(L, "[%s]", luaL_typename(L, step->key));
    }
    luaL_addvalue(text);
}

static int refuse(struct encoder *encoder, const char *why) {
    lua_State *L = encoder->L;
    luaL_checkstack(L, 20, NULL);
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    luaL_addstring(&text, encoder->what);
    int shown = encoder->depth < 8 ? encoder->depth : 8;
    for (int i = 0; i < shown; i++) add_step(&text, encoder, &encoder->path[i]);
    if (shown < encoder->depth) luaL_addstring(&text, "…");
    luaL_addchar(&text, ' ');
    luaL_addstring(&text, why);
    luaL_pushresult(&text);
    return lua_error(L);
}

static void put(struct encoder *encoder, const void *bytes, size_t count) {
    if (encoder->buffer->count + count > encoder->limit) refuse(encoder, "is too large to leave the script");
    if (!lunad_append(encoder->buffer, bytes, count)) luaL_error(encoder->L, "not enough memory");
}

static void put_tag(struct encoder *encoder, uint8_t tag) { put(encoder, &tag, 1); }

static void put_count(struct encoder *encoder, size_t count) {
    uint32_t short_count = (uint32_t)count;
    put(encoder, &short_count, sizeof short_count);
}

static void put_value(struct encoder *encoder, int index);

static void put_number(struct encoder *encoder, int index) {
    if (lua_isinteger(encoder->L, index)) {
        int64_t integer = lua_tointeger(encoder->L, index);
        put_tag(encoder, TAG_INTEGER);
        put(encoder, &integer, sizeof integer);
    } else {
        double number = lua_tonumber(encoder->L, index);
        put_tag(encoder, TAG_DOUBLE);
        put(encoder, &number, sizeof number);
    }
}

static void put_string(struct encoder *encoder, int index) {
    size_t count;
    const char *bytes = lua_tolstring(encoder->L, index, &count);
    if (count > encoder->limit) refuse(encoder, "is too large to leave the script");
    put_tag(encoder, TAG_STRING);
    put_count(encoder, count);
    put(encoder, bytes, count);
}

bool lunad_look_behind_proxy(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return false;
    bool is_proxy = lua_rawgetp(L, -1, &lunad_key_read_only) == LUA_TTABLE;
    if (is_proxy) lua_replace(L, index);
    else lua_pop(L, 1);
    lua_pop(L, 1);
    return is_proxy;
}

/* n when the keys 1…n are all there, else 0. */
static lua_Integer list_count(lua_State *L, int index) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    for (lua_Integer i = 1; i <= count; i++) {
        int type = lua_rawgeti(L, index, i);
        lua_pop(L, 1);
        if (type == LUA_TNIL) return 0;
    }
    return count;
}

static bool is_in_list(lua_State *L, int key, lua_Integer count) {
    if (!lua_isinteger(L, key)) return false;
    lua_Integer place = lua_tointeger(L, key);
    return place >= 1 && place <= count;
}

static void put_list(struct encoder *encoder, int index, lua_Integer count) {
    for (lua_Integer i = 1; i <= count; i++) {
        encoder->path[encoder->depth - 1] =
            (struct step){0, i, encoder->path[encoder->depth - 1].table};
        lua_rawgeti(encoder->L, index, i);
        put_value(encoder, lua_gettop(encoder->L));
        lua_pop(encoder->L, 1);
    }
}

static uint32_t put_pairs(struct encoder *encoder, int index, lua_Integer list) {
    lua_State *L = encoder->L;
    uint32_t pairs = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        int key = lua_gettop(L) - 1;
        if (!is_in_list(L, key, list)) {
            encoder->path[encoder->depth - 1].key = key;
            put_value(encoder, key);
            put_value(encoder, key + 1);
            pairs++;
        }
        lua_pop(L, 1);
    }
    return pairs;
}

static void put_table(struct encoder *encoder, int index) {
    lua_State *L = encoder->L;
    const void *table = lua_topointer(L, index);
    for (int i = 0; i < encoder->depth; i++)
        if (encoder->path[i].table == table)
            refuse(encoder, "contains itself; only plain data without cycles can cross");
    if (encoder->depth >= DEPTH_LIMIT) refuse(encoder, "is nested deeper than 100 levels");
    luaL_checkstack(L, 8, "a value is nested too deeply");
    encoder->path[encoder->depth++] = (struct step){0, 0, table};
    lua_Integer list = list_count(L, index);
    put_tag(encoder, TAG_TABLE);
    put_count(encoder, (size_t)list);
    size_t at = encoder->buffer->count;
    put_count(encoder, 0);
    put_list(encoder, index, list);
    uint32_t pairs = put_pairs(encoder, index, list);
    memcpy(encoder->buffer->bytes + at, &pairs, sizeof pairs);
    encoder->depth--;
}

static void put_value(struct encoder *encoder, int index) {
    lua_State *L = encoder->L;
    switch (lua_type(L, index)) {
        case LUA_TNIL: put_tag(encoder, TAG_NIL); break;
        case LUA_TBOOLEAN: put_tag(encoder, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE); break;
        case LUA_TNUMBER: put_number(encoder, index); break;
        case LUA_TSTRING: put_string(encoder, index); break;
        case LUA_TTABLE:
            luaL_checkstack(L, 4, "a value is nested too deeply");
            lua_pushvalue(L, index);
            lunad_complete(L, -1);
            lunad_look_behind_proxy(L, lua_gettop(L));
            put_table(encoder, lua_gettop(L));
            lua_pop(L, 1);
            break;
        default: {
            const char *why = lua_type(L, index) == LUA_TFUNCTION ? "is a function; only plain data can cross"
                              : lua_type(L, index) == LUA_TTHREAD ? "is a coroutine; only plain data can cross"
                                                                  : "is a userdata; only plain data can cross";
            refuse(encoder, why);
        }
    }
}

void lunad_encode(lua_State *L, int index, lunad_buffer *buffer, size_t limit, const char *what) {
    struct encoder encoder;
    encoder.L = L;
    encoder.buffer = buffer;
    encoder.limit = limit;
    encoder.what = what;
    encoder.depth = 0;
    lunad_empty(buffer);
    put_value(&encoder, lua_absindex(L, index));
}

void lunad_encode_stack(lua_State *L, int first, lunad_buffer *buffer, size_t limit, const char *what) {
    struct encoder encoder;
    encoder.L = L;
    encoder.buffer = buffer;
    encoder.limit = limit;
    encoder.what = what;
    encoder.depth = 1;
    encoder.path[0] = (struct step){0, 0, NULL};
    lunad_empty(buffer);
    int top = lua_gettop(L);
    put_tag(&encoder, TAG_TABLE);
    put_count(&encoder, top >= first ? (size_t)(top - first + 1) : 0);
    put_count(&encoder, 0);
    for (int i = first; i <= top; i++) {
        encoder.path[0] = (struct step){0, i - first + 1, NULL};
        put_value(&encoder, i);
    }
}

/* Values that are encoded without a protected call, at most, and the bytes that they take with the list's head. */
enum { MOST_SCALARS = 4, SCALAR_BYTES = 9 + MOST_SCALARS * 9 };

static uint8_t *copy_to(uint8_t *at, uint8_t tag, const void *bytes, size_t count) {
    *at = tag;
    if (count) memcpy(at + 1, bytes, count);
    return at + 1 + count;
}

static uint8_t *copy_scalar(lua_State *L, int index, uint8_t *at) {
    lua_Integer integer = lua_tointeger(L, index);
    lua_Number number = lua_tonumber(L, index);
    switch (lua_type(L, index)) {
        case LUA_TNIL: return copy_to(at, TAG_NIL, NULL, 0);
        case LUA_TBOOLEAN: return copy_to(at, lua_toboolean(L, index) ? TAG_TRUE : TAG_FALSE, NULL, 0);
        case LUA_TNUMBER:
            if (lua_isinteger(L, index)) return copy_to(at, TAG_INTEGER, &integer, sizeof integer);
            return copy_to(at, TAG_DOUBLE, &number, sizeof number);
        default: return NULL;
    }
}

bool lunad_encode_scalars(lua_State *L, int first, lunad_buffer *buffer) {
    uint8_t bytes[SCALAR_BYTES];
    uint32_t counts[2] = {(uint32_t)(lua_gettop(L) - first + 1), 0};
    if (counts[0] > MOST_SCALARS) return false;
    uint8_t *at = copy_to(bytes, TAG_TABLE, counts, sizeof counts);
    for (int i = first; at && i <= lua_gettop(L); i++) at = copy_scalar(L, i, at);
    lunad_empty(buffer);
    return at && lunad_append(buffer, bytes, (size_t)(at - bytes));
}

/* ---- Decoding ---- */

struct decoder {
    const uint8_t *at;
    const uint8_t *end;
};

static void take(lua_State *L, struct decoder *decoder, void *to, size_t count) {
    if ((size_t)(decoder->end - decoder->at) < count) luaL_error(L, "a value from the host is cut short");
    memcpy(to, decoder->at, count);
    decoder->at += count;
}

static uint32_t take_count(lua_State *L, struct decoder *decoder) {
    uint32_t count;
    take(L, decoder, &count, sizeof count);
    return count;
}

static void push_value(lua_State *L, struct decoder *decoder);

static void push_string(lua_State *L, struct decoder *decoder) {
    uint32_t count = take_count(L, decoder);
    if ((size_t)(decoder->end - decoder->at) < count) luaL_error(L, "a value from the host is cut short");
    lua_pushlstring(L, (const char *)decoder->at, count);
    decoder->at += count;
}

static void fill_table(lua_State *L, struct decoder *decoder, uint32_t list, uint32_t pairs) {
    for (uint32_t i = 1; i <= list; i++) {
        push_value(L, decoder);
        lua_rawseti(L, -2, i);
    }
    for (uint32_t i = 0; i < pairs; i++) {
        push_value(L, decoder);
        push_value(L, decoder);
        if (lua_isnil(L, -2)) lua_pop(L, 2);
        else lua_rawset(L, -3);
    }
}

static void push_value(lua_State *L, struct decoder *decoder) {
    uint8_t tag;
    take(L, decoder, &tag, 1);
    luaL_checkstack(L, 6, "a value from the host is nested too deeply");
    switch (tag) {
        case TAG_FALSE: lua_pushboolean(L, 0); break;
        case TAG_TRUE: lua_pushboolean(L, 1); break;
        case TAG_INTEGER: {
            int64_t integer;
            take(L, decoder, &integer, sizeof integer);
            lua_pushinteger(L, integer);
            break;
        }
        case TAG_DOUBLE: {
            double number;
            take(L, decoder, &number, sizeof number);
            lua_pushnumber(L, number);
            break;
        }
        case TAG_STRING: push_string(L, decoder); break;
        case TAG_TABLE: {
            uint32_t list = take_count(L, decoder);
            uint32_t pairs = take_count(L, decoder);
            lua_createtable(L, (int)list, (int)pairs);
            fill_table(L, decoder, list, pairs);
            break;
        }
        default: lua_pushnil(L);
    }
}

void lunad_decode(lua_State *L, const uint8_t *bytes, size_t count) {
    struct decoder decoder = {bytes, bytes + count};
    if (count == 0) lua_pushnil(L);
    else push_value(L, &decoder);
}

int lunad_decode_stack(lua_State *L, const uint8_t *bytes, size_t count) {
    struct decoder decoder = {bytes, bytes + count};
    uint8_t tag;
    if (count == 0) return 0;
    take(L, &decoder, &tag, 1);
    uint32_t list = take_count(L, &decoder);
    take_count(L, &decoder);
    luaL_checkstack(L, (int)list + 4, "too many values from the host");
    for (uint32_t i = 0; i < list; i++) push_value(L, &decoder);
    return (int)list;
}

void lunad_refill_field(lua_State *L, const char *name, const uint8_t *bytes, size_t count) {
    struct decoder decoder = {bytes, bytes + count};
    lua_rawgetp(L, LUA_REGISTRYINDEX, &lunad_key_daemon);
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) != LUA_TTABLE || count == 0 || bytes[0] != TAG_TABLE) {
        lua_pop(L, 1);
        lua_pushstring(L, name);
        lunad_decode(L, bytes, count);
        lua_rawset(L, -3);
        lua_pop(L, 1);
        return;
    }
    push_value(L, &decoder); /* the new contents are whole before the old ones go */
    lua_pushnil(L);
    while (lua_next(L, -3)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, -5);
    }
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 3);
}
