/* Two short reads. */
#include "feeds/resume.h"

#include <errno.h>

static enum status hash_before(int fd, uint64_t end, uint64_t *out)
{
    const struct hash_key none = {{0, 0}};
    char bytes[RESUME_BYTES];
    size_t len = end < RESUME_BYTES ? (size_t)end : RESUME_BYTES, got = 0;
    while (got < len) {
        int64_t more = generation_pread(fd, bytes + got, len - got, end - len + got);
        if (more <= 0)
            return more < 0 ? STATUS_IO : STATUS_NOT_FOUND;
        got += (size_t)more;
    }
    *out = siphash64(none, bytes, len);
    return STATUS_OK;
}

enum status resume_look(int fd, struct generation_id id, uint64_t offset,
                        struct resume_content *out)
{
    *out = (struct resume_content){.id = id};
    uint64_t head_end = offset < RESUME_BYTES ? offset : RESUME_BYTES;
    enum status status = hash_before(fd, head_end, &out->head);
    return status == STATUS_OK ? hash_before(fd, offset, &out->anchor) : status;
}

enum status resume_matches(const struct opened_file *file, const struct resume_mark *mark,
                           bool *same, struct error *error)
{
    struct resume_content now;
    *same = generation_id_same(file->id, mark->content.id) && file->size >= mark->offset;
    enum status status =
        *same ? resume_look(file->fd, file->id, mark->offset, &now) : (enum status)STATUS_OK;
    if (status == STATUS_IO)
        return error_set_errno(error, STATUS_IO, errno, "%s: looking where it was left",
                               mark->name);
    *same = *same && status == STATUS_OK && now.head == mark->content.head &&
            now.anchor == mark->content.anchor;
    return STATUS_OK;
}
