/* Outcomes counted and merged. */
#include "core/outcome.h"

#include <stdio.h>

void outcomes_reject(struct outcomes *outcomes, uint32_t source, uint32_t generation,
                     const struct event *event)
{
    enum reject_reason reason = (enum reject_reason)event->reason;
    int column = reject_names_field(reason) ? event->field + 1 : 0;
    bool first = true;
    for (int f = 0; f <= FIELDS_MAX && first; f++)
        first = outcomes->rejected_by[reason][f] == 0;
    if (first) {
        outcomes->example[reason].source = source;
        outcomes->example[reason].generation = generation;
        outcomes->example[reason].start = event->start;
        outcomes->example[reason].line = event->line;
    }
    outcomes->rejected++;
    outcomes->rejected_by[reason][column]++;
}

static void merge_reason(struct outcomes *into, const struct outcomes *from, int reason,
                         uint32_t line_base)
{
    uint64_t before = 0, added = 0;
    for (int f = 0; f <= FIELDS_MAX; f++) {
        before += into->rejected_by[reason][f];
        added += from->rejected_by[reason][f];
        into->rejected_by[reason][f] += from->rejected_by[reason][f];
    }
    if (before == 0 && added > 0) {
        into->example[reason] = from->example[reason];
        into->example[reason].line += line_base;
    }
}

void outcomes_merge(struct outcomes *into, const struct outcomes *from, uint32_t line_base)
{
    into->read += from->read;
    into->counted += from->counted;
    into->late += from->late;
    into->duplicate += from->duplicate;
    into->filtered += from->filtered;
    into->rejected += from->rejected;
    into->future += from->future;
    into->skipped_bytes += from->skipped_bytes;
    if (from->rejected > 0)
        for (int reason = 0; reason < REJECT_COUNT; reason++)
            merge_reason(into, from, reason, line_base);
}

bool outcomes_close(const struct outcomes *o)
{
    return o->read == o->counted + o->late + o->duplicate + o->filtered + o->rejected + o->future;
}

char *outcomes_reason_name(const struct definition *definition, enum reject_reason reason,
                           int field_column, char out[128])
{
    if (field_column > 0 && field_column <= definition->fields_len)
        snprintf(out, 128, "%s:%s", reject_text(reason), definition->fields[field_column - 1].name);
    else
        snprintf(out, 128, "%s", reject_text(reason));
    return out;
}
