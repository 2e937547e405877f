#ifndef TAILRACE_TESTS_FUZZ_CSV_LANES_H
#define TAILRACE_TESTS_FUZZ_CSV_LANES_H
/*
 * Three decoders side by side on the same bytes, cut in the same places: the fast lane with what
 * this processor has, the fast lane in plain C, and libcsv alone. Whatever one of them says — each
 * field of each event, what was consumed and skipped, texts for alerts, labels, errors, symbols —
 * the others say too.
 */
#include "tests/fuzz/feeds.h"

#include "core/definition_redact.h"

enum { LANES = 3, LANE_VARIANTS = 8, LANE_CAP = 64 };

static const char *const lane_names[LANES] = {"auto", "portable", "library"};

/* Bits of a variant: what changes the plans of fields. */
enum { VARIANT_NO_DEDUPE = 1, VARIANT_NO_RULES = 2, VARIANT_OTHERWISE = 4 };

static inline struct definition *lane_make_definition(unsigned which, unsigned variant, int lane)
{
    struct error error = {.text = ""};
    struct definition *definition =
        which == 0 ? definition_from_json(feed_definition_json, sizeof feed_definition_json - 1,
                                          "fuzz", &error)
                   : definition_builtin(definition_builtin_names[which - 1]);
    must(definition != NULL, "%s", error.text);
    definition->decoder = (enum decoder_choice)lane;
    definition->no_dedupe = variant & VARIANT_NO_DEDUPE;
    if (variant & VARIANT_NO_RULES)
        definition_forget_rules(definition);
    if (variant & VARIANT_OTHERWISE) {
        definition->csv_single_line = true;
        if (which == 0)
            must(definition_redact(definition, "who,of", &error) == STATUS_OK, "%s", error.text);
    }
    must(definition_compile(definition, &error) == STATUS_OK, "%s", error.text);
    definition_redact_key(definition, (struct hash_key){.word = {3, 4}});
    return definition;
}

/* Compiled once, for ever. */
static inline const struct definition *lane_definition(unsigned which, unsigned variant, int lane)
{
    static struct definition *made[FEED_DEFINITIONS][LANE_VARIANTS][LANES];
    struct definition **place = &made[which % FEED_DEFINITIONS][variant % LANE_VARIANTS][lane];
    if (!*place)
        *place = lane_make_definition(which % FEED_DEFINITIONS, variant % LANE_VARIANTS, lane);
    return *place;
}

struct lane {
    struct symbols *symbols;
    struct decoder *decoder;
    struct event events[LANE_CAP];
    struct event_text texts[LANE_CAP];
    struct decoded decoded;
    enum status status;
    struct error error;
    uint32_t label_index;
    char label[EVENT_LABEL];
};

static inline void lane_start(struct lane *lane, const struct definition *definition)
{
    lane->symbols = symbols_new(FEED_SYMBOLS);
    lane->decoder = decoder_new(&(struct decoder_config){.definition = definition,
                                                         .symbols = lane->symbols,
                                                         .hash_key = {.word = {1, 2}},
                                                         .format = FORMAT_CSV});
}

static inline void lane_end(struct lane *lane)
{
    decoder_free(lane->decoder);
    symbols_free(lane->symbols);
}

static inline void lane_feed(struct lane *lane, const char *bytes, size_t len, bool last,
                             uint64_t limit, size_t cap, bool want_label)
{
    char *exact = exact_copy(bytes, len);
    memset(lane->texts, 0, sizeof lane->texts);
    memset(lane->label, 0, sizeof lane->label);
    decoder_texts(lane->decoder, lane->texts);
    if (want_label)
        decoder_want_label(lane->decoder);
    lane->status = decoder_feed(lane->decoder, exact, len, last, limit, lane->events, cap,
                                &lane->decoded, &lane->error);
    lane->label_index = decoder_label(lane->decoder, lane->label);
    if (lane->label_index == 0)
        lane->label[0] = '\0';
    free(exact);
}

