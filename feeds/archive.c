/* Compressed files, unpacked or passed. */
#include "feeds/archive.h"

#include "feeds/content.h"
#include "feeds/descriptor.h"
#include "feeds/gunzip.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { KNOWN_MAX = 16 };

/* The content up to `size` is the begin of that of `generation`. */
static bool is_begin_of(const struct frozen_generation *frozen, int fd, uint64_t size,
                        const struct fingerprint_head *head)
{
    struct stat facts;
    struct fingerprint_head other;
    int known = descriptor_hold(frozen->generation);
    if (known < 0)
        return false;
    bool same = fstat(known, &facts) == 0 && (uint64_t)facts.st_size >= size &&
                fingerprint_head_read(&other, known) && other.len >= head->len &&
                memcmp(other.bytes, head->bytes, head->len) == 0 &&
                fingerprint_same_before(known, fd, size);
    descriptor_let_go(frozen->generation);
    return same;
}

/* Of a generation that was given back, only what it was known by is left. */
static bool is_done(const struct source_context *context, int fd,
                    const struct fingerprint_head *head)
{
    struct known_generation known[KNOWN_MAX];
    bool done = false;
    size_t len =
        catalogue_known(context->catalogue, context->hash_key, head, NULL, known, KNOWN_MAX);
    for (size_t i = 0; i < len; i++) {
        done |= !known[i].generation && known[i].closed &&
                fingerprint_check(&known[i].print, context->hash_key, fd) == FINGERPRINT_SAME;
        generation_release(known[i].generation);
    }
    return done;
}

static bool is_known(const struct source_context *context, int fd, uint64_t size)
{
    struct fingerprint_head head;
    uint32_t lost;
    size_t len;
    if (size == 0 || !fingerprint_head_read(&head, fd))
        return false;
    struct frozen_generation *frozen = catalogue_freeze(context->catalogue, &len, &lost);
    bool known = is_done(context, fd, &head);
    for (size_t i = 0; i < len && !known; i++)
        known = is_begin_of(&frozen[i], fd, size, &head);
    catalogue_thaw(frozen, len);
    return known;
}

enum status archive_unpack(struct source_context *context, const char *path,
                           struct opened_file *file, bool *known, struct error *error)
{
    struct error why = {.text = ""};
    uint64_t size = 0;
    int fd = gunzip_spool(file->fd, path, &gunzip_limits_default, context->stopped, &size, &why);
    close(file->fd);
    file->fd = fd;
    file->size = size;
    file->unpacked = true;
    if (fd < 0) {
        if (error)
            *error = why;
        return why.code;
    }
    *known = is_known(context, fd, size);
    if (*known)
        close(fd);
    return STATUS_OK;
}

void archive_refuse(struct source_context *context, const struct error *why)
{
    context->passed_over++;
    context->passed = *why;
}

void archive_pass(struct source_context *context, const char *path, int fd)
{
    struct fingerprint_head head;
    struct known_generation known;
    struct error why;
    head.len = (uint32_t)gunzip_peek(fd, head.bytes, sizeof head.bytes);
    if (!content_has_record(&head)) /* a log that was empty when it was rotated */
        return;
    if (catalogue_known(context->catalogue, context->hash_key, &head, NULL, &known, 1) > 0) {
        generation_release(known.generation);
        return;
    }
    error_set(&why, STATUS_CLOSED,
              "%s: is compressed: not read while following, but in batch and "
              "at the start",
              path);
    archive_refuse(context, &why);
}

bool archive_take(struct source_context *context, const char *path, struct opened_file *file)
{
    struct error why;
    bool known = false;
    if (!context->backfill) {
        archive_pass(context, path, file->fd);
        close(file->fd);
        return false;
    }
    enum status status = archive_unpack(context, path, file, &known, &why);
    if (status != STATUS_OK)
        archive_refuse(context, &why);
    return status == STATUS_OK && !known;
}
