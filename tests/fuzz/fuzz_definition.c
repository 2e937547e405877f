/*
 * Definition files: an error says its words; the same text is the same definition (S-111); what
 * compiles keeps its own limits, counts a feed made for it with counters that close, and so does
 * each of its reports.
 */
#include "tests/fuzz/fuzz.h"

#include "core/definition_digest.h"
#include "core/definition_json.h"
#include "core/pipeline.h"
#include "feeds/decode.h"

enum { ROWS = 12, TEXT_MAX = 64 * 1024, WINDOWS_MAX = 500 };

static struct definition *read_definition(const char *text, size_t len)
{
    struct error error = {.text = ""};
    struct definition *definition = definition_from_json(text, len, "fuzz.json", &error);
    if (!definition)
        must_say(error.code, &error);
    return definition;
}

static bool compiles(struct definition *definition)
{
    struct error error = {.text = ""};
    enum status status = definition_compile(definition, &error);
    if (status != STATUS_OK)
        must_say(status, &error);
    return status == STATUS_OK;
}

static void check_limits(const struct definition *d)
{
    const struct definition_window *window = &d->window;
    must(d->fields_len <= FIELDS_MAX && d->time_field >= 0 && d->time_field < d->fields_len,
         "fields");
    must(d->fields[d->time_field].required, "an event without its time");
    must(d->measures_len > 0 && d->measures_len <= MEASURES_MAX, "measures");
    for (int m = 0; m < d->measures_len; m++)
        must(d->measures[m].slot < EVENT_VALUES_MAX, "a slot");
    must(d->value_fields_len <= EVENT_VALUES_MAX, "values");
    must(d->distinct_fields_len <= EVENT_DISTINCTS_MAX, "distincts");
    must(d->window_keys_len <= EVENT_KEYS_MAX, "keys of windows");
    must(window->session_ms > 0 || (window->size_ms > 0 && window->slide_ms <= window->size_ms),
         "a window");
    must(d->horizon_ms >= d->watermark.delay_ms + d->watermark.lateness_ms, "the horizon (S-42)");
}

static void check_same(const struct definition *a, const struct definition *b)
{
    char texts[2][65];
    const struct definition *both[] = {a, b};
    for (int i = 0; i < 2; i++) {
        struct sha256 sha;
        sha256_init(&sha);
        definition_digest(both[i], &sha);
        sha256_text(&sha, texts[i]);
    }
    must(strcmp(texts[0], texts[1]) == 0, "the same text is two definitions");
}

/* --- a feed of its fields -------------------------------------------------------------------- */

static void put_value(FILE *out, const struct field *field, int row)
{
    static const char *const texts[] = {"a", "b", "c", "refund", "payment", "open", "closed"};
    if (field->type == FIELD_TIME)
        fprintf(out, "2026-01-05T08:%02d:%02dZ", row * 4, row);
    else if (field->type != FIELD_TEXT)
        fprintf(out, "%d", row * row * 7 + 1);
    else if (field->values_len > 0)
        fprintf(out, "%s", field->values[row % field->values_len]);
    else
        fprintf(out, "%s", texts[row % 7]);
}

static size_t make_feed(const struct definition *definition, char *text)
{
    FILE *out = fmemopen(text, TEXT_MAX, "w");
    must(out != NULL, "no stream");
    for (int row = -1; row < ROWS; row++) {
        for (int f = 0; f < definition->fields_len; f++) {
            const struct field *field = &definition->fields[f];
            if (f > 0)
                fputc(',', out);
            if (row >= 0)
                put_value(out, field, row);
            else
                fprintf(out, "%s", field->columns_len > 0 ? field->columns[0] : field->name);
        }
        fputc('\n', out);
    }
    long len = ftell(out);
    fclose(out);
    return len > 0 ? (size_t)len : 0;
}

static void apply(const struct definition *definition, struct symbols *symbols, bool live,
                  const struct event_block *block)
{
    struct pipeline pipeline;
    const struct pipeline_config config = {.definition = definition,
                                           .symbols = symbols,
                                           .live = live,
                                           .groups_cap = 8,
                                           .closed_room = 8,
                                           .distinct_cap = 8};
    pipeline_init(&pipeline, &config);
    pipeline_apply(&pipeline, block);
    must(outcomes_close(&pipeline.outcomes), "the counters do not close");
    must(pipeline.outcomes.read == block->len, "records read");
    pipeline_end(&pipeline);
    pipeline_fini(&pipeline);
}

/* An event is counted in so many windows: what was asked for, and slow. */
static bool is_slow(const struct definition_window *window)
{
    return window->session_ms == 0 && window->size_ms / window->slide_ms > WINDOWS_MAX;
}

static void check_counting(const struct definition *definition)
{
    static char text[TEXT_MAX];
    static struct event_block block;
    struct symbols *symbols = symbols_new(100);
    const struct decoder_config config = {.definition = definition,
                                          .symbols = symbols,
                                          .hash_key = {.word = {1, 2}},
                                          .format = FORMAT_CSV};
    struct decoder *decoder = decoder_new(&config);
    struct decoded decoded;
    struct error error = {.text = ""};
    size_t len = make_feed(definition, text);
    decoder_texts(decoder, block.texts);
    enum status status = decoder_feed(decoder, text, len, true, UINT64_MAX, block.events,
                                      EVENT_BLOCK_MAX, &decoded, &error);
    /* a column's name may be no CSV, or stand twice */
    if (status == STATUS_OK && !is_slow(&definition->window)) {
        block.len = (uint32_t)decoded.events;
        block.read_at = 1770000000000;
        apply(definition, symbols, true, &block);
        if (definition->window.asked)
            apply(definition, symbols, false, &block);
    } else if (status != STATUS_OK) {
        must_say(status, &error);
    }
    decoder_free(decoder);
    symbols_free(symbols);
}

static void check_report(const char *text, size_t len, int r)
{
    struct error error = {.text = ""};
    struct definition *definition = read_definition(text, len);
    enum status status = definition_use_report(definition, definition->reports[r].name, &error);
    must(status == STATUS_OK, "report %d was read, and cannot be used: %s", r, error.text);
    if (compiles(definition)) {
        check_limits(definition);
        check_counting(definition);
    }
    definition_free(definition);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = exact_copy((const char *)data, size);
    struct definition *definition = read_definition(text, size);
    if (definition && compiles(definition)) {
        struct definition *again = read_definition(text, size);
        must(again && compiles(again), "the second time it does not compile");
        check_limits(definition);
        check_same(definition, again);
        definition_free(again);
        check_counting(definition);
        for (int r = 0; r < definition->reports_len && r < 3; r++)
            check_report(text, size, r);
    }
    definition_free(definition);
    free(text);
    return 0;
}
