/* Columns and rows of a lane's table. */
#include "tui/lane_table.h"

#include "core/tally.h"

#include <stdio.h>
#include <string.h>

enum {
    LABEL_LEAST = 8,
    LABEL_MOST = 24,
    COUNT_LEAST = 6, /* "12 003": room for a day of growth without a jump */
    MARK_WIDTH = 2,  /* "! " */
    NOTES = 2
};

const struct snapshot_table *lane_table_lead(const struct frame *frame)
{
    return frame->live ? &frame->live->table : frame->batch ? &frame->batch->table : NULL;
}

int lane_table_groups(const struct frame *frame)
{
    const struct snapshot_table *table = lane_table_lead(frame);
    if (frame->app->config.definition->group_by_len == 0)
        return 0;
    int groups = table ? table->rows_len + table->has_others : 0;
    return groups < 3 ? 3 : groups;
}

char *lane_table_day(const struct frame *frame, const struct snapshot_table *table,
                     char out[FORMAT_TEXT])
{
    const struct zone *zone = frame->app->config.definition->zone;
    bool today = !table || !table->any || table->day == instant_day(frame->clock, zone);
    if (today)
        snprintf(out, FORMAT_TEXT, "today");
    else
        format_day(table->day, out);
    return out;
}

static void title_of(const struct frame *frame, const struct measure *measure,
                     char out[FORMAT_TEXT])
{
    const struct definition *definition = frame->app->config.definition;
    static const char *const words[] = {[MEASURE_SUM] = "sum",
                                        [MEASURE_AVG] = "avg",
                                        [MEASURE_MIN] = "min",
                                        [MEASURE_MAX] = "max",
                                        [MEASURE_DISTINCT] = "different"};
    if (measure->kind == MEASURE_COUNT) {
        lane_table_day(frame, lane_table_lead(frame), out);
    } else if (measure->kind == MEASURE_OPEN) {
        snprintf(out, FORMAT_TEXT, "open");
    } else {
        const struct field *field = &definition->fields[measure->field];
        const char *unit = field->currency[0] ? field->currency : field->name;
        snprintf(out, FORMAT_TEXT, "%s %s", words[measure->kind], unit);
    }
}

char *lane_table_value(const struct frame *frame, int index, const struct snapshot_row *row,
                       char out[FORMAT_TEXT])
{
    const struct measure *measure = &frame->app->config.definition->measures[index];
    if (row && measure->kind == MEASURE_COUNT)
        return format_count(row->count, out);
    if (row && row->value[index].present)
        return format_amount(row->value[index].amount, tally_measure_places(measure), out);
    snprintf(out, FORMAT_TEXT, "-");
    return out;
}

static int longest(int width, const char *text)
{
    int len = (int)strlen(text);
    return len > width ? len : width;
}

/* Wide enough for every value of both lanes, so that their columns are alike. */
static int column_width(const struct frame *frame, int index, const char *title)
{
    const struct measure *measure = &frame->app->config.definition->measures[index];
    const struct snapshot_table *tables[2] = {frame->live ? &frame->live->table : NULL,
                                              frame->batch ? &frame->batch->table : NULL};
    char text[FORMAT_TEXT];
    int width = longest(measure->kind == MEASURE_OPEN ? 5 : COUNT_LEAST, title);
    for (int t = 0; t < 2; t++) {
        if (!tables[t])
            continue;
        width = longest(width, lane_table_value(frame, index, &tables[t]->total, text));
        for (int r = 0; r < tables[t]->rows_len; r++)
            width = longest(width, lane_table_value(frame, index, &tables[t]->rows[r], text));
    }
    return width;
}

/* The field whose closed list of at most three values gives rows their marks; NULL: none. */
static const struct field *marked_field(const struct frame *frame)
{
    const struct definition *definition = frame->app->config.definition;
    if (definition->group_by_len != 1 || definition->group_by[0].kind != GROUP_FIELD)
        return NULL;
    const struct field *field = &definition->fields[definition->group_by[0].field];
    return field->values_len > 0 && field->values_len <= 3 ? field : NULL;
}

