/* A server that knows one answer, and a client that asks as fast as it is answered. */
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench_floors.h"
#include "clock.h"

enum { largest_answer = 1 << 16, most_connections = 64 };

typedef struct {
    struct MHD_Daemon *daemon;
    struct MHD_Response *response;
} server;

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **request) {
    (void)url, (void)method, (void)version, (void)data, (void)size;
    static char is_known;
    if (!*request) { /* the headers have come; a connection that is answered now would be closed */
        *request = &is_known;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, ((server *)context)->response);
}

static bool place(struct sockaddr_un *address, const char *path) {
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address->sun_path) return false;
    strcpy(address->sun_path, path);
    return true;
}

void *bench_http_serve(const char *path, const char *body, const char *type) {
    struct sockaddr_un address;
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening < 0 || !place(&address, path)) return NULL;
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 || listen(listening, 64) != 0) return NULL;
    server *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->response = MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(s->response, "Content-Type", type);
    s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, s, MHD_OPTION_LISTEN_SOCKET,
                                 listening, MHD_OPTION_END);
    if (s->daemon) return s;
    MHD_destroy_response(s->response);
    free(s);
    return NULL;
}

void bench_http_stop(void *opaque) {
    server *s = opaque;
    MHD_stop_daemon(s->daemon);
    MHD_destroy_response(s->response);
    free(s);
}

static int connected(const char *path) {
    struct sockaddr_un address;
    int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -1;
    if (place(&address, path) && connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

static bool send_all(int descriptor, const char *text) {
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t sent = send(descriptor, text, left, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        text += sent;
        left -= (size_t)sent;
    }
    return true;
}

long bench_http_exchange(const char *path, const char *request, char *answer_text, long size) {
    int descriptor = connected(path);
    if (descriptor < 0) return -1;
    long length = send_all(descriptor, request) ? 0 : -1;
    while (length >= 0 && length < size - 1) {
        ssize_t count = read(descriptor, answer_text + length, (size_t)(size - 1 - length));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) length = -1;
        if (count <= 0) break;
        length += count;
    }
    close(descriptor);
    if (length >= 0) answer_text[length] = 0;
    return length;
}

typedef struct {
    char text[largest_answer];
    size_t length;
} partial;

/* Whether a whole answer is there, told by its Content-Length; it is then taken out. */
static bool is_whole(partial *p) {
    p->text[p->length] = 0;
    char *end = strstr(p->text, "\r\n\r\n");
    if (!end) return false;
    char *field = strcasestr(p->text, "\r\nContent-Length:");
    if (!field || field > end) return false;
    size_t whole = (size_t)(end + 4 - p->text) + strtoul(field + 17, NULL, 10);
    if (p->length < whole) return false;
    p->length = 0;
    return true;
}

static double load(struct pollfd *sockets, partial *partials, const char *request, int count, double seconds) {
    for (int i = 0; i < count; i++)
        if (!send_all(sockets[i].fd, request)) return -1;
    double start = now_seconds(), now = start;
    long answers = 0;
    for (; now - start < seconds; now = now_seconds()) {
        if (poll(sockets, (nfds_t)count, 5000) <= 0) return -1;
        for (int i = 0; i < count; i++) {
            if (!sockets[i].revents) continue;
            partial *p = &partials[i];
            ssize_t got = read(sockets[i].fd, p->text + p->length, sizeof p->text - 1 - p->length);
            if (got <= 0) return -1;
            p->length += (size_t)got;
            if (!is_whole(p)) continue;
            answers++;
            if (!send_all(sockets[i].fd, request)) return -1;
        }
    }
    return (double)answers / (now - start);
}

double bench_http_load(const char *path, const char *request, int connections, double seconds) {
    struct pollfd sockets[most_connections];
    if (connections > most_connections) connections = most_connections;
    partial *partials = calloc((size_t)connections, sizeof *partials);
    int opened = 0;
    while (partials && opened < connections) {
        int descriptor = connected(path);
        if (descriptor < 0) break;
        sockets[opened++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
    }
    double rate = opened == connections ? load(sockets, partials, request, connections, seconds) : -1;
    while (opened > 0) close(sockets[--opened].fd);
    free(partials);
    return rate;
}
