/*
 * A file is judged by its first record: only generations that begin with the same header and record
 * are compared further, by head and anchor where their bytes are gone, byte by byte at its end
 * where they are still there.
 */
#include "feeds/content.h"

#include "feeds/decode.h"
#include "feeds/descriptor.h"
#include "feeds/folder.h"

#include <string.h>
#include <unistd.h>

enum { KNOWN_MAX = 16 };

/* ---- judging ---- */

bool content_has_record(const struct fingerprint_head *head)
{
    if (head->len == sizeof head->bytes)
        return true;
    const char *line_end = memchr(head->bytes, '\n', head->len);
    bool json = decode_guess_format(head->bytes, head->len) == FORMAT_JSONL;
    if (!line_end || json)
        return line_end;
    size_t passed = (size_t)(line_end + 1 - head->bytes);
    return memchr(line_end + 1, '\n', head->len - passed);
}

/* Against a generation whose bytes can still be read. */
static enum content judge_by_bytes(const struct known_generation *known, int fd, uint64_t size,
                                   uint64_t known_size, uint64_t *offset)
{
    uint64_t limit = known->closed ? known->print.offset : known_size;
    uint64_t common = size < limit ? size : limit;
    if (!fingerprint_same_before(known->generation->fd, fd, common))
        return CONTENT_NEW;
    *offset = size < known->print.offset ? size : known->print.offset;
    if (size < known->print.offset)
        return CONTENT_PREFIX;
    return size <= limit && !known->closed ? CONTENT_COPY : CONTENT_KNOWN;
}

/* Against one of which only the fingerprint is left. */
static enum content judge_by_print(const struct known_generation *known, struct hash_key key,
                                   int fd, uint64_t *offset)
{
    *offset = 0;
    switch (fingerprint_check(&known->print, key, fd)) {
    case FINGERPRINT_SAME:
        *offset = known->print.offset;
        return CONTENT_KNOWN;
    case FINGERPRINT_SHORT:
        return CONTENT_PREFIX;
    default:
        return CONTENT_NEW;
    }
}

/* Its descriptor is held, if there is a generation. */
static enum content judge_held(const struct known_generation *known, struct hash_key key, int fd,
                               uint64_t size, uint64_t *offset)
{
    struct stat facts;
    const struct generation *generation = known->generation;
    if (!generation || fstat(generation->fd, &facts) != 0)
        return judge_by_print(known, key, fd, offset);
    if (fingerprint_check(&known->print, key, generation->fd) == FINGERPRINT_SAME)
        return judge_by_bytes(known, fd, size, (uint64_t)facts.st_size, offset);
    enum content content = judge_by_print(known, key, fd, offset);
    return content == CONTENT_KNOWN && !known->closed ? CONTENT_WAIT : content;
}

static enum content judge_one(const struct known_generation *known, struct hash_key key, int fd,
                              uint64_t size, uint64_t *offset)
{
    struct known_generation own = *known;
    if (own.generation && descriptor_hold(own.generation) < 0)
        own.generation = NULL;
    enum content content = judge_held(&own, key, fd, size, offset);
    if (own.generation)
        descriptor_let_go(own.generation);
    return content;
}

/* The same file that is a copy of one may be a part of another: the strongest judgement holds. */
static int strength(enum content content)
{
    static const int strengths[] = {[CONTENT_PREFIX] = 1,
                                    [CONTENT_KNOWN] = 2,
                                    [CONTENT_WAIT] = 3,
                                    [CONTENT_COPY] = 4,
                                    [CONTENT_FAILED] = 0};
    return strengths[content];
}

enum content content_judge(struct catalogue *catalogue, struct hash_key key, int fd,
                           const struct generation *self, uint64_t *offset)
{
    struct fingerprint_head head;
    struct known_generation known[KNOWN_MAX];
    struct stat facts;
    *offset = 0;
    if (fstat(fd, &facts) != 0 || !fingerprint_head_read(&head, fd))
        return CONTENT_FAILED;
    if (!content_has_record(&head))
        return CONTENT_EMPTY;
    enum content best = CONTENT_NEW;
    size_t len = catalogue_known(catalogue, key, &head, self, known, KNOWN_MAX);
    for (size_t i = 0; i < len; i++) {
        uint64_t at = 0;
        enum content content = judge_one(&known[i], key, fd, (uint64_t)facts.st_size, &at);
        if (strength(content) > strength(best) || (content == best && at > *offset)) {
            best = content;
            *offset = at;
        }
        generation_release(known[i].generation);
    }
    return best;
}

/* ---- looking for a copy ---- */

struct search {
    struct catalogue *catalogue;
    struct hash_key key;
    const struct fingerprint *print;
    struct timespec since;
    struct opened_file *out;
};

static bool is_before(struct timespec a, struct timespec b)
{
    return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* D-14, D-21: the descriptor is what is judged. */
static bool is_copy(void *context, const struct folder_file *file)
{
    const struct search *search = context;
    struct opened_file opened;
    if ((uint64_t)file->facts.st_size < search->print->offset ||
        is_before(file->facts.st_ctim, search->since))
        return false;
    int fd = folder_open(file);
    if (fd < 0)
        return false;
    if (generation_check_file(file->name, fd, &opened, NULL) == STATUS_OK &&
        !catalogue_is_read(search->catalogue, opened.id, NULL) &&
        fingerprint_check(search->print, search->key, fd) == FINGERPRINT_SAME) {
        *search->out = opened;
        return true;
    }
    close(fd);
    return false;
}

bool content_find_copy(struct catalogue *catalogue, struct hash_key key, const char *name,
                       const struct fingerprint *print, struct timespec since,
                       struct opened_file *out)
{
    struct search search = {
        .catalogue = catalogue, .key = key, .print = print, .since = since, .out = out};
    return fingerprint_decides(print) && folder_find_beside(name, is_copy, &search);
}
