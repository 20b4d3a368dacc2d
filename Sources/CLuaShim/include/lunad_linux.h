/* What Linux has and the Swift toolchain's own module map leaves out. */
#ifndef LUNAD_LINUX_H
#define LUNAD_LINUX_H

#include <sys/eventfd.h>
#include <sys/timerfd.h>

#endif
