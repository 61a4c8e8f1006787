/* Counts, from outside, what a process asks of the disk, and if wanted of the kernel and the allocator.
 *
 * To be preloaded (LD_PRELOAD) into the process. The counters lie in the file that DIBS_COUNT_CALLS
 * names, which whoever measures reads while the process runs: 64-bit numbers in the order below. Calls
 * that make a file durable are counted always; the others, which are many, only if DIBS_COUNT_EVERY is
 * set, as it slows them down. A call is counted before it is made, whatever becomes of it.
 *
 * System calls are those that a request needs: of sockets, files and epoll. Who waits for another thread
 * does so inside libc, where nothing can be put between; the kernel counts those as thread switches. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct counters {
    _Atomic unsigned long long syncs;
    _Atomic unsigned long long system_calls;
    _Atomic unsigned long long allocations;
};

/* Where nothing is to be counted, or nothing can be, the counting goes here. */
static struct counters uncounted;
static struct counters *counters = &uncounted;
static bool counts_every;

/* What malloc and its like are called inside glibc: found without asking dlsym, which allocates. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

__attribute__((constructor)) static void begin_to_count(void) {
    const char *path = getenv("DIBS_COUNT_CALLS");
    if (path == NULL) return;
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) return;
    counters = mapped;
    counts_every = getenv("DIBS_COUNT_EVERY") != NULL;
}

static void count_system_call(void) {
    if (counts_every) atomic_fetch_add_explicit(&counters->system_calls, 1, memory_order_relaxed);
}

static void count_allocation(void) {
    if (counts_every) atomic_fetch_add_explicit(&counters->allocations, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    count_allocation();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    count_allocation();
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    count_allocation();
    return __libc_realloc(old, size);
}

/* The next definition of a function, which is looked for at its first call; a thread that looks at the
 * same time finds the same. POSIX lets an object pointer hold what dlsym finds; ISO C has no cast. */
#define REAL(name)                                              \
    static void *_Atomic found;                                 \
    if (found == NULL) found = dlsym(RTLD_NEXT, #name);         \
    void *const object = found;                                 \
    __typeof__(&name) real;                                     \
    *(void **)&real = object

int fsync(int file) {
    REAL(fsync);
    atomic_fetch_add(&counters->syncs, 1);
    count_system_call();
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    atomic_fetch_add(&counters->syncs, 1);
    count_system_call();
    return real(file);
}

ssize_t read(int file, void *bytes, size_t size) {
    REAL(read);
    count_system_call();
    return real(file, bytes, size);
}

ssize_t write(int file, const void *bytes, size_t size) {
    REAL(write);
    count_system_call();
    return real(file, bytes, size);
}

ssize_t pread64(int file, void *bytes, size_t size, off64_t at) {
    REAL(pread64);
    count_system_call();
    return real(file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t at) {
    REAL(pwrite64);
    count_system_call();
    return real(file, bytes, size, at);
}

ssize_t recv(int socket, void *bytes, size_t size, int flags) {
    REAL(recv);
    count_system_call();
    return real(socket, bytes, size, flags);
}

ssize_t send(int socket, const void *bytes, size_t size, int flags) {
    REAL(send);
    count_system_call();
    return real(socket, bytes, size, flags);
}

ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
    REAL(recvmsg);
    count_system_call();
    return real(socket, message, flags);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    count_system_call();
    return real(socket, message, flags);
}

int epoll_wait(int poll, struct epoll_event *events, int events_max, int timeout) {
    REAL(epoll_wait);
    count_system_call();
    return real(poll, events, events_max, timeout);
}

int epoll_ctl(int poll, int operation, int file, struct epoll_event *event) {
    REAL(epoll_ctl);
    count_system_call();
    return real(poll, operation, file, event);
}
