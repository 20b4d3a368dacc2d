/* The table functions that could run away: bounded where they move elements, and looking for an interrupt. */
#include "state.h"

#include <limits.h>
#include <stdint.h>

/* Elements that one call may move or join. A table says its own length by `__len`, so a small script can ask for
 * any number of them. */
#define MAX_ELEMENTS 10000000

/* What a value must offer to pass for a table. */
enum { READS = 1, WRITES = 2, HAS_LENGTH = 4 };

static bool has_metamethod(lua_State *L, int metatable, const char *name) {
    lua_pushstring(L, name);
    bool found = lua_rawget(L, metatable) != LUA_TNIL;
    lua_pop(L, 1);
    return found;
}

static void check_table(lua_State *L, int argument, int needs) {
    if (lua_type(L, argument) == LUA_TTABLE) return;
    if (lua_getmetatable(L, argument)) {
        int metatable = lua_gettop(L);
        bool serves = (!(needs & READS) || has_metamethod(L, metatable, "__index")) &&
                      (!(needs & WRITES) || has_metamethod(L, metatable, "__newindex")) &&
                      (!(needs & HAS_LENGTH) || has_metamethod(L, metatable, "__len"));
        lua_pop(L, 1);
        if (serves) return;
    }
    luaL_checktype(L, argument, LUA_TTABLE);
}

static lua_Integer checked_length(lua_State *L, int argument, int needs) {
    check_table(L, argument, needs | HAS_LENGTH);
    return luaL_len(L, argument);
}

/* Refuses a call over the elements from `first` to `last`, when those are too many. */
static void check_span(lua_State *L, const char *function, lua_Integer first, lua_Integer last) {
    if (last < first) return;
    lua_Unsigned span = (lua_Unsigned)last - (lua_Unsigned)first;
    if (span < MAX_ELEMENTS) return;
    lua_Integer count = span < (lua_Unsigned)LUA_MAXINTEGER ? (lua_Integer)span + 1 : LUA_MAXINTEGER;
    luaL_error(L, "table.%s: %I elements are more than the 10,000,000 that one call may touch", function,
               (LUAI_UACINT)count);
}

/* table[to] = source[from], for tables at these stack indices. */
static void copy_element(lua_State *L, int source, lua_Integer from, int target, lua_Integer to) {
    lunad_poll(L);
    lua_geti(L, source, from);
    lua_seti(L, target, to);
}

static int table_insert(lua_State *L) {
    lua_Integer behind = (lua_Integer)((lua_Unsigned)checked_length(L, 1, READS | WRITES) + 1);
    lua_Integer position = behind;
    switch (lua_gettop(L)) {
    case 2: break;
    case 3:
        position = luaL_checkinteger(L, 2);
        /* Unsigned: from 1 to `behind`, also where that has wrapped around. */
        luaL_argcheck(L, (lua_Unsigned)position - 1 < (lua_Unsigned)behind, 2, "position out of bounds");
        check_span(L, "insert", position, behind);
        for (lua_Integer i = behind; i > position; i--) copy_element(L, 1, i - 1, 1, i);
        break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, position);
    return 0;
}

static int table_remove(lua_State *L) {
    lua_Integer length = checked_length(L, 1, READS | WRITES);
    lua_Integer position = luaL_optinteger(L, 2, length);
    if (position != length)
        luaL_argcheck(L, (lua_Unsigned)position - 1 <= (lua_Unsigned)length, 2, "position out of bounds");
    check_span(L, "remove", position, length);
    lua_geti(L, 1, position);
    for (; position < length; position++) copy_element(L, 1, position + 1, 1, position);
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

static int table_move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    check_table(L, 1, READS);
    check_table(L, target, WRITES);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        check_span(L, "move", first, last);
        bool overlaps_upwards = to > first && to <= last && (target == 1 || lua_compare(L, 1, target, LUA_OPEQ));
        if (overlaps_upwards) {
            for (lua_Integer i = count - 1; i >= 0; i--) copy_element(L, 1, first + i, target, to + i);
        } else {
            for (lua_Integer i = 0; i < count; i++) copy_element(L, 1, first + i, target, to + i);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

static int table_concat(lua_State *L) {
    lua_Integer last = checked_length(L, 1, READS);
    size_t separator_length;
    const char *separator = luaL_optlstring(L, 2, "", &separator_length);
    lua_Integer first = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    check_span(L, "concat", first, last);
    luaL_Buffer result;
    luaL_buffinit(L, &result);
    lua_Unsigned count = last < first ? 0 : (lua_Unsigned)last - (lua_Unsigned)first + 1;
    for (lua_Unsigned i = 0; i < count; i++) {
        lunad_poll(L);
        if (i > 0) luaL_addlstring(&result, separator, separator_length);
        lua_Integer index = first + (lua_Integer)i;
        lua_geti(L, 1, index);
        if (!lua_isstring(L, -1))
            luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1),
                       (LUAI_UACINT)index);
        luaL_addvalue(&result);
    }
    luaL_pushresult(&result);
    return 1;
}

