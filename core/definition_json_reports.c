/* The members `tiers`, `lookups` and `reports` of a definition's JSON. */
#include "core/definition_reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LENGTH(table) (sizeof(table) / sizeof *(table))

static enum status read_text(struct reading *reading, json_t *value, const char **out)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return reading_wrong(reading, "must be a text, not empty");
    *out = json_string_value(value);
    return STATUS_OK;
}

static enum status keep_text(struct reading *reading, json_t *value, char **out)
{
    const char *text = NULL;
    enum status status = read_text(reading, value, &text);
    if (status == STATUS_OK)
        *out = mem_copy_text(text);
    return status;
}

/* --- tiers --- */

/* As written: texts point into the JSON. */
struct tier_text {
    const char *of;
    const char *otherwise;
    struct tier_step steps[TIER_STEPS_MAX];
    int steps_len;
};

static enum status read_of(struct reading *reading, json_t *value, void *context)
{
    return read_text(reading, value, &((struct tier_text *)context)->of);
}

static enum status read_else(struct reading *reading, json_t *value, void *context)
{
    return read_text(reading, value, &((struct tier_text *)context)->otherwise);
}

static enum status read_steps(struct reading *reading, json_t *value, void *context)
{
    struct tier_text *tier = context;
    size_t i;
    json_t *step;
    if (!json_is_array(value) || json_array_size(value) > TIER_STEPS_MAX)
        return reading_wrong(reading, "must be a list of at most 16 steps");
    json_array_foreach(value, i, step)
    {
        struct tier_step *out = &tier->steps[tier->steps_len++];
        if (!json_is_array(step) || json_array_size(step) != 2 ||
            read_text(reading, json_array_get(step, 0), &out->name) != STATUS_OK ||
            read_text(reading, json_array_get(step, 1), &out->amount) != STATUS_OK)
            return reading_wrong(reading, "a step is a pair of texts, as [\"high\", \"500\"]");
    }
    return STATUS_OK;
}

static const struct member tier_members[] = {
    {"of", read_of},
    {"steps", read_steps},
    {"else", read_else},
};

enum status read_tiers(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    const char *name;
    json_t *object;
    if (!json_is_object(value))
        return reading_wrong(reading, "must be an object: name to {\"of\", \"steps\", \"else\"}");
    json_object_foreach(value, name, object)
    {
        struct tier_text tier = {.of = NULL};
        struct error inner;
        reading->path[reading->depth++] = name;
        if (!json_is_object(object))
            return reading_wrong(reading, "must be an object with of, steps and else");
        enum status status =
            reading_members(reading, object, tier_members, LENGTH(tier_members), &tier);
        if (status == STATUS_OK && (!tier.of || !tier.steps_len || !tier.otherwise))
            return reading_wrong(reading, "must be an object with of, steps and else");
        if (status == STATUS_OK)
            status =
                reading_located(reading,
                                definition_add_tier(reading->definition, name, tier.of, tier.steps,
                                                    tier.steps_len, tier.otherwise, &inner),
                                &inner);
        if (status != STATUS_OK)
            return status;
        reading->depth--;
    }
    return STATUS_OK;
}

/* --- lookups --- */

struct lookup_text {
    const char *file;
    const char *key;
    char *takes[LOOKUP_TAKES_MAX];
    int takes_len;
};

static enum status read_file(struct reading *reading, json_t *value, void *context)
{
    return read_text(reading, value, &((struct lookup_text *)context)->file);
}

static enum status read_key(struct reading *reading, json_t *value, void *context)
{
    return read_text(reading, value, &((struct lookup_text *)context)->key);
}

static enum status read_take(struct reading *reading, json_t *value, void *context)
{
    struct lookup_text *lookup = context;
    return reading_texts(reading, value, lookup->takes, &lookup->takes_len, LOOKUP_TAKES_MAX);
}

static const struct member lookup_members[] = {
    {"file", read_file},
    {"key", read_key},
    {"take", read_take},
};

static enum status read_lookup(struct reading *reading, json_t *object, struct lookup_text *lookup)
{
    struct error inner;
    enum status status =
        reading_members(reading, object, lookup_members, LENGTH(lookup_members), lookup);
    if (status == STATUS_OK && (!lookup->file || !lookup->key || !lookup->takes_len))
        return reading_wrong(reading, "each must be an object with file, key and take");
    if (status == STATUS_OK)
        status = reading_located(
            reading,
            definition_add_lookup(reading->definition, lookup->file, lookup->key,
                                  (const char *const *)lookup->takes, lookup->takes_len, &inner),
            &inner);
    return status;
}

