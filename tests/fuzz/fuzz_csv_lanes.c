/*
 * CSV feeds: the fast lane says what libcsv says, in plain C and with what this processor has. The
 * first byte chooses the definition, and what of it is in use.
 */
#include "tests/fuzz/csv_lanes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_text feed = feed_of(data, size);
    uint64_t seed = fuzz_seed(data, size);
    unsigned choice = size > 0 ? data[0] - (unsigned)'0' : 0;
    unsigned which = choice % FEED_DEFINITIONS, variant = choice / FEED_DEFINITIONS;
    struct feed_cuts at_once = {.cap = LANE_CAP, .limit = UINT64_MAX, .seed = seed};
    struct feed_cuts parts = {.cap = 1 + seed % 5, .limit = (seed >> 16) % (feed.len + 1)};
    parts.seed = seed;
    parts.step = feed.len < 16384 ? 1 + (seed >> 8) % 128 : feed.len / 16;
    lanes_check(which, variant, feed.bytes, feed.len, at_once);
    lanes_check(which, variant, feed.bytes, feed.len, parts);
    feed_fini(&feed);
    return 0;
}
