/* Text, CSV and JSON of one answer. */
#include "tui/output.h"

#include "tui/safe_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- what all three need --------------------------------------------------------------------- */

/* The rows to print, in output order; groups that only held tickets of before the range, none of
 * them open, are left out. */
static size_t *sorted_rows(const struct summary *summary, size_t *len)
{
    const struct tally *tally = summary->pipeline->tally;
    size_t *order = mem_alloc(tally_len(tally) * sizeof *order), kept = 0;
    tally_sorted(tally, summary->symbols, order);
    for (size_t i = 0; i < tally_len(tally); i++) {
        const struct tally_row *row = tally_row(tally, order[i]);
        if (row->count > 0 || row->open != 0)
            order[kept++] = order[i];
    }
    *len = kept;
    return order;
}

/* The measure as text; "" when the group has no value for it. */
static const char *measure_text(const struct tally_row *row, const struct measure *measure,
                                char out[MONEY_TEXT])
{
    wide_int value;
    out[0] = '\0';
    if (tally_measure(row, measure, &value))
        money_format(value, tally_measure_places(measure), out);
    return out;
}

/* --- text ------------------------------------------------------------------------------------ */

/* "tickets" → "Daily Ticket Summary" */
static void print_title(FILE *out, const struct summary *summary)
{
    const char *name = summary->definition->name;
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == 's')
        len--;
    fprintf(out, "%s %c%.*s Summary", strcmp(summary->lane, "batch") == 0 ? "Daily" : "Live",
            toupper((unsigned char)name[0]), (int)len - 1, name + 1);
    if (summary->pipeline->config.from > INT64_MIN) {
        char date[INSTANT_TEXT];
        fprintf(out, " %s",
                instant_format_date(summary->pipeline->config.from, summary->definition->zone_ms,
                                    date));
    }
    fputc('\n', out);
}

static void print_label(FILE *out, const struct summary *summary, const struct tally_row *row,
                        int width)
{
    int used = 0;
    for (int k = 0; k < summary->definition->group_by_len; k++) {
        const char *text = symbols_text(summary->symbols, row->key[k]);
        size_t len = symbols_text_len(summary->symbols, row->key[k]);
        if (k > 0) {
            fputs(" / ", out);
            used += 3;
        }
        safe_print(out, text, len);
        used += safe_width(text, len, false);
    }
    fprintf(out, "%*s", width > used ? width - used : 0, "");
}

static int label_width(const struct summary *summary, const size_t *order, size_t len)
{
    int widest = 5; /* "total" */
    for (size_t i = 0; i < len; i++) {
        const struct tally_row *row = tally_row(summary->pipeline->tally, order[i]);
        int width = 0;
        for (int k = 0; k < summary->definition->group_by_len; k++)
            width += (k > 0 ? 3 : 0) + safe_width(symbols_text(summary->symbols, row->key[k]),
                                                  symbols_text_len(summary->symbols, row->key[k]),
                                                  false);
        if (width > widest)
            widest = width;
    }
    return widest;
}

static void print_measures(FILE *out, const struct definition *definition,
                           const struct tally_row *row)
{
    char text[MONEY_TEXT];
    for (int m = 0; m < definition->measures_len; m++) {
        const struct measure *measure = &definition->measures[m];
        int width = (int)strlen(measure->name) > 10 ? (int)strlen(measure->name) : 10;
        fprintf(out, "  %*s", width, measure_text(row, measure, text));
    }
    fputc('\n', out);
}

static void print_outcomes(FILE *out, const struct summary *summary)
{
    const struct outcomes *o = &summary->pipeline->outcomes;
    const char *separator = " (";
    fprintf(out, "%" PRIu64 " read: %" PRIu64 " counted", o->read, o->counted);
    if (o->late)
        fprintf(out, ", %" PRIu64 " late", o->late);
    if (o->duplicate)
        fprintf(out, ", %" PRIu64 " duplicate", o->duplicate);
    if (o->future)
        fprintf(out, ", %" PRIu64 " in the future", o->future);
    if (o->filtered)
        fprintf(out, ", %" PRIu64 " filtered", o->filtered);
    if (o->rejected)
        fprintf(out, ", %" PRIu64 " not understood", o->rejected);
    for (int r = 0; r < REJECT_COUNT && o->rejected; r++) {
        for (int f = 0; f <= FIELDS_MAX; f++) {
            char name[128];
            if (o->rejected_by[r][f] == 0)
                continue;
            outcomes_reason_name(summary->definition, (enum reject_reason)r, f, name);
            fprintf(out, "%s%s %" PRIu64 ", line %" PRIu32, separator, name, o->rejected_by[r][f],
                    o->example[r].line);
            separator = "; ";
        }
    }
    fputs(o->rejected ? ")\n" : "\n", out);
    if (tally_overflowed(summary->pipeline->tally) > 0)
        fprintf(out, "%" PRIu64 " of them in (other): there are more than %d groups\n",
                tally_overflowed(summary->pipeline->tally), TALLY_CAP_DEFAULT);
    if (summary->pipeline->lifecycle && lifecycle_degraded(summary->pipeline->lifecycle) > 0)
        fprintf(out,
                "open may be off by %" PRIu64 ": tickets opened behind closings long forgotten\n",
                lifecycle_degraded(summary->pipeline->lifecycle));
}

