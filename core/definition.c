/*
 * Definitions: fields, groups, measures, and the check that makes them fit together. Filters stand
 * in definition_filter.c, windows and watermark in definition_time.c, rules in definition_rules.c,
 * the JSON form in definition_json.c.
 *
 * Every message names the word at fault and what would have been right there.
 */
#include "core/definition.h"

#include "core/definition_parts.h"
#include "core/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct definition *definition_new(const char *name)
{
    struct definition *definition = mem_zero(1, sizeof *definition);
    snprintf(definition->name, sizeof definition->name, "%s", name);
    definition->time_field = -1;
    definition->per_field = definition->pair_rule = definition->label_field = -1;
    definition->alert_slot = definition->alert_field = -1;
    definition->watermark = (struct watermark_config)WATERMARK_DEFAULTS;
    definition->window = (struct definition_window){.size_ms = WINDOW_SIZE_DEFAULT, .per = -1};
    return definition;
}

static void free_texts(char **texts, int len)
{
    for (int i = 0; i < len; i++)
        free(texts[i]);
}

void definition_free(struct definition *definition)
{
    if (!definition)
        return;
    for (int f = 0; f < definition->fields_len; f++) {
        free_texts(definition->fields[f].columns, definition->fields[f].columns_len);
        free_texts(definition->fields[f].values, definition->fields[f].values_len);
        if (definition->fields[f].zone_set)
            zone_free((struct zone *)(uintptr_t)definition->fields[f].zone);
    }
    for (int i = 0; i < definition->filters_len; i++)
        definition_free_filter(&definition->filters[i]);
    definition_forget_rules(definition);
    free_texts(definition->lifecycle_opened, definition->lifecycle_opened_len);
    free_texts(definition->lifecycle_closed, definition->lifecycle_closed_len);
    for (int i = 0; i < definition->lookups_len; i++) {
        free(definition->lookups[i].file);
        free(definition->lookups[i].path);
        lookup_free(definition->lookups[i].table);
    }
    for (int i = 0; i < definition->reports_len; i++)
        report_fini(&definition->reports[i]);
    free(definition->reports);
    free(definition->folder);
    zone_free(definition->zone);
    free(definition);
}

int definition_field(const struct definition *definition, const char *name)
{
    for (int f = 0; f < definition->fields_len; f++)
        if (strcmp(definition->fields[f].name, name) == 0)
            return f;
    return -1;
}

bool definition_is_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= NAME_MAX_LEN &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") == len;
}

enum status definition_add_field(struct definition *definition, const char *name,
                                 enum field_type type, int *index, struct error *error)
{
    if (!definition_is_name(name))
        return error_set(error, STATUS_BAD_DEFINITION,
                         "'%.80s' cannot name a field: letters, digits, '-', '_', '.', at most %d",
                         name, NAME_MAX_LEN);
    if (definition_field(definition, name) >= 0)
        return error_set(error, STATUS_BAD_DEFINITION, "field '%s' is defined twice", name);
    if (definition->fields_len == FIELDS_MAX)
        return error_set(error, STATUS_LIMIT, "field '%s' is one too many: at most %d fields", name,
                         FIELDS_MAX);
    struct field *field = &definition->fields[definition->fields_len];
    snprintf(field->name, sizeof field->name, "%s", name);
    field->type = type;
    if (index)
        *index = definition->fields_len;
    definition->fields_len++;
    return STATUS_OK;
}

/* Edits that make one of the other: letters changed, added, left out; case does not count. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_MAX_LEN + 2];
    size_t b_len = strlen(b);
    if (strlen(a) > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            char pair[2][2] = {{a[i - 1], '\0'}, {b[j - 1], '\0'}};
            size_t best = diagonal + (strcasecmp(pair[0], pair[1]) != 0);
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b_len];
}

const char *definition_suggest(const char *wrong, const char *const *names, size_t names_len)
{
    const char *best = NULL;
    size_t best_distance = strlen(wrong) / 3 + 1;
    for (size_t i = 0; i < names_len; i++) {
        size_t d = distance(wrong, names[i]);
        if (d <= best_distance && d < strlen(names[i])) {
            best = names[i];
            best_distance = d - (d > 0);
            if (d == 0)
                break;
        }
    }
    return best;
}

/* "WHERE: no field 'regoin'; did you mean 'region'?" */
static enum status unknown_field(const struct definition *definition, const char *where,
                                 const char *name, struct error *error)
{
    const char *names[FIELDS_MAX];
    char list[256];
    size_t used = 0;
    list[0] = '\0';
    for (int f = 0; f < definition->fields_len; f++) {
        names[f] = definition->fields[f].name;
        if (used < sizeof list)
            used +=
                (size_t)snprintf(list + used, sizeof list - used, "%s%s", f ? ", " : "", names[f]);
    }
    const char *near = definition_suggest(name, names, (size_t)definition->fields_len);
    if (near)
        return error_set(error, STATUS_BAD_DEFINITION, "%s: no field '%s'; did you mean '%s'?",
                         where, name, near);
    return error_set(error, STATUS_BAD_DEFINITION, "%s: no field '%s'; there are %s", where, name,
                     list);
}

