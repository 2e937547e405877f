#ifndef TAILRACE_TESTS_FUZZ_FEEDS_H
#define TAILRACE_TESTS_FUZZ_FEEDS_H
/*
 * Feeds as inputs of the decode targets: a digit that chooses the definition, then the feed's
 * bytes. \x01NC in them stands for many times the byte C, so that short inputs cross the caps of
 * T-R8 and T-R9, whatever these are: 8 N times for N below 128, else N - 127 times the 128th part
 * of the longest record.
 */
#include "tests/fuzz/fuzz.h"

#include "core/definition_json.h"
#include "feeds/decode.h"

enum { FEED_BYTES_MAX = RECORD_BYTES_MAX * 3 / 2, FEED_DEFINITIONS = 4, FEED_SYMBOLS = 300 };

/* Every type of field, and everything that a decoder can be asked to do with one. */
static const char feed_definition_json[] =
    "{\"name\": \"all\", \"fields\": {"
    "\"id\": {\"type\": \"text\", \"required\": true},"
    "\"n\": {\"type\": \"int\"},"
    "\"amount\": {\"type\": \"money\", \"places\": 2, \"positive\": true},"
    "\"at\": {\"type\": \"time\", \"required\": true},"
    "\"seen\": {\"type\": \"time\", \"zone\": \"+02:00\"},"
    "\"kind\": {\"type\": \"text\", \"values\": [\"r\", \"p\", \"longer than a packed one\"]},"
    "\"who\": {\"type\": \"text\", \"column\": [\"who\", \"user.name\", \"user\"]},"
    "\"of\": {\"type\": \"text\"},"
    "\"step\": {\"type\": \"text\"}},"
    "\"time\": \"at\", \"id\": [\"id\", \"kind\"], \"on_conflict\": \"reject\","
    "\"tiers\": {\"tier\": {\"of\": \"amount\", \"steps\": [[\"high\", \"500\"]], \"else\": "
    "\"low\"}},"
    "\"where\": [\"n>=-5\", \"who!=root\", \"seen<2026-02-01\"],"
    "\"group_by\": [\"who\", \"n\", \"date\", \"hour\", \"kind\", \"tier\"],"
    "\"measures\": [\"count\", \"sum:amount\", \"avg:n\", \"min:n\", \"distinct:who\", "
    "\"distinct:at\", \"open\"],"
    "\"lifecycle\": {\"key\": \"id\", \"field\": \"step\", \"opened\": \"o\", \"closed\": \"c\"},"
    "\"window\": {\"size\": \"10s\", \"slide\": \"5s\"}, \"watermark\": {\"delay\": \"5s\","
    " \"lateness\": \"20s\", \"jump\": \"1h\"},"
    "\"rules\": ["
    "{\"name\": \"velocity\", \"more_than\": 2, \"per\": \"who\", \"within\": \"90s\"},"
    "{\"name\": \"sla\", \"open_longer_than\": \"30s\", \"where\": [\"kind=p\"]},"
    "{\"name\": \"pair\", \"within\": \"15s\", \"pair\": {\"field\": \"kind\", \"opens\": \"r\","
    " \"ref\": \"of\", \"needs\": \"p\"}},"
    "{\"name\": \"each\", \"when\": [\"amount>1\", \"who in a,b,c\"]}]}";

static inline struct definition *feed_make_definition(unsigned which)
{
    struct error error = {.text = ""};
    struct definition *definition =
        which == 0 ? definition_from_json(feed_definition_json, sizeof feed_definition_json - 1,
                                          "fuzz", &error)
                   : definition_builtin(definition_builtin_names[which - 1]);
    must(definition && definition_compile(definition, &error) == STATUS_OK, "%s", error.text);
    return definition;
}

/* Compiled once, for ever. */
static inline const struct definition *feed_definition(unsigned which)
{
    static struct definition *made[FEED_DEFINITIONS];
    which %= FEED_DEFINITIONS;
    if (!made[which])
        made[which] = feed_make_definition(which);
    return made[which];
}

