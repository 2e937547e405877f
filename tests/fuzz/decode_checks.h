#ifndef TAILRACE_TESTS_FUZZ_DECODE_CHECKS_H
#define TAILRACE_TESTS_FUZZ_DECODE_CHECKS_H
/*
 * What holds for every feed of either format, decoded through the seam that both lanes use:
 *
 *   order     records stand one behind the other; every byte is a record's or skipped (S-03); each
 *             has its event or a reason of the closed list (S-50), and a time in range (S-62)
 *   cuts      however the bytes are cut into reads and blocks, the events are the same
 *   slices    reading up to any offset and on from there gives the same events
 *   alone     each record, given alone to a fresh decoder, gives the same event: so no other one,
 *             malformed or not, has any influence on it (S-51)
 *   counting  every record gets exactly one outcome, live and in batch (S-02, S-03), and those
 *             that are malformed change nothing for the others, nor the watermark (S-51)
 */
#include "tests/fuzz/feeds.h"

#include "core/pipeline.h"

enum {
    CHECK_ALONE_MAX = 200,
    CHECK_ALONE_BYTES = 256 * 1024 /* of records looked at alone */
};

/* What was made of a record, its place left out. */
static inline bool same_event(const struct event *a, const struct event *b)
{
    struct event left = *a, right = *b;
    left.start = right.start = 0;
    left.length = right.length = 0;
    left.line = right.line = 0;
    return memcmp(&left, &right, sizeof left) == 0;
}

static inline void check_event(const struct feed_text *feed, const struct event *event)
{
    must(event->reason < REJECT_COUNT, "reason %d", event->reason);
    must(event->reason != REJECT_ID_CONFLICT, "a decoder knows no other record");
    if (event->reason == REJECT_NONE) {
        must(event->time >= INSTANT_MIN && event->time < INSTANT_END, "time %lld",
             (long long)event->time);
        must(event->filtered <= feed->definition->filters_len, "filter %d", event->filtered);
        must(event->lifecycle <= LIFECYCLE_CLOSED && event->pair <= PAIR_NEEDED, "step or pair");
        return;
    }
    must(!reject_names_field(event->reason) || event->field < feed->definition->fields_len,
         "no field %d", event->field);
    must(event->time == 0 && event->rules == 0 && event->filtered == 0 && event->present == 0 &&
             event->id[0] == 0,
         "a malformed record (%s) says something", reject_text(event->reason));
}

static inline void check_order(const struct feed_text *feed, const struct feed_events *events)
{
    uint64_t end = 0;
    uint32_t line = 0;
    must(events->consumed == feed->len, "%llu of %zu bytes", (unsigned long long)events->consumed,
         feed->len);
    for (size_t i = 0; i < events->len; i++) {
        const struct event *event = &events->at[i];
        must(event->start >= end && event->length > 0 && event->line > line, "record %zu", i);
        check_event(feed, event);
        end = event->start + event->length;
        line = event->line;
    }
    must(end <= feed->len && line <= events->lines, "records beyond the end");
}

static inline void check_cuts(const struct feed_text *feed, enum feed_format format,
                              const struct feed_events *whole, uint64_t seed)
{
    struct decoder_config config = feed_config(feed, format);
    struct decoder *decoder = decoder_new(&config);
    struct feed_events parts = {.len = 0};
    struct feed_cuts cuts = {.cap = 1 + seed % 5, .limit = UINT64_MAX, .seed = seed};
    cuts.step = feed->len < 16384 ? 1 + (seed >> 8) % 64 : feed->len / 16;
    feed_decode(decoder, feed->bytes, feed->len, cuts, &parts);
    must(parts.status == whole->status, "cut into pieces it fails otherwise");
    if (whole->status == STATUS_OK) {
        must(parts.len == whole->len, "%zu records in pieces, %zu at once", parts.len, whole->len);
        for (size_t i = 0; i < whole->len; i++)
            must(memcmp(&parts.at[i], &whole->at[i], sizeof whole->at[i]) == 0,
                 "record %zu is another one in pieces", i);
        must(parts.skipped == whole->skipped && parts.lines == whole->lines, "skipped, or lines");
    }
    feed_events_fini(&parts);
    decoder_free(decoder);
}

static inline void check_slices(const struct feed_text *feed, enum feed_format format,
                                const struct csv_header *header, const struct feed_events *whole,
                                uint64_t seed)
{
    struct decoder_config config = feed_config(feed, format);
    struct feed_cuts cuts = {.cap = 64, .limit = seed % (feed->len + 1)};
    struct feed_events first = {.len = 0}, rest = {.len = 0};
    struct decoder *decoder = decoder_new(&config);
    struct decoded decoded;
    struct error error;
    first.at = mem_alloc((whole->len + 1) * sizeof *first.at);
    must(decoder_feed(decoder, feed->bytes, feed->len, true, cuts.limit, first.at, whole->len + 1,
                      &decoded, &error) == STATUS_OK,
         "a slice fails");
    decoder_free(decoder);
    config.header = header;
    config.offset = decoded.consumed;
    decoder = decoder_new(&config);
    cuts.limit = UINT64_MAX;
    feed_decode(decoder, feed->bytes + decoded.consumed, feed->len - decoded.consumed, cuts, &rest);
    decoder_free(decoder);
    must(decoded.events + rest.len == whole->len, "two slices of %zu and %zu records, one of %zu",
         decoded.events, rest.len, whole->len);
    for (size_t i = 0; i < whole->len; i++) {
        const struct event *event =
            i < decoded.events ? &first.at[i] : &rest.at[i - decoded.events];
        must(event->start == whole->at[i].start && same_event(event, &whole->at[i]),
             "record %zu is another one in a slice", i);
    }
    feed_events_fini(&first);
    feed_events_fini(&rest);
}