enum status definition_find_field(const struct definition *definition, const char *where,
                                  const char *name, int *field, struct error *error)
{
    *field = definition_field(definition, name);
    return *field >= 0 ? STATUS_OK : unknown_field(definition, where, name, error);
}

enum status definition_set_time(struct definition *definition, const char *field,
                                struct error *error)
{
    int index;
    enum status status = definition_find_field(definition, "time", field, &index, error);
    if (status != STATUS_OK)
        return status;
    if (definition->fields[index].type != FIELD_TIME)
        return error_set(error, STATUS_BAD_DEFINITION, "time: the type of '%s' is not time", field);
    definition->time_field = index;
    return STATUS_OK;
}

/* A word as a NUL-terminated name; cut where it is too long to be one. */
static const char *name_of(struct word word, char out[NAME_MAX_LEN + 16])
{
    snprintf(out, NAME_MAX_LEN + 16, "%.*s", (int)(word.len < 256 ? word.len : 256), word.at);
    return out;
}

static enum status group_column_of(const struct definition *definition, const char *name,
                                   struct group_column *out, struct error *error)
{
    int field = definition_field(definition, name);
    *out = (struct group_column){.kind = GROUP_FIELD, .field = field};
    if (field < 0 && strcmp(name, "date") == 0)
        out->kind = GROUP_DATE;
    else if (field < 0 && strcmp(name, "hour") == 0)
        out->kind = GROUP_HOUR;
    else if (field < 0)
        return unknown_field(definition, "group_by", name, error);
    snprintf(out->name, sizeof out->name, "%.*s", NAME_MAX_LEN, name);
    return STATUS_OK;
}

enum status definition_set_group_by(struct definition *definition, const char *list,
                                    struct error *error)
{
    struct group_column columns[EVENT_KEYS_MAX];
    int len = 0;
    struct word word;
    for (const char *at = list; words_next(&at, &word);) {
        char name[NAME_MAX_LEN + 16];
        name_of(word, name);
        for (int i = 0; i < len; i++)
            if (strcmp(columns[i].name, name) == 0)
                return error_set(error, STATUS_BAD_DEFINITION, "group_by: '%s' stands twice", name);
        if (len == EVENT_KEYS_MAX)
            return error_set(error, STATUS_LIMIT, "group_by: '%s' is one too many: at most %d",
                             name, EVENT_KEYS_MAX);
        enum status status = group_column_of(definition, name, &columns[len], error);
        if (status != STATUS_OK)
            return status;
        len++;
    }
    memcpy(definition->group_by, columns, (size_t)len * sizeof *columns);
    definition->group_by_len = len;
    return STATUS_OK;
}

static const char *const measure_names[] = {
    [MEASURE_COUNT] = "count",       [MEASURE_SUM] = "sum", [MEASURE_AVG] = "avg",
    [MEASURE_MIN] = "min",           [MEASURE_MAX] = "max", [MEASURE_OPEN] = "open",
    [MEASURE_DISTINCT] = "distinct",
};
enum { MEASURE_NAMES = sizeof measure_names / sizeof *measure_names };

static enum status measure_operand(const struct definition *definition, const char *operand,
                                   struct measure *out, struct error *error)
{
    bool alone = out->kind == MEASURE_COUNT || out->kind == MEASURE_OPEN;
    if (alone && !operand)
        return STATUS_OK;
    if (alone)
        return error_set(error, STATUS_BAD_DEFINITION, "measure '%s': '%s' takes no field",
                         out->name, measure_names[out->kind]);
    if (!operand)
        return error_set(error, STATUS_BAD_DEFINITION, "measure '%s' needs a field, as in '%s:%s'",
                         out->name, out->name, "amount");
    enum status status = definition_find_field(definition, out->name, operand, &out->field, error);
    if (status != STATUS_OK)
        return status;
    const struct field *field = &definition->fields[out->field];
    if (out->kind == MEASURE_DISTINCT)
        return STATUS_OK;
    if (field->type != FIELD_MONEY && field->type != FIELD_INT)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "measure '%s': '%s' is no number (its type must be money or int)",
                         out->name, field->name);
    out->places = field->type == FIELD_MONEY ? field->places : 0;
    return STATUS_OK;
}

