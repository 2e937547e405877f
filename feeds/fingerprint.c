/*
 * Heads and anchors. Both are put together from the file and, over it, from the bytes that were
 * really consumed: what another process writes between our reading and our looking back cannot
 * make a fingerprint that fits the new content.
 */
#include "feeds/fingerprint.h"

#include "feeds/generation.h"

#include <string.h>

/* Lays what was consumed over `bytes`, which are those from `begin` on. */
static void overlay(char *bytes, uint64_t begin, size_t len, const struct fingerprint_step *step)
{
    uint64_t known = step->offset - step->consumed_len;
    uint64_t from = known > begin ? known : begin;
    uint64_t to = begin + len < step->offset ? begin + len : step->offset;
    if (from < to)
        memcpy(bytes + (from - begin), step->consumed + (from - known), (size_t)(to - from));
}

/* The bytes [begin, begin + len); false when they cannot be had. */
static bool collect(char *bytes, uint64_t begin, size_t len, int fd,
                    const struct fingerprint_step *step)
{
    bool at_hand = step->offset - step->consumed_len <= begin;
    if (!at_hand && generation_pread(fd, bytes, len, begin) != (int64_t)len)
        return false;
    overlay(bytes, begin, len, step);
    return true;
}

static uint32_t anchor_len_for(const struct fingerprint_step *step)
{
    uint64_t len = step->offset - step->last_begin;
    if (len < FINGERPRINT_ANCHOR_MIN)
        len = FINGERPRINT_ANCHOR_MIN;
    if (len > FINGERPRINT_ANCHOR_MAX)
        len = FINGERPRINT_ANCHOR_MAX;
    return (uint32_t)(len < step->offset ? len : step->offset);
}

static void take_anchor(struct fingerprint *print, struct hash_key key, int fd,
                        const struct fingerprint_step *step)
{
    char bytes[FINGERPRINT_ANCHOR_MAX];
    uint32_t len = anchor_len_for(step);
    if (!collect(bytes, step->offset - len, len, fd, step)) {
        /* Gone or unreadable already: what was consumed last is what there is to go by. */
        len = step->consumed_len < len ? (uint32_t)step->consumed_len : len;
        collect(bytes, step->offset - len, len, fd, step);
    }
    print->anchor_len = len;
    print->anchor = siphash128(key, bytes, len);
}

static void take_head(struct fingerprint *print, struct hash_key key, int fd,
                      const struct fingerprint_step *step)
{
    char bytes[FINGERPRINT_HEAD];
    size_t len = step->offset < sizeof bytes ? (size_t)step->offset : sizeof bytes;
    bool first = print->start_len == 0 && step->first_end > 0 &&
                 step->first_begin + FINGERPRINT_ANCHOR_MIN <= sizeof bytes;
    if ((print->head_len == len && !first) || !collect(bytes, 0, len, fd, step))
        return;
    print->head_len = (uint32_t)len;
    print->head = siphash128(key, bytes, len);
    if (first) {
        print->start_len = (uint32_t)(step->first_end < len ? step->first_end : len);
        print->start = siphash128(key, bytes, print->start_len);
    }
}

void fingerprint_advance(struct fingerprint *print, struct hash_key key, int fd,
                         const struct fingerprint_step *step)
{
    take_head(print, key, fd, step);
    take_anchor(print, key, fd, step);
    print->offset = step->offset;
}

struct fingerprint fingerprint_at(struct hash_key key, int fd, uint64_t offset)
{
    struct fingerprint print = {0};
    struct fingerprint_step step = {.offset = offset, .last_begin = offset};
    struct fingerprint_head head;
    /* Two lines are more than a header. */
    if (offset > 0 && fingerprint_head_read(&head, fd)) {
        size_t len = offset < head.len ? (size_t)offset : head.len;
        const char *line = memchr(head.bytes, '\n', len);
        size_t begin = line ? (size_t)(line + 1 - head.bytes) : len;
        line = memchr(head.bytes + begin, '\n', len - begin);
        step.first_begin = begin;
        step.first_end = line ? (size_t)(line + 1 - head.bytes) : begin < len ? len : 0;
    }
    fingerprint_advance(&print, key, fd, &step);
    return print;
}

bool fingerprint_decides(const struct fingerprint *print)
{
    return print->start_len > 0;
}

enum fingerprint_result fingerprint_check(const struct fingerprint *print, struct hash_key key,
                                          int fd)
{
    char bytes[FINGERPRINT_HEAD];
    _Static_assert((int)FINGERPRINT_HEAD >= (int)FINGERPRINT_ANCHOR_MAX, "one buffer for both");
    if (print->offset == 0)
        return FINGERPRINT_SAME;
    int64_t got = generation_pread(fd, bytes, print->head_len, 0);
    if (got < 0)
        return FINGERPRINT_UNREAD;
    if (got < print->head_len)
        return FINGERPRINT_SHORT;
    struct hash128 hash = siphash128(key, bytes, print->head_len);
    if (memcmp(&hash, &print->head, sizeof hash) != 0)
        return FINGERPRINT_HEAD_DIFFERS;
    got = generation_pread(fd, bytes, print->anchor_len, print->offset - print->anchor_len);
    if (got < 0)
        return FINGERPRINT_UNREAD;
    if (got < print->anchor_len)
        return FINGERPRINT_SHORT;
    hash = siphash128(key, bytes, print->anchor_len);
    return memcmp(&hash, &print->anchor, sizeof hash) == 0 ? FINGERPRINT_SAME
                                                           : FINGERPRINT_ANCHOR_DIFFERS;
}

bool fingerprint_head_read(struct fingerprint_head *head, int fd)
{
    int64_t got = generation_pread(fd, head->bytes, sizeof head->bytes, 0);
    head->len = got > 0 ? (uint32_t)got : 0;
    return got >= 0;
}

bool fingerprint_same_start(const struct fingerprint *print, struct hash_key key,
                            const struct fingerprint_head *head)
{
    if (print->start_len == 0 || print->start_len > head->len)
        return false;
    struct hash128 hash = siphash128(key, head->bytes, print->start_len);
    return memcmp(&hash, &print->start, sizeof hash) == 0;
}

bool fingerprint_same_before(int fd, int other_fd, uint64_t end)
{
    char bytes[FINGERPRINT_ANCHOR_MAX], other[FINGERPRINT_ANCHOR_MAX];
    size_t len = end < sizeof bytes ? (size_t)end : sizeof bytes;
    return generation_pread(fd, bytes, len, end - len) == (int64_t)len &&
           generation_pread(other_fd, other, len, end - len) == (int64_t)len &&
           memcmp(bytes, other, len) == 0;
}
