/*
 * REJECTS: what was not counted as it stood, grouped by kind and reason (S-05): how many, where the
 * newest stands, and of the chosen group its first place and its bytes, a short escaped prefix
 * (D-14).
 */
#include "tui/panel.h"

#include "tui/safe_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LEAST = 8,
    DETAIL = 3,      /* rows below the list: what is cut, the places, the bytes */
    WIDE_FROM = 100, /* columns, from which examples stand in the list */
    COUNT_WIDTH = 9,
    KIND_WIDTH = 8,
    REASON_WIDTH = 24,
    PLACE_WIDTH = 24
};

static const struct snapshot_rejects *rejects_of(const struct frame *frame)
{
    static const struct snapshot_rejects none;
    return frame->live ? &frame->live->rejects : &none;
}

int panel_rejects_least(const struct frame *frame)
{
    (void)frame;
    return LEAST;
}

int panel_rejects_most(const struct frame *frame)
{
    int groups = rejects_of(frame)->len;
    return groups + 3 + DETAIL > LEAST ? groups + 3 + DETAIL : LEAST;
}

void panel_rejects_settle(const struct frame *frame, struct app *app)
{
    int len = rejects_of(frame)->len;
    if (app->reject >= len)
        app->reject = len - 1;
    if (app->reject < 0)
        app->reject = 0;
}

/* --- texts --- */

static char *say_place(const struct snapshot_reject *row, uint32_t line, char out[FORMAT_TEXT])
{
    char name[SNAPSHOT_LABEL * 2];
    safe_text(row->source, strlen(row->source), false, name, sizeof name);
    int room = FORMAT_TEXT - 12, len = (int)strlen(name);
    snprintf(out, FORMAT_TEXT, "%.*s:%" PRIu32, room, len > room ? name + len - room : name, line);
    return out;
}

/* The bytes without their line end; area_put escapes them. */
static void say_bytes(const struct snapshot_reject *row, char out[SNAPSHOT_REJECT_BYTES * 4 + 1])
{
    int len = row->bytes_len;
    while (len > 0 && (row->bytes[len - 1] == '\n' || row->bytes[len - 1] == '\r'))
        len--;
    if (row->bytes_len < 0)
        snprintf(out, SNAPSHOT_REJECT_BYTES * 4 + 1, "(its bytes are gone)");
    else
        safe_text(row->bytes, (size_t)len, false, out, SNAPSHOT_REJECT_BYTES * 4 + 1);
}

/* "late" says itself. */
static const char *reason_of(const struct snapshot_reject *row)
{
    return row->group.kind == STATE_CONFLICT ? "same id, other content" : row->group.reason;
}

static enum style style_of(enum state_reject kind)
{
    return kind == STATE_REJECTED ? STYLE_WARN : STYLE_TEXT;
}

static void say_kinds(const struct snapshot_rejects *rejects, char out[FORMAT_TEXT])
{
    uint64_t kinds[STATE_REJECTS] = {0};
    size_t used = 0;
    for (int g = 0; g < rejects->len; g++)
        kinds[rejects->groups[g].group.kind] += rejects->groups[g].group.count;
    out[0] = '\0';
    for (int k = 0; k < STATE_REJECTS && used < FORMAT_TEXT; k++) {
        char count[FORMAT_TEXT];
        if (kinds[k] > 0)
            used += (size_t)snprintf(out + used, FORMAT_TEXT - used, "%s%s %s", used ? ", " : "",
                                     format_short(kinds[k], count),
                                     reject_kind_text((enum state_reject)k));
    }
}

/* --- the list --- */

struct columns {
    int reason, place; /* widths */
    int place_at, example_at;
};

static struct columns plan(struct area area)
{
    struct columns columns = {.reason = REASON_WIDTH, .place = PLACE_WIDTH};
    int reason_at = 2 + COUNT_WIDTH + 1 + KIND_WIDTH + 1;
    columns.place_at = reason_at + columns.reason + 1;
    if (columns.place_at + columns.place > area.columns) {
        columns.place = (area.columns - reason_at - 1) * 9 / 20;
        columns.reason = area.columns - reason_at - 1 - columns.place;
        columns.place_at = reason_at + columns.reason + 1;
    }
    columns.example_at = area.columns >= WIDE_FROM - 4 ? columns.place_at + columns.place + 1 : 0;
    return columns;
}

