/*
 * CSV feeds: what decode_checks.h says; and a line that is split without libcsv gives the event
 * that libcsv would give: all its fields put in quotes, it is the same record.
 */
#include "tests/fuzz/decode_checks.h"

enum { QUOTED_MAX = 512, QUOTED_RECORDS = 40 };

/* Whether each field can be put in quotes as it stands: no quotes and no returns. */
static bool can_be_quoted(const char *line, size_t len)
{
    return len > 0 && len <= QUOTED_MAX && !memchr(line, '"', len) && !memchr(line, '\r', len);
}

/* Outside of quotes libcsv passes over blanks at the edges of a field. */
static size_t quote_field(const char *field, size_t len, char *out)
{
    while (len > 0 && (*field == ' ' || *field == '\t'))
        field++, len--;
    while (len > 0 && (field[len - 1] == ' ' || field[len - 1] == '\t'))
        len--;
    out[0] = '"';
    memcpy(out + 1, field, len);
    out[1 + len] = '"';
    return len + 2;
}

static size_t quote(const char *line, size_t len, char delimiter, char *out)
{
    const char *end = line + len;
    size_t put = 0;
    for (;;) {
        const char *next = memchr(line, delimiter, (size_t)(end - line));
        put += quote_field(line, (size_t)((next ? next : end) - line), out + put);
        out[put++] = next ? delimiter : '\n';
        if (!next)
            return put;
        line = next + 1;
    }
}

/* The delimiter is the one that a record of nothing else shows to be: it makes so many fields. */
static char delimiter_of(const struct feed_text *feed, size_t header_bytes)
{
    static const char delimiters[] = ",;\t|";
    size_t counts[4] = {0}, best = 0;
    for (size_t i = 0; i < header_bytes; i++) {
        const char *found = feed->bytes[i] ? strchr(delimiters, feed->bytes[i]) : NULL;
        if (found)
            counts[found - delimiters]++;
    }
    size_t kinds = 0;
    for (size_t d = 0; d < 4; d++) {
        kinds += counts[d] > 0;
        best = counts[d] > counts[best] ? d : best;
    }
    return kinds == 1 ? delimiters[best] : '\0'; /* else it is not certain */
}

static void check_quoted(const struct feed_text *feed, const struct csv_header *header,
                         char delimiter, const struct feed_events *whole)
{
    char quoted[4 * QUOTED_MAX + 4];
    for (size_t i = 0, n = 0; i < whole->len && n < QUOTED_RECORDS; i++) {
        const struct event *event = &whole->at[i];
        const char *line = feed->bytes + event->start;
        size_t len = event->length - 1;
        if (event->reason == REJECT_TORN || event->length > QUOTED_MAX || line[len] != '\n' ||
            !can_be_quoted(line, len))
            continue;
        len = quote(line, len, delimiter, quoted);
        struct event other =
            decode_alone(feed, FORMAT_CSV, header, quoted, len, event->start, true);
        must(same_event(&other, event), "in quotes record %zu (%s) is another one (%s)", i,
             reject_text(event->reason), reject_text(other.reason));
        n++;
    }
}

static void check_records(const struct feed_text *feed, const struct feed_events *whole,
                          uint64_t seed)
{
    struct error error = {.text = ""};
    size_t header_bytes = 0;
    struct csv_header *header =
        csv_header_read(feed->definition, feed->bytes, feed->len, &header_bytes, &error);
    check_order(feed, whole);
    if (header) {
        check_slices(feed, FORMAT_CSV, header, whole, seed);
        check_alone(feed, FORMAT_CSV, header, whole);
        char delimiter = delimiter_of(feed, header_bytes);
        if (delimiter)
            check_quoted(feed, header, delimiter, whole);
    } else {
        must_say(error.code, &error);
        must(whole->len <= 1, "%zu records without a header", whole->len);
    }
    check_counting(feed, whole, seed);
    csv_header_free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_text feed = feed_of(data, size);
    struct decoder_config config = feed_config(&feed, FORMAT_CSV);
    struct decoder *decoder = decoder_new(&config);
    struct feed_events whole = {.len = 0};
    const struct feed_cuts at_once = {.cap = 64, .limit = UINT64_MAX};
    uint64_t seed = fuzz_seed(data, size);
    feed_decode(decoder, feed.bytes, feed.len, at_once, &whole);
    check_cuts(&feed, FORMAT_CSV, &whole, seed);
    if (whole.status == STATUS_OK)
        check_records(&feed, &whole, seed);
    feed_events_fini(&whole);
    decoder_free(decoder);
    feed_fini(&feed);
    return 0;
}