static void print_text(FILE *out, const struct summary *summary, const size_t *order, size_t len)
{
    const struct definition *definition = summary->definition;
    struct tally_row total = {0};
    int width = label_width(summary, order, len);
    print_title(out, summary);
    fprintf(out, "%*s", width, "");
    for (int m = 0; m < definition->measures_len; m++) {
        int column = (int)strlen(definition->measures[m].name);
        fprintf(out, "  %*s", column > 10 ? column : 10, definition->measures[m].name);
    }
    fputc('\n', out);
    for (size_t i = 0; i < len; i++) {
        const struct tally_row *row = tally_row(summary->pipeline->tally, order[i]);
        print_label(out, summary, row, width);
        print_measures(out, definition, row);
        tally_row_sum(&total, row, definition->value_fields_len);
    }
    if (definition->group_by_len > 0) {
        fprintf(out, "%-*s", width, "total");
        print_measures(out, definition, &total);
    }
    print_outcomes(out, summary);
}

void output_change(FILE *out, const struct summary *summary, epoch_ms now)
{
    size_t len;
    size_t *order = sorted_rows(summary, &len);
    char text[MONEY_TEXT], time[INSTANT_TEXT];
    fprintf(out, "%s  read %" PRIu64, instant_format(now - now % MS_PER_SECOND, time),
            summary->pipeline->outcomes.read);
    for (size_t i = 0; i < len; i++) {
        const struct tally_row *row = tally_row(summary->pipeline->tally, order[i]);
        fputs("  ", out);
        print_label(out, summary, row, 0);
        for (int m = 0; m < summary->definition->measures_len; m++) {
            const struct measure *measure = &summary->definition->measures[m];
            fprintf(out, " %s %s", measure->name, measure_text(row, measure, text));
        }
    }
    fputc('\n', out);
    free(order);
}

/* --- CSV ------------------------------------------------------------------------------------- */

static void print_csv_field(FILE *out, const char *text, size_t len)
{
    bool quote = false;
    for (size_t i = 0; i < len; i++)
        quote |= text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
    if (!quote) {
        safe_print(out, text, len);
        return;
    }
    fputc('"', out);
    for (size_t from = 0; from < len;) {
        const char *mark = memchr(text + from, '"', len - from);
        size_t run = mark ? (size_t)(mark - text) - from : len - from;
        safe_print(out, text + from, run);
        if (mark)
            fputs("\"\"", out);
        from += run + (mark != NULL);
    }
    fputc('"', out);
}

static void print_csv(FILE *out, const struct summary *summary, const size_t *order, size_t len)
{
    const struct definition *definition = summary->definition;
    const char *separator = "";
    for (int k = 0; k < definition->group_by_len; k++, separator = ",") {
        fputs(separator, out);
        print_csv_field(out, definition->group_by[k].name, strlen(definition->group_by[k].name));
    }
    for (int m = 0; m < definition->measures_len; m++, separator = ",") {
        fputs(separator, out);
        print_csv_field(out, definition->measures[m].name, strlen(definition->measures[m].name));
    }
    fputc('\n', out);
    for (size_t i = 0; i < len; i++) {
        const struct tally_row *row = tally_row(summary->pipeline->tally, order[i]);
        char text[MONEY_TEXT];
        separator = "";
        for (int k = 0; k < definition->group_by_len; k++, separator = ",") {
            fputs(separator, out);
            print_csv_field(out, symbols_text(summary->symbols, row->key[k]),
                            symbols_text_len(summary->symbols, row->key[k]));
        }
        for (int m = 0; m < definition->measures_len; m++, separator = ",")
            fprintf(out, "%s%s", separator, measure_text(row, &definition->measures[m], text));
        fputc('\n', out);
    }
}

