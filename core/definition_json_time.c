/* The members `window`, `watermark` and `on_conflict` of a definition. */
#include "core/definition_parts.h"
#include "core/definition_reading.h"

#include <string.h>

static enum status read_duration(struct reading *reading, json_t *value, int64_t *out)
{
    if (json_is_string(value) && duration_parse(json_string_value(value), out))
        return STATUS_OK;
    return reading_wrong(reading, "must be a duration, as \"60s\", \"5m\" or \"1h\"");
}

static enum status read_duration_or_zero(struct reading *reading, json_t *value, int64_t *out)
{
    if (json_is_string(value) && duration_parse_or_zero(json_string_value(value), out))
        return STATUS_OK;
    return reading_wrong(reading, "must be a duration, as \"60s\", \"9m\" or \"0s\"");
}

/* --- watermark --- */

static enum status read_delay(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration_or_zero(reading, value, &reading->definition->watermark.delay_ms);
}

static enum status read_lateness(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration_or_zero(reading, value, &reading->definition->watermark.lateness_ms);
}

static enum status read_idle(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration(reading, value, &reading->definition->watermark.idle_ms);
}

static enum status read_future(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration_or_zero(reading, value, &reading->definition->watermark.future_ms);
}

static enum status read_jump(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration(reading, value, &reading->definition->watermark.jump_ms);
}

static const struct member watermark_members[] = {
    {"delay", read_delay},   {"lateness", read_lateness}, {"idle", read_idle},
    {"future", read_future}, {"jump", read_jump},
};

enum status read_watermark(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    if (!json_is_object(value))
        return reading_wrong(reading, "must be an object, as {\"delay\": \"60s\"}");
    return reading_members(reading, value, watermark_members,
                           sizeof watermark_members / sizeof *watermark_members, NULL);
}

/* --- window --- */

static enum status read_size(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration(reading, value, &reading->definition->window.size_ms);
}

static enum status read_slide(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration(reading, value, &reading->definition->window.slide_ms);
}

static enum status read_session(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_duration(reading, value, &reading->definition->window.session_ms);
}

static enum status read_per(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    struct error inner;
    struct definition *definition = reading->definition;
    if (!json_is_string(value))
        return reading_wrong(reading, "must be the name of a field");
    enum status status = definition_find_field(definition, "window.per", json_string_value(value),
                                               &definition->window.per, &inner);
    return reading_located(reading, status, &inner);
}

static const struct member window_members[] = {
    {"size", read_size},
    {"slide", read_slide},
    {"session", read_session},
    {"per", read_per},
};

enum status read_window(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    if (!json_is_object(value) || json_object_size(value) == 0)
        return reading_wrong(reading, "must be an object, as {\"size\": \"5m\"}, {\"size\": "
                                      "\"5m\", \"slide\": \"1m\"} or {\"session\": \"30m\"}");
    enum status status = reading_members(reading, value, window_members,
                                         sizeof window_members / sizeof *window_members, NULL);
    if (status != STATUS_OK)
        return status;
    bool session = json_object_get(value, "session");
    if (session && (json_object_get(value, "size") || json_object_get(value, "slide")))
        return reading_wrong(reading, "a session has no size and no slide: it ends with a gap");
    if (!session && json_object_get(value, "per"))
        return reading_wrong(reading, "per goes with session; other windows are per group");
    reading->definition->window.asked = true;
    return STATUS_OK;
}

/* --- id --- */

enum status read_on_conflict(struct reading *reading, json_t *value, void *context)
{
    static const char *const names[] = {
        [CONFLICT_COUNT] = "count", [CONFLICT_FIRST] = "first", [CONFLICT_REJECT] = "reject"};
    (void)context;
    for (int policy = CONFLICT_COUNT; json_is_string(value) && policy <= CONFLICT_REJECT;
         policy++) {
        if (strcmp(json_string_value(value), names[policy]) == 0) {
            reading->definition->on_conflict = (enum on_conflict)policy;
            return STATUS_OK;
        }
    }
    return reading_wrong(reading, "must be \"count\", \"first\" or \"reject\"");
}