/* What a fresh decoder makes of bytes that stand at `offset`: one record. */
static inline struct event decode_alone(const struct feed_text *feed, enum feed_format format,
                                        const struct csv_header *header, const char *bytes,
                                        size_t len, uint64_t offset, bool final)
{
    struct decoder_config config = feed_config(feed, format);
    struct event events[2];
    struct decoded decoded;
    struct error error;
    config.header = header;
    config.offset = offset;
    struct decoder *decoder = decoder_new(&config);
    char *exact = exact_copy(bytes, len);
    enum status status =
        decoder_feed(decoder, exact, len, final, UINT64_MAX, events, 2, &decoded, &error);
    must(status == STATUS_OK && decoded.events == 1 && decoded.consumed == len,
         "alone it is %zu records of %zu bytes, not one of %zu", decoded.events, decoded.consumed,
         len);
    free(exact);
    decoder_free(decoder);
    return events[0];
}

static inline void check_alone(const struct feed_text *feed, enum feed_format format,
                               const struct csv_header *header, const struct feed_events *whole)
{
    size_t bytes = 0;
    for (size_t i = 0; i < whole->len && i < CHECK_ALONE_MAX && bytes < CHECK_ALONE_BYTES; i++) {
        const struct event *event = &whole->at[i];
        struct event alone = decode_alone(feed, format, header, feed->bytes + event->start,
                                          event->length, event->start, true);
        must(same_event(&alone, event), "record %zu (%s) is another one alone (%s)", i,
             reject_text(event->reason), reject_text(alone.reason));
        bytes += event->length;
    }
}

/* --- counting -------------------------------------------------------------------------------- */

/* Blocks of a few events; `sound`: malformed ones are left out. */
static inline void count_all(struct pipeline *pipeline, const struct feed_events *events,
                             size_t cap, bool sound)
{
    static struct event_block block;
    for (size_t i = 0; i < events->len;) {
        block.len = 0;
        block.read_at = INSTANT_MIN + 1770000000000;
        for (; i < events->len && block.len < cap; i++)
            if (!sound || events->at[i].reason == REJECT_NONE)
                block.events[block.len++] = events->at[i];
        pipeline_apply(pipeline, &block);
        must(outcomes_close(&pipeline->outcomes), "the counters do not close");
    }
}

static inline void check_reasons(const struct outcomes *outcomes)
{
    uint64_t sum = 0;
    for (int reason = 0; reason < REJECT_COUNT; reason++)
        for (int f = 0; f <= FIELDS_MAX; f++)
            sum += outcomes->rejected_by[reason][f];
    must(sum == outcomes->rejected, "%llu rejected, by reason %llu",
         (unsigned long long)outcomes->rejected, (unsigned long long)sum);
}

static inline void check_counting_in(const struct feed_text *feed, const struct feed_events *events,
                                     bool live, uint64_t seed)
{
    const struct pipeline_config config = {.definition = feed->definition,
                                           .symbols = feed->symbols,
                                           .live = live,
                                           .by_day = live,
                                           .groups_cap = 16,
                                           .closed_room = 16,
                                           .distinct_cap = 16};
    struct pipeline all, sound;
    uint64_t malformed = 0;
    for (size_t i = 0; i < events->len; i++)
        malformed += events->at[i].reason != REJECT_NONE;
    pipeline_init(&all, &config);
    pipeline_init(&sound, &config);
    count_all(&all, events, 1 + seed % 7, false);
    count_all(&sound, events, 1 + seed % 11, true);
    const struct outcomes *a = &all.outcomes, *s = &sound.outcomes;
    must(a->read == events->len && s->read + malformed == a->read, "records read");
    must(a->rejected == s->rejected + malformed, "records rejected");
    must(a->counted == s->counted && a->late == s->late && a->duplicate == s->duplicate &&
             a->filtered == s->filtered && a->future == s->future,
         "malformed records change what becomes of others");
    must(pipeline_watermark(&all) == pipeline_watermark(&sound), "they move the watermark");
    must(tally_len(all.tally) == tally_len(sound.tally), "they make groups");
    check_reasons(a);
    pipeline_end(&all);
    must(outcomes_close(&all.outcomes) && all.outcomes.read == events->len, "at the end");
    pipeline_fini(&all);
    pipeline_fini(&sound);
}

/* A pipeline, and most of all one that makes room for a whole range, costs more than all the rest:
 * now and then. */
static inline void check_counting(const struct feed_text *feed, const struct feed_events *events,
                                  uint64_t seed)
{
    if ((seed >> 32) % 4 == 0)
        check_counting_in(feed, events, true, seed);
    if ((seed >> 32) % 16 == 1)
        check_counting_in(feed, events, false, seed);
}

#endif