static const char *mark_of(const struct field *field, const struct snapshot_row *row)
{
    static const char *const marks[] = {"!", "=", "-"};
    for (int i = 0; i < field->values_len; i++)
        if (strcmp(field->values[i], row->label) == 0)
            return marks[i];
    return " ";
}

void lane_table_groups_title(const struct frame *frame, char *out, size_t cap)
{
    const struct definition *definition = frame->app->config.definition;
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; i < definition->group_by_len && used < cap; i++)
        used += (size_t)snprintf(out + used, cap - used, "%s%s", i > 0 ? " / " : "",
                                 definition->group_by[i].name);
}

static int label_width(const struct frame *frame, int columns)
{
    const struct snapshot_table *table = lane_table_lead(frame);
    char title[FORMAT_TEXT];
    lane_table_groups_title(frame, title, sizeof title);
    int width = longest(LABEL_LEAST, title);
    int indent = marked_field(frame) ? MARK_WIDTH : 0;
    for (int r = 0; table && r < table->rows_len; r++) {
        const char *label = table->rows[r].label;
        int needed = safe_width(label, strlen(label), false) + indent;
        width = needed > width ? needed : width;
    }
    int most = columns / 3 > LABEL_LEAST ? columns / 3 : LABEL_LEAST;
    most = most > LABEL_MOST ? LABEL_MOST : most;
    return width > most ? most : width;
}

/* Count first, then as written. */
static int by_importance(const struct definition *definition, int order[MEASURES_MAX])
{
    int len = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < definition->measures_len; i++)
            if ((definition->measures[i].kind == MEASURE_COUNT) == (pass == 0))
                order[len++] = i;
    return len;
}

void lane_table_plan(struct lane_table *table, const struct frame *frame, int columns, int reserve)
{
    const struct definition *definition = frame->app->config.definition;
    int order[MEASURES_MAX], width[MEASURES_MAX];
    bool shown[MEASURES_MAX] = {false};
    char title[MEASURES_MAX][FORMAT_TEXT];
    *table = (struct lane_table){.label_width = label_width(frame, columns),
                                 .gap = columns >= 54   ? 3
                                        : columns >= 44 ? 2
                                                        : 1};
    int used = table->label_width + reserve;
    int len = by_importance(definition, order);
    for (int i = 0; i < len; i++) {
        int m = order[i];
        title_of(frame, &definition->measures[m], title[m]);
        width[m] = column_width(frame, m, title[m]);
        shown[m] = used + table->gap + width[m] <= columns;
        used += shown[m] ? table->gap + width[m] : 0;
    }
    table->end = table->label_width;
    for (int m = 0; m < definition->measures_len; m++) {
        if (!shown[m])
            continue;
        struct lane_column *column = &table->columns[table->len++];
        *column =
            (struct lane_column){.measure = m, .at = table->end + table->gap, .width = width[m]};
        memcpy(column->title, title[m], sizeof column->title);
        table->end = column->at + column->width;
    }
}

void lane_table_header(struct area area, int row, const struct lane_table *table,
                       const struct frame *frame, const struct snapshot_table *of)
{
    const struct definition *definition = frame->app->config.definition;
    char title[FORMAT_TEXT], day[FORMAT_TEXT];
    lane_table_groups_title(frame, title, sizeof title);
    area_field(area, row, 0, table->label_width, ALIGN_LEFT, STYLE_LABEL, title);
    lane_table_day(frame, of, day);
    for (int i = 0; i < table->len; i++) {
        const struct lane_column *column = &table->columns[i];
        bool counts = definition->measures[column->measure].kind == MEASURE_COUNT;
        area_field(area, row, column->at, column->width, ALIGN_RIGHT, STYLE_LABEL,
                   counts ? day : column->title);
    }
}

static void put_label(struct area area, int row, const struct lane_table *table,
                      const struct frame *frame, const struct snapshot_row *labelled)
{
    const struct field *marked = marked_field(frame);
    int indent = marked ? MARK_WIDTH : 0;
    if (marked) {
        const char *mark = mark_of(marked, labelled);
        area_put(area, row, 0, *mark == '!' ? STYLE_ALARM : STYLE_LABEL, mark);
    }
    area_field(area, row, indent, table->label_width - indent, ALIGN_LEFT, STYLE_TEXT,
               labelled->label);
}

