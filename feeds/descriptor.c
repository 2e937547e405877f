/*
 * A list of the generations that may be parked and are held by nobody, the one let go last at its
 * head. Files are opened and closed outside the lock.
 */
#include "feeds/descriptor.h"

#include "core/sometimes.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the list and `parking`s */
static struct generation *newest, *oldest;

static bool is_listed(const struct generation *generation)
{
    return generation->parking.newer || generation->parking.older || newest == generation;
}

static void unlist(struct generation *generation)
{
    struct parking *own = &generation->parking;
    if (!is_listed(generation))
        return;
    *(own->newer ? &own->newer->parking.older : &newest) = own->older;
    *(own->older ? &own->older->parking.newer : &oldest) = own->newer;
    own->newer = own->older = NULL;
}

/* Where it belongs by what it is now. */
static void list(struct generation *generation)
{
    struct parking *own = &generation->parking;
    unlist(generation);
    if (!own->path || own->holders > 0 || generation->fd < 0)
        return;
    own->older = newest;
    *(newest ? &newest->parking.newer : &oldest) = generation;
    newest = generation;
}

static enum status open_again(const struct generation *generation, const char *path, int *fd)
{
    struct opened_file file;
    struct error error;
    enum status status = generation_open_file(path, &file, &error);
    if (status != STATUS_OK) {
        errno = status == STATUS_NOT_FOUND ? ENOENT
                : status == STATUS_USAGE   ? ESTALE
                : status == STATUS_LIMIT   ? EMFILE
                                           : error.errno_value;
        return status;
    }
    if (!generation_id_same(file.id, generation->id)) {
        close(file.fd);
        errno = ESTALE;
        return STATUS_NOT_FOUND;
    }
    *fd = file.fd;
    return STATUS_OK;
}

int descriptor_hold(struct generation *generation)
{
    struct parking *own = &generation->parking;
    int fd = -1, spare = -1;
    pthread_mutex_lock(&lock);
    own->holders++;
    unlist(generation);
    const char *path = generation->fd < 0 ? own->path : NULL;
    fd = generation->fd;
    pthread_mutex_unlock(&lock);
    if (fd >= 0)
        return fd;
    errno = ESTALE;
    bool opened = path && open_again(generation, path, &fd) == STATUS_OK;
    int why = errno;
    SOMETIMES_IF(opened, parked_file_opened_again);
    pthread_mutex_lock(&lock);
    if (opened && generation->fd >= 0) { /* another thread was as fast */
        spare = fd;
        fd = generation->fd;
    } else if (opened) {
        generation->fd = fd;
    } else {
        fd = generation->fd;
        own->holders -= fd < 0;
    }
    pthread_mutex_unlock(&lock);
    if (spare >= 0)
        close(spare);
    errno = why;
    return fd;
}

void descriptor_let_go(struct generation *generation)
{
    pthread_mutex_lock(&lock);
    generation->parking.holders--;
    list(generation);
    pthread_mutex_unlock(&lock);
}

void descriptor_may_park(struct generation *generation, const char *path)
{
    pthread_mutex_lock(&lock);
    generation->parking.path = path;
    list(generation);
    pthread_mutex_unlock(&lock);
}

bool descriptor_look(struct generation *generation, struct stat *facts, bool *parked)
{
    pthread_mutex_lock(&lock);
    const char *path = generation->parking.path;
    *parked = generation->fd < 0;
    bool known = !*parked && fstat(generation->fd, facts) == 0;
    pthread_mutex_unlock(&lock);
    if (known || !*parked || !path)
        return known;
    if (!generation_look(path, facts))
        return false;
    if (generation_id_same(generation_id_of(facts), generation->id))
        return true;
    errno = ESTALE;
    return false;
}

bool descriptor_park_one(void)
{
    int fd = -1;
    pthread_mutex_lock(&lock);
    struct generation *generation = oldest;
    if (generation) {
        unlist(generation);
        fd = generation->fd;
        generation->fd = -1;
    }
    pthread_mutex_unlock(&lock);
    SOMETIMES_IF(fd >= 0, file_parked);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void descriptor_close(struct generation *generation)
{
    pthread_mutex_lock(&lock);
    unlist(generation);
    int fd = generation->fd;
    generation->fd = -1;
    pthread_mutex_unlock(&lock);
    if (fd >= 0)
        close(fd);
}
