/* Counts, from outside, how often a process asks the kernel to make a file durable.
 *
 * To be preloaded (LD_PRELOAD) into the process. The counters lie in the file that the environment
 * names, which whoever measures reads while the process runs: one 64-bit number for fsync, one for
 * fdatasync. A call is counted before it is made, whatever becomes of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct counters {
    _Atomic unsigned long long fsyncs;
    _Atomic unsigned long long fdatasyncs;
};

/* Where nothing is to be counted, or nothing can be, the counting goes here. */
static struct counters uncounted;
static struct counters *counters = &uncounted;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin_to_count(void) {
    /* POSIX lets an object pointer hold what dlsym finds; ISO C has no cast for it. */
    *(void **)&real_fsync = dlsym(RTLD_NEXT, "fsync");
    *(void **)&real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    const char *path = getenv("DIBS_COUNT_SYNCS");
    if (path == NULL) return;
    const int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) counters = mapped;
}

int fsync(int file) {
    atomic_fetch_add(&counters->fsyncs, 1);
    return real_fsync(file);
}

int fdatasync(int file) {
    atomic_fetch_add(&counters->fdatasyncs, 1);
    return real_fdatasync(file);
}
