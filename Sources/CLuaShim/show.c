#include "show.h"

#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "internal.h"

struct showing {
    lunad_buffer *buffer;
    const lunad_extent *extent;
    size_t start;
};

static bool is_full(const struct showing *showing) {
    return showing->buffer->count - showing->start >= showing->extent->bytes;
}

static void put(struct showing *showing, const char *text) {
    if (!is_full(showing)) lunad_append_text(showing->buffer, text);
}

static void put_string(struct showing *showing, const char *text, size_t count) {
    size_t shown = count < showing->extent->text ? count : showing->extent->text;
    /* Not in the middle of a character of several bytes. */
    while (shown > 0 && shown < count && ((unsigned char)text[shown] & 0xC0) == 0x80) shown--;
    put(showing, "\"");
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escaped[8];
        if (byte == '"' || byte == '\\') snprintf(escaped, sizeof escaped, "\\%c", byte);
        else if (byte == '\n') snprintf(escaped, sizeof escaped, "\\n");
        else if (byte < 0x20 || byte == 0x7F) snprintf(escaped, sizeof escaped, "\\x%02x", byte);
        else snprintf(escaped, sizeof escaped, "%c", byte);
        put(showing, escaped);
    }
    put(showing, "\"");
    if (shown < count) put(showing, "…");
}

static void put_number(struct showing *showing, lua_State *L, int index) {
    char text[48];
    if (lua_isinteger(L, index)) snprintf(text, sizeof text, LUA_INTEGER_FMT, lua_tointeger(L, index));
    else snprintf(text, sizeof text, "%.14g", lua_tonumber(L, index));
    put(showing, text);
    if (!lua_isinteger(L, index) && !strpbrk(text, ".eEnN")) put(showing, ".0");
}

static void put_function(struct showing *showing, lua_State *L, int index) {
    lua_Debug info;
    char text[LUA_IDSIZE + 32];
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &info);
    if (*info.what == 'C') snprintf(text, sizeof text, "function (built in)");
    else snprintf(text, sizeof text, "function (%s:%d)", info.short_src, info.linedefined);
    put(showing, text);
}

static bool is_name(const char *text, size_t count) {
    if (count == 0 || count > 60 || (*text >= '0' && *text <= '9')) return false;
    for (size_t i = 0; i < count; i++) {
        char c = text[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!is_letter) return false;
    }
    return true;
}

static void put_value(struct showing *showing, lua_State *L, int index, int depth);

static void put_key(struct showing *showing, lua_State *L, int index) {
    size_t count = 0;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &count) : NULL;
    if (text && is_name(text, count)) {
        lunad_append(showing->buffer, text, count);
    } else {
        put(showing, "[");
        put_value(showing, L, index, showing->extent->depth);
        put(showing, "]");
    }
    put(showing, " = ");
}

static void put_break(struct showing *showing, int depth) {
    if (!showing->extent->is_wide) return put(showing, " ");
    put(showing, "\n");
    for (int i = 0; i < depth; i++) put(showing, "  ");
}

static void put_table(struct showing *showing, lua_State *L, int index, int depth) {
    if (lunad_look_behind_proxy(L, index)) return put_table(showing, L, index, depth);
    /* Filling it would allocate. */
    if (lunad_is_late(L, index)) return put(showing, "{…}");
    lua_pushnil(L);
    if (!lua_next(L, index)) return put(showing, "{}");
    if (depth >= showing->extent->depth) {
        lua_pop(L, 2);
        return put(showing, "{…}");
    }
    put(showing, "{");
    int count = 0;
    lua_Integer next_element = 1;
    do {
        int value = lua_gettop(L);
        if (count++ >= showing->extent->entries || is_full(showing)) {
            put_break(showing, depth + 1);
            put(showing, "…");
            lua_pop(L, 2);
            break;
        }
        put_break(showing, depth + 1);
        if (lua_isinteger(L, value - 1) && lua_tointeger(L, value - 1) == next_element) next_element++;
        else put_key(showing, L, value - 1);
        put_value(showing, L, value, depth + 1);
        put(showing, ",");
        lua_pop(L, 1);
    } while (lua_next(L, index));
    /* No comma after the last. */
    if (showing->buffer->count > showing->start && showing->buffer->bytes[showing->buffer->count - 1] == ',')
        showing->buffer->count--;
    put_break(showing, depth);
    put(showing, "}");
}

/* The index is absolute. */
static void put_value(struct showing *showing, lua_State *L, int index, int depth) {
    if (is_full(showing) || !lua_checkstack(L, 6)) return put(showing, "…");
    size_t count = 0;
    switch (lua_type(L, index)) {
        case LUA_TNIL: return put(showing, "nil");
        case LUA_TBOOLEAN: return put(showing, lua_toboolean(L, index) ? "true" : "false");
        case LUA_TNUMBER: return put_number(showing, L, index);
        case LUA_TSTRING: {
            const char *text = lua_tolstring(L, index, &count);
            return put_string(showing, text, count);
        }
        case LUA_TFUNCTION: return put_function(showing, L, index);
        case LUA_TTABLE:
            /* Worked on as a copy of the reference: a proxy is replaced by what is behind it. */
            lua_pushvalue(L, index);
            put_table(showing, L, lua_gettop(L), depth);
            lua_pop(L, 1);
            return;
        case LUA_TTHREAD: return put(showing, "thread");
        default: return put(showing, "userdata");
    }
}

void lunad_show(lua_State *L, int index, lunad_buffer *buffer, const lunad_extent *extent) {
    struct showing showing = {buffer, extent, buffer->count};
    put_value(&showing, L, lua_absindex(L, index), 0);
}
