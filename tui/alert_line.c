/* Members one behind the other. */
#include "tui/alert_line.h"

#include "core/money.h"
#include "core/siphash.h"
#include "tui/json_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
    char *out;
    size_t len;
};

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    line->len +=
        (size_t)vsnprintf(line->out + line->len, ALERT_LINE - line->len, format, arguments);
    va_end(arguments);
}

/* , "name": "text"; null where there is none */
static void put_text(struct line *line, const char *name, const char *text, size_t most)
{
    put(line, ", \"%s\": ", name);
    if (text && *text)
        line->len += json_text(text, strnlen(text, most), line->out + line->len);
    else
        put(line, "null");
}

static void put_time(struct line *line, const char *name, epoch_ms time)
{
    char text[INSTANT_TEXT];
    put(line, ", \"%s\": \"%s\"", name, instant_format(time, text));
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

size_t alert_line(const struct definition *definition, const struct alert *alert,
                  const char *source, epoch_ms detected_at, char out[ALERT_LINE])
{
    const struct rule *rule = &definition->rules[alert->rule];
    struct line line = {out, 0};
    char amount[MONEY_TEXT] = "";
    if (alert->has_amount && definition->alert_field >= 0)
        money_format(alert->amount, definition->fields[definition->alert_field].places, amount);
    put(&line, "{\"id\": \"%016" PRIx64 "\"", alert->id);
    put_text(&line, "type", rule->alert, sizeof rule->alert);
    put_text(&line, "rule", rule->name, sizeof rule->name);
    put_time(&line, "time", alert->time);
    put_time(&line, "event_time", alert->event_time);
    put_text(&line, "subject", alert->text.subject, sizeof alert->text.subject);
    put_text(&line, "label", alert->text.label, sizeof alert->text.label);
    put_text(&line, "amount", amount, sizeof amount);
    put(&line, ", \"late\": %s, \"retracted\": %s, \"number\": ", truth(alert->late),
        truth(alert->retracted));
    if (alert->number > 0)
        put(&line, "%" PRIu64, alert->number);
    else
        put(&line, "null");
    put(&line, ", \"position\": {\"index\": %" PRIu32, alert->position.source);
    put_text(&line, "source", source, ALERT_SOURCE);
    put(&line, ", \"generation\": %" PRIu32 ", \"start\": %" PRIu64 "}", alert->position.generation,
        alert->position.start);
    if (detected_at != INT64_MIN)
        put_time(&line, "detected_at", detected_at);
    put(&line, "}\n");
    return line.len;
}

/* The same when it is raised and when it is resolved. */
static uint64_t health_id(const struct health_alert *alert)
{
    const uint64_t words[2] = {(uint64_t)alert->kind, (uint64_t)alert->since};
    return siphash128((struct hash_key){{0, 0}}, words, sizeof words).word[0];
}

size_t alert_line_health(const struct health_alert *alert, epoch_ms detected_at,
                         char out[ALERT_LINE])
{
    struct line line = {out, 0};
    put(&line, "{\"id\": \"%016" PRIx64 "\", \"type\": \"%s\", \"rule\": \"health\"",
        health_id(alert), health_name(alert->kind));
    put_time(&line, "time", alert->active ? alert->since : alert->until);
    put_time(&line, "since", alert->since);
    put(&line, ", \"resolved\": %s, \"number\": %" PRIu64 ", \"lasting_ms\": %" PRId64,
        truth(!alert->active), alert->number, alert->lasting_ms);
    switch (alert->kind) {
    case HEALTH_LAG:
        put(&line, ", \"unread_bytes\": %" PRIu64, alert->amount);
        break;
    case HEALTH_WATERMARK_STALLED:
        put(&line, ", \"events\": %" PRIu64, alert->amount);
        break;
    case HEALTH_MANY_REJECTS:
    case HEALTH_KINDS:
        put(&line, ", \"rejected\": %" PRIu64 ", \"read\": %" PRIu64, alert->amount, alert->of);
        break;
    }
    put_time(&line, "detected_at", detected_at);
    put(&line, "}\n");
    return line.len;
}
