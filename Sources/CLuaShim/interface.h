/* The inside of an interface. */
#ifndef LUNAD_INTERFACE_H
#define LUNAD_INTERFACE_H

#include "lunad_shim.h"

#define LUNAD_GROUP_CAPACITY 32

/* What is no table below `lunad`: the methods of a session's handle, and those of a job. */
enum { LUNAD_GROUP_SESSION = -1, LUNAD_GROUP_JOB = -2 };

typedef struct {
    lunad_function function;
    int group;              /* where it is found */
    const char *short_name; /* under this name */
} lunad_declared;

/* A table of functions: number 0 is `lunad` itself, with the empty path. */
typedef struct {
    const char *path;       /* "fs" */
    const char *short_name; /* its name in the table around it */
    int parent;             /* that table; -1 for number 0 */
} lunad_group;

struct lunad_interface {
    lunad_group groups[LUNAD_GROUP_CAPACITY];
    int group_count;
    int print; /* which function print calls; -1 for none */
    int count;
    lunad_declared functions[];
};

#endif
