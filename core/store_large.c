/*
 * Large values in files of their own. SQLite would write each one into its log, read it there, and
 * write it again into its pages; here it is written once, from where it was packed.
 */
#include "core/store_parts.h"

#include "core/checksum.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "large-"

enum {
    DIGITS_MAX = 18, /* any such number fits */
    BLOCK = 4096,
    PIECE = 1 << 20
};

void store_large_name(uint64_t number, char out[STORE_FILE_NAME])
{
    snprintf(out, STORE_FILE_NAME, PREFIX "%" PRIu64, number);
}

/* 0: not a name that was made here. */
static uint64_t number_of(const char *name)
{
    size_t prefix = strlen(PREFIX);
    if (strncmp(name, PREFIX, prefix) != 0)
        return 0;
    name += prefix;
    size_t len = strlen(name);
    bool made = len > 0 && len <= DIGITS_MAX && name[0] != '0' && strspn(name, "0123456789") == len;
    return made ? strtoull(name, NULL, 10) : 0;
}

uint64_t store_file_sum(uint64_t number)
{
    number = htole64(number);
    return number == 0 ? 0 : checksum(&number, sizeof number);
}

bool store_is_large(const struct store *store, const struct delta_entry *entry)
{
    return entry->head.op == DELTA_PUT && store_table(entry->head.which) == TABLE_BULK &&
           entry->head.value_len >= store->config.large_min &&
           entry->head.value_len <= STORE_VALUE_MAX;
}

static void note(struct file_list *list, uint64_t number)
{
    if (list->len == list->room) {
        list->room = list->room ? list->room * 2 : 8;
        list->numbers = mem_resize(list->numbers, list->room * sizeof *list->numbers);
    }
    list->numbers[list->len++] = number;
}

/* --- writing --- */

/* The words of what SQLite cannot write. */
static int failed(struct commit *commit, const char *name, int why)
{
    error_set_errno(&commit->failed, STATUS_IO, why, "state '%.200s' cannot be written: %s",
                    commit->store->dir.path, name);
    return STORE_FILE_FAILED;
}

/* Around the cache of the system, where the file system can: what is written is not read again
 * soon, and to copy it there is most of the work. From memory that stands at a block's boundary,
 * and whole blocks only: the rest, and all of it elsewhere, goes the usual way. */
static unsigned char *begin_direct(struct store *store, int fd)
{
    if (!store->piece)
        store->piece = mem_alloc(PIECE + BLOCK);
    bool can = fcntl(fd, F_SETFL, O_DIRECT) == 0;
    return can ? store->piece + (BLOCK - (uintptr_t)store->piece % BLOCK) : NULL;
}

static ssize_t write_piece(int fd, unsigned char *piece, const unsigned char *bytes, size_t len,
                           size_t at)
{
    if (!piece)
        return pwrite(fd, bytes, len, (off_t)at);
    size_t blocks = len < PIECE ? len - len % BLOCK : PIECE;
    memcpy(piece, bytes, blocks);
    return pwrite(fd, piece, blocks, (off_t)at);
}

static bool write_whole(struct store *store, int fd, const unsigned char *bytes, size_t len)
{
    unsigned char *piece = begin_direct(store, fd);
    for (size_t at = 0; at < len;) {
        bool usual = piece && len - at < BLOCK;
        ssize_t done = usual ? 0 : write_piece(fd, piece, bytes + at, len - at, at);
        if (usual || (done < 0 && errno == EINVAL && piece)) { /* behind a piece cut short, too */
            if (fcntl(fd, F_SETFL, 0) != 0)
                return false;
            piece = NULL;
            continue;
        }
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += (size_t)done;
    }
    return true;
}

/* On disk whatever --durability says: a log that is synced later must not name what is not there.
 */
