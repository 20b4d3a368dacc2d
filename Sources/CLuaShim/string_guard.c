/* The string functions that could run away: they look for an interrupt while they work. */
#include "pattern.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

typedef unsigned char byte;

/* Bytes that are searched or copied between two looks for an interrupt. */
#define STRETCH ((size_t)1 << 20)

/* The offset meant by an `init` argument: from 0; above `length` when it lies behind the end. */
static size_t start_offset(lua_Integer init, size_t length) {
    if (init > 0) return (size_t)init - 1;
    if (init == 0 || init < -(lua_Integer)length) return 0;
    return length - (size_t)-init;
}

/* ---- find and match ---- */

static bool is_literal(const char *pattern, size_t length) {
    for (size_t i = 0; i < length; i++) {
        switch (pattern[i]) {
        case '^': case '$': case '*': case '+': case '?': case '.': case '(': case '[': case '%': case '-':
            return false;
        default: break;
        }
    }
    return true;
}

static const char *find_bytes(lua_State *L, const char *bytes, size_t count, const char *wanted, size_t length) {
    /* The stretches overlap by the wanted length, which must stay a small part of them. */
    size_t stretch = length < STRETCH / 4 ? STRETCH : length * 4;
    while (count >= length) {
        size_t looked_at = count < stretch ? count : stretch;
        const char *found = memmem(bytes, looked_at, wanted, length);
        if (found != NULL || looked_at == count) return found;
        bytes += looked_at - length + 1;
        count -= looked_at - length + 1;
        lunad_poll(L);
    }
    return NULL;
}

static int search(lua_State *L, bool wants_bounds) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t start = start_offset(luaL_optinteger(L, 3, 1), length);
    if (start > length) {
        luaL_pushfail(L);
        return 1;
    }
    if (wants_bounds && (lua_toboolean(L, 4) || is_literal(pattern, pattern_length))) {
        const char *found = find_bytes(L, subject + start, length - start, pattern, pattern_length);
        if (found == NULL) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, found - subject + 1);
        lua_pushinteger(L, (found - subject) + (lua_Integer)pattern_length);
        return 2;
    }

    lunad_matcher matcher;
    lunad_matcher_begin(&matcher, L, subject, length, pattern, pattern_length);
    const byte *p = (const byte *)pattern;
    bool anchored = pattern_length > 0 && *p == '^';
    if (anchored) p++;
    for (const byte *s = matcher.subject + start;; s++) {
        const byte *e = lunad_match(&matcher, s, p);
        if (e != NULL && !wants_bounds) return lunad_push_captures(&matcher, s, e);
        if (e != NULL) {
            lua_pushinteger(L, s - matcher.subject + 1);
            lua_pushinteger(L, e - matcher.subject);
            return 2 + lunad_push_captures(&matcher, NULL, NULL);
        }
        if (anchored || s == matcher.subject_end) break;
    }
    luaL_pushfail(L);
    return 1;
}

static int string_find(lua_State *L) { return search(L, true); }

static int string_match(lua_State *L) { return search(L, false); }

/* ---- gmatch ---- */

/* Upvalues of the iterator. */
enum { GMATCH_SUBJECT = 1, GMATCH_PATTERN, GMATCH_NEXT, GMATCH_LAST_END };

/* The next match that does not end where the last one did, so that an empty match is not found twice. */
static int gmatch_next(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = lua_tolstring(L, lua_upvalueindex(GMATCH_SUBJECT), &length);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(GMATCH_PATTERN), &pattern_length);
    size_t next = (size_t)lua_tointeger(L, lua_upvalueindex(GMATCH_NEXT));
    lua_Integer last_end = lua_tointeger(L, lua_upvalueindex(GMATCH_LAST_END));

    lunad_matcher matcher;
    lunad_matcher_begin(&matcher, L, subject, length, pattern, pattern_length);
    for (; next <= length; next++) {
        const byte *s = matcher.subject + next;
        const byte *e = lunad_match(&matcher, s, (const byte *)pattern);
        if (e == NULL || e - matcher.subject == last_end) continue;
        lua_pushinteger(L, e - matcher.subject);
        lua_copy(L, -1, lua_upvalueindex(GMATCH_NEXT));
        lua_copy(L, -1, lua_upvalueindex(GMATCH_LAST_END));
        lua_pop(L, 1);
        return lunad_push_captures(&matcher, s, e);
    }
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t start = start_offset(luaL_optinteger(L, 3, 1), length);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > length ? length + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next, 4);
    return 1;
}

/* ---- gsub ---- */

