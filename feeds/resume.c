/* Two short reads. */
#include "feeds/resume.h"

static enum status hash_before(int fd, uint64_t end, uint64_t *out)
{
    const struct hash_key none = {{0, 0}};
    char bytes[RESUME_BYTES];
    size_t len = end < RESUME_BYTES ? (size_t)end : RESUME_BYTES, got = 0;
    while (got < len) {
        int64_t more = generation_pread(fd, bytes + got, len - got, end - len + got);
        if (more <= 0)
            return STATUS_IO;
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

bool resume_matches(const struct opened_file *file, const struct resume_mark *mark)
{
    struct resume_content now;
    return generation_id_same(file->id, mark->content.id) && file->size >= mark->offset &&
           resume_look(file->fd, file->id, mark->offset, &now) == STATUS_OK &&
           now.head == mark->content.head && now.anchor == mark->content.anchor;
}