struct feed_text {
    const struct definition *definition;
    struct symbols *symbols;
    char *bytes; /* exactly `len` */
    size_t len;
};

static inline size_t feed_run(uint8_t n)
{
    return n < 128 ? 8 * (size_t)n : (RECORD_BYTES_MAX / 128) * (size_t)(n - 127);
}

static inline void feed_expand(const uint8_t *data, size_t size, struct feed_text *out)
{
    static char all[FEED_BYTES_MAX];
    for (size_t i = 0; i < size; i++) {
        bool run = data[i] == 1 && i + 2 < size;
        size_t times = run ? feed_run(data[i + 1]) : 1;
        if (times > FEED_BYTES_MAX - out->len)
            break;
        memset(all + out->len, run ? data[i + 2] : data[i], times);
        out->len += times;
        i += run ? 2 : 0;
    }
    out->bytes = exact_copy(all, out->len);
}

static inline struct feed_text feed_of(const uint8_t *data, size_t size)
{
    struct feed_text feed = {.definition = feed_definition(size > 0 ? data[0] - (unsigned)'0' : 0)};
    feed_expand(size > 0 ? data + 1 : data, size > 0 ? size - 1 : 0, &feed);
    feed.symbols = symbols_new(FEED_SYMBOLS);
    return feed;
}

static inline void feed_fini(struct feed_text *feed)
{
    symbols_free(feed->symbols);
    free(feed->bytes);
}

/* --- decoding one --------------------------------------------------------------------------- */

struct feed_events {
    struct event *at;
    size_t len, room;
    uint64_t skipped, consumed;
    uint32_t lines;
    enum status status;
    struct error error;
};

static inline void feed_events_fini(struct feed_events *events)
{
    free(events->at);
}

static inline struct decoder_config feed_config(const struct feed_text *feed,
                                                enum feed_format format)
{
    return (struct decoder_config){.definition = feed->definition,
                                   .symbols = feed->symbols,
                                   .hash_key = {.word = {1, 2}},
                                   .format = format};
}

/* How a feed is cut into reads and blocks. */
struct feed_cuts {
    size_t step;    /* new bytes a call: 1 to this many; 0: all at once */
    size_t cap;     /* events a call */
    uint64_t limit; /* of offsets */
    uint64_t seed;
};

/* Feeds as a lane does: what was not consumed is fed again with more behind it. */
static inline void feed_decode(struct decoder *decoder, const char *bytes, size_t len,
                               struct feed_cuts cuts, struct feed_events *out)
{
    size_t from = 0, to = cuts.step ? 0 : len;
    uint64_t lengths = 0;
    for (;;) {
        bool last = to == len;
        struct decoded decoded;
        if (out->room - out->len < cuts.cap) {
            out->room = out->room * 2 + cuts.cap;
            out->at = mem_resize(out->at, out->room * sizeof *out->at);
        }
        char *piece = cuts.step ? exact_copy(bytes + from, to - from) : NULL;
        out->status = decoder_feed(decoder, piece ? piece : bytes + from, to - from, last,
                                   cuts.limit, out->at + out->len, cuts.cap, &decoded, &out->error);
        free(piece);
        if (out->status != STATUS_OK) {
            must_say(out->status, &out->error);
            return;
        }
        must(decoded.consumed <= to - from && decoded.events <= cuts.cap, "more than was given");
        for (size_t i = out->len; i < out->len + decoded.events; i++)
            lengths += out->at[i].length;
        out->len += decoded.events;
        out->skipped += decoded.skipped;
        out->lines += decoded.lines;
        from += decoded.consumed;
        if (last && decoded.consumed == 0 && decoded.events == 0)
            break;
        if (decoded.events < cuts.cap && !last) {
            size_t step = 1 + fuzz_below(&cuts.seed, (uint32_t)cuts.step);
            to = len - to < step ? len : to + step;
        }
    }
    out->consumed = from;
    must(lengths + out->skipped == from, "%zu bytes consumed, %llu accounted for", from,
         (unsigned long long)(lengths + out->skipped));
}

#endif
