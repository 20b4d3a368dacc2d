/* The pattern matcher: backtracking over the text of the pattern, as the manual defines it. */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

typedef unsigned char byte;

#define ESCAPE '%'

/* Nested matches in one search; each takes a frame of the C stack. */
#define MAX_DEPTH 200

static const byte *match(lunad_matcher *m, const byte *s, const byte *p);

/* ---- Single characters: 'x' '.' '%a' '[set]' ---- */

static bool in_class(byte c, byte class_letter) {
    bool belongs;
    switch (tolower(class_letter)) {
    case 'a': belongs = isalpha(c); break;
    case 'c': belongs = iscntrl(c); break;
    case 'd': belongs = isdigit(c); break;
    case 'g': belongs = isgraph(c); break;
    case 'l': belongs = islower(c); break;
    case 'p': belongs = ispunct(c); break;
    case 's': belongs = isspace(c); break;
    case 'u': belongs = isupper(c); break;
    case 'w': belongs = isalnum(c); break;
    case 'x': belongs = isxdigit(c); break;
    case 'z': belongs = c == '\0'; break; /* undocumented, but Lua 5.4 has it */
    default: return class_letter == c;
    }
    return isupper(class_letter) ? !belongs : belongs;
}

/* Whether the set between its '[' at `p` and its ']' at `last` holds `c`. */
static bool in_set(byte c, const byte *p, const byte *last) {
    bool listed = true;
    if (*++p == '^') {
        listed = false;
        p++;
    }
    for (; p < last; p++) {
        if (*p == ESCAPE) {
            p++;
            if (in_class(c, *p)) return listed;
        } else if (p[1] == '-' && p + 2 < last) {
            if (p[0] <= c && c <= p[2]) return listed;
            p += 2;
        } else if (*p == c) {
            return listed;
        }
    }
    return !listed;
}

/* The end of the item that begins at `p`, before any repetition sign. */
static const byte *item_end(lunad_matcher *m, const byte *p) {
    const byte *begin = p;
    const byte *end = m->pattern_end;
    byte first = *p++;
    if (first == ESCAPE) {
        if (p == end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (first != '[') return p;
    if (p < end && *p == '^') p++;
    /* A ']' that comes first belongs to the set. */
    do {
        if (p == end) luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == ESCAPE && p < end) p++;
    } while (p == end || *p != ']');
    lunad_spend(m, (size_t)(p - begin));
    return p + 1;
}

static bool item_matches(lunad_matcher *m, const byte *s, const byte *p, const byte *end) {
    lunad_spend(m, (size_t)(end - p)); /* a set may be as long as a script makes it */
    if (s == m->subject_end) return false;
    switch (*p) {
    case '.': return true;
    case ESCAPE: return in_class(*s, p[1]);
    case '[': return in_set(*s, p, end - 1);
    default: return *p == *s;
    }
}

/* ---- Repetitions: the item from `p` to `end`, then the rest of the pattern behind its sign ---- */

static const byte *longest_first(lunad_matcher *m, const byte *s, const byte *p, const byte *end) {
    const byte *least = s;
    while (item_matches(m, s, p, end)) s++;
    for (;; s--) {
        const byte *result = match(m, s, end + 1);
        if (result != NULL || s == least) return result;
    }
}

static const byte *shortest_first(lunad_matcher *m, const byte *s, const byte *p, const byte *end) {
    for (;; s++) {
        const byte *result = match(m, s, end + 1);
        if (result != NULL) return result;
        if (!item_matches(m, s, p, end)) return NULL;
    }
}

/* ---- Captures ---- */

static const byte *open_capture(lunad_matcher *m, const byte *s, const byte *p, ptrdiff_t kind) {
    if (m->level >= LUNAD_MAX_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->level++] = (lunad_capture){.start = s, .length = kind};
    const byte *result = match(m, s, p);
    if (result == NULL) m->level--;
    return result;
}

static const byte *close_capture(lunad_matcher *m, const byte *s, const byte *p) {
    int index = m->level - 1;
    while (index >= 0 && m->captures[index].length != LUNAD_CAPTURE_OPEN) index--;
    if (index < 0) luaL_error(m->L, "invalid pattern capture");
    lunad_capture *capture = &m->captures[index];
    capture->length = s - capture->start;
    const byte *result = match(m, s, p);
    if (result == NULL) capture->length = LUNAD_CAPTURE_OPEN;
    return result;
}

/* '%1': the text of an earlier capture again. */
static const byte *repeated_capture(lunad_matcher *m, const byte *s, byte digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->level || m->captures[index].length == LUNAD_CAPTURE_OPEN)
        luaL_error(m->L, "invalid capture index %%%d", index + 1);
    ptrdiff_t length = m->captures[index].length;
    if (length == LUNAD_CAPTURE_POSITION || m->subject_end - s < length) return NULL;
    lunad_spend(m, (size_t)length);
    return memcmp(m->captures[index].start, s, (size_t)length) == 0 ? s + length : NULL;
}