void lane_table_row(struct area area, int row, const struct lane_table *table,
                    const struct frame *frame, const struct snapshot_row *labelled,
                    const struct snapshot_row *values, bool total)
{
    const struct definition *definition = frame->app->config.definition;
    if (total)
        area_field(area, row, 0, table->label_width, ALIGN_LEFT, STYLE_STRONG,
                   marked_field(frame) ? "  total" : "total");
    else
        put_label(area, row, table, frame, labelled);
    for (int i = 0; i < table->len; i++) {
        const struct lane_column *column = &table->columns[i];
        char text[FORMAT_TEXT];
        bool count = definition->measures[column->measure].kind == MEASURE_COUNT;
        enum style style = total || count ? STYLE_STRONG : STYLE_TEXT;
        area_field(area, row, column->at, column->width, ALIGN_RIGHT, values ? style : STYLE_LABEL,
                   lane_table_value(frame, column->measure, values, text));
    }
}

struct lane_rows lane_rows_plan(const struct area *area, int groups)
{
    struct lane_rows rows = {.header = 0, .first = 1, .more = -1, .rule = -1};
    int room = area->rows - 2 - NOTES; /* header, total */
    int air = room - groups;
    rows.groups = groups < room ? groups : room;
    rows.total = area->rows - NOTES - 1;
    if (groups > room) {
        rows.groups = room > 0 ? room - 1 : 0;
        rows.more = rows.first + rows.groups;
    } else if (air > 0) {
        rows.rule = rows.first + groups;
        rows.total = rows.rule + 1;
    }
    rows.notes = area->rows - NOTES;
    return rows;
}

void lane_table_more(struct area area, const struct lane_rows *rows, uint64_t hidden)
{
    char count[FORMAT_TEXT];
    if (rows->more >= 0)
        area_print(area, rows->more, 0, STYLE_LABEL, "%s %s more groups",
                   cells_glyph(area.cells, GLYPH_ELLIPSIS), format_count(hidden, count));
}

const struct snapshot_row *lane_table_find(const struct snapshot_table *table,
                                           const symbol key[EVENT_KEYS_MAX])
{
    for (int r = 0; r < table->rows_len; r++)
        if (memcmp(table->rows[r].key, key, sizeof table->rows[r].key) == 0)
            return &table->rows[r];
    return NULL;
}

struct cursor_table lane_table_numbers(const struct lane_table *table, const struct lane_rows *rows,
                                       int shown)
{
    struct cursor_table numbers = {.first = rows->first, .rows = shown, .total = rows->total};
    for (int i = 0; i < table->len; i++)
        numbers.columns[numbers.columns_len++] =
            (struct cursor_column){.what = table->columns[i].measure,
                                   .at = table->columns[i].at,
                                   .width = table->columns[i].width,
                                   .on_total = true};
    return numbers;
}

static bool is_blank(struct area area, int row, int column)
{
    return column >= 0 && column < area.columns &&
           cells_at(area.cells, area.row + row, area.column + column)->point == ' ';
}

/* The number reversed, and between brackets, so that it is found without any attribute too. */
void lane_table_cursor(struct area area, const struct cursor_table *numbers,
                       const struct frame *frame, enum cursor_lane lane)
{
    const struct cursor *cursor = &frame->app->cursor;
    const struct cursor_column *column = cursor_column(cursor, numbers);
    if (!frame->app->explaining || cursor->lane != lane || !column)
        return;
    int row = cursor->row == CURSOR_TOTAL ? numbers->total : numbers->first + cursor->row;
    int first = column->at, end = column->at + column->width;
    end = end > area.columns ? area.columns : end;
    while (first < end - 1 && is_blank(area, row, first))
        first++;
    while (end - 1 > first && is_blank(area, row, end - 1))
        end--;
    area_restyle(area, row, first, end - first, STYLE_CURSOR);
    if (is_blank(area, row, first - 1))
        area_put(area, row, first - 1, STYLE_CURSOR, "[");
    if (is_blank(area, row, end))
        area_put(area, row, end, STYLE_CURSOR, "]");
}