static enum status measure_of(const struct definition *definition, struct word word,
                              struct measure *out, struct error *error)
{
    char text[NAME_MAX_LEN + 16];
    *out = (struct measure){.field = -1, .slot = -1};
    name_of(word, text);
    snprintf(out->name, sizeof out->name, "%.*s", (int)sizeof out->name - 1, text);
    char *operand = strchr(text, ':');
    if (operand)
        *operand++ = '\0';
    for (int kind = 0; kind < MEASURE_NAMES; kind++) {
        if (strcmp(text, measure_names[kind]) == 0) {
            out->kind = (enum measure_kind)kind;
            return measure_operand(definition, operand, out, error);
        }
    }
    const char *near = definition_suggest(text, measure_names, MEASURE_NAMES);
    if (near)
        return error_set(error, STATUS_BAD_DEFINITION, "no measure '%s'; did you mean '%s'?", text,
                         near);
    return error_set(
        error, STATUS_BAD_DEFINITION,
        "no measure '%s'; there are count, sum:F, avg:F, min:F, max:F, distinct:F, open", text);
}

enum status definition_set_measures(struct definition *definition, const char *list,
                                    struct error *error)
{
    struct measure measures[MEASURES_MAX];
    int len = 0;
    struct word word;
    for (const char *at = list; words_next(&at, &word);) {
        struct measure measure;
        enum status status = measure_of(definition, word, &measure, error);
        if (status != STATUS_OK)
            return status;
        for (int i = 0; i < len; i++)
            if (strcmp(measures[i].name, measure.name) == 0)
                return error_set(error, STATUS_BAD_DEFINITION, "measure '%s' stands twice",
                                 measure.name);
        if (len == MEASURES_MAX)
            return error_set(error, STATUS_LIMIT, "measure '%s' is one too many: at most %d",
                             measure.name, MEASURES_MAX);
        measures[len++] = measure;
    }
    memcpy(definition->measures, measures, (size_t)len * sizeof *measures);
    definition->measures_len = len;
    return STATUS_OK;
}

/* The slot of `field`, the next free one when it has none yet; -1: there is no more. */
static int slot_of(int field, int *fields, int *len, int cap)
{
    for (int slot = 0; slot < *len; slot++)
        if (fields[slot] == field)
            return slot;
    if (*len == cap)
        return -1;
    fields[*len] = field;
    return (*len)++;
}

static enum status assign_slots(struct definition *definition, struct error *error)
{
    definition->value_fields_len = definition->distinct_fields_len = 0;
    for (int m = 0; m < definition->measures_len; m++) {
        struct measure *measure = &definition->measures[m];
        bool distinct = measure->kind == MEASURE_DISTINCT;
        if (measure->field < 0)
            continue;
        measure->slot = distinct ? slot_of(measure->field, definition->distinct_field,
                                           &definition->distinct_fields_len, EVENT_DISTINCTS_MAX)
                                 : slot_of(measure->field, definition->value_field,
                                           &definition->value_fields_len, EVENT_VALUES_MAX);
        if (measure->slot < 0)
            return error_set(error, STATUS_LIMIT, "measure '%s': at most %d different fields%s",
                             measure->name, distinct ? EVENT_DISTINCTS_MAX : EVENT_VALUES_MAX,
                             distinct ? " can be counted distinct" : "");
    }
    return STATUS_OK;
}

static void complete_fields(struct definition *definition)
{
    for (int f = 0; f < definition->fields_len; f++) {
        struct field *field = &definition->fields[f];
        if (field->columns_len == 0 && field->derived == DERIVED_NOT)
            field->columns[field->columns_len++] = mem_copy_text(field->name);
        if (field->type == FIELD_TIME && !field->zone_set)
            field->zone = definition->zone;
    }
    definition->fields[definition->time_field].required = true;
}

enum status definition_compile(struct definition *definition, struct error *error)
{
    if (!definition_is_name(definition->name) || strchr(definition->name, '.'))
        return error_set(error, STATUS_BAD_DEFINITION,
                         "name: '%s' must be letters, digits, '-' and '_'", definition->name);
    if (definition->time_field < 0)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "time: definition '%s' does not say which field is the event time",
                         definition->name);
    complete_fields(definition);
    definition_mark_lookups(definition);
    if (definition->measures_len == 0) {
        const char *usual = definition->has_lifecycle ? "open,count" : "count";
        enum status status = definition_set_measures(definition, usual, error);
        if (status != STATUS_OK)
            return status;
    }
    definition->needs_lifecycle = false;
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind == MEASURE_OPEN)
            definition->needs_lifecycle = true;
    if (definition->needs_lifecycle && !definition->has_lifecycle)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "measure 'open' needs a lifecycle, which definition '%s' has not",
                         definition->name);
    enum status status = assign_slots(definition, error);
    if (status == STATUS_OK)
        status = definition_check_rules(definition, error);
    if (status == STATUS_OK)
        definition_assign_alert_slot(definition);
    if (status == STATUS_OK)
        status = definition_check_time(definition, error);
    definition->compiled = status == STATUS_OK;
    return status;
}