/* --- JSON ------------------------------------------------------------------------------------ */

/* A character that the screen filter would escape is escaped for JSON too. */
static void print_json_text(FILE *out, const char *text, size_t len)
{
    struct safe_reader reader;
    struct safe_unit unit;
    safe_open(&reader, text, len, false);
    fputc('"', out);
    for (size_t at = 0; safe_next(&reader, &unit); at = reader.at) {
        if (unit.point == '"' || unit.point == '\\')
            fprintf(out, "\\%c", (int)unit.point);
        else if (unit.escape[0] == '\0')
            fwrite(text + at, 1, reader.at - at, out);
        else if (unit.escape[1] == 'x' && (unsigned char)text[at] >= 0x80)
            fprintf(out, "\\\\x%02x", (unsigned char)text[at]); /* not UTF-8: a file's name */
        else if (unit.point < 0x10000)
            fprintf(out, "\\u%04x", (unsigned)unit.point);
        else
            fprintf(out, "\\u%04x\\u%04x", 0xD800 + (unsigned)((unit.point - 0x10000) >> 10),
                    0xDC00 + (unsigned)((unit.point - 0x10000) & 0x3FF));
    }
    fputc('"', out);
}

static void print_json_string(FILE *out, const char *text)
{
    print_json_text(out, text, strlen(text));
}

/* Counts and integers are numbers; money and averages are decimal strings; no value is null. */
static void print_json_measure(FILE *out, const struct definition *definition,
                               const struct tally_row *row, const struct measure *measure)
{
    char text[MONEY_TEXT];
    bool money = measure->kind == MEASURE_AVG ||
                 (measure->field >= 0 && definition->fields[measure->field].type == FIELD_MONEY);
    measure_text(row, measure, text);
    fputs(", ", out);
    print_json_string(out, measure->name);
    if (!text[0])
        fputs(": null", out);
    else
        fprintf(out, money ? ": \"%s\"" : ": %s", text);
}

static void print_json_key(FILE *out, const struct summary *summary, const symbol *key)
{
    const struct definition *definition = summary->definition;
    fputs("\"key\": {", out);
    for (int k = 0; k < definition->group_by_len; k++) {
        fputs(k > 0 ? ", " : "", out);
        print_json_string(out, definition->group_by[k].name);
        fputs(": ", out);
        print_json_text(out, symbols_text(summary->symbols, key[k]),
                        symbols_text_len(summary->symbols, key[k]));
    }
    fputs("}", out);
}

static void print_json_groups(FILE *out, const struct summary *summary, const size_t *order,
                              size_t len)
{
    const struct definition *definition = summary->definition;
    fputs(", \"groups\": [", out);
    for (size_t i = 0; i < len; i++) {
        const struct tally_row *row = tally_row(summary->pipeline->tally, order[i]);
        fputs(i > 0 ? ", {" : "{", out);
        print_json_key(out, summary, row->key);
        for (int m = 0; m < definition->measures_len; m++)
            print_json_measure(out, definition, row, &definition->measures[m]);
        fputs("}", out);
    }
    fputs("]", out);
}

static void print_json_inputs(FILE *out, const struct summary *summary)
{
    const char *name;
    uint64_t bytes;
    fputs(", \"inputs\": [", out);
    for (uint32_t i = 0;
         summary->feed && summary->feed->ops->source(summary->feed, i, &name, &bytes); i++) {
        fputs(i > 0 ? ", {\"path\": " : "{\"path\": ", out);
        print_json_string(out, name);
        fprintf(out, ", \"bytes\": %" PRIu64 "}", bytes);
    }
    fputs("]", out);
}

static void print_json_outcomes(FILE *out, const struct summary *summary)
{
    const struct outcomes *o = &summary->pipeline->outcomes;
    const char *separator = "";
    fprintf(out,
            ", \"outcomes\": {\"read\": %" PRIu64 ", \"counted\": %" PRIu64 ", \"late\": %" PRIu64
            ", \"duplicate\": %" PRIu64 ", \"filtered\": %" PRIu64 ", \"rejected\": %" PRIu64
            ", \"future\": %" PRIu64 "}, \"rejected\": {",
            o->read, o->counted, o->late, o->duplicate, o->filtered, o->rejected, o->future);
    for (int r = 0; r < REJECT_COUNT && o->rejected; r++) {
        for (int f = 0; f <= FIELDS_MAX; f++) {
            char name[128];
            if (o->rejected_by[r][f] == 0)
                continue;
            fputs(separator, out);
            print_json_string(
                out, outcomes_reason_name(summary->definition, (enum reject_reason)r, f, name));
            fprintf(out, ": %" PRIu64, o->rejected_by[r][f]);
            separator = ", ";
        }
    }
    fputs("}", out);
}

