/* One table of words. */
#include "tui/limits_text.h"

#include "tui/format.h"

#include <inttypes.h>

static const char *sentence(enum limit limit, uint64_t met, char out[LIMITS_SENTENCE])
{
    char n[FORMAT_TEXT];
    snprintf(n, sizeof n, "%" PRIu64, met);
    switch (limit) {
    case LIMIT_GROUPS:
        snprintf(out, LIMITS_SENTENCE, "%s of them in (other): there are more than %d groups", n,
                 TALLY_CAP_DEFAULT);
        break;
    case LIMIT_TEXTS:
        snprintf(out, LIMITS_SENTENCE,
                 "%s texts of keys went to (other): there are more than %d different ones", n,
                 SYMBOLS_CAP_DEFAULT);
        break;
    case LIMIT_LONG:
        snprintf(out, LIMITS_SENTENCE,
                 "%s keys are longer than %d bytes and cut: those that begin alike are one group",
                 n, SYMBOL_TEXT_MAX);
        break;
    case LIMIT_OPEN:
        snprintf(out, LIMITS_SENTENCE,
                 "open may be off by %s: tickets opened behind closings long forgotten", n);
        break;
    case LIMIT_DISTINCT:
        snprintf(out, LIMITS_SENTENCE, "distinct is too low, by at most %s: its memory is full", n);
        break;
    case LIMIT_IDS:
        snprintf(out, LIMITS_SENTENCE,
                 "%s ids were given up early: what comes again after that counts again", n);
        break;
    case LIMIT_WINDOWS:
        snprintf(out, LIMITS_SENTENCE, "%s events are in no window: there are more than are kept",
                 n);
        break;
    case LIMIT_ALERTS:
        snprintf(out, LIMITS_SENTENCE,
                 "alerts may be missing, in %s cases: the rules' memory is full", n);
        break;
    case LIMIT_COUNT:
    default:
        out[0] = '\0';
    }
    return out;
}

static const char *held_sentence(const struct watermark_held *held, char out[LIMITS_SENTENCE])
{
    char time[INSTANT_TEXT];
    snprintf(out, LIMITS_SENTENCE,
             "%" PRIu64 " far ahead of the others, up to %s: the watermark waits for company",
             held->events, instant_format(held->greatest, time));
    return out;
}

const char *limits_sentence(const struct limits *limits, int *at, char out[LIMITS_SENTENCE])
{
    while (*at < LIMIT_COUNT) {
        enum limit limit = (enum limit)(*at)++;
        if (limits->met[limit] > 0)
            return sentence(limit, limits->met[limit], out);
    }
    if ((*at)++ == LIMIT_COUNT && limits->held.events > 0)
        return held_sentence(&limits->held, out);
    return NULL;
}

const char *limits_brief(const struct limits *limits, char out[LIMITS_SENTENCE])
{
    static const char *const before[] = {[LIMIT_GROUPS] = "(other): ",
                                         [LIMIT_TEXTS] = "keys in (other): ",
                                         [LIMIT_LONG] = "keys cut: ",
                                         [LIMIT_OPEN] = "open may be off by ",
                                         [LIMIT_DISTINCT] = "distinct may be off by ",
                                         [LIMIT_IDS] = "ids given up early: ",
                                         [LIMIT_WINDOWS] = "in no window: ",
                                         [LIMIT_ALERTS] = "alerts not judged: "};
    char n[FORMAT_TEXT];
    for (int b = 0; b < LIMIT_COUNT; b++) {
        if (limits->met[b] == 0)
            continue;
        snprintf(out, LIMITS_SENTENCE, "%s%s%s", before[b], format_count(limits->met[b], n),
                 b == LIMIT_GROUPS || b == LIMIT_WINDOWS ? " events" : "");
        return out;
    }
    return NULL;
}

static struct limits limits_in(const struct summary *summary)
{
    return limits_of(summary->pipeline, summary->symbols, summary->windows);
}

void limits_print(FILE *out, const struct summary *summary)
{
    struct limits limits = limits_in(summary);
    char text[LIMITS_SENTENCE];
    for (int at = 0; limits_sentence(&limits, &at, text);)
        fprintf(out, "%s\n", text);
}

void limits_json(FILE *out, const struct summary *summary)
{
    const struct pipeline *pipeline = summary->pipeline;
    struct limits limits = limits_in(summary);
    const bool can[LIMIT_COUNT] = {[LIMIT_GROUPS] = true,
                                   [LIMIT_TEXTS] = limits.met[LIMIT_TEXTS] > 0,
                                   [LIMIT_LONG] = limits.met[LIMIT_LONG] > 0,
                                   [LIMIT_OPEN] = true,
                                   [LIMIT_DISTINCT] = true,
                                   [LIMIT_IDS] = pipeline_conflicts(pipeline) != NULL,
                                   [LIMIT_WINDOWS] = summary->windows && pipeline->windows,
                                   [LIMIT_ALERTS] = pipeline->rules != NULL};
    char time[INSTANT_TEXT];
    const char *separator = "";
    fputs(", \"degraded\": {", out);
    for (int b = 0; b < LIMIT_COUNT; b++) {
        if (!can[b])
            continue;
        fprintf(out, "%s\"%s\": %" PRIu64, separator, limit_text((enum limit)b), limits.met[b]);
        separator = ", ";
    }
    fputs("}", out);
    if (limits.held.events > 0)
        fprintf(out, ", \"watermark_held\": {\"events\": %" PRIu64 ", \"greatest\": \"%s\"}",
                limits.held.events, instant_format(limits.held.greatest, time));
}
