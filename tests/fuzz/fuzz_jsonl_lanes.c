/*
 * JSONL feeds again, by who judges them: jansson every record, or the fast lane those that are
 * plain, by vector code and by plain C, at once and in pieces. All give the same events, byte for
 * byte.
 */
#include "tests/fuzz/feeds.h"

enum { CHOICES = DECODER_LIBRARY + 1 };

/* Compiled once for each who may judge. */
static const struct definition *lane_definition(unsigned which, enum decoder_choice choice)
{
    static struct definition *made[FEED_DEFINITIONS][CHOICES];
    struct definition **own = &made[which % FEED_DEFINITIONS][choice];
    if (!*own) {
        *own = feed_make_definition(which % FEED_DEFINITIONS);
        (*own)->decoder = choice;
    }
    return *own;
}

static struct feed_events decode_by(const struct feed_text *feed, unsigned which,
                                    enum decoder_choice choice, struct feed_cuts cuts)
{
    struct decoder_config config = feed_config(feed, FORMAT_JSONL);
    struct feed_events events = {.len = 0};
    config.definition = lane_definition(which, choice);
    struct decoder *decoder = decoder_new(&config);
    feed_decode(decoder, feed->bytes, feed->len, cuts, &events);
    decoder_free(decoder);
    must(events.status == STATUS_OK, "JSON lines have no header that could fail");
    return events;
}

static void check_same(const struct feed_events *wanted, struct feed_events got, const char *who)
{
    for (size_t i = 0; i < wanted->len && i < got.len; i++)
        must(memcmp(&wanted->at[i], &got.at[i], sizeof got.at[i]) == 0,
             "record %zu: jansson says %s, %s says %s", i, reject_text(wanted->at[i].reason), who,
             reject_text(got.at[i].reason));
    must(wanted->len == got.len, "%zu records, %s finds %zu", wanted->len, who, got.len);
    must(wanted->skipped == got.skipped && wanted->lines == got.lines, "skipped, or lines");
    feed_events_fini(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_text feed = feed_of(data, size);
    unsigned which = size > 0 ? data[0] - (unsigned)'0' : 0;
    uint64_t seed = fuzz_seed(data, size);
    const struct feed_cuts at_once = {.cap = 64, .limit = UINT64_MAX};
    const struct feed_cuts pieces = {.cap = 1 + seed % 5,
                                     .limit = UINT64_MAX,
                                     .seed = seed,
                                     .step =
                                         feed.len < 16384 ? 1 + (seed >> 8) % 200 : feed.len / 16};
    struct feed_events library = decode_by(&feed, which, DECODER_LIBRARY, at_once);
    check_same(&library, decode_by(&feed, which, DECODER_AUTO, at_once), "vector code");
    check_same(&library, decode_by(&feed, which, DECODER_PORTABLE, at_once), "plain C");
    check_same(&library, decode_by(&feed, which, DECODER_AUTO, pieces), "one in pieces");
    feed_events_fini(&library);
    feed_fini(&feed);
    return 0;
}
