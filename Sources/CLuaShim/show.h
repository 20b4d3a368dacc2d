/* Values as people read them, written into a buffer outside the Lua heap: showing one allocates nothing there, runs no
 * metamethod and raises nothing. */
#ifndef LUNAD_SHOW_H
#define LUNAD_SHOW_H

#include "state.h"

/* How much of a value is shown. */
typedef struct {
    int depth;     /* levels of tables */
    int entries;   /* of each table */
    size_t text;   /* bytes of each string */
    size_t bytes;  /* in all */
    bool is_wide;  /* a table's entries on lines of their own */
} lunad_extent;

/* Appends the value at the index; what does not fit is replaced by a mark. */
void lunad_show(lua_State *L, int index, lunad_buffer *buffer, const lunad_extent *extent);

#endif
