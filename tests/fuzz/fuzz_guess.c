/*
 * Feeds without a definition: what is guessed of the first bytes, and a definition made of the
 * columns seen, with which the decoder then reads the very same bytes.
 */
#include "tests/fuzz/feeds.h"

#include "feeds/guess.h"

/* An object's brace comes first in JSONL, and in nothing else. */
static enum feed_format expected_format(const char *bytes, size_t len)
{
    size_t i = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < len && bytes[i] == '\0')
        i++;
    while (i < len && memchr(" \t\r\n", bytes[i], 4))
        i++;
    return i < len && bytes[i] == '{' ? FORMAT_JSONL : FORMAT_CSV;
}

static void check_reads(const struct definition *definition, const struct feed_text *feed,
                        enum feed_format format)
{
    const struct feed_text own = {definition, feed->symbols, feed->bytes, feed->len};
    const struct decoder_config config = feed_config(&own, format);
    const struct feed_cuts at_once = {.cap = 64, .limit = UINT64_MAX};
    struct feed_events events = {.len = 0};
    struct decoder *decoder = decoder_new(&config);
    feed_decode(decoder, feed->bytes, feed->len, at_once, &events);
    must(events.status == STATUS_OK || strstr(events.error.text, "twice") ||
             strstr(events.error.text, "no line end"),
         "what was guessed does not read its own feed: %s", events.error.text);
    feed_events_fini(&events);
    decoder_free(decoder);
}

static void check_builtin(const struct guess *guess, const struct feed_text *feed)
{
    struct error error = {.text = ""};
    struct definition *definition = guess_builtin(guess, &error);
    if (!definition) {
        must_say(error.code, &error);
        return;
    }
    must(definition_compile(definition, &error) == STATUS_OK, "%s", error.text);
    check_reads(definition, feed, guess->format);
    definition_free(definition);
}

static void check_made(const struct guess *guess, const struct feed_text *feed, uint64_t seed)
{
    struct error error = {.text = ""};
    size_t len = (size_t)guess->columns_len;
    char measures[NAME_MAX_LEN + 16];
    snprintf(measures, sizeof measures, "count,sum:%.60s", guess->columns[seed / 7 % len]);
    struct definition *definition =
        guess_make(guess, guess->columns[seed % len], guess->columns[seed / 3 % len], measures,
                   feed->bytes, feed->len, &error);
    if (!definition || definition_compile(definition, &error) != STATUS_OK)
        must_say(error.code, &error);
    else
        check_reads(definition, feed, guess->format);
    definition_free(definition);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feed_text feed = feed_of(data, size);
    struct guess guess = {.columns_len = 0};
    struct error error = {.text = ""};
    enum status status = guess_read(feed.bytes, feed.len, &guess, &error);
    if (status == STATUS_OK) {
        must(guess.format == expected_format(feed.bytes, feed.len), "the format");
        must(guess.columns_len >= 0 && guess.columns_len <= FIELDS_MAX, "columns");
        check_builtin(&guess, &feed);
        if (guess.columns_len > 0)
            check_made(&guess, &feed, fuzz_seed(data, size));
    } else {
        must_say(status, &error);
    }
    guess_fini(&guess);
    feed_fini(&feed);
    return 0;
}
