/* Where the two records of a conflict stand. */
#include "tui/conflicts.h"

#include <inttypes.h>
#include <string.h>

char *conflicts_place(const struct event_position *position, bool many_files,
                      char out[CONFLICT_PLACE])
{
    char number[FORMAT_TEXT];
    size_t used =
        (size_t)snprintf(out, CONFLICT_PLACE, "byte %s", format_count(position->start, number));
    if (many_files || position->generation > 0)
        used += (size_t)snprintf(out + used, CONFLICT_PLACE - used, " of file %" PRIu64,
                                 (uint64_t)position->source + 1);
    if (position->generation > 0)
        snprintf(out + used, CONFLICT_PLACE - used, ", generation %" PRIu32, position->generation);
    return out;
}

static void print_position(FILE *out, const struct summary *summary,
                           const struct event_position *position)
{
    const char *name;
    uint64_t bytes;
    fputs("{", out);
    if (summary->feed &&
        summary->feed->ops->source(summary->feed, position->source, &name, &bytes)) {
        fputs("\"path\": ", out);
        output_json_string(out, name);
        fputs(", ", out);
    }
    fprintf(out, "\"generation\": %" PRIu32 ", \"byte\": %" PRIu64 "}", position->generation,
            position->start);
}

void conflicts_json(FILE *out, const struct summary *summary)
{
    const struct id_conflicts *conflicts = pipeline_conflicts(summary->pipeline);
    if (!conflicts)
        return;
    fprintf(out, ", \"id_conflicts\": %" PRIu64 ", \"id_conflict_examples\": [", conflicts->total);
    for (int n = 0; n < id_conflicts_len(conflicts); n++) {
        const struct id_conflict *conflict = id_conflicts_newest(conflicts, n);
        fputs(n > 0 ? ", {\"first\": " : "{\"first\": ", out);
        if (conflict->first_known)
            print_position(out, summary, &conflict->first);
        else
            fputs("null", out);
        fputs(", \"second\": ", out);
        print_position(out, summary, &conflict->second);
        fputs("}", out);
    }
    fputs("]", out);
}

void conflicts_text(FILE *out, const struct summary *summary)
{
    const struct id_conflicts *conflicts = pipeline_conflicts(summary->pipeline);
    if (!conflicts || conflicts->total == 0)
        return;
    const struct id_conflict *newest = id_conflicts_newest(conflicts, 0);
    const char *name;
    uint64_t bytes;
    bool many = summary->feed && summary->feed->ops->source(summary->feed, 1, &name, &bytes);
    char first[CONFLICT_PLACE] = "a place no longer known", second[CONFLICT_PLACE];
    if (newest->first_known)
        conflicts_place(&newest->first, many, first);
    fprintf(out, "%" PRIu64 " %s again with another content; the newest at %s, first at %s\n",
            conflicts->total, conflicts->total == 1 ? "id came" : "ids came",
            conflicts_place(&newest->second, many, second), first);
}
