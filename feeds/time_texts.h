#ifndef TAILRACE_FEEDS_TIME_TEXTS_H
#define TAILRACE_FEEDS_TIME_TEXTS_H
/*
 * Texts of times as a feed writes them: each like the last, but for the clock. Their date, and what
 * stands behind the seconds, is read once by instant_parse and then known by its bytes.
 *
 * Threads: one owner.
 */
#include "core/instant.h"
#include "core/zone.h"
#include "feeds/usual.h"

enum {
    TIME_DATE = 11,  /* "2026-01-05T" */
    TIME_PLAIN = 20, /* 2026-01-05T08:42:17Z */
    TIME_MS = 24     /* 2026-01-05T08:42:17.482Z */
};

struct time_texts {
    uint64_t date[2]; /* of the last text of these two forms: its first TIME_DATE bytes */
    epoch_ms date_ms;

    /* the last of another form */
    uint64_t other_date[2];
    uint64_t other_rest; /* what stands behind the seconds */
    size_t other_len;
    const struct zone *other_zone;
    epoch_ms other_ms; /* of its midnight, and the fraction of a second */
};

/* Knows none. */
static inline void time_texts_init(struct time_texts *texts)
{
    *texts = (struct time_texts){.date = {UINT64_MAX, UINT64_MAX}};
}

/* A text of the two forms, on the day of the last such text. */
static inline bool time_texts_find(const struct time_texts *texts, const char *text, size_t len,
                                   epoch_ms *out)
{
    int64_t clock_ms, ms = 0;
    if ((len != TIME_PLAIN && len != TIME_MS) ||
        ((usual_load(text) ^ texts->date[0]) |
         (usual_load(text + TIME_DATE - 8) ^ texts->date[1])) ||
        !usual_clock(text + TIME_DATE, &clock_ms))
        return false;
    *out = texts->date_ms + clock_ms;
    if (len == TIME_PLAIN)
        return text[TIME_PLAIN - 1] == 'Z';
    bool usual = usual_ms(text + TIME_MS - 8, &ms);
    *out += ms;
    return usual;
}

/* What instant_parse says of any text. */
enum instant_result time_texts_parse(struct time_texts *texts, const char *text, size_t len,
                                     const struct zone *zone, epoch_ms *out);

#endif
