/* Interrupts and time slices: armed from a signal only when a script has run too long, so that one that behaves runs
 * without a hook. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* Ticks of CPU in one run after which the slice is over, and after which a run that cannot be preempted is stuck. */
enum { SLICE_TICKS = 2, STUCK_TICKS = 6, DEFAULT_TICK = 5000000 };

/* Kept for the next thread when one ends: who interrupts a state may still look at it. */
struct lunad_worker {
    struct lunad_worker *next_free;
    atomic_int thread; /* as the kernel numbers it */
    timer_t timer;
    lunad_state *volatile state;
    volatile int ticks;
    void (*stuck)(void *argument);
    void *argument;
};

static __thread struct lunad_worker *current_worker;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t worker_key;
static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;
static struct lunad_worker *first_free;

/* The error value of an interrupt: its address, no allocation. */
static const char sentinel;

/* Life is told by the kernel's last tick, which costs an eighth of the exact time; it lags by up to a tick. */
enum { LONGEST_TICK = 10000000 };

static int64_t time_of_tick(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void lunad_note_life(lunad_state *state) {
    atomic_store_explicit(&state->last_sign_of_life, time_of_tick(), memory_order_relaxed);
}

int64_t lunad_silence(const lunad_state *state) {
    return time_of_tick() - atomic_load_explicit(&state->last_sign_of_life, memory_order_relaxed);
}

/* Never too early. */
bool lunad_is_overdue(const lunad_state *state) {
    int64_t timeout = atomic_load_explicit(&state->timeout, memory_order_relaxed);
    return timeout > 0 && lunad_silence(state) > timeout + LONGEST_TICK;
}

void lunad_set_timeout(lunad_state *state, int64_t nanoseconds) { atomic_store(&state->timeout, nanoseconds); }

void lunad_set_stopping(lunad_state *state, bool stopping) { atomic_store(&state->stopping, stopping); }

const char *lunad_current_call(const lunad_state *state) { return atomic_load(&state->current_call); }

/* ---- Raising ---- */

void lunad_set_interrupt(lunad_state *state, lunad_interrupt_reason reason) {
    int none = LUNAD_INTERRUPT_NONE;
    atomic_compare_exchange_strong(&state->interrupt, &none, (int)reason);
}

void lunad_forget_interrupt(lunad_state *state, lunad_interrupt_reason reason) {
    int set = atomic_load_explicit(&state->interrupt, memory_order_relaxed);
    if (set == (int)reason) atomic_compare_exchange_strong(&state->interrupt, &set, LUNAD_INTERRUPT_NONE);
}

void lunad_clear_interrupt(lunad_state *state) { atomic_store(&state->interrupt, LUNAD_INTERRUPT_NONE); }

static void arm(lua_State *L);

/* Only the first raise says where: the later ones are the same interrupt on its way out. */
static void record(lua_State *L) {
    lunad_state *state = lunad_of(L);
    if (state->traceback_recorded) return;
    state->traceback_recorded = true;
    lunad_write_traceback(state, L, 0);
}

static void settle_overdraft(lua_State *L) {
    lunad_state *state = lunad_of(L);
    state->is_overdrawn = false;
    if (state->used > state->limits.memory_hard) lua_gc(L, LUA_GCCOLLECT);
    if (state->used > state->limits.memory_hard) lunad_set_interrupt(state, LUNAD_INTERRUPT_MEMORY);
}

/* Where it can, an interrupt leaves the coroutine by a yield that is never resumed: no error is raised, so that there
 * is nothing to catch, and a hundred thousand nested pcalls cost nothing. */
static void on_hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    lunad_state *state = lunad_of(L);
    if (state->is_overdrawn) settle_overdraft(L);
    if (atomic_load_explicit(&state->interrupt, memory_order_relaxed) != LUNAD_INTERRUPT_NONE) {
        if (!lua_isyieldable(L)) lunad_raise_interrupt(L);
        record(L);
        state->yield_kind = LUNAD_YIELD_INTERRUPT;
        lua_yield(L, 0);
        return;
    }
    lua_sethook(L, NULL, 0, 0);
    if (!atomic_load_explicit(&state->slice_expired, memory_order_relaxed) || !lunad_can_suspend(L)) return;
    atomic_store_explicit(&state->slice_expired, false, memory_order_relaxed);
    state->yield_kind = LUNAD_YIELD_PREEMPT;
    lua_yield(L, 0);
}

/* Lua walks the whole stack to set a hook. */
static void arm(lua_State *L) {
    if (lua_gethookmask(L) == 0) lua_sethook(L, on_hook, LUA_MASKCOUNT, 1);
}

void lunad_raise_interrupt(lua_State *L) {
    record(L);
    if (lua_isyieldable(L)) {
        lunad_of(L)->yield_kind = LUNAD_YIELD_INTERRUPT;
        lua_yield(L, 0);
    }
    arm(L);
    lua_pushlightuserdata(L, (void *)&sentinel);
    lua_error(L);
    abort(); /* neither returns */
}

