/*
 * SQLite copies what one transaction sees, to which the values of other files are added; a rename
 * makes it be there. So a savepoint is one file, whatever the state is.
 *
 * DESIGN. A state is a file and its log, which no call replaces together. So a restored one is made
 * whole under a name of its own, and from the rename to that name on it is the state: who finds it
 * there puts it into its place, whoever was killed over that, and who only looks reads it there.
 */
#include "core/savepoint.h"

#include "core/store_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX     "savepoint-"
#define SUFFIX     ".db"
#define UNFINISHED "savepoint.tmp"
#define RESTORING  "restore.tmp"

enum { FILE_NAME = sizeof PREFIX + SAVEPOINT_NAME + sizeof SUFFIX };

static bool is_plain(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= SAVEPOINT_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

static enum status file_of(const char *name, char out[FILE_NAME], struct error *error)
{
    if (!is_plain(name))
        return error_set(error, STATUS_USAGE,
                         "savepoint %.80s: a name is letters, digits, '-' and '_', at most %d",
                         name, SAVEPOINT_NAME);
    snprintf(out, FILE_NAME, PREFIX "%s" SUFFIX, name);
    return STATUS_OK;
}

static bool is_there(const struct state_dir *dir, const char *file)
{
    return faccessat(dir->fd, file, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- making --- */

static enum status copy_to(struct store *store, const char *file, struct error *error)
{
    char *path = state_dir_path(&store->dir, file);
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, "VACUUM INTO ?1", -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    sqlite3_finalize(statement);
    free(path);
    return result == SQLITE_DONE ? STATUS_OK
                                 : store_failed(store, store_code(result), "copied", error);
}

enum status savepoint_make(struct store *store, const char *name, struct error *error)
{
    char file[FILE_NAME];
    enum status status = file_of(name, file, error);
    if (status == STATUS_OK && is_there(&store->dir, file))
        status = error_set(error, STATUS_USAGE,
                           "savepoint %s is there already; say another name, or remove %.200s/%s",
                           name, store->dir.path, file);
    store_look_end(store); /* it copies within a transaction of its own */
    store_large_hold(store);
    if (status == STATUS_OK)
        status = state_dir_remove(&store->dir, UNFINISHED, error);
    if (status == STATUS_OK)
        status = state_dir_make(&store->dir, UNFINISHED, error);
    if (status == STATUS_OK)
        status = copy_to(store, UNFINISHED, error);
    if (status == STATUS_OK)
        status = store_fill(store, UNFINISHED, error);
    store_large_release(store);
    if (status == STATUS_OK)
        status = state_dir_rename(&store->dir, UNFINISHED, file, error);
    return status;
}

/* --- listing --- */

static bool read_entry(const struct state_dir *dir, const char *file, struct savepoint *out)
{
    struct stat facts;
    size_t len = strlen(file), affixes = strlen(PREFIX SUFFIX);
    if (len <= affixes || len - affixes > SAVEPOINT_NAME ||
        strncmp(file, PREFIX, strlen(PREFIX)) != 0 ||
        strcmp(file + len - strlen(SUFFIX), SUFFIX) != 0)
        return false;
    snprintf(out->name, sizeof out->name, "%.*s", (int)(len - affixes), file + strlen(PREFIX));
    if (!is_plain(out->name) || fstatat(dir->fd, file, &facts, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    out->bytes = (uint64_t)facts.st_size;
    out->made = (epoch_ms)facts.st_mtim.tv_sec * MS_PER_SECOND + facts.st_mtim.tv_nsec / 1000000;
    return true;
}

enum status savepoint_each(const char *path, savepoint_take *take, void *context,
                           struct error *error)
{
    struct state_dir dir;
    enum status status = state_dir_open(&dir, path, false, error);
    if (status != STATUS_OK)
        return status;
    int fd = dup(dir.fd);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    if (!entries) {
        status = error_set_errno(error, STATUS_IO, errno, "%.200s", path);
        if (fd >= 0)
            close(fd);
    }
    const struct dirent *entry;
    struct savepoint savepoint;
    while (entries && (entry = readdir(entries)))
        if (read_entry(&dir, entry->d_name, &savepoint))
            take(context, &savepoint);
    if (entries)
        closedir(entries);
    state_dir_close(&dir);
    return status;
}

/* --- restoring --- */

static enum status copy_file(const struct state_dir *dir, const char *from, const char *to,
                             struct error *error)
{
    int in = state_dir_open_file(dir, from), out = -1;
    ssize_t sent = -1;
    if (in >= 0)
        out = openat(dir->fd, to,
                     O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    while (out >= 0 &&
           ((sent = sendfile(out, in, NULL, 1 << 20)) > 0 || (sent < 0 && errno == EINTR)))
        continue;
    int failed = errno;
    if (out >= 0)
        close(out);
    if (in >= 0)
        close(in);
    if (sent == 0)
        return STATUS_OK;
    return error_set_errno(error, STATUS_IO, failed, "%.200s/%s cannot be copied", dir->path, from);
}

/* SQLite's files beside one: another file of its name must not be taken for theirs. */
static enum status remove_beside(const struct state_dir *dir, const char *file, struct error *error)
{
    static const char *const endings[] = {"-wal", "-shm", "-journal"};
    char name[FILE_NAME];
    enum status status = STATUS_OK;
    for (size_t e = 0; e < sizeof endings / sizeof *endings && status == STATUS_OK; e++) {
        snprintf(name, sizeof name, "%s%s", file, endings[e]);
        status = state_dir_remove(dir, name, error);
    }
    return status;
}

static enum status remove_file(const struct state_dir *dir, const char *file, struct error *error)
{
    enum status status = state_dir_remove(dir, file, error);
    return status == STATUS_OK ? remove_beside(dir, file, error) : status;
}

/* A copy has no log, and a state has one: given to it while nobody looks, as who looks could not
 * undo what a writer that was killed had done of it. */
static enum status give_log(const struct state_dir *dir, const char *file, struct error *error)
{
    sqlite3 *db = NULL;
    char *path = state_dir_path(dir, file);
    int result = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    enum status status = STATUS_OK;
    if (result != SQLITE_OK)
        status = error_set(error, store_code(result), "a savepoint in '%.200s' cannot be used: %s",
                           dir->path, db ? sqlite3_errmsg(db) : "out of memory");
    sqlite3_close(db);
    free(path);
    return status;
}

bool savepoint_is_taking_over(const struct state_dir *dir)
{
    return is_there(dir, SAVEPOINT_RESTORED);
}

enum status savepoint_finish(const struct state_dir *dir, struct error *error)
{
    if (!savepoint_is_taking_over(dir))
        return STATUS_OK;
    enum status status = state_dir_check(dir, SAVEPOINT_RESTORED, error);
    if (status == STATUS_OK)
        status = remove_beside(dir, SAVEPOINT_RESTORED, error);
    if (status == STATUS_OK)
        status = remove_beside(dir, STORE_DATABASE, error);
    if (status == STATUS_OK)
        status = state_dir_rename(dir, SAVEPOINT_RESTORED, STORE_DATABASE, error);
    return status;
}

enum status savepoint_restore(const struct state_dir *dir, const char *name, struct error *error)
{
    char file[FILE_NAME];
    enum status status = file_of(name, file, error);
    if (status == STATUS_OK && !is_there(dir, file))
        status = error_set(error, STATUS_NOT_FOUND,
                           "savepoint %s: there is none of that name in %.200s", name, dir->path);
    if (status == STATUS_OK)
        status = state_dir_check(dir, file, error);
    if (status == STATUS_OK)
        status = remove_file(dir, RESTORING, error);
    if (status == STATUS_OK)
        status = copy_file(dir, file, RESTORING, error);
    if (status == STATUS_OK)
        status = give_log(dir, RESTORING, error);
    if (status == STATUS_OK)
        status = state_dir_rename(dir, RESTORING, SAVEPOINT_RESTORED, error);
    return status == STATUS_OK ? savepoint_finish(dir, error) : status;
}
