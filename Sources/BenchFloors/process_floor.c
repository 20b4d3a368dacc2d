/* Programs with both outputs captured. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_floors.h"
#include "clock.h"

extern char **environ;

enum { most_at_once = 64 };

typedef struct {
    pid_t pid;
    int streams[2];
} program;

static bool start(program *p) {
    char *argv[] = {"true", NULL};
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0) return false;
    if (pipe2(err, O_CLOEXEC) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    int code = posix_spawnp(&p->pid, "true", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(err[1]);
    p->streams[0] = out[0];
    p->streams[1] = err[0];
    return code == 0;
}

/* Reads what there is of both streams until they end, and takes the program away. */
static bool finish(program *p) {
    char buffer[4096];
    for (int i = 0; i < 2; i++) {
        ssize_t count;
        while ((count = read(p->streams[i], buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR)) {}
        close(p->streams[i]);
    }
    int status;
    while (waitpid(p->pid, &status, 0) < 0)
        if (errno != EINTR) return false;
    return true;
}

double bench_spawn(int count, int at_once) {
    program running[most_at_once];
    if (at_once > most_at_once) at_once = most_at_once;
    double begin = now_seconds();
    int started = 0, ended = 0;
    while (ended < count) {
        while (started < count && started - ended < at_once) {
            if (!start(&running[started % at_once])) return -1;
            started++;
        }
        if (!finish(&running[ended % at_once])) return -1;
        ended++;
    }
    return count / (now_seconds() - begin);
}
