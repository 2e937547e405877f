/*
 * JSONL feeds: what decode_checks.h says; and the scanner that takes values from a line's own text
 * sees what jansson sees: with the letters of its strings written as escapes, or blanks between its
 * tokens, a line is the same record.
 */
#include "tests/fuzz/decode_checks.h"

enum { REWRITTEN_MAX = 1024, REWRITTEN_RECORDS = 40 };

/* Each ASCII letter or digit inside a string becomes \u00xx. */
static size_t escape(const char *line, size_t len, char *out)
{
    size_t put = 0;
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        char c = line[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (inside && c == '\\') {
            out[put++] = c;
            out[put++] = line[++i];
            if (line[i] == 'u') /* its digits stay what they are */
                for (int d = 0; d < 4; d++)
                    out[put++] = line[++i];
            continue;
        }
        inside ^= c == '"';
        if (inside && plain)
            put += (size_t)snprintf(out + put, 7, "\\u%04x", (unsigned)c);
        else
            out[put++] = c;
    }
    return put;
}

static size_t space_out(const char *line, size_t len, char *out)
{
    size_t put = 0;
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        char c = line[i];
        bool token = !inside && c != '\0' && strchr("{}[],:", c) != NULL;
        if (token)
            out[put++] = ' ';
        out[put++] = c;
        if (token)
            out[put++] = '\t';
        if (inside && c == '\\')
            out[put++] = line[++i];
        else
            inside ^= c == '"';
    }
    return put;
}

static void check_rewritten(const struct feed_text *feed, const struct feed_events *whole)
{
    static char other[6 * REWRITTEN_MAX + 8];
    for (size_t i = 0, n = 0; i < whole->len && n < REWRITTEN_RECORDS; i++) {
        const struct event *event = &whole->at[i];
        const char *line = feed->bytes + event->start;
        /* that the line is JSON is known by its having been looked into */
        bool json = event->reason == REJECT_NONE || event->reason > REJECT_FIELD_COUNT;
        if (!json || event->reason == REJECT_TORN || event->reason == REJECT_BAD_NUMBER ||
            event->reason == REJECT_DUPLICATE_KEY || event->length > REWRITTEN_MAX)
            continue;
        size_t len =
            n % 2 ? escape(line, event->length, other) : space_out(line, event->length, other);
        struct event rewritten =
            decode_alone(feed, FORMAT_JSONL, NULL, other, len, event->start, true);
        must(same_event(&rewritten, event), "rewritten record %zu (%s) is another one (%s)", i,
             reject_text(event->reason), reject_text(rewritten.reason));
        n++;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_text feed = feed_of(data, size);
    struct decoder_config config = feed_config(&feed, FORMAT_JSONL);
    struct decoder *decoder = decoder_new(&config);
    struct feed_events whole = {.len = 0};
    const struct feed_cuts at_once = {.cap = 64, .limit = UINT64_MAX};
    uint64_t seed = fuzz_seed(data, size);
    feed_decode(decoder, feed.bytes, feed.len, at_once, &whole);
    must(whole.status == STATUS_OK, "JSON lines have no header that could fail");
    check_cuts(&feed, FORMAT_JSONL, &whole, seed);
    check_order(&feed, &whole);
    check_slices(&feed, FORMAT_JSONL, NULL, &whole, seed);
    check_alone(&feed, FORMAT_JSONL, NULL, &whole);
    check_rewritten(&feed, &whole);
    check_counting(&feed, &whole, seed);
    feed_events_fini(&whole);
    decoder_free(decoder);
    feed_fini(&feed);
    return 0;
}