/* Windows by key, then start; only when they were asked for. */
static void print_json_windows(FILE *out, const struct summary *summary)
{
    static const char *const states[] = {"provisional", "settling", "final"};
    const struct windows *windows = summary->pipeline->windows;
    const struct definition *definition = summary->definition;
    size_t len = windows_len(windows);
    const struct window_row **rows = mem_alloc(len * sizeof *rows);
    windows_sorted(windows, rows);
    fputs(", \"windows\": [", out);
    for (size_t i = 0; i < len; i++) {
        char start[INSTANT_TEXT], end[INSTANT_TEXT];
        struct tally_row row;
        fprintf(out, "%s{\"start\": \"%s\", \"end\": \"%s\", ", i > 0 ? ", " : "",
                instant_format(rows[i]->id.start, start), instant_format(rows[i]->end, end));
        print_json_key(out, summary, rows[i]->id.key);
        windows_tally_row(windows, rows[i], &row);
        for (int m = 0; m < definition->measures_len; m++)
            if (definition->measures[m].kind != MEASURE_OPEN)
                print_json_measure(out, definition, &row, &definition->measures[m]);
        fprintf(out, ", \"state\": \"%s\", \"revision\": %" PRIu32 "}", states[rows[i]->state],
                rows[i]->revision);
    }
    fputs("]", out);
    free(rows);
}

static void print_json_watermark(FILE *out, const struct summary *summary)
{
    char text[INSTANT_TEXT];
    epoch_ms watermark = pipeline_watermark(summary->pipeline);
    if (!summary->pipeline->watermark)
        return;
    if (watermark == WATERMARK_NONE)
        fputs(", \"watermark\": null", out);
    else
        fprintf(out, ", \"watermark\": \"%s\"", instant_format(watermark, text));
}

/* Where a bound was met: events whose key went to (other) (S-15), openings of doubt. */
static void print_json_degraded(FILE *out, const struct summary *summary)
{
    const struct pipeline *pipeline = summary->pipeline;
    fprintf(out, ", \"degraded\": {\"groups\": %" PRIu64 ", \"open\": %" PRIu64 "}",
            tally_overflowed(pipeline->tally),
            pipeline->lifecycle ? lifecycle_degraded(pipeline->lifecycle) : 0);
}

static void print_json(FILE *out, const struct summary *summary, const size_t *order, size_t len)
{
    fputs("{\"tailrace\": 1, \"lane\": ", out);
    print_json_string(out, summary->lane);
    fputs(", \"definition\": ", out);
    print_json_string(out, summary->definition->name);
    fputs(", \"group_by\": [", out);
    for (int k = 0; k < summary->definition->group_by_len; k++) {
        fputs(k > 0 ? ", " : "", out);
        print_json_string(out, summary->definition->group_by[k].name);
    }
    fputs("]", out);
    print_json_inputs(out, summary);
    print_json_outcomes(out, summary);
    print_json_groups(out, summary, order, len);
    if (summary->windows && summary->pipeline->windows)
        print_json_windows(out, summary);
    print_json_watermark(out, summary);
    print_json_degraded(out, summary);
    fprintf(out,
            ", \"cost\": {\"cpu_seconds\": %.6f, \"bytes_read\": %" PRIu64
            ", \"rows_read\": %" PRIu64 "}, \"final\": %s}\n",
            (double)summary->cpu_ns / 1e9, summary->bytes, summary->pipeline->outcomes.read,
            summary->last ? "true" : "false");
}

void output_summary(FILE *out, const struct summary *summary, enum output_format format)
{
    size_t len;
    size_t *order = sorted_rows(summary, &len);
    if (format == OUTPUT_JSON)
        print_json(out, summary, order, len);
    else if (format == OUTPUT_CSV)
        print_csv(out, summary, order, len);
    else
        print_text(out, summary, order, len);
    free(order);
}
