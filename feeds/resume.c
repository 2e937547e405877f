/*
 * Looking for content that was read before, beside the name it had then. An inode is a good reason
 * to look into a file, and never the only one to take it: it may have been given to another file
 * since (T-R2).
 */
#include "feeds/resume.h"

#include "core/sometimes.h"
#include "feeds/archive.h"
#include "feeds/content.h"
#include "feeds/folder.h"
#include "feeds/gunzip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct search {
    struct source_context *context;
    const struct generation_mark *mark;
    struct opened_file *out;
};

/* Takes over the descriptor. */
static bool judge(const struct search *search, const struct opened_file *file)
{
    const struct source_context *context = search->context;
    if (!catalogue_is_read(context->catalogue, file->id, NULL) &&
        fingerprint_check(&search->mark->print, context->hash_key, file->fd) == FINGERPRINT_SAME) {
        *search->out = *file;
        return true;
    }
    close(file->fd);
    return false;
}

static bool is_renamed(void *context, const struct folder_file *file)
{
    const struct search *search = context;
    const struct generation_mark *mark = search->mark;
    struct opened_file opened;
    if (!generation_id_same(generation_id_of(&file->facts), mark->id) ||
        (!file->alike && !fingerprint_decides(&mark->print)))
        return false;
    int fd = folder_open(file);
    if (fd < 0)
        return false;
    if (generation_check_file(file->name, fd, &opened, NULL) != STATUS_OK ||
        !generation_id_same(opened.id, mark->id)) {
        close(fd);
        return false;
    }
    return judge(search, &opened);
}

bool resume_find_renamed(struct source_context *context, const char *name,
                         const struct generation_mark *mark, struct opened_file *out)
{
    struct search search = {.context = context, .mark = mark, .out = out};
    return folder_find_beside(name, is_renamed, &search);
}

/* A few bytes tell whether unpacking it is worth while. */
static bool begins_as(const struct search *search, int fd)
{
    struct fingerprint_head head;
    head.len = (uint32_t)gunzip_peek(fd, head.bytes, sizeof head.bytes);
    return fingerprint_same_start(&search->mark->print, search->context->hash_key, &head);
}

static char *path_beside(const char *name, const char *entry)
{
    const char *slash = strrchr(name, '/');
    size_t folder = slash ? (size_t)(slash + 1 - name) : 0, len = strlen(entry);
    char *path = mem_alloc(folder + len + 1);
    memcpy(path, name, folder);
    memcpy(path + folder, entry, len + 1);
    return path;
}

/* T-R10: told by content. One that cannot be unpacked is said, and is not it. */
static bool is_packed(void *context, const struct folder_file *file)
{
    const struct search *search = context;
    struct opened_file opened;
    struct error why;
    bool known = false;
    int fd = folder_open(file);
    if (fd < 0)
        return false;
    if (!gunzip_is(fd) || !begins_as(search, fd) ||
        generation_check_file(file->name, fd, &opened, NULL) != STATUS_OK) {
        close(fd);
        return false;
    }
    char *path = path_beside(file->beside, file->name);
    enum status status = archive_unpack(search->context, path, &opened, &known, &why);
    free(path);
    if (status != STATUS_OK)
        archive_refuse(search->context, &why);
    return status == STATUS_OK && !known && judge(search, &opened);
}

bool resume_find_copy(struct source_context *context, const char *name,
                      const struct generation_mark *mark, struct opened_file *out)
{
    struct search search = {.context = context, .mark = mark, .out = out};
    if (content_find_copy(context->catalogue, context->hash_key, name, &mark->print,
                          (struct timespec){0}, out))
        return true;
    bool found = fingerprint_decides(&mark->print) && folder_visit_beside(name, is_packed, &search);
    SOMETIMES_IF(found, packed_since_it_was_read);
    return found;
}

void resume_done(struct source_context *context, const struct source *source,
                 const struct generation_mark *done, size_t len, bool history)
{
    for (size_t i = 0; i < len; i++) {
        struct opened_file file;
        bool wanted = history && len - i <= GENERATIONS_HELD;
        if (wanted && (resume_find_renamed(context, source->name, &done[i], &file) ||
                       resume_find_copy(context, source->name, &done[i], &file)))
            catalogue_resume(context->catalogue, &done[i], file.fd, file.id, true);
        else
            catalogue_remember(context->catalogue, &done[i], history);
    }
}