static void put_fields(struct area area, int row, const struct columns *columns, enum style style,
                       const char *const text[4])
{
    int at = 2;
    area_field(area, row, at, COUNT_WIDTH, ALIGN_RIGHT, style, text[0]);
    at += COUNT_WIDTH + 1;
    area_field(area, row, at, KIND_WIDTH, ALIGN_LEFT, style, text[1]);
    at += KIND_WIDTH + 1;
    area_field(area, row, at, columns->reason, ALIGN_LEFT, style, text[2]);
    area_field(area, row, columns->place_at, columns->place, ALIGN_LEFT,
               style == STYLE_LABEL ? style : STYLE_TEXT, text[3]);
}

static void put_row(struct area area, int row, const struct columns *columns,
                    const struct snapshot_reject *reject, bool chosen)
{
    char count[FORMAT_TEXT], place[FORMAT_TEXT], bytes[SNAPSHOT_REJECT_BYTES * 4 + 1];
    const char *const text[] = {format_count(reject->group.count, count),
                                reject_kind_text(reject->group.kind), reason_of(reject),
                                say_place(reject, reject->group.newest_line, place)};
    if (chosen)
        area_put(area, row, 0, STYLE_KEY, ">");
    put_fields(area, row, columns, style_of(reject->group.kind), text);
    if (columns->example_at == 0)
        return;
    say_bytes(reject, bytes);
    area_field(area, row, columns->example_at, area.columns - columns->example_at, ALIGN_LEFT,
               STYLE_LABEL, bytes);
}

/* The chosen row stays in sight. */
static int first_shown(int chosen, int rows, int len)
{
    int first = chosen - rows / 2;
    if (first > len - rows)
        first = len - rows;
    return first > 0 ? first : 0;
}

static void put_list(struct area area, const struct frame *frame)
{
    static const char *const titles[] = {"records", "kind", "reason", "newest"};
    const struct snapshot_rejects *rejects = rejects_of(frame);
    struct columns columns = plan(area);
    int first = first_shown(frame->app->reject, area.rows - 1, rejects->len);
    put_fields(area, 0, &columns, STYLE_LABEL, titles);
    if (columns.example_at > 0)
        area_put(area, 0, columns.example_at, STYLE_LABEL, "example");
    for (int r = 0; r < area.rows - 1 && first + r < rejects->len; r++)
        put_row(area, 1 + r, &columns, &rejects->groups[first + r],
                first + r == frame->app->reject);
}

static void put_detail(struct area area, const struct frame *frame)
{
    const struct snapshot_rejects *rejects = rejects_of(frame);
    const struct snapshot_reject *reject = &rejects->groups[frame->app->reject];
    char size[FORMAT_TEXT], bytes[SNAPSHOT_REJECT_BYTES * 4 + 1], cut[FORMAT_TEXT];
    if (rejects->cut > 0)
        area_print(area, 0, 0, STYLE_WARN, "bytes of %s records not kept: --rejects-max is reached",
                   format_count(rejects->cut, cut));
    area_print(area, 1, 0, STYLE_LABEL,
               "first line %" PRIu32 ", newest line %" PRIu32 " at byte %" PRIu64 ", %s",
               reject->group.first_line, reject->group.newest_line, reject->group.newest.start,
               format_bytes(reject->group.newest_length, size));
    say_bytes(reject, bytes);
    area_put(area, 2, 0, STYLE_TEXT, bytes);
}

void panel_rejects(struct area area, const struct frame *frame)
{
    const struct snapshot_rejects *rejects = rejects_of(frame);
    char kinds[FORMAT_TEXT], beyond[FORMAT_TEXT] = "", count[FORMAT_TEXT];
    say_kinds(rejects, kinds);
    if (rejects->beyond > 0)
        snprintf(beyond, sizeof beyond, "%.20s of further reasons",
                 format_count(rejects->beyond, count));
    struct area inside = panel_box(area, STYLE_STRONG, "REJECTS", kinds, beyond);
    if (rejects->len == 0) {
        area_wrap(
            inside, 0, 0, STYLE_LABEL,
            "nothing: every record so far was understood, in time and not ahead of the clock, "
            "and no id came twice with another content");
        return;
    }
    bool detail = inside.rows >= 3 + DETAIL;
    put_list(area_part(inside, 0, 0, inside.rows - (detail ? DETAIL : 0), inside.columns), frame);
    if (detail)
        put_detail(area_part(inside, inside.rows - DETAIL, 0, DETAIL, inside.columns), frame);
}
