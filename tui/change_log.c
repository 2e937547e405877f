/*
 * Rows that became final are printed when they do. Those still open are compared, at a trigger,
 * with copies of what was printed last; both are sorted by start and key, so one walk over the two
 * finds what is new, changed and gone.
 */
#include "tui/change_log.h"

#include "core/state_bytes.h"
#include "tui/memory_file.h"
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
    struct delta *told; /* of rows that are not final; NULL: nobody wants to know */
    struct memory_file row;
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

/* What stands before a row. */
static void print_sign(const struct change_log *log, char sign)
{
    uint64_t trigger = log->triggers + 1;
    if (log->format == OUTPUT_JSON)
        fprintf(log->out, "{\"trigger\": %" PRIu64 ", \"change\": \"%c\", ", trigger, sign);
    else if (log->format == OUTPUT_CSV)
        fprintf(log->out, "%" PRIu64 ",%c,", trigger, sign);
    else
        fprintf(log->out, "%" PRIu64 " %c ", trigger, sign);
}

static void print_json(const struct change_log *log, FILE *out, const struct window_row *row)
{
    const struct definition *definition = log->definition;
    struct tally_row measures = measures_of(log, row);
    char start[INSTANT_TEXT], end[INSTANT_TEXT];
    fprintf(out, "\"start\": \"%s\", \"end\": \"%s\", ", instant_format(row->id.start, start),
            instant_format(row->end, end));
    output_json_key(out, definition, log->symbols, row->id.key, definition->window_keys_len);
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind != MEASURE_OPEN)
            output_json_measure(out, definition, &measures, &definition->measures[m]);
    fprintf(out, ", \"state\": \"%s\", \"revision\": %" PRIu32 "}\n", window_state_text(row->state),
            row->revision);
}

static void print_csv(const struct change_log *log, FILE *out, const struct window_row *row)
{
    struct tally_row measures = measures_of(log, row);
    char start[INSTANT_TEXT], end[INSTANT_TEXT], text[MONEY_TEXT];
    fprintf(out, "%s,%s", instant_format(row->id.start, start), instant_format(row->end, end));
    for (int k = 0; k < log->definition->window_keys_len; k++) {
        symbol key = row->id.key[k];
        fputc(',', out);
        output_csv_text(out, symbols_text(log->symbols, key), symbols_text_len(log->symbols, key),
                        output_is_text(log->definition, k), log->raw);
    }
    for (int c = 0; c < log->columns.len; c++)
        if (told(&log->columns.at[c]))
            fprintf(out, ",%s", output_measure(&measures, &log->columns.at[c], text));
    fprintf(out, ",%s,%" PRIu32 "\n", window_state_text(row->state), row->revision);
}

static void print_text(const struct change_log *log, FILE *out, const struct window_row *row)
{
    struct tally_row measures = measures_of(log, row);
    char start[INSTANT_TEXT], end[INSTANT_TEXT], text[MONEY_TEXT];
    fprintf(out, "%s %s", instant_format(row->id.start, start), instant_format(row->end, end));
    for (int k = 0; k < log->definition->window_keys_len; k++) {
        symbol key = row->id.key[k];
        fputs(k > 0 ? " / " : "  ", out);
        safe_print(out, symbols_text(log->symbols, key), symbols_text_len(log->symbols, key));
    }
    for (int c = 0; c < log->columns.len; c++)
        if (told(&log->columns.at[c]))
            fprintf(out, "  %s %s", log->columns.at[c].measure->name,
                    output_measure(&measures, &log->columns.at[c], text));
    fprintf(out, "  %s revision %" PRIu32 "\n", window_state_text(row->state), row->revision);
}

static void print_row(const struct change_log *log, FILE *out, const struct window_row *row)
{
    if (log->format == OUTPUT_JSON)
        print_json(log, out, row);
    else if (log->format == OUTPUT_CSV)
        print_csv(log, out, row);
    else
        print_text(log, out, row);
}

static void print(const struct change_log *log, char sign, const struct window_row *row)
{
    print_sign(log, sign);
    print_row(log, log->out, row);
}

/* --- rows that are told, for a later run --- */

static void key_of(const struct change_log *log, const struct window_id *id, struct pack *key)
{
    pack_u8(key, 't');
    key_u64(key, (uint64_t)id->start);
    for (int k = 0; k < log->definition->window_keys_len; k++)
        key_u32(key, (uint32_t)id->key[k]);
}

static void note_told(struct change_log *log, const struct window_row *row)
{
    struct pack key = {.len = 0};
    if (!log->told)
        return;
    memory_file_clear(&log->row);
    print_row(log, log->row.stream, row);
    memory_file_flush(&log->row);
    key_of(log, &row->id, &key);
    delta_put(log->told, STATE_CHANGES, key.bytes, key.len, log->row.bytes, log->row.len);
    free(key.bytes);
}

static void note_gone(struct change_log *log, const struct window_row *row)
{
    struct pack key = {.len = 0};
    if (!log->told)
        return;
    key_of(log, &row->id, &key);
    delta_remove(log->told, STATE_CHANGES, key.bytes, key.len);
    free(key.bytes);
}

void change_log_tell(struct change_log *log, struct delta *told)
{
    if (log->mode == CHANGES_UPDATE)
        log->told = told;
}

void change_log_take_back(struct change_log *log, const char *row, size_t len)
{
    print_sign(log, '-');
    if (log->raw) {
        fwrite(row, 1, len, log->out);
        return;
    }
    safe_print(log->out, row, len > 0 && row[len - 1] == '\n' ? len - 1 : len); /* D-12 */
    fputc('\n', log->out);
}

uint64_t change_log_triggers(const struct change_log *log)
{
    return log->triggers;
}

void change_log_begin(struct change_log *log, uint64_t triggers)
{
    log->triggers = triggers;
}

/* --- the header --- */

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
    memory_file_open(&log->row);
    if (format == OUTPUT_CSV)
        print_header(log);
    return log;
}

void change_log_free(struct change_log *log)
{
    if (!log)
        return;
    memory_file_close(&log->row);
    free(log->row.bytes);
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

void change_log_take(struct change_log *log, const struct window_change *change, bool at_end)
{
    if (change->kind != WINDOW_FINALISED || log->mode == CHANGES_COMPLETE)
        return;
    struct window_row *before = find_held(log, &change->after->id);
    bool told = before && before->changed > 0;
    if (told) {
        print(log, '-', before);
        before->changed = 0;
    }
    print(log, '+', change->after);
    if (at_end)
        note_told(log, change->after);
    else if (told)
        note_gone(log, change->after);
}

static void print_gone(struct change_log *log, const struct window_row *held)
{
    if (held->changed == 0)
        return;
    print(log, '-', held);
    note_gone(log, held);
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
            print_gone(log, held_at(log, h)); /* and comes back */
        if (!known || held_at(log, h)->changed != rows[i]->changed) {
            print(log, '+', rows[i]);
            note_told(log, rows[i]);
        }
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
