/* What a definition says about event time and ids, checked as a whole: it comes from a file and
 * from options, in any order. */
#include "core/dedupe.h"
#include "core/definition.h"
#include "core/definition_parts.h"

#include <string.h>

/* Sessions of a field's own are told apart by one key more, behind the groups. */
static enum status add_window_key(struct definition *definition, struct error *error)
{
    int per = definition->window.per, len = definition->group_by_len;
    definition->window_keys_len = len;
    if (per < 0)
        return STATUS_OK;
    for (int k = 0; k < len; k++)
        if (definition->group_by[k].kind == GROUP_FIELD && definition->group_by[k].field == per)
            return STATUS_OK;
    if (len == EVENT_KEYS_MAX)
        return error_set(
            error, STATUS_BAD_DEFINITION,
            "window: 'per' needs a place among the grouping fields: at most %d with it",
            EVENT_KEYS_MAX);
    struct group_column *column = &definition->group_by[len];
    *column = (struct group_column){.kind = GROUP_FIELD, .field = per};
    memcpy(column->name, definition->fields[per].name, sizeof column->name);
    definition->window_keys_len = len + 1;
    return STATUS_OK;
}

static enum status check_window(struct definition *definition, struct error *error)
{
    struct definition_window *window = &definition->window;
    char size[INSTANT_TEXT], slide[INSTANT_TEXT];
    if (window->session_ms > 0)
        return add_window_key(definition, error);
    definition->window_keys_len = definition->group_by_len;
    if (window->per >= 0)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "window: 'per' goes with 'session'; tumbling windows are per group");
    if (window->slide_ms == 0)
        window->slide_ms = window->size_ms;
    if (window->slide_ms > window->size_ms)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "window: a slide of %s is longer than the size, %s: events between two "
                         "windows would be in none",
                         duration_format(window->slide_ms, slide),
                         duration_format(window->size_ms, size));
    return STATUS_OK;
}

enum status definition_check_time(struct definition *definition, struct error *error)
{
    const struct watermark_config *watermark = &definition->watermark;
    int64_t kept;
    if (__builtin_add_overflow(watermark->delay_ms, watermark->lateness_ms, &kept))
        kept = DEDUPE_NO_HORIZON; /* nothing is ever late (S-116) */
    if (definition->on_conflict != CONFLICT_COUNT && definition->id_fields_len == 0)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "on_conflict: definition '%s' has no id that could conflict",
                         definition->name);
    definition->needs_dedupe = definition->id_fields_len > 0 && !definition->no_dedupe;
    definition->horizon_ms = kept > DEDUPE_HORIZON_DEFAULT ? kept : DEDUPE_HORIZON_DEFAULT;
    return check_window(definition, error);
}
