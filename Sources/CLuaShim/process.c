/* Starting external programs. Between vfork and exec the child shares the host's memory, so that nothing but system
 * calls may happen there. */
#include "lunad_process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: notes what failed where the suspended host reads it, and ends. */
static _Noreturn void give_up(volatile lunad_spawned *report, lunad_spawn_step step) {
    report->error = errno;
    report->step = step;
    _exit(127);
}

/* The host's handlers lie in memory that is gone after exec, and what it ignores would stay ignored. Asks the kernel
 * itself: libc keeps two signals to itself, and takes a lock. */
static void restore_signals(void) {
    /* The kernel's own structure, where nothing but zeros means the default; here with room to spare. */
    const unsigned long usual[8] = {0};
    for (int number = 1; number < NSIG; number++) syscall(SYS_rt_sigaction, number, usual, NULL, (size_t)(NSIG - 1) / 8);
}

static bool move_ends(const int ends[3]) {
    int moved[3];
    for (int i = 0; i < 3; i++) {
        /* Out of the way, so that no end is overwritten before it is in its place. */
        moved[i] = ends[i] > 2 ? ends[i] : fcntl(ends[i], F_DUPFD, 3);
        if (moved[i] < 0) return false;
    }
    for (int i = 0; i < 3; i++) {
        if (dup2(moved[i], i) < 0) return false;
    }
    return syscall(SYS_close_range, 3u, ~0u, 0u) == 0;
}

/* The child's whole life until it becomes the program. */
static _Noreturn void become(const lunad_program *program, pid_t host, volatile lunad_spawned *report) {
    if (setpgid(0, 0) != 0) give_up(report, LUNAD_SPAWN_PROCESS);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(report, LUNAD_SPAWN_PROCESS);
    /* A host that died before that call sends no signal any more. */
    if (getppid() != host) _exit(127);
    restore_signals();
    if (!move_ends(program->ends)) give_up(report, LUNAD_SPAWN_PROCESS);
    if (program->folder != NULL && chdir(program->folder) != 0) give_up(report, LUNAD_SPAWN_FOLDER);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(program->path, program->arguments, program->environment);
    give_up(report, LUNAD_SPAWN_EXECUTE);
}

static void discard(pid_t pid) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

lunad_spawned lunad_spawn(const lunad_program *program) {
    volatile lunad_spawned report = {.pid = -1, .descriptor = -1, .error = 0, .step = LUNAD_SPAWN_PROCESS};
    pid_t host = getpid();
    /* A handler of the host must not run in the child, on the memory of both. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = vfork();
    if (pid == 0) become(program, host, &report);
    int failure = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);

    if (pid < 0) {
        report.error = failure;
    } else if (report.error != 0) {
        discard(pid);
    } else {
        report.pid = pid;
        report.descriptor = lunad_pidfd_open(pid);
        if (report.descriptor < 0) {
            report.error = errno;
            kill(-pid, SIGKILL);
            discard(pid);
        }
    }
    return report;
}

static int64_t microseconds(struct timeval time) { return (int64_t)time.tv_sec * 1000000 + time.tv_usec; }

bool lunad_reap(pid_t pid, lunad_process_end *end) {
    int status;
    struct rusage used;
    pid_t got;
    do got = wait4(pid, &status, WNOHANG, &used);
    while (got < 0 && errno == EINTR);
    if (got != pid) return false;
    end->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end->user_microseconds = microseconds(used.ru_utime);
    end->system_microseconds = microseconds(used.ru_stime);
    end->max_resident_bytes = (int64_t)used.ru_maxrss * 1024;
    return true;
}

int lunad_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int lunad_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0u); }

int lunad_pidfd_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0u);
}