/* Lua's own stack bounds the results, to a million; reading each may still be slow, through a chain of `__index`. */
static int table_unpack(lua_State *L) {
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
    if (first > last) return 0;
    lua_Unsigned beyond_first = (lua_Unsigned)last - (lua_Unsigned)first;
    if (beyond_first >= INT_MAX || !lua_checkstack(L, (int)beyond_first + 1))
        return luaL_error(L, "too many results to unpack");
    int count = (int)beyond_first + 1;
    for (int i = 0; i < count; i++) {
        lunad_poll(L);
        lua_geti(L, 1, first + i);
    }
    return count;
}

/* ---- sort: quicksort with the median of three; the table is at index 1, the comparator or nil at 2 ---- */

/* Whether the value at stack index `a` comes before the one at `b`. */
static bool comes_before(lua_State *L, int a, int b) {
    lunad_poll(L);
    if (lua_isnil(L, 2)) return lua_compare(L, a, b, LUA_OPLT);
    a = lua_absindex(L, a);
    b = lua_absindex(L, b);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    lua_call(L, 2, 1);
    bool before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

/* Puts the elements at `low` and `high` in order; `low` < `high`. */
static void order_pair(lua_State *L, lua_Integer low, lua_Integer high) {
    lua_geti(L, 1, low);
    lua_geti(L, 1, high);
    if (comes_before(L, -1, -2)) {
        lua_seti(L, 1, low);
        lua_seti(L, 1, high);
    } else {
        lua_pop(L, 2);
    }
}

static void swap_elements(lua_State *L, lua_Integer i, lua_Integer j) {
    lua_geti(L, 1, i);
    lua_geti(L, 1, j);
    lua_seti(L, 1, i);
    lua_seti(L, 1, j);
}

/* Splits around the pivot, which is on top of the stack and at `high` - 1, and returns its final place. The elements
 * at `low` and `high` bound both scans; a scan that passes them shows that the comparator contradicts itself. */
static lua_Integer split(lua_State *L, lua_Integer low, lua_Integer high) {
    lua_Integer i = low;
    lua_Integer j = high - 1;
    for (;;) {
        while (lua_geti(L, 1, ++i), comes_before(L, -1, -2)) {
            if (i == high - 1) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        while (lua_geti(L, 1, --j), comes_before(L, -3, -1)) {
            if (j < i) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        /* The stack holds the pivot, table[i] and table[j]. */
        if (j < i) {
            lua_pop(L, 3);
            swap_elements(L, high - 1, i);
            return i;
        }
        lua_seti(L, 1, i);
        lua_seti(L, 1, j);
    }
}

/* A place in the middle half; `salt` scatters it, so that an input that defeats one choice does not defeat all. */
static lua_Integer pivot_place(lua_Integer low, lua_Integer high, uint32_t salt) {
    lua_Integer quarter = (high - low) / 4;
    if (salt == 0 || quarter == 0) return low + (high - low) / 2;
    return low + quarter + (lua_Integer)(salt * UINT32_C(2654435761) >> 1) % (2 * quarter);
}

/* Recurses into the smaller part only: at most 31 levels deep. */
static void sort_range(lua_State *L, lua_Integer low, lua_Integer high) {
    uint32_t salt = 0;
    while (low < high) {
        order_pair(L, low, high);
        if (high - low == 1) return;
        lua_Integer middle = pivot_place(low, high, salt);
        order_pair(L, low, middle);
        order_pair(L, middle, high);
        if (high - low == 2) return;
        swap_elements(L, middle, high - 1);
        lua_geti(L, 1, high - 1);
        lua_Integer place = split(L, low, high);

        lua_Integer count = high - low;
        lua_Integer smaller;
        if (place - low < high - place) {
            smaller = place - low;
            sort_range(L, low, place - 1);
            low = place + 1;
        } else {
            smaller = high - place;
            sort_range(L, place + 1, high);
            high = place - 1;
        }
        if (smaller < count / 128) salt++;
    }
}

static int table_sort(lua_State *L) {
    lua_Integer length = checked_length(L, 1, READS | WRITES);
    if (length > 1) {
        luaL_argcheck(L, length < INT_MAX, 1, "array too big");
        if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
        lua_settop(L, 2);
        sort_range(L, 1, length);
    }
    return 0;
}

void lunad_guard_table(lua_State *L) {
    static const luaL_Reg guarded[] = {
        {"concat", table_concat}, {"insert", table_insert}, {"move", table_move}, {"remove", table_remove},
        {"sort", table_sort},     {"unpack", table_unpack}, {NULL, NULL},
    };
    luaL_setfuncs(L, guarded, 0);
}