static inline void lane_compare(const struct lane *a, const struct lane *b, const char *name,
                                uint64_t offset)
{
    must(a->status == b->status, "%s ends with status %d, not %d", name, (int)b->status,
         (int)a->status);
    if (a->status != STATUS_OK) {
        must(strcmp(a->error.text, b->error.text) == 0, "%s: %s", name, b->error.text);
        return;
    }
    size_t events = a->decoded.events < b->decoded.events ? a->decoded.events : b->decoded.events;
    for (size_t i = 0; i < events; i++) {
        must(memcmp(&a->events[i], &b->events[i], sizeof a->events[i]) == 0,
             "%s: the record at %llu (%s) is another one (%s, at %llu)", name,
             (unsigned long long)a->events[i].start, reject_text(a->events[i].reason),
             reject_text(b->events[i].reason), (unsigned long long)b->events[i].start);
        must(a->events[i].rules == 0 || (strcmp(a->texts[i].label, b->texts[i].label) == 0 &&
                                         strcmp(a->texts[i].subject, b->texts[i].subject) == 0),
             "%s: the record at %llu has other texts", name,
             (unsigned long long)a->events[i].start);
    }
    must(a->decoded.events == b->decoded.events, "%s: %zu events from %llu on, not %zu", name,
         b->decoded.events, (unsigned long long)offset, a->decoded.events);
    must(a->decoded.consumed == b->decoded.consumed && a->decoded.skipped == b->decoded.skipped &&
             a->decoded.lines == b->decoded.lines,
         "%s: consumes otherwise from %llu on", name, (unsigned long long)offset);
    must(a->label_index == b->label_index && strcmp(a->label, b->label) == 0,
         "%s: label %u '%s', not %u '%s'", name, (unsigned)b->label_index, b->label,
         (unsigned)a->label_index, a->label);
}

static inline void lanes_compare(const struct lane *lanes, uint64_t offset)
{
    for (int l = 0; l < LANES - 1; l++)
        lane_compare(&lanes[LANES - 1], &lanes[l], lane_names[l], offset);
}

/* As much as the cuts say in a call; after the limit once more without. Returns how many records
 * were accepted. */
static inline size_t lanes_decode(struct lane *lanes, const char *bytes, size_t len,
                                  struct feed_cuts cuts)
{
    size_t from = 0, to = cuts.step ? 0 : len, accepted = 0;
    for (;;) {
        bool last = to == len, want_label = fuzz_below(&cuts.seed, 4) == 0;
        size_t cap = 1 + fuzz_below(&cuts.seed, (uint32_t)cuts.cap);
        for (int l = 0; l < LANES; l++)
            lane_feed(&lanes[l], bytes + from, to - from, last, cuts.limit, cap, want_label);
        lanes_compare(lanes, from);
        const struct lane *lane = &lanes[0];
        if (lane->status != STATUS_OK)
            return accepted;
        for (size_t i = 0; i < lane->decoded.events; i++)
            accepted += lane->events[i].reason == REJECT_NONE;
        from += lane->decoded.consumed;
        if (last && lane->decoded.consumed == 0 && lane->decoded.events == 0) {
            if (cuts.limit == UINT64_MAX)
                return accepted;
            cuts.limit = UINT64_MAX;
        } else if (lane->decoded.events < cap && !last) {
            size_t step = 1 + fuzz_below(&cuts.seed, (uint32_t)cuts.step);
            to = len - to < step ? len : to + step;
        }
    }
}

static inline void lanes_compare_symbols(const struct lane *lanes)
{
    size_t len = symbols_len(lanes[LANES - 1].symbols);
    for (int l = 0; l < LANES - 1; l++) {
        must(symbols_len(lanes[l].symbols) == len, "%s: %zu symbols, not %zu", lane_names[l],
             symbols_len(lanes[l].symbols), len);
        for (size_t s = 0; s < len; s++)
            must(strcmp(symbols_text(lanes[l].symbols, (symbol)s),
                        symbols_text(lanes[LANES - 1].symbols, (symbol)s)) == 0,
                 "%s: symbol %zu is another one", lane_names[l], s);
    }
}

/* Returns how many records were accepted. */
static inline size_t lanes_check(unsigned which, unsigned variant, const char *bytes, size_t len,
                                 struct feed_cuts cuts)
{
    static struct lane lanes[LANES];
    for (int l = 0; l < LANES; l++)
        lane_start(&lanes[l], lane_definition(which, variant, l));
    size_t accepted = lanes_decode(lanes, bytes, len, cuts);
    lanes_compare_symbols(lanes);
    for (int l = 0; l < LANES; l++)
        lane_end(&lanes[l]);
    return accepted;
}

#endif
