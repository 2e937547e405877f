/*
 * Rows that became final are printed when they do. Those still open are compared, at a trigger,
 * with copies of what was printed last; both are sorted by start and key, so one walk over the two
 * finds what is new, changed and gone.
 */
#include "tui/change_log.h"

#include "tui/output.h"
#include "tui/output_columns.h"
#include "tui/safe_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct change_log {
    FILE *out;
    const struct definition *definition;
    const struct symbols *symbols;
    enum change_mode mode;
    enum output_format format;
    bool raw;
    struct output_columns columns;
    uint64_t triggers; /* numbered so far */
    uint64_t serial;   /* of the windows at the last */
    /* update: rows as last printed, `stride` bytes each, sorted */
    char *held;
    size_t held_len, held_room, stride;
};

/* --- one line --- */

static struct tally_row measures_of(const struct change_log *log, const struct window_row *row)
{
    struct tally_row out = {.count = row->count};
    memcpy(out.key, row->id.key, sizeof out.key);
    memcpy(out.value, row->value, (size_t)log->definition->value_fields_len * sizeof *out.value);
    return out;
}

static bool told(const struct output_column *column)
{
    return column->measure && column->measure->kind != MEASURE_OPEN;
}

static void print_json(const struct change_log *log, char sign, const struct window_row *row)
{
    const struct definition *definition = log->definition;
    struct tally_row measures = measures_of(log, row);
    char start[INSTANT_TEXT], end[INSTANT_TEXT];
    fprintf(log->out,
            "{\"trigger\": %" PRIu64 ", \"change\": \"%c\", \"start\": \"%s\", \"end\": \"%s\", ",
            log->triggers + 1, sign, instant_format(row->id.start, start),
            instant_format(row->end, end));
    output_json_key(log->out, definition, log->symbols, row->id.key, definition->window_keys_len);
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind != MEASURE_OPEN)
            output_json_measure(log->out, definition, &measures, &definition->measures[m]);
    fprintf(log->out, ", \"state\": \"%s\", \"revision\": %" PRIu32 "}\n",
            window_state_text(row->state), row->revision);
}

static void print_csv(const struct change_log *log, char sign, const struct window_row *row)
{
    struct tally_row measures = measures_of(log, row);
    char start[INSTANT_TEXT], end[INSTANT_TEXT], text[MONEY_TEXT];
    fprintf(log->out, "%" PRIu64 ",%c,%s,%s", log->triggers + 1, sign,
            instant_format(row->id.start, start), instant_format(row->end, end));
    for (int k = 0; k < log->definition->window_keys_len; k++) {
        symbol key = row->id.key[k];
        fputc(',', log->out);
        output_csv_text(log->out, symbols_text(log->symbols, key),
                        symbols_text_len(log->symbols, key), output_is_text(log->definition, k),
                        log->raw);
    }
    for (int c = 0; c < log->columns.len; c++)
        if (told(&log->columns.at[c]))
            fprintf(log->out, ",%s", output_measure(&measures, &log->columns.at[c], text));
    fprintf(log->out, ",%s,%" PRIu32 "\n", window_state_text(row->state), row->revision);
}

static void print_text(const struct change_log *log, char sign, const struct window_row *row)
{
    struct tally_row measures = measures_of(log, row);
    char start[INSTANT_TEXT], end[INSTANT_TEXT], text[MONEY_TEXT];
    fprintf(log->out, "%" PRIu64 " %c %s %s", log->triggers + 1, sign,
            instant_format(row->id.start, start), instant_format(row->end, end));
    for (int k = 0; k < log->definition->window_keys_len; k++) {
        symbol key = row->id.key[k];
        fputs(k > 0 ? " / " : "  ", log->out);
        safe_print(log->out, symbols_text(log->symbols, key), symbols_text_len(log->symbols, key));
    }
    for (int c = 0; c < log->columns.len; c++)
        if (told(&log->columns.at[c]))
            fprintf(log->out, "  %s %s", log->columns.at[c].measure->name,
                    output_measure(&measures, &log->columns.at[c], text));
    fprintf(log->out, "  %s revision %" PRIu32 "\n", window_state_text(row->state), row->revision);
}

static void print(const struct change_log *log, char sign, const struct window_row *row)
{
    if (log->format == OUTPUT_JSON)
        print_json(log, sign, row);
    else if (log->format == OUTPUT_CSV)
        print_csv(log, sign, row);
    else
        print_text(log, sign, row);
}

static void print_name(const struct change_log *log, const char *name)
{
    fputc(',', log->out);
    output_csv_text(log->out, name, strlen(name), true, false);
}

/* A window's key has more columns than a group's when sessions are per field. */
static void print_header(const struct change_log *log)
{
    fputs("trigger,change,start,end", log->out);
    for (int k = 0; k < log->definition->window_keys_len; k++)
        print_name(log, log->definition->group_by[k].name);
    for (int c = 0; c < log->columns.len; c++)
        if (told(&log->columns.at[c]))
            print_name(log, log->columns.at[c].name);
    fputs(",state,revision\n", log->out);
}

