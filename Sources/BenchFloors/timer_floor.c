/* Many states and one heap of timers. */
#include <errno.h>
#include <string.h>

#include "bench_floors.h"
#include "clock.h"
#include "lua_state.h"

typedef struct {
    double due;
    int state;
} timer;

static void sink(timer *heap, int count, int place) {
    timer moved = heap[place];
    for (;;) {
        int child = place * 2 + 1;
        if (child >= count) break;
        if (child + 1 < count && heap[child + 1].due < heap[child].due) child++;
        if (heap[child].due >= moved.due) break;
        heap[place] = heap[child];
        place = child;
    }
    heap[place] = moved;
}

static void sleep_until(double moment) {
    struct timespec at = {.tv_sec = (time_t)moment};
    at.tv_nsec = (long)((moment - (double)at.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {}
}

static bench_timers run(bench_state *states, timer *heap, int count, double seconds, double *late, int room) {
    bench_timers failed = {-1, -1};
    double start = now_seconds(), end = start + seconds;
    for (int i = 0; i < count; i++) heap[i] = (timer){start + (double)i / count, i}; /* ascending: a heap */
    double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID);
    int noted = 0;
    while (heap[0].due < end) {
        double now = now_seconds();
        if (heap[0].due > now) {
            sleep_until(heap[0].due);
            continue;
        }
        if (noted < room) late[noted++] = now - heap[0].due;
        if (!bench_state_step(&states[heap[0].state])) return failed;
        heap[0].due += 1;
        sink(heap, count, 0);
    }
    double spent = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
    return (bench_timers){spent / seconds, quantile(late, noted, 0.99)};
}

bench_timers bench_lua_timers(const char *script, int count, double seconds) {
    bench_timers result = {-1, -1};
    int room = (int)((double)count * (seconds + 1));
    bench_state *states = calloc((size_t)count, sizeof *states);
    timer *heap = calloc((size_t)count, sizeof *heap);
    double *late = calloc((size_t)room, sizeof *late);
    int made = 0;
    if (states && heap && late) {
        while (made < count && bench_state_open(&states[made], script)) made++;
        if (made == count) result = run(states, heap, count, seconds, late, room);
    }
    while (made > 0) bench_state_close(&states[--made]);
    free(states);
    free(heap);
    free(late);
    return result;
}

double bench_sleep_lateness(int count) {
    double *late = calloc((size_t)count, sizeof *late);
    if (!late) return -1;
    for (int i = 0; i < count; i++) {
        double due = now_seconds() + 0.001;
        sleep_until(due);
        late[i] = now_seconds() - due;
    }
    double result = quantile(late, count, 0.99);
    free(late);
    return result;
}
