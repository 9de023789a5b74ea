/* Memory that the ranks of one machine have in common. It belongs to no file system, so the little room that containers
 * give /dev/shm, which MPI's own windows lie in, does not matter; and all of it is there before it is used, where
 * such a window may end the process when it is written to.
 *
 * Rank 0 makes it, the others open it among the open files of that process. Numbers of processes may mean others where
 * ranks are in containers of their own: what was opened is known by a word at its end, drawn at random. It is mapped
 * beside what it is to replace first: when any rank fails, all go on with their own. */
#define _GNU_SOURCE /* memfd_create */
#include "gantrain/math/comm.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gantrain/base/log.h"

enum { PAGE = 4096 };

/* What rank 0 has made, for the others. */
typedef struct Offer {
    size_t bytes; /* 0: nothing */
    long process;
    int fd;
    unsigned char word[16];
} Offer;

/* The memory, then a page with the word. */
typedef struct Common {
    int fd;
    size_t bytes;
    unsigned char *window; /* where it is mapped beside; NULL: it is not */
} Common;

static bool apart;

void comm_apart(bool so)
{
    apart = so;
}

static unsigned char *map(void *at, int fd, size_t bytes)
{
    const int how = fd >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
    void *got = mmap(at, bytes, PROT_READ | PROT_WRITE, how | (at ? MAP_FIXED : 0), fd, 0);
    if (got == MAP_FAILED)
        return NULL;
    (void)madvise(got, bytes, MADV_HUGEPAGE); /* advice, as in base/arena.c */
    return got;
}

static bool is_common(const Common *c, const Offer *offer)
{
    struct stat is;
    return c->bytes == offer->bytes && fstat(c->fd, &is) == 0 && S_ISREG(is.st_mode) &&
           (size_t)is.st_size == c->bytes;
}

static bool has_room(const Common *c)
{
    int failure = EINTR;
    while (failure == EINTR)
        failure = posix_fallocate(c->fd, 0, (off_t)c->bytes);
    return failure == 0;
}

/* With what this rank has there now. */
static Offer make(Common *c, const void *at)
{
    Offer offer = { .process = getpid(), .fd = memfd_create("gantrain", MFD_CLOEXEC) };
    c->fd = offer.fd;
    if (c->fd < 0 || !has_room(c) ||
        getrandom(offer.word, sizeof offer.word, 0) != (ssize_t)sizeof offer.word)
        return offer;
    c->window = map(NULL, c->fd, c->bytes);
    if (!c->window)
        return offer;
    memcpy(c->window, at, c->bytes - PAGE);
    memcpy(c->window + c->bytes - PAGE, offer.word, sizeof offer.word);
    offer.bytes = c->bytes;
    return offer;
}

static void take(Common *c, const Offer *offer)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", offer->process, offer->fd);
    c->fd = offer->bytes > 0 ? open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
    if (c->fd < 0 || !is_common(c, offer))
        return;
    c->window = map(NULL, c->fd, c->bytes);
    if (!c->window || memcmp(c->window + c->bytes - PAGE, offer->word, sizeof offer->word) == 0)
        return;
    (void)munmap(c->window, c->bytes);
    c->window = NULL;
}

static bool all_have(const void *it)
{
    return comm_first_rank_where(!it) == comm_size();
}

/* In the place of this rank's own; where any rank fails, each gets a copy, or the job has no way on. */
static bool replace(const Common *c, void *at, size_t bytes)
{
    if (all_have(map(at, c->fd, bytes)))
        return true;
    if (!map(at, -1, bytes)) {
        log_alarm("error: memory in common was refused, and then that of this rank alone");
        MPI_Abort(MPI_COMM_WORLD, GT_ERESOURCE);
    }
    memcpy(at, c->window, bytes);
    return false;
}

bool comm_share(void *at, size_t bytes)
{
    Common c = { -1, bytes + PAGE, NULL };
    Offer offer = { 0 };
    assert((uintptr_t)at % PAGE == 0 && bytes % PAGE == 0);
    if (comm_size() == 1 || comm_local_size() < comm_size() ||
        comm_first_rank_where(apart) < comm_size())
        return false;
    if (comm_rank() == 0)
        offer = make(&c, at);
    comm_broadcast(0, &offer, sizeof offer);
    if (comm_rank() > 0)
        take(&c, &offer);
    const bool done = all_have(c.window) && replace(&c, at, bytes);
    if (c.window)
        (void)munmap(c.window, c.bytes);
    if (c.fd >= 0)
        (void)close(c.fd);
    return done;
}

bool comm_unshare(void *at, size_t bytes)
{
    return map(at, -1, bytes) != NULL;
}
