/* Times, and the middle of many. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdlib.h>
#include <time.h>

static inline double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline double now_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }

static inline void sleep_seconds(double seconds) {
    struct timespec span = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL);
}

static inline int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The value below which this share of them lies; sorts them. */
static inline double quantile(double *values, int count, double share) {
    if (count == 0) return -1;
    qsort(values, (size_t)count, sizeof *values, ascending);
    int place = (int)((double)count * share);
    return values[place < count ? place : count - 1];
}

#endif