int store_large_put(struct commit *commit, const struct delta_entry *entry, uint64_t *number)
{
    char name[STORE_FILE_NAME];
    *number = ++commit->head.newest_file;
    store_large_name(*number, name);
    int fd = state_dir_create_file(&commit->store->dir, name);
    if (fd < 0)
        return failed(commit, name, errno);
    note(&commit->made, *number);
    bool done =
        write_whole(commit->store, fd, entry->value, entry->head.value_len) && fdatasync(fd) == 0;
    int why = errno;
    close(fd);
    if (!done)
        return failed(commit, name, why);
    commit->head.files += store_file_sum(*number);
    return SQLITE_OK;
}

int store_large_sync(struct commit *commit)
{
    if (commit->made.len == 0 || fsync(commit->store->dir.fd) == 0)
        return SQLITE_OK;
    return failed(commit, "its directory", errno);
}

/* --- removing --- */

void store_large_drop(struct commit *commit, uint64_t number)
{
    if (number == 0)
        return;
    commit->head.files -= store_file_sum(number);
    note(&commit->needless, number);
}

/* What cannot be removed now goes when the state is opened again. */
static void remove_files(const struct store *store, const struct file_list *list)
{
    char name[STORE_FILE_NAME];
    for (size_t f = 0; f < list->len; f++) {
        store_large_name(list->numbers[f], name);
        state_dir_remove(&store->dir, name, NULL);
    }
}

/* With --durability=relaxed a power cut may bring back rows whose removal is in the log and not yet
 * on the disk, and what they name must be there then. */
static bool is_for_good(const struct store *store)
{
    if (!store->config.relaxed)
        return true;
    int fd = state_dir_open_file(&store->dir, STORE_DATABASE "-wal");
    bool synced = fd >= 0 && fdatasync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced;
}

void store_large_done(struct commit *commit)
{
    if ((commit->reset || commit->needless.len > 0) && !is_for_good(commit->store))
        return;
    if (commit->reset)
        store_large_sweep(commit->store);
    else
        remove_files(commit->store, &commit->needless);
}

void store_large_undo(struct commit *commit)
{
    remove_files(commit->store, &commit->made);
}

void store_large_fini(struct commit *commit)
{
    free(commit->made.numbers);
    free(commit->needless.numbers);
}

/* --- what nobody names --- */

static void list_files(const struct store *store, struct file_list *list)
{
    int fd = openat(store->dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    while (entries && (entry = readdir(entries)))
        if (number_of(entry->d_name) != 0)
            note(list, number_of(entry->d_name));
    if (entries)
        closedir(entries);
    else if (fd >= 0)
        close(fd);
}

/* False: these are not those that were written. */
static bool list_named(struct store *store, struct file_list *list)
{
    sqlite3_stmt *statement = store_prepare(store, SQL_FILES);
    uint64_t sum = 0;
    int result = SQLITE_ERROR;
    while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        note(list, (uint64_t)sqlite3_column_int64(statement, 0));
        sum += store_file_sum(list->numbers[list->len - 1]);
    }
    sqlite3_reset(statement);
    return result == SQLITE_DONE && sum == store->head.files;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

static bool is_named(const struct file_list *named, uint64_t number)
{
    return named->len > 0 && bsearch(&number, named->numbers, named->len, sizeof number, by_number);
}

/* A number that is still in a name is not given again: who looks at a state that another has
 * replaced must not find a value of the other. */
void store_large_sweep(struct store *store)
{
    struct file_list found = {.len = 0}, named = {.len = 0}, needless = {.len = 0};
    list_files(store, &found);
    bool known = found.len > 0 && list_named(store, &named);
    if (named.len > 0)
        qsort(named.numbers, named.len, sizeof *named.numbers, by_number);
    for (size_t f = 0; f < found.len; f++) {
        uint64_t number = found.numbers[f];
        if (number > store->head.newest_file)
            store->head.newest_file = number;
        if (known && !is_named(&named, number))
            note(&needless, number);
    }
    if (needless.len > 0 && fsync(store->dir.fd) == 0) /* a database that took another's place */
        remove_files(store, &needless);
    free(found.numbers);
    free(named.numbers);
    free(needless.numbers);
}
