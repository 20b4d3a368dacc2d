/* Lua 5.4 patterns, matched so that an interrupt is noticed within some thousand steps. */
#ifndef LUNAD_PATTERN_H
#define LUNAD_PATTERN_H

#include "state.h"

#define LUNAD_MAX_CAPTURES 32

/* What stands in a capture's length when it is not a length. */
#define LUNAD_CAPTURE_OPEN (-1)     /* '(' was seen, its ')' was not */
#define LUNAD_CAPTURE_POSITION (-2) /* "()": the offset itself is captured */

typedef struct {
    const unsigned char *start;
    ptrdiff_t length;
} lunad_capture;

/* One subject and one pattern. Lives on the C stack; owns nothing, so an error may unwind over it. */
typedef struct {
    lua_State *L;
    const unsigned char *subject;
    const unsigned char *subject_end;
    const unsigned char *pattern_end;
    size_t steps_left; /* until the next look for an interrupt */
    int depth_left;    /* nested matches still allowed */
    int level;         /* captures begun */
    lunad_capture captures[LUNAD_MAX_CAPTURES];
} lunad_matcher;

/* Readies a matcher. Both strings must outlive it. */
void lunad_matcher_begin(lunad_matcher *matcher, lua_State *L, const char *subject, size_t subject_length,
                         const char *pattern, size_t pattern_length);

/* Where a match of `pattern` that begins exactly at `s` ends, or NULL. Forgets earlier captures.
 * Raises Lua's own errors for a malformed pattern, but only when matching gets to the malformed place. */
const unsigned char *lunad_match(lunad_matcher *matcher, const unsigned char *s, const unsigned char *pattern);

/* The length of capture `index` (from 0) and its start, or LUNAD_CAPTURE_POSITION. When a pattern has no captures,
 * number 0 is the whole match from `s` to `e`. */
ptrdiff_t lunad_match_capture(lunad_matcher *matcher, int index, const unsigned char *s, const unsigned char *e,
                              const unsigned char **start);

/* Pushes capture `index`: a string, or an integer for a position. */
void lunad_push_capture(lunad_matcher *matcher, int index, const unsigned char *s, const unsigned char *e);

/* Pushes all captures and returns their number. A pattern without captures gives the whole match, when `s` is set. */
int lunad_push_captures(lunad_matcher *matcher, const unsigned char *s, const unsigned char *e);

/* Counts work done in loops around the matcher; looks for an interrupt when enough has been done. */
static inline void lunad_spend(lunad_matcher *matcher, size_t steps) {
    if (steps < matcher->steps_left) {
        matcher->steps_left -= steps;
        return;
    }
    matcher->steps_left = 4096;
    lunad_poll(matcher->L);
}

#endif
