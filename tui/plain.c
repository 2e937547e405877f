/* A frame as one line. */
#include "tui/plain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
    char *text;
    size_t len;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(line->text + line->len, PLAIN_LINE - line->len, format, arguments);
    va_end(arguments);
    size_t room = PLAIN_LINE - line->len - 1;
    if (added > 0)
        line->len += (size_t)added < room ? (size_t)added : room;
}

static void add_row(struct line *line, const struct snapshot_row *row, bool ascii)
{
    char label[4 * SNAPSHOT_LABEL], count[FORMAT_TEXT];
    safe_text(row->label, strlen(row->label), ascii, label, sizeof label);
    add(line, "  %s %s", label, format_count(row->count, count));
}

static void add_batch(struct line *line, const struct frame *frame)
{
    const struct snapshot_batch *batch = frame->batch;
    char count[FORMAT_TEXT], age[FORMAT_TEXT];
    if (!batch || batch->runs_len == 0) {
        add(line, "  batch has not run");
        return;
    }
    add(line, "  batch %s, %s old", format_count(batch->table.total.count, count),
        format_duration(frame->clock - batch->runs[batch->runs_len - 1].mark, age));
}

static bool is_not_kept(const struct snapshot_live *live)
{
    return live->durable.kept && !live->durable.durable;
}

size_t plain_line(const struct frame *frame, bool ascii, char out[PLAIN_LINE])
{
    struct line line = {.text = out};
    char text[FORMAT_TEXT], state[256], safe[512];
    const struct snapshot_table *table = frame->live ? &frame->live->table : NULL;
    add(&line, "%s", format_clock(frame->clock, frame->app->config.definition->zone, text));
    if (table && table->any) {
        add(&line, "  total %s", format_count(table->total.count, text));
        for (int r = 0; r < table->rows_len; r++)
            add_row(&line, &table->rows[r], ascii);
        if (table->has_others)
            add_row(&line, &table->others, ascii);
        add_batch(&line, frame);
    } else {
        panel_state(frame, state, sizeof state);
        safe_text(state, strlen(state), ascii, safe, sizeof safe);
        add(&line, "  %s", safe);
    }
    if (frame->live && frame->live->outcomes.rejected > 0)
        add(&line, "  not understood %s", format_count(frame->live->outcomes.rejected, text));
    if (frame->live && frame->live->feed.gaps > 0)
        add(&line, "  lines may be missing %s", format_count(frame->live->feed.gaps, text));
    if (frame->live && is_not_kept(frame->live))
        add(&line, "  NOT DURABLE");
    if (frame->live && limits_degraded(&frame->live->limits))
        add(&line, "  degraded");
    return line.len;
}

uint64_t plain_version(const struct frame *frame)
{
    uint64_t version = 1;
    if (frame->live)
        version += 1 + frame->live->outcomes.read + ((uint64_t)frame->live->feed.state << 56) +
                   ((uint64_t)is_not_kept(frame->live) << 62) +
                   ((uint64_t)frame->live->feed.gaps << 48);
    if (frame->batch)
        version += frame->batch->runs_total << 40;
    return version;
}