/* Adds the replacement string with its %0 to %9 filled in. */
static void add_template(lunad_matcher *m, luaL_Buffer *result, const byte *s, const byte *e) {
    size_t length;
    const char *text = lua_tolstring(m->L, 3, &length);
    const char *end = text + length;
    for (;;) {
        lunad_spend(m, 1);
        const char *sign = memchr(text, '%', (size_t)(end - text));
        if (sign == NULL) break;
        luaL_addlstring(result, text, (size_t)(sign - text));
        byte key = (byte)sign[1]; /* NUL at the end of the string */
        if (key == '%') {
            luaL_addchar(result, '%');
        } else if (key == '0') {
            luaL_addlstring(result, (const char *)s, (size_t)(e - s));
        } else if (isdigit(key)) {
            const byte *start;
            ptrdiff_t count = lunad_match_capture(m, key - '1', s, e, &start);
            if (count == LUNAD_CAPTURE_POSITION) {
                lua_pushinteger(m->L, start - m->subject + 1);
                luaL_addvalue(result);
            } else {
                luaL_addlstring(result, (const char *)start, (size_t)count);
            }
        } else {
            luaL_error(m->L, "invalid use of '%c' in replacement string", '%');
        }
        text = sign + 2;
    }
    luaL_addlstring(result, text, (size_t)(end - text));
}

/* Adds what stands for the match from `s` to `e`; false when that is the match itself. */
static bool add_replacement(lunad_matcher *m, luaL_Buffer *result, int kind, const byte *s, const byte *e) {
    lua_State *L = m->L;
    switch (kind) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, lunad_push_captures(m, s, e), 1);
        break;
    case LUA_TTABLE:
        lunad_push_capture(m, 0, s, e);
        lua_gettable(L, 3);
        break;
    default: add_template(m, result, s, e); return true;
    }
    lunad_poll(L);
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(result, (const char *)s, (size_t)(e - s));
        return false;
    }
    if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(result);
    return true;
}

static int string_gsub(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int kind = lua_type(L, 3);
    lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    luaL_argexpected(L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
                     "string/function/table");

    lunad_matcher matcher;
    lunad_matcher_begin(&matcher, L, subject, length, pattern, pattern_length);
    const byte *p = (const byte *)pattern;
    bool anchored = pattern_length > 0 && *p == '^';
    if (anchored) p++;
    const byte *s = matcher.subject;
    const byte *last_end = NULL;
    lua_Integer count = 0;
    bool changed = false;
    luaL_Buffer result;
    luaL_buffinit(L, &result);
    while (count < limit) {
        const byte *e = lunad_match(&matcher, s, p);
        if (e != NULL && e != last_end) {
            count++;
            changed |= add_replacement(&matcher, &result, kind, s, e);
            s = last_end = e;
        } else if (s < matcher.subject_end) {
            luaL_addchar(&result, (char)*s++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        luaL_addlstring(&result, (const char *)s, (size_t)(matcher.subject_end - s));
        luaL_pushresult(&result);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

/* ---- rep ---- */

/* Fills `bytes` by repeating its first `unit` bytes. */
static void fill_repeating(lua_State *L, char *bytes, size_t unit, size_t count) {
    size_t filled = unit;
    while (filled < count) {
        lunad_poll(L);
        /* What is filled is whole units, and stays so until the last piece. */
        size_t piece = filled;
        if (piece > STRETCH) piece = unit > STRETCH ? unit : STRETCH - STRETCH % unit;
        if (piece > count - filled) piece = count - filled;
        memcpy(bytes + filled, bytes, piece);
        filled += piece;
    }
}

static int string_rep(lua_State *L) {
    size_t length, separator_length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer times = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_length);
    size_t unit = length + separator_length;
    if (times <= 0 || unit == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (unit > (size_t)INT_MAX / (size_t)times) return luaL_error(L, "resulting string too large");
    size_t total = unit * (size_t)times - separator_length;
    luaL_Buffer result;
    char *bytes = luaL_buffinitsize(L, &result, total);
    memcpy(bytes, text, length);
    if (times > 1) {
        memcpy(bytes + length, separator, separator_length);
        fill_repeating(L, bytes, unit, total);
    }
    luaL_pushresultsize(&result, total);
    return 1;
}

void lunad_guard_string(lua_State *L) {
    static const luaL_Reg guarded[] = {
        {"find", string_find}, {"match", string_match}, {"gmatch", string_gmatch},
        {"gsub", string_gsub}, {"rep", string_rep},     {NULL, NULL},
    };
    luaL_setfuncs(L, guarded, 0);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
}