/* --- life --- */

struct change_log *change_log_new(FILE *out, const struct definition *definition,
                                  const struct symbols *symbols, enum change_mode mode,
                                  enum output_format format, bool raw)
{
    struct change_log *log = mem_zero(1, sizeof *log);
    *log = (struct change_log){.out = out,
                               .definition = definition,
                               .symbols = symbols,
                               .mode = mode,
                               .format = format,
                               .raw = raw};
    log->stride = sizeof(struct window_row) +
                  (size_t)definition->value_fields_len * sizeof(struct accumulator);
    log->stride = (log->stride + 15) / 16 * 16;
    output_columns(definition, &log->columns);
    if (format == OUTPUT_CSV)
        print_header(log);
    return log;
}

void change_log_free(struct change_log *log)
{
    if (!log)
        return;
    free(log->held);
    free(log);
}

/* --- rows held --- */

/* The held row at `index`; one whose `changed` is 0 was settled since: printed as final. */
static struct window_row *held_at(const struct change_log *log, size_t index)
{
    return (struct window_row *)(void *)(log->held + index * log->stride);
}

static int compare_ids(const struct window_id *a, const struct window_id *b)
{
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return memcmp(a->key, b->key, sizeof a->key);
}

static int compare_rows(const void *left, const void *right)
{
    return compare_ids(&(*(const struct window_row *const *)left)->id,
                       &(*(const struct window_row *const *)right)->id);
}

static struct window_row *find_held(const struct change_log *log, const struct window_id *id)
{
    size_t low = 0, high = log->held_len;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_ids(&held_at(log, middle)->id, id);
        if (order == 0)
            return held_at(log, middle);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void hold(struct change_log *log, const struct window_row *const *rows, size_t len)
{
    if (len > log->held_room) {
        log->held_room = len * 2;
        log->held = mem_resize(log->held, log->held_room * log->stride);
    }
    size_t bytes =
        sizeof **rows + (size_t)log->definition->value_fields_len * sizeof(struct accumulator);
    for (size_t i = 0; i < len; i++)
        memcpy(log->held + i * log->stride, rows[i], bytes);
    log->held_len = len;
}

/* --- what changed --- */

void change_log_take(void *context, const struct window_change *change)
{
    struct change_log *log = context;
    if (change->kind != WINDOW_FINALISED || log->mode == CHANGES_COMPLETE)
        return;
    struct window_row *before = find_held(log, &change->after->id);
    if (before && before->changed > 0) {
        print(log, '-', before);
        before->changed = 0;
    }
    print(log, '+', change->after);
}

static void print_gone(const struct change_log *log, const struct window_row *held)
{
    if (held->changed > 0)
        print(log, '-', held);
}

static void print_updates(struct change_log *log, const struct window_row *const *rows, size_t len)
{
    size_t h = 0;
    for (size_t i = 0; i < len; i++) {
        int order = -1;
        while (h < log->held_len && (order = compare_ids(&held_at(log, h)->id, &rows[i]->id)) < 0)
            print_gone(log, held_at(log, h++));
        bool known = h < log->held_len && order == 0;
        if (known && held_at(log, h)->changed != rows[i]->changed)
            print_gone(log, held_at(log, h));
        if (!known || held_at(log, h)->changed != rows[i]->changed)
            print(log, '+', rows[i]);
        h += known;
    }
    while (h < log->held_len)
        print_gone(log, held_at(log, h++));
}

static void trigger_update(struct change_log *log, const struct windows *windows)
{
    struct window_counters counters = windows_counters(windows);
    size_t len = counters.provisional + counters.settling;
    const struct window_row **rows = mem_alloc((len + 1) * sizeof *rows);
    for (size_t i = 0; i < len; i++)
        rows[i] = windows_open_at(windows, i);
    qsort(rows, len, sizeof *rows, compare_rows);
    print_updates(log, rows, len);
    hold(log, rows, len);
    free(rows);
}

static void trigger_complete(const struct change_log *log, const struct windows *windows)
{
    size_t len = windows_len(windows);
    const struct window_row **rows = mem_alloc((len + 1) * sizeof *rows);
    windows_sorted(windows, rows);
    for (size_t i = 0; i < len; i++)
        print(log, '=', rows[i]);
    free(rows);
}

void change_log_trigger(struct change_log *log, const struct windows *windows)
{
    uint64_t serial = windows_counters(windows).serial;
    if (serial == log->serial)
        return;
    if (log->mode == CHANGES_UPDATE)
        trigger_update(log, windows);
    else if (log->mode == CHANGES_COMPLETE)
        trigger_complete(log, windows);
    log->serial = serial;
    log->triggers++;
}
