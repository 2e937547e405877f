/* Text, CSV and JSON of one answer. */
#include "tui/output.h"

#include "tui/conflicts.h"
#include "tui/json_text.h"
#include "tui/limits_text.h"
#include "tui/output_columns.h"
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

/* --- text ------------------------------------------------------------------------------------ */

/* "daily_sales" → "Daily Sales" */
static void print_report_name(FILE *out, const char *name)
{
    for (bool begins = true; *name; name++) {
        bool letter = *name != '_' && *name != '-';
        fputc(!letter ? ' ' : begins ? toupper((unsigned char)*name) : *name, out);
        begins = !letter;
    }
}

/* "tickets" → "Daily Ticket Summary" */
static void print_summary_name(FILE *out, const char *lane, const char *name)
{
    size_t len = strlen(name);
    if (len > 1 && name[len - 1] == 's')
        len--;
    fprintf(out, "%s %c%.*s Summary", strcmp(lane, "batch") == 0 ? "Daily" : "Live",
            toupper((unsigned char)name[0]), (int)len - 1, name + 1);
}

static void print_title(FILE *out, const struct summary *summary)
{
    if (summary->definition->report)
        print_report_name(out, summary->definition->report->name);
    else
        print_summary_name(out, summary->lane, summary->definition->name);
    if (summary->pipeline->config.from > INT64_MIN) {
        char date[INSTANT_TEXT];
        fprintf(
            out, " %s",
            instant_format_date(summary->pipeline->config.from, summary->definition->zone, date));
        if (instant_day(summary->pipeline->config.to - 1, summary->definition->zone) >
            instant_day(summary->pipeline->config.from, summary->definition->zone))
            fprintf(out, " to %s",
                    instant_format_date(summary->pipeline->config.to - 1, summary->definition->zone,
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

static int column_width(const struct output_column *column)
{
    int width = (int)strlen(column->name);
    return width > 10 ? width : 10;
}

static void print_measures(FILE *out, const struct output_columns *columns,
                           const struct tally_row *row)
{
    char text[MONEY_TEXT];
    for (int c = 0; c < columns->len; c++)
        if (columns->at[c].measure)
            fprintf(out, "  %*s", column_width(&columns->at[c]),
                    output_measure(row, &columns->at[c], text));
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
    if (summary->rejects_cut > 0)
        fprintf(out, "%" PRIu64 " records are kept without their bytes: --rejects-max is reached\n",
                summary->rejects_cut);
    conflicts_text(out, summary);
    limits_print(out, summary);
}

/* `distinct` of all groups together does not add up: it is counted again. */
static void complete_total(const struct summary *summary, struct tally_row *total)
{
    for (int m = 0; m < summary->definition->measures_len; m++) {
        const struct measure *measure = &summary->definition->measures[m];
        if (measure->kind == MEASURE_DISTINCT)
            total->distinct[measure->slot] =
                tally_distinct_total(summary->pipeline->tally, measure);
    }
}

static void print_text(FILE *out, const struct summary *summary, const size_t *order, size_t len)
{
    const struct definition *definition = summary->definition;
    struct tally_row total = {0};
    struct output_columns columns;
    int width = label_width(summary, order, len);
    output_columns(definition, &columns);
    print_title(out, summary);
    fprintf(out, "%*s", width, "");
    for (int c = 0; c < columns.len; c++)
        if (columns.at[c].measure)
            fprintf(out, "  %*s", column_width(&columns.at[c]), columns.at[c].name);
    fputc('\n', out);
    for (size_t i = 0; i < len; i++) {
        const struct tally_row *row = tally_row(summary->pipeline->tally, order[i]);
        print_label(out, summary, row, width);
        print_measures(out, &columns, row);
        tally_row_sum(&total, row, definition->value_fields_len);
    }
    if (definition->group_by_len > 0) {
        complete_total(summary, &total);
        fprintf(out, "%-*s", width, "total");
        print_measures(out, &columns, &total);
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
            const struct output_column column = {.measure = &summary->definition->measures[m],
                                                 .decimals = -1};
            fprintf(out, " %s %s", column.measure->name, output_measure(row, &column, text));
        }
    }
    fputc('\n', out);
    free(order);
}

/* --- CSV ------------------------------------------------------------------------------------- */

static void print_csv_text(FILE *out, const char *text, size_t len, bool raw)
{
    if (raw)
        fwrite(text, 1, len, out);
    else
        safe_print(out, text, len);
}

void output_csv_text(FILE *out, const char *text, size_t len, bool is_text, bool raw)
{
    const char *guard = is_text && !raw && output_is_formula(text, len) ? "'" : "";
    bool quote = false;
    for (size_t i = 0; i < len; i++)
        quote |= text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
    fprintf(out, "%s%s", quote ? "\"" : "", guard);
    for (size_t from = 0; from < len;) {
        const char *mark = memchr(text + from, '"', len - from);
        size_t run = mark ? (size_t)(mark - text) - from : len - from;
        print_csv_text(out, text + from, run, raw);
        if (mark)
            fputs("\"\"", out);
        from += run + (mark != NULL);
    }
    if (quote)
        fputc('"', out);
}

static void print_csv_cell(FILE *out, const struct summary *summary, const struct tally_row *row,
                           const struct output_column *column)
{
    char text[MONEY_TEXT];
    if (column->measure) {
        fputs(output_measure(row, column, text), out);
        return;
    }
    symbol key = row->key[column->key];
    output_csv_text(out, symbols_text(summary->symbols, key),
                    symbols_text_len(summary->symbols, key), column->is_text, summary->raw);
}

static void print_csv(FILE *out, const struct summary *summary, const size_t *order, size_t len)
{
    struct output_columns columns;
    output_columns(summary->definition, &columns);
    for (int c = 0; c < columns.len; c++) {
        fputs(c > 0 ? "," : "", out);
        output_csv_text(out, columns.at[c].name, strlen(columns.at[c].name), true, false);
    }
    fputc('\n', out);
    for (size_t i = 0; i < len; i++) {
        for (int c = 0; c < columns.len; c++) {
            fputs(c > 0 ? "," : "", out);
            print_csv_cell(out, summary, tally_row(summary->pipeline->tally, order[i]),
                           &columns.at[c]);
        }
        fputc('\n', out);
    }
}

/* --- JSON ------------------------------------------------------------------------------------ */

void output_json_string(FILE *out, const char *text)
{
    json_print(out, text, strlen(text));
}

void output_json_measure(FILE *out, const struct definition *definition,
                         const struct tally_row *row, const struct measure *measure)
{
    char text[MONEY_TEXT];
    bool money =
        measure->kind == MEASURE_AVG || (measure->field >= 0 && measure->kind != MEASURE_DISTINCT &&
                                         definition->fields[measure->field].type == FIELD_MONEY);
    const struct output_column column = {.measure = measure, .decimals = -1};
    output_measure(row, &column, text);
    fputs(", ", out);
    output_json_string(out, measure->name);
    if (!text[0])
        fputs(": null", out);
    else
        fprintf(out, money ? ": \"%s\"" : ": %s", text);
}

void output_json_key(FILE *out, const struct definition *definition, const struct symbols *symbols,
                     const symbol *key, int len)
{
    fputs("\"key\": {", out);
    for (int k = 0; k < len; k++) {
        fputs(k > 0 ? ", " : "", out);
        output_json_string(out, definition->group_by[k].name);
        fputs(": ", out);
        json_print(out, symbols_text(symbols, key[k]), symbols_text_len(symbols, key[k]));
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
        output_json_key(out, definition, summary->symbols, row->key, definition->group_by_len);
        for (int m = 0; m < definition->measures_len; m++)
            output_json_measure(out, definition, row, &definition->measures[m]);
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
        output_json_string(out, name);
        fprintf(out, ", \"bytes\": %" PRIu64 "}", bytes);
    }
    fputs("]", out);
}

void output_outcomes(FILE *out, const struct summary *summary)
{
    const struct outcomes *o = &summary->pipeline->outcomes;
    const char *separator = "";
    fprintf(out,
            "\"outcomes\": {\"read\": %" PRIu64 ", \"counted\": %" PRIu64 ", \"late\": %" PRIu64
            ", \"duplicate\": %" PRIu64 ", \"filtered\": %" PRIu64 ", \"rejected\": %" PRIu64
            ", \"future\": %" PRIu64 "}, \"rejected\": {",
            o->read, o->counted, o->late, o->duplicate, o->filtered, o->rejected, o->future);
    for (int r = 0; r < REJECT_COUNT && o->rejected; r++) {
        for (int f = 0; f <= FIELDS_MAX; f++) {
            char name[128];
            if (o->rejected_by[r][f] == 0)
                continue;
            fputs(separator, out);
            output_json_string(
                out, outcomes_reason_name(summary->definition, (enum reject_reason)r, f, name));
            fprintf(out, ": %" PRIu64, o->rejected_by[r][f]);
            separator = ", ";
        }
    }
    fputs("}", out);
    if (summary->rejects_cut > 0)
        fprintf(out, ", \"rejects_without_bytes\": %" PRIu64, summary->rejects_cut);
}

/* Windows by key, then start; only when they were asked for. */
static void print_json_windows(FILE *out, const struct summary *summary)
{
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
        output_json_key(out, definition, summary->symbols, rows[i]->id.key,
                        definition->window_keys_len);
        windows_tally_row(windows, rows[i], &row);
        for (int m = 0; m < definition->measures_len; m++)
            if (definition->measures[m].kind != MEASURE_OPEN)
                output_json_measure(out, definition, &row, &definition->measures[m]);
        fprintf(out, ", \"state\": \"%s\", \"revision\": %" PRIu32 "}",
                window_state_text(rows[i]->state), rows[i]->revision);
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

/* How many each rule raised and did not take back; only when there are rules. */
static void print_json_alerts(FILE *out, const struct summary *summary)
{
    const struct definition *definition = summary->definition;
    for (int r = 0; r < definition->rules_len; r++) {
        fputs(r > 0 ? ", " : ", \"alerts\": {", out);
        output_json_string(out, definition->rules[r].name);
        fprintf(out, ": %" PRIu64, rules_raised(summary->pipeline->rules, r));
    }
    if (definition->rules_len > 0)
        fputs("}", out);
}

static void print_json(FILE *out, const struct summary *summary, const size_t *order, size_t len)
{
    fputs("{\"tailrace\": 1, \"lane\": ", out);
    output_json_string(out, summary->lane);
    fputs(", \"definition\": ", out);
    output_json_string(out, summary->definition->name);
    if (summary->definition->report) {
        fputs(", \"report\": ", out);
        output_json_string(out, summary->definition->report->name);
    }
    fputs(", \"group_by\": [", out);
    for (int k = 0; k < summary->definition->group_by_len; k++) {
        fputs(k > 0 ? ", " : "", out);
        output_json_string(out, summary->definition->group_by[k].name);
    }
    fputs("]", out);
    print_json_inputs(out, summary);
    fputs(", ", out);
    output_outcomes(out, summary);
    print_json_groups(out, summary, order, len);
    if (summary->windows && summary->pipeline->windows)
        print_json_windows(out, summary);
    print_json_watermark(out, summary);
    print_json_alerts(out, summary);
    conflicts_json(out, summary);
    limits_json(out, summary);
    fputs(", \"cost\": {", out);
    if (summary->cpu_ns >= 0)
        fprintf(out, "\"cpu_seconds\": %.6f, ", (double)summary->cpu_ns / 1e9);
    fprintf(out, "\"bytes_read\": %" PRIu64 ", \"rows_read\": %" PRIu64 "}, \"final\": %s}\n",
            summary->bytes, summary->pipeline->outcomes.read,
            summary->last && !summary->cut ? "true" : "false");
}

size_t output_summary(FILE *out, const struct summary *summary, enum output_format format)
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
    return len;
}