void lunad_check_caught(lua_State *L, int status) {
    if (status == LUA_ERRMEM) lunad_set_interrupt(lunad_of(L), LUNAD_INTERRUPT_MEMORY);
    lunad_poll(L);
}

void lunad_rearm(lua_State *L) {
    lunad_state *state = lunad_of(L);
    if (atomic_load_explicit(&state->interrupt, memory_order_relaxed) != LUNAD_INTERRUPT_NONE ||
        atomic_load_explicit(&state->slice_expired, memory_order_relaxed) || state->is_overdrawn)
        arm(L);
}

void lunad_ask_collection(lunad_state *state) {
    if (state->is_overdrawn) return;
    state->is_overdrawn = true;
    lua_State *running = atomic_load(&state->running);
    if (running != NULL && running != state->main) arm(running);
}

bool lunad_can_suspend(lua_State *L) { return lunad_of(L)->unyieldable == 0 && lua_isyieldable(L); }

/* ---- The signal ---- */

static void look_after(struct lunad_worker *worker, lunad_state *state, bool is_tick) {
    if (is_tick) worker->ticks++;
    if (lunad_is_overdue(state)) lunad_set_interrupt(state, LUNAD_INTERRUPT_STEP_TIMEOUT);
    if (worker->ticks >= SLICE_TICKS) atomic_store_explicit(&state->slice_expired, true, memory_order_relaxed);
    lunad_rearm(atomic_load_explicit(&state->running, memory_order_relaxed));
    if (is_tick && worker->ticks == STUCK_TICKS && worker->stuck) worker->stuck(worker->argument);
}

static void on_signal(int number, siginfo_t *info, void *machine) {
    (void)number;
    (void)machine;
    int saved = errno;
    struct lunad_worker *worker = current_worker;
    lunad_state *state = worker ? worker->state : NULL;
    if (state) look_after(worker, state, info->si_code == SI_TIMER);
    errno = saved;
}

static void free_worker(void *opaque) { lunad_worker_detach(opaque); }

static void install(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    sigaction(SIGURG, &action, NULL);
    pthread_key_create(&worker_key, free_worker);
}

/* ---- Worker threads ---- */

static struct lunad_worker *new_worker(void) {
    pthread_mutex_lock(&free_lock);
    struct lunad_worker *worker = first_free;
    if (worker) first_free = worker->next_free;
    pthread_mutex_unlock(&free_lock);
    if (!worker) return calloc(1, sizeof *worker);
    worker->state = NULL;
    worker->ticks = 0;
    return worker;
}

static void keep_worker(struct lunad_worker *worker) {
    pthread_mutex_lock(&free_lock);
    worker->next_free = first_free;
    first_free = worker;
    pthread_mutex_unlock(&free_lock);
}

lunad_worker *lunad_worker_attach(int64_t tick, void (*stuck)(void *argument), void *argument) {
    pthread_once(&once, install);
    struct lunad_worker *worker = new_worker();
    if (!worker) return NULL;
    atomic_store(&worker->thread, gettid());
    worker->stuck = stuck;
    worker->argument = argument;
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGURG;
    event._sigev_un._tid = gettid();
    clockid_t clock;
    if (pthread_getcpuclockid(pthread_self(), &clock) != 0 || timer_create(clock, &event, &worker->timer) != 0) {
        keep_worker(worker);
        return NULL;
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    current_worker = worker;
    pthread_setspecific(worker_key, worker);
    struct itimerspec every = {{tick / 1000000000, tick % 1000000000}, {tick / 1000000000, tick % 1000000000}};
    timer_settime(worker->timer, 0, &every, NULL);
    return worker;
}

void lunad_worker_detach(lunad_worker *worker) {
    if (!worker) return;
    timer_delete(worker->timer);
    current_worker = NULL;
    pthread_setspecific(worker_key, NULL);
    keep_worker(worker);
}

/* A thread that was not attached gets slices for as long as it lives, but nobody is told when it is stuck. */
void lunad_enter_worker(lunad_state *state) {
    struct lunad_worker *worker = current_worker;
    if (!worker) worker = lunad_worker_attach(DEFAULT_TICK, NULL, NULL);
    /* Before the interrupt is looked at: whoever sets it from another thread either sees the worker, or is seen. */
    atomic_store_explicit(&state->worker, worker, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    if (!worker) return;
    worker->ticks = 0;
    atomic_signal_fence(memory_order_seq_cst);
    worker->state = state;
}

void lunad_leave_worker(lunad_state *state) {
    struct lunad_worker *worker = atomic_load_explicit(&state->worker, memory_order_relaxed);
    if (worker) worker->state = NULL;
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&state->worker, NULL, memory_order_release);
    atomic_store_explicit(&state->slice_expired, false, memory_order_relaxed);
}

/* A signal that comes when the thread has left the state, or is another by then, does nothing. */
void lunad_interrupt(lunad_state *state, lunad_interrupt_reason reason) {
    lunad_set_interrupt(state, reason);
    atomic_thread_fence(memory_order_seq_cst);
    struct lunad_worker *worker = atomic_load_explicit(&state->worker, memory_order_acquire);
    if (worker) tgkill(getpid(), atomic_load(&worker->thread), SIGURG);
}
