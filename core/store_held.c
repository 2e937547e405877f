/* Large values of who reads them, from files that are there, or that a reader holds. */
#include "core/store_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD_MAX = 512, SHARE = 4 /* of the descriptors of the process */ };

/* --- holding --- */

/* -1: none. */
static int held_fd(const struct store *store, uint64_t number)
{
    for (size_t h = 0; h < store->held_len; h++)
        if (store->held[h].number == number)
            return store->held[h].fd;
    return -1;
}

static bool is_enough(size_t held)
{
    struct rlimit limit;
    return held >= HELD_MAX ||
           (getrlimit(RLIMIT_NOFILE, &limit) == 0 && held >= limit.rlim_cur / SHARE);
}

static void keep(struct store *store, uint64_t number, int fd)
{
    if (store->held_len == store->held_room) {
        store->held_room = store->held_room ? store->held_room * 2 : 16;
        store->held = mem_resize(store->held, store->held_room * sizeof *store->held);
    }
    store->held[store->held_len++] = (struct held_file){number, fd};
}

/* False: it is not there. One that cannot be opened now may be when it is read. */
static bool hold(struct store *store, uint64_t number)
{
    char name[STORE_FILE_NAME];
    if (held_fd(store, number) >= 0 || is_enough(store->held_len))
        return true;
    store_large_name(number, name);
    if (state_dir_check(&store->dir, name, NULL) != STATUS_OK)
        return true;
    int fd = state_dir_open_file(&store->dir, name);
    if (fd >= 0)
        keep(store, number, fd);
    return fd >= 0 || errno != ENOENT;
}

bool store_large_hold(struct store *store)
{
    sqlite3_stmt *statement = store->head.files != 0 ? store_prepare(store, SQL_FILES) : NULL;
    bool all = true;
    while (statement && sqlite3_step(statement) == SQLITE_ROW)
        all &= hold(store, (uint64_t)sqlite3_column_int64(statement, 0));
    sqlite3_reset(statement);
    return all;
}

void store_large_release(struct store *store)
{
    while (store->held_len > 0)
        close(store->held[--store->held_len].fd);
}

/* --- reading --- */

static enum status cannot_read(const struct store *store, const char *name, int why,
                               struct error *error)
{
    return error_set_errno(error, STATUS_IO, why, "state '%.200s' cannot be read: %s",
                           store->dir.path, name);
}

static enum status read_whole(const struct store *store, int fd, const char *name,
                              struct large_value *value, struct error *error)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return cannot_read(store, name, errno, error);
    if (facts.st_size > STORE_VALUE_MAX)
        return STATUS_DAMAGED;
    value->len = (size_t)facts.st_size;
    if (value->len > value->room) {
        free(value->bytes);
        value->room = value->len;
        value->bytes = mem_alloc(value->room);
    }
    for (size_t at = 0; at < value->len;) {
        ssize_t got = pread(fd, value->bytes + at, value->len - at, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot_read(store, name, errno, error);
        if (got == 0)
            return STATUS_DAMAGED;
        at += (size_t)got;
    }
    return STATUS_OK;
}

enum status store_large_read(const struct store *store, uint64_t number, struct large_value *value,
                             struct error *error)
{
    char name[STORE_FILE_NAME];
    store_large_name(number, name);
    int held = held_fd(store, number);
    if (held >= 0)
        return read_whole(store, held, name, value, error);
    enum status status = state_dir_check(&store->dir, name, error);
    if (status != STATUS_OK)
        return status;
    int fd = state_dir_open_file(&store->dir, name);
    if (fd < 0)
        return errno == ENOENT ? STATUS_DAMAGED : cannot_read(store, name, errno, error);
    status = read_whole(store, fd, name, value, error);
    close(fd);
    return status;
}

enum status store_large_failed(struct store *store, struct error *error)
{
    if (store->config.write)
        return store_damaged(store, error);
    store_look_end(store);
    if (!store_look_changed(store) && !store_look_replaced(store))
        return store_damaged(store, error);
    return error_set(error, STATUS_IO, "state '%.200s' cannot be read now; try again",
                     store->dir.path);
}