enum status read_lookups(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    size_t i;
    json_t *object;
    if (!json_is_array(value))
        return reading_wrong(reading, "must be a list of objects with file, key and take");
    json_array_foreach(value, i, object)
    {
        struct lookup_text lookup = {.file = NULL};
        if (!json_is_object(object))
            return reading_wrong(reading, "each must be an object with file, key and take");
        enum status status = read_lookup(reading, object, &lookup);
        reading_free_texts(lookup.takes, lookup.takes_len);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* --- reports --- */

/* A list of texts as the comma-separated one that options use. */
static enum status read_list(struct reading *reading, json_t *value, char **out)
{
    char *names[REPORT_COLUMNS_MAX];
    int len = 0;
    size_t size = 1, used = 0;
    enum status status = reading_texts(reading, value, names, &len, REPORT_COLUMNS_MAX);
    for (int i = 0; i < len; i++)
        size += strlen(names[i]) + 1;
    free(*out);
    *out = mem_zero(size, 1);
    for (int i = 0; i < len; i++)
        used += (size_t)snprintf(*out + used, size - used, "%s%s", i ? "," : "", names[i]);
    reading_free_texts(names, len);
    return status;
}

static enum status read_report_groups(struct reading *reading, json_t *value, void *context)
{
    return read_list(reading, value, &((struct report *)context)->group_by);
}

static enum status read_report_measures(struct reading *reading, json_t *value, void *context)
{
    return read_list(reading, value, &((struct report *)context)->measures);
}

static enum status read_report_where(struct reading *reading, json_t *value, void *context)
{
    struct report *report = context;
    return reading_texts(reading, value, report->where, &report->where_len, REPORT_WHERE_MAX);
}

static enum status read_dedupe(struct reading *reading, json_t *value, void *context)
{
    return read_list(reading, value, &((struct report *)context)->dedupe);
}

static enum status read_column_name(struct reading *reading, json_t *value, void *context)
{
    return keep_text(reading, value, &((struct report_column *)context)->name);
}

static enum status read_column_of(struct reading *reading, json_t *value, void *context)
{
    return keep_text(reading, value, &((struct report_column *)context)->of);
}

static enum status read_decimals(struct reading *reading, json_t *value, void *context)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 9)
        return reading_wrong(reading, "must be a whole number from 0 to 9");
    ((struct report_column *)context)->decimals = (int)json_integer_value(value);
    return STATUS_OK;
}

static const struct member column_members[] = {
    {"name", read_column_name},
    {"of", read_column_of},
    {"decimals", read_decimals},
};

static enum status read_columns(struct reading *reading, json_t *value, void *context)
{
    struct report *report = context;
    size_t i;
    json_t *object;
    if (!json_is_array(value) || json_array_size(value) > REPORT_COLUMNS_MAX)
        return reading_wrong(reading, "must be a list of at most 14 objects with name and of");
    json_array_foreach(value, i, object)
    {
        struct report_column *column = &report->columns[report->columns_len++];
        *column = (struct report_column){.decimals = -1};
        if (!json_is_object(object))
            return reading_wrong(reading, "each must be an object with name and of");
        enum status status =
            reading_members(reading, object, column_members, LENGTH(column_members), column);
        if (status != STATUS_OK)
            return status;
        if (!column->name || !column->of)
            return reading_wrong(reading, "each must be an object with name and of");
    }
    return STATUS_OK;
}

static const struct member report_members[] = {
    {"group_by", read_report_groups}, {"measures", read_report_measures},
    {"where", read_report_where},     {"dedupe", read_dedupe},
    {"columns", read_columns},
};

static enum status read_report(struct reading *reading, const char *name, json_t *object)
{
    struct report report = {.group_by = NULL};
    struct error inner;
    if (!json_is_object(object))
        return reading_wrong(reading, "must be an object");
    enum status status =
        reading_members(reading, object, report_members, LENGTH(report_members), &report);
    if (status != STATUS_OK) {
        report_fini(&report);
        return status;
    }
    /* a name too long for its place is still too long to be plain */
    snprintf(report.name, sizeof report.name, "%s", strlen(name) <= REPORT_NAME_MAX ? name : "");
    return reading_located(reading, definition_add_report(reading->definition, &report, &inner),
                           &inner);
}

enum status read_reports(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    const char *name;
    json_t *object;
    if (!json_is_object(value))
        return reading_wrong(reading, "must be an object: name to {\"group_by\", ...}");
    json_object_foreach(value, name, object)
    {
        reading->path[reading->depth++] = name;
        enum status status = read_report(reading, name, object);
        if (status != STATUS_OK)
            return status;
        reading->depth--;
    }
    return STATUS_OK;
}
