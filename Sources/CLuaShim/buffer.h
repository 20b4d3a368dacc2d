/* Growing byte buffers outside the Lua heap. */
#ifndef LUNAD_BUFFER_H
#define LUNAD_BUFFER_H

#include <stdlib.h>
#include <string.h>

#include "state.h"

/* Appends; false when there is no memory, and then nothing has changed. */
static inline bool lunad_append(lunad_buffer *buffer, const void *bytes, size_t count) {
    if (buffer->capacity - buffer->count < count) {
        size_t capacity = buffer->capacity ? buffer->capacity : 128;
        while (capacity - buffer->count < count) capacity *= 2;
        uint8_t *grown = realloc(buffer->bytes, capacity);
        if (!grown) return false;
        buffer->bytes = grown;
        buffer->capacity = capacity;
    }
    if (count) memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
    return true;
}

static inline bool lunad_append_text(lunad_buffer *buffer, const char *text) {
    return lunad_append(buffer, text, strlen(text));
}

/* Empties; a buffer that one large value blew up gives its memory back. */
static inline void lunad_empty(lunad_buffer *buffer) {
    buffer->count = 0;
    if (buffer->capacity > 64 * 1024) {
        free(buffer->bytes);
        buffer->bytes = NULL;
        buffer->capacity = 0;
    }
}

static inline void lunad_free(lunad_buffer *buffer) {
    free(buffer->bytes);
    *buffer = (lunad_buffer){0};
}

static inline lunad_bytes lunad_view(const lunad_buffer *buffer) {
    return (lunad_bytes){buffer->bytes, buffer->count};
}

#endif
