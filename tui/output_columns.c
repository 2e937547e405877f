/* Which column shows what. */
#include "tui/output_columns.h"

#include <string.h>

bool output_is_text(const struct definition *definition, int key)
{
    const struct group_column *group = &definition->group_by[key];
    return group->kind == GROUP_FIELD && definition->fields[group->field].type == FIELD_TEXT;
}

static void add_key(struct output_columns *out, const struct definition *definition, int key,
                    const char *name)
{
    out->at[out->len++] = (struct output_column){
        .name = name, .key = key, .is_text = output_is_text(definition, key), .decimals = -1};
}

static void add_measure(struct output_columns *out, const struct measure *measure, const char *name,
                        int decimals)
{
    out->at[out->len++] =
        (struct output_column){.name = name, .measure = measure, .decimals = decimals};
}

static void add_named(struct output_columns *out, const struct definition *definition,
                      const struct report_column *column)
{
    for (int k = 0; k < definition->group_by_len; k++)
        if (strcmp(definition->group_by[k].name, column->of) == 0)
            add_key(out, definition, k, column->name);
    for (int m = 0; m < definition->measures_len; m++)
        if (strcmp(definition->measures[m].name, column->of) == 0)
            add_measure(out, &definition->measures[m], column->name, column->decimals);
}

void output_columns(const struct definition *definition, struct output_columns *out)
{
    const struct report *report = definition->report;
    out->len = 0;
    for (int c = 0; report && c < report->columns_len && out->len < OUTPUT_COLUMNS_MAX; c++)
        add_named(out, definition, &report->columns[c]);
    if (out->len > 0)
        return;
    for (int k = 0; k < definition->group_by_len; k++)
        add_key(out, definition, k, definition->group_by[k].name);
    for (int m = 0; m < definition->measures_len; m++)
        add_measure(out, &definition->measures[m], definition->measures[m].name, -1);
}

const char *output_measure(const struct tally_row *row, const struct output_column *column,
                           char out[MONEY_TEXT])
{
    const struct measure *measure = column->measure;
    wide_int value;
    out[0] = '\0';
    if (!tally_measure(row, measure, &value))
        return out;
    int places = tally_measure_places(measure);
    if (column->decimals < 0 || column->decimals == places)
        return money_format(value, places, out);
    /* not from the rounded one */
    if (measure->kind == MEASURE_AVG) {
        const struct accumulator *sum = &row->value[measure->slot];
        return money_format_average(sum->sum, sum->count, measure->places, column->decimals, out);
    }
    return money_format_average(value, 1, places, column->decimals, out);
}

bool output_is_formula(const char *text, size_t len)
{
    static const char wide[4][3] = {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    size_t at = 0;
    while (at < len && (text[at] == ' ' || text[at] == '"' || text[at] == '\''))
        at++;
    if (at == len)
        return false;
    if (text[at] == '\0' || strchr("=+-@\t\r", text[at]))
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (len - at >= sizeof wide[i] && memcmp(text + at, wide[i], sizeof wide[i]) == 0)
            return true;
    return false;
}