/* ---- '%bxy' and '%f[set]' ---- */

static const byte *balanced(lunad_matcher *m, const byte *s, const byte *p) {
    if (m->pattern_end - p < 2) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    byte opening = p[0];
    byte closing = p[1];
    if (s == m->subject_end || *s != opening) return NULL;
    size_t open = 1;
    for (s++; s < m->subject_end; s++) {
        lunad_spend(m, 1);
        if (*s == closing) {
            if (--open == 0) return s + 1;
        } else if (*s == opening) {
            open++;
        }
    }
    return NULL;
}

/* The pattern behind a frontier at `s` whose set begins at `p`, or NULL when there is none. */
static const byte *behind_frontier(lunad_matcher *m, const byte *s, const byte *p) {
    if (p == m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const byte *end = item_end(m, p);
    byte before = s == m->subject ? '\0' : s[-1];
    byte here = s == m->subject_end ? '\0' : *s;
    return !in_set(before, p, end - 1) && in_set(here, p, end - 1) ? end : NULL;
}

/* ---- The whole ---- */

/* Where the match of the pattern from `p` on ends when it begins at `s`, or NULL. */
static const byte *match_sequence(lunad_matcher *m, const byte *s, const byte *p) {
    while (p != m->pattern_end) {
        byte next = p + 1 == m->pattern_end ? '\0' : p[1];
        switch (*p) {
        case '(':
            if (next == ')') return open_capture(m, s, p + 2, LUNAD_CAPTURE_POSITION);
            return open_capture(m, s, p + 1, LUNAD_CAPTURE_OPEN);
        case ')': return close_capture(m, s, p + 1);
        case '$':
            if (p + 1 == m->pattern_end) return s == m->subject_end ? s : NULL;
            break;
        case ESCAPE:
            if (next == 'b') {
                s = balanced(m, s, p + 2);
                if (s == NULL) return NULL;
                p += 4;
                continue;
            }
            if (next == 'f') {
                p = behind_frontier(m, s, p + 2);
                if (p == NULL) return NULL;
                continue;
            }
            if (isdigit(next)) {
                s = repeated_capture(m, s, next);
                if (s == NULL) return NULL;
                p += 2;
                continue;
            }
            break;
        default: break;
        }

        const byte *end = item_end(m, p);
        byte sign = end == m->pattern_end ? '\0' : *end;
        if (!item_matches(m, s, p, end)) {
            if (sign != '*' && sign != '?' && sign != '-') return NULL;
            p = end + 1;
            continue;
        }
        switch (sign) {
        case '*': return longest_first(m, s, p, end);
        case '+': return longest_first(m, s + 1, p, end);
        case '-': return shortest_first(m, s, p, end);
        case '?': {
            const byte *result = match(m, s + 1, end + 1);
            if (result != NULL) return result;
            p = end + 1;
            break;
        }
        default:
            s++;
            p = end;
        }
    }
    return s;
}

/* The same, one level deeper. */
static const byte *match(lunad_matcher *m, const byte *s, const byte *p) {
    lunad_spend(m, 1);
    if (m->depth_left == 0) luaL_error(m->L, "pattern too complex");
    m->depth_left--;
    s = match_sequence(m, s, p);
    m->depth_left++;
    return s;
}

void lunad_matcher_begin(lunad_matcher *m, lua_State *L, const char *subject, size_t subject_length,
                         const char *pattern, size_t pattern_length) {
    m->L = L;
    m->subject = (const byte *)subject;
    m->subject_end = m->subject + subject_length;
    m->pattern_end = (const byte *)pattern + pattern_length;
    m->steps_left = 0;
    m->depth_left = MAX_DEPTH;
    m->level = 0;
}

const byte *lunad_match(lunad_matcher *m, const byte *s, const byte *pattern) {
    m->level = 0;
    return match(m, s, pattern);
}

/* ---- What was captured ---- */

ptrdiff_t lunad_match_capture(lunad_matcher *m, int index, const byte *s, const byte *e, const byte **start) {
    if (index >= m->level) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        *start = s;
        return e - s;
    }
    if (m->captures[index].length == LUNAD_CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
    *start = m->captures[index].start;
    return m->captures[index].length;
}

void lunad_push_capture(lunad_matcher *m, int index, const byte *s, const byte *e) {
    const byte *start;
    ptrdiff_t length = lunad_match_capture(m, index, s, e, &start);
    if (length == LUNAD_CAPTURE_POSITION)
        lua_pushinteger(m->L, start - m->subject + 1);
    else
        lua_pushlstring(m->L, (const char *)start, (size_t)length);
}

int lunad_push_captures(lunad_matcher *m, const byte *s, const byte *e) {
    int count = m->level == 0 && s != NULL ? 1 : m->level;
    luaL_checkstack(m->L, count, "too many captures");
    for (int index = 0; index < count; index++) lunad_push_capture(m, index, s, e);
    return count;
}
