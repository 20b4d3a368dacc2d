/* External programs: starting one, and waiting for one by descriptor. Nothing here keeps state. */
#ifndef LUNAD_PROCESS_H
#define LUNAD_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What is to run. Every pointer stays the caller's. */
typedef struct {
    const char *path;         /* the executable file; no search is done */
    char *const *arguments;   /* ends with NULL */
    char *const *environment; /* ends with NULL */
    const char *folder;       /* NULL: the host's own */
    int ends[3];              /* what become its descriptors 0, 1 and 2; all others are closed in it */
} lunad_program;

/* What could not be done when `error` is not zero. */
typedef enum {
    LUNAD_SPAWN_PROCESS = 0, /* making the process or preparing it */
    LUNAD_SPAWN_FOLDER,      /* entering its folder */
    LUNAD_SPAWN_EXECUTE,     /* running the file */
} lunad_spawn_step;

typedef struct {
    pid_t pid; /* also the id of its process group */
    int descriptor; /* a pidfd, closed on exec */
    int error; /* an errno; 0 when it runs */
    lunad_spawn_step step;
} lunad_spawned;

/* Starts a program in a process group of its own, with default signals and an open descriptor for nothing but the three
 * ends. It is killed when the *thread* that called this ends. The caller's thread is suspended until it runs or failed. */
lunad_spawned lunad_spawn(const lunad_program *program);

/* How a process ended. */
typedef struct {
    int exit_code; /* -1 when a signal ended it */
    int signal;    /* 0 when it ended itself */
    int64_t user_microseconds;
    int64_t system_microseconds;
    int64_t max_resident_bytes;
} lunad_process_end;

/* Takes the end of a child that has exited, with what it and the children that it waited for have used. False when it
 * has not exited, or is no child. Does not wait. */
bool lunad_reap(pid_t pid, lunad_process_end *end);

/* A pipe whose ends are closed on exec, as pipe2 makes it. */
int lunad_pipe(int ends[2]);

/* A descriptor, closed on exec, that becomes readable when the process ends; -1 with errno. */
int lunad_pidfd_open(pid_t pid);

/* Sends a signal to exactly the process that the descriptor was opened for. 0, or -1 with errno. */
int lunad_pidfd_signal(int descriptor, int signal);

#endif
