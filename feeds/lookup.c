/* Whole files at once: a dimension is small beside the feed that it explains. */
#include "feeds/lookup.h"

#include "core/sha256.h"
#include "feeds/decode_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct loading {
    const struct definition *definition;
    struct lookup_join *join;
    int columns_len; /* 0: the header has not come */
    int key_column;
    int take_columns[LOOKUP_TAKES_MAX];
};

static int column_of(const struct word *cells, int cells_len, const char *name)
{
    for (int c = 0; c < cells_len; c++)
        if (word_is(word_trimmed(cells[c].at, cells[c].len), name))
            return c;
    return -1;
}

static enum status take_header(struct loading *loading, const struct word *cells, int cells_len,
                               struct error *error)
{
    const struct field *fields = loading->definition->fields;
    const struct lookup_join *join = loading->join;
    loading->columns_len = cells_len;
    loading->key_column = column_of(cells, cells_len, fields[join->key].name);
    if (loading->key_column < 0)
        return error_set(error, STATUS_BAD_FORMAT, "the header lacks the key '%s'",
                         fields[join->key].name);
    for (int t = 0; t < join->takes_len; t++) {
        const char *name = fields[join->takes[t]].name;
        loading->take_columns[t] = column_of(cells, cells_len, name);
        if (loading->take_columns[t] < 0)
            return error_set(error, STATUS_BAD_FORMAT, "the header lacks the column '%s'", name);
    }
    return STATUS_OK;
}

static enum status take_row(void *context, uint64_t line, const struct word *cells, int cells_len,
                            struct error *error)
{
    struct loading *loading = context;
    if (loading->columns_len == 0)
        return take_header(loading, cells, cells_len, error);
    if (cells_len != loading->columns_len)
        return error_set(error, STATUS_BAD_FORMAT, "line %llu: %d columns, the header has %d",
                         (unsigned long long)line, cells_len, loading->columns_len);
    struct word key = cells[loading->key_column];
    struct word takes[LOOKUP_TAKES_MAX];
    for (int t = 0; t < loading->join->takes_len; t++)
        takes[t] = cells[loading->take_columns[t]];
    if (key.len == 0)
        return error_set(error, STATUS_BAD_FORMAT, "line %llu: the key is empty",
                         (unsigned long long)line);
    uint64_t before = lookup_add(loading->join->table, line, key, takes);
    if (before > 0)
        return error_set(error, STATUS_BAD_FORMAT,
                         "line %llu: the key '%.*s' stands already in line %llu",
                         (unsigned long long)line, (int)(key.len < 80 ? key.len : 80), key.at,
                         (unsigned long long)before);
    return STATUS_OK;
}

/* --- the file --- */

/* FOLDER/FILE, or FILE alone when that is absolute; free it. */
static char *path_in(const char *folder, size_t folder_len, const char *file)
{
    if (*file == '/' || folder_len == 0)
        return mem_copy_text(file);
    size_t file_len = strlen(file);
    char *path = mem_alloc(folder_len + file_len + 2);
    memcpy(path, folder, folder_len);
    path[folder_len] = '/';
    memcpy(path + folder_len + 1, file, file_len + 1);
    return path;
}

static int open_file(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Opens it where it is; `*path` is to be freed whatever is returned. */
static int find_file(const struct definition *definition, const char *feed, const char *file,
                     char **path)
{
    const char *folder = definition->folder;
    *path = path_in(folder, folder ? strlen(folder) : 0, file);
    int fd = open_file(*path);
    const char *slash = feed ? strrchr(feed, '/') : NULL;
    if (fd >= 0 || errno != ENOENT || folder || !slash || *file == '/')
        return fd;
    char *beside = path_in(feed, (size_t)(slash - feed), file);
    fd = open_file(beside);
    if (fd < 0) {
        free(beside);
        errno = ENOENT;
        return -1;
    }
    free(*path);
    *path = beside;
    return fd;
}

static enum status read_all(int fd, char **bytes, size_t *len, struct error *error)
{
    struct stat facts;
    if (fstat(fd, &facts) != 0)
        return error_set_errno(error, STATUS_IO, errno, "it cannot be read");
    if (!S_ISREG(facts.st_mode))
        return error_set(error, STATUS_IO, "it is no regular file");
    if (facts.st_size > LOOKUP_BYTES_MAX)
        return error_set(error, STATUS_LIMIT, "it is larger than 256 MiB");
    size_t size = (size_t)facts.st_size;
    *bytes = mem_alloc(size + 1);
    while (*len < size) {
        ssize_t got = read(fd, *bytes + *len, size - *len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set_errno(error, STATUS_IO, errno, "it cannot be read");
        if (got == 0)
            break;
        *len += (size_t)got;
    }
    return STATUS_OK;
}

static enum status load_bytes(const struct definition *definition, struct lookup_join *join, int fd,
                              struct error *error)
{
    struct loading loading = {.definition = definition, .join = join};
    struct sha256 sha;
    char *bytes = NULL;
    size_t len = 0;
    enum status status = read_all(fd, &bytes, &len, error);
    if (status == STATUS_OK) {
        join->table = lookup_new(join->takes_len);
        join->bytes = len;
        sha256_init(&sha);
        sha256_add(&sha, bytes, len);
        sha256_text(&sha, join->sha256);
        status = csv_rows(bytes, len, take_row, &loading, error);
    }
    free(bytes);
    return status;
}

enum status lookups_load(struct definition *definition, const char *feed, struct error *error)
{
    for (int i = 0; i < definition->lookups_len; i++) {
        struct lookup_join *join = &definition->lookups[i];
        struct error why = {.text = ""};
        if (!join->needed || join->table)
            continue;
        int fd = find_file(definition, feed, join->file, &join->path);
        if (fd < 0)
            return error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                                   "lookup '%.200s', asked for by definition '%s'%s", join->path,
                                   definition->name,
                                   definition->folder ? "" : " (nor is it beside the feed)");
        enum status status = load_bytes(definition, join, fd, &why);
        close(fd);
        if (status != STATUS_OK)
            return error_set(error, status, "lookup '%.200s': %.200s", join->path, why.text);
    }
    return STATUS_OK;
}
