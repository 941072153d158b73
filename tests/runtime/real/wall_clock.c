/* Shifts the wall clock of a program, and no other clock, as setting a computer's clock does.
 *
 *     cc -shared -fPIC -o wall_clock.so wall_clock.c -ldl
 *     WALL_CLOCK=FILE LD_PRELOAD=./wall_clock.so PROGRAM
 *
 * FILE holds one signed 64-bit integer of the machine's byte order, seconds; it may be written anew
 * at any time. A wait until a time of the wall clock is not shifted with it, so that one which a
 * jump would disturb lasts too long here as well.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int (*real)(clockid_t, struct timespec *);
static const volatile int64_t *shift_s;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("WALL_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    void *memory = MAP_FAILED;

    real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (file >= 0) {
        memory = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
        close(file);
    }
    if (!real || memory == MAP_FAILED)
        abort();
    shift_s = memory;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    if (!shift_s)
        begin();
    int failed = real(which, now);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += *shift_s;
    return failed;
}

time_t time(time_t *kept)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept)
        *kept = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *kept, void *zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    kept->tv_sec = now.tv_sec;
    kept->tv_usec = now.tv_nsec / 1000;
    return 0;
}
