/*
 * Definitions written as JSON, read with jansson.
 *
 * Each object is walked over a table of its members: name → function (core/definition_reading.h).
 * Windows and watermark are read in definition_json_time.c, rules in definition_json_rules.c,
 * tiers, lookups and reports in definition_json_reports.c.
 */
#include "core/definition_json.h"

#include "core/definition_parts.h"
#include "core/definition_reading.h"
#include "core/money.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFINITION_BYTES_MAX = 1 << 20 };

static enum status read_zone_text(struct reading *reading, json_t *value, struct zone **zone)
{
    struct error inner;
    if (!json_is_string(value))
        return reading_wrong(reading,
                             "must be a text, as \"Europe/Berlin\", \"UTC\" or \"+01:00\"");
    return reading_located(reading, zone_open(json_string_value(value), zone, &inner), &inner);
}

/* --- members of a field --- */

static enum status read_type(struct reading *reading, json_t *value, void *context)
{
    static const char *const names[] = {
        [FIELD_TEXT] = "text", [FIELD_INT] = "int", [FIELD_MONEY] = "money", [FIELD_TIME] = "time"};
    struct field *field = context;
    for (int type = FIELD_TEXT; json_is_string(value) && type <= FIELD_TIME; type++) {
        if (strcmp(json_string_value(value), names[type]) == 0) {
            field->type = (enum field_type)type;
            return STATUS_OK;
        }
    }
    return reading_wrong(reading, "must be \"text\", \"int\", \"money\" or \"time\"");
}

static enum status read_places(struct reading *reading, json_t *value, void *context)
{
    json_int_t places = json_integer_value(value);
    if (!json_is_integer(value) || places < 0 || places > MONEY_PLACES_MAX)
        return reading_wrong(reading, "must be a whole number from 0 to 9");
    ((struct field *)context)->places = (int)places;
    return STATUS_OK;
}

static enum status read_currency(struct reading *reading, json_t *value, void *context)
{
    struct field *field = context;
    if (!json_is_string(value) || json_string_length(value) >= sizeof field->currency)
        return reading_wrong(reading, "must be a short text, as \"USD\"");
    snprintf(field->currency, sizeof field->currency, "%s", json_string_value(value));
    return STATUS_OK;
}

static enum status read_field_zone(struct reading *reading, json_t *value, void *context)
{
    struct field *field = context;
    struct zone *zone = NULL;
    enum status status = read_zone_text(reading, value, &zone);
    if (status == STATUS_OK) {
        field->zone_set = true;
        field->zone = zone;
    }
    return status;
}

static enum status read_flag(struct reading *reading, json_t *value, bool *out)
{
    if (!json_is_boolean(value))
        return reading_wrong(reading, "must be true or false");
    *out = json_is_true(value);
    return STATUS_OK;
}

static enum status read_required(struct reading *reading, json_t *value, void *context)
{
    return read_flag(reading, value, &((struct field *)context)->required);
}

static enum status read_positive(struct reading *reading, json_t *value, void *context)
{
    return read_flag(reading, value, &((struct field *)context)->positive);
}

static enum status read_values(struct reading *reading, json_t *value, void *context)
{
    struct field *field = context;
    return reading_texts(reading, value, field->values, &field->values_len, VALUES_MAX);
}

static enum status read_column(struct reading *reading, json_t *value, void *context)
{
    struct field *field = context;
    return reading_texts(reading, value, field->columns, &field->columns_len, COLUMNS_MAX);
}

static const struct member field_members[] = {
    {"type", read_type},       {"places", read_places},     {"currency", read_currency},
    {"zone", read_field_zone}, {"required", read_required}, {"positive", read_positive},
    {"values", read_values},   {"column", read_column},
};

/* What a member says must make sense for the field's type. */
static enum status check_field(struct reading *reading, json_t *object, const struct field *field)
{
    bool number = field->type == FIELD_INT || field->type == FIELD_MONEY;
    bool money = field->type == FIELD_MONEY;
    if (!json_object_get(object, "type"))
        return reading_wrong(reading, "needs a type: \"text\", \"int\", \"money\" or \"time\"");
    if (!money && (json_object_get(object, "places") || json_object_get(object, "currency")))
        return reading_wrong(reading, "places and currency are for money");
    if (money && !json_object_get(object, "places"))
        return reading_wrong(reading, "money needs places, the number of its decimals");
    if (field->type != FIELD_TIME && field->zone_set)
        return reading_wrong(reading, "zone is for times");
    if (field->positive && !number)
        return reading_wrong(reading, "positive is for money and int");
    if (field->values_len > 0 && field->type != FIELD_TEXT)
        return reading_wrong(reading, "values are for text");
    return STATUS_OK;
}

static enum status read_fields(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    const char *name;
    json_t *object;
    if (!json_is_object(value))
        return reading_wrong(reading, "must be an object: name to {\"type\": ...}");
    json_object_foreach(value, name, object)
    {
        struct error inner;
        int index;
        reading->path[reading->depth++] = name;
        if (!json_is_object(object))
            return reading_wrong(reading, "must be an object, as {\"type\": \"text\"}");
        enum status status =
            definition_add_field(reading->definition, name, FIELD_TEXT, &index, &inner);
        if (status != STATUS_OK)
            return reading_located(reading, status, &inner);
        struct field *field = &reading->definition->fields[index];
        status = reading_members(reading, object, field_members,
                                 sizeof field_members / sizeof *field_members, field);
        if (status == STATUS_OK)
            status = check_field(reading, object, field);
        if (status != STATUS_OK)
            return status;
        reading->depth--;
    }
    return STATUS_OK;
}

/* --- members of the definition --- */

static enum status read_name(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    if (!json_is_string(value) || json_string_length(value) > NAME_MAX_LEN)
        return reading_wrong(reading, "must be a text of at most 63 letters, digits, '-' and '_'");
    snprintf(reading->definition->name, NAME_MAX_LEN + 1, "%s", json_string_value(value));
    return STATUS_OK;
}

static enum status read_format(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (strcmp(text, "csv") == 0)
        reading->definition->format = FORMAT_CSV;
    else if (strcmp(text, "jsonl") == 0)
        reading->definition->format = FORMAT_JSONL;
    else
        return reading_wrong(reading, "must be \"csv\" or \"jsonl\"");
    return STATUS_OK;
}

static enum status read_zone(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_zone_text(reading, value, &reading->definition->zone);
}

static enum status read_time(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    struct error inner;
    if (!json_is_string(value))
        return reading_wrong(reading, "must be the name of a field");
    enum status status = definition_set_time(reading->definition, json_string_value(value), &inner);
    return reading_located(reading, status, &inner);
}

static enum status read_id(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    struct definition *definition = reading->definition;
    char *names[ID_FIELDS_MAX];
    int len = 0;
    struct error inner;
    enum status status = reading_texts(reading, value, names, &len, ID_FIELDS_MAX);
    for (int i = 0; status == STATUS_OK && i < len; i++) {
        status =
            definition_find_field(definition, "id", names[i], &definition->id_fields[i], &inner);
        reading_located(reading, status, &inner);
    }
    definition->id_fields_len = status == STATUS_OK ? len : 0;
    reading_free_texts(names, len);
    return status;
}

static enum status read_where(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    char *filters[FILTERS_MAX];
    int len = 0;
    struct error inner;
    enum status status = reading_texts(reading, value, filters, &len, FILTERS_MAX);
    for (int i = 0; status == STATUS_OK && i < len; i++)
        status = reading_located(
            reading, definition_add_filter(reading->definition, filters[i], &inner), &inner);
    reading_free_texts(filters, len);
    return status;
}

typedef enum status (*list_setter)(struct definition *definition, const char *list,
                                   struct error *error);

/* A list of texts, handed on as the comma-separated list that options use. */
static enum status read_list(struct reading *reading, json_t *value, list_setter set)
{
    char *names[MEASURES_MAX];
    char list[MEASURES_MAX * (NAME_MAX_LEN + 16)] = "";
    int len = 0;
    size_t used = 0;
    struct error inner;
    enum status status = reading_texts(reading, value, names, &len, MEASURES_MAX);
    for (int i = 0; i < len && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? "," : "", names[i]);
    reading_free_texts(names, len);
    if (status != STATUS_OK)
        return status;
    if (used >= sizeof list)
        return reading_wrong(reading, "a name is too long");
    return reading_located(reading, set(reading->definition, list, &inner), &inner);
}

static enum status read_group_by(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_list(reading, value, definition_set_group_by);
}

static enum status read_measures(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_list(reading, value, definition_set_measures);
}

static enum status read_step_field(struct reading *reading, json_t *value, int *field)
{
    struct error inner;
    if (!json_is_string(value))
        return reading_wrong(reading, "must be the name of a field");
    enum status status = definition_find_field(reading->definition, "lifecycle",
                                               json_string_value(value), field, &inner);
    if (status == STATUS_OK && reading->definition->fields[*field].type != FIELD_TEXT)
        return reading_wrong(reading, "must be a text field");
    return reading_located(reading, status, &inner);
}

static enum status read_lifecycle_key(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_step_field(reading, value, &reading->definition->lifecycle_key);
}

static enum status read_lifecycle_field(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    return read_step_field(reading, value, &reading->definition->lifecycle_field);
}

static enum status read_opened(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    struct definition *definition = reading->definition;
    return reading_texts(reading, value, definition->lifecycle_opened,
                         &definition->lifecycle_opened_len, VALUES_MAX);
}

static enum status read_closed(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    struct definition *definition = reading->definition;
    return reading_texts(reading, value, definition->lifecycle_closed,
                         &definition->lifecycle_closed_len, VALUES_MAX);
}

static const struct member lifecycle_members[] = {
    {"key", read_lifecycle_key},
    {"field", read_lifecycle_field},
    {"opened", read_opened},
    {"closed", read_closed},
};

static enum status read_lifecycle(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    const size_t len = sizeof lifecycle_members / sizeof *lifecycle_members;
    if (!json_is_object(value) || json_object_size(value) < len)
        return reading_wrong(reading, "must be an object with key, field, opened and closed");
    reading->definition->has_lifecycle = true;
    return reading_members(reading, value, lifecycle_members, len, NULL);
}

/* In the order in which they are read: fields before those that name them. */
static const struct member definition_members[] = {
    {"name", read_name},
    {"format", read_format},
    {"zone", read_zone},
    {"fields", read_fields},
    {"time", read_time},
    {"id", read_id},
    {"tiers", read_tiers},
    {"lookups", read_lookups},
    {"where", read_where},
    {"lifecycle", read_lifecycle},
    {"group_by", read_group_by},
    {"measures", read_measures},
    {"window", read_window},
    {"watermark", read_watermark},
    {"rules", read_rules},
    {"reports", read_reports},
    {"on_conflict", read_on_conflict},
};
enum { DEFINITION_MEMBERS = sizeof definition_members / sizeof *definition_members };

static enum status read_definition(struct reading *reading, json_t *root)
{
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        size_t i = 0;
        while (i < DEFINITION_MEMBERS && strcmp(definition_members[i].name, name) != 0)
            i++;
        reading->path[0] = name;
        reading->depth = 1;
        if (i == DEFINITION_MEMBERS)
            return reading_unknown(reading, definition_members, DEFINITION_MEMBERS, name);
    }
    for (size_t i = 0; i < DEFINITION_MEMBERS; i++) {
        value = json_object_get(root, definition_members[i].name);
        reading->path[0] = definition_members[i].name;
        reading->depth = 1;
        if (value) {
            enum status status = definition_members[i].read(reading, value, NULL);
            if (status != STATUS_OK)
                return status;
        }
    }
    static const char *const needed[] = {"name", "fields", "time"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!json_object_get(root, needed[i]))
            return error_set(reading->error, STATUS_BAD_DEFINITION, "%.100s: '%s' is missing",
                             reading->where, needed[i]);
    return STATUS_OK;
}

struct definition *definition_from_json(const char *text, size_t len, const char *where,
                                        struct error *error)
{
    json_error_t fault;
    json_set_alloc_funcs(mem_alloc, free); /* a list that lacks what found no room would be wrong */
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    if (!root) {
        error_set(error, STATUS_BAD_DEFINITION, "%.100s line %d: %s", where,
                  fault.line > 0 ? fault.line : 1, fault.text);
        return NULL;
    }
    struct reading reading = {
        .definition = definition_new(""), .text = text, .len = len, .where = where, .error = error};
    enum status status = STATUS_BAD_DEFINITION;
    if (json_is_object(root))
        status = read_definition(&reading, root);
    else
        error_set(error, status, "%.100s: a definition is a JSON object", where);
    json_decref(root);
    if (status == STATUS_OK)
        return reading.definition;
    definition_free(reading.definition);
    return NULL;
}

/* Where lookups named in it are looked for. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = mem_copy_text(slash ? path : ".");
    if (slash)
        folder[slash > path ? slash - path : 1] = '\0';
    return folder;
}

struct definition *definition_from_file(const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    if (!file) {
        error_set_errno(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, errno,
                        "cannot open definition '%.200s'", path);
        return NULL;
    }
    char *text = mem_alloc(DEFINITION_BYTES_MAX + 1);
    size_t len = fread(text, 1, DEFINITION_BYTES_MAX + 1, file);
    struct definition *definition = NULL;
    if (ferror(file))
        error_set_errno(error, STATUS_IO, errno, "cannot read definition '%.200s'", path);
    else if (len > DEFINITION_BYTES_MAX)
        error_set(error, STATUS_LIMIT, "definition '%.200s' is larger than 1 MiB", path);
    else
        definition = definition_from_json(text, len, path, error);
    if (definition)
        definition->folder = folder_of(path);
    free(text);
    fclose(file);
    return definition;
}

/* --- built in --- */

static const unsigned char tickets_json[] = {
#include "builtin/tickets.inc"
};
static const unsigned char payments_json[] = {
#include "builtin/payments.inc"
};
static const unsigned char orders_json[] = {
#include "builtin/orders.inc"
};

const char *const definition_builtin_names[] = {"tickets", "payments", "orders"};
const size_t definition_builtin_count =
    sizeof definition_builtin_names / sizeof *definition_builtin_names;

struct definition *definition_builtin(const char *name)
{
    static const struct {
        const unsigned char *json;
        size_t len;
    } texts[] = {
        {tickets_json, sizeof tickets_json},
        {payments_json, sizeof payments_json},
        {orders_json, sizeof orders_json},
    };
    for (size_t i = 0; i < definition_builtin_count; i++) {
        struct error error;
        if (strcmp(name, definition_builtin_names[i]) != 0)
            continue;
        struct definition *definition =
            definition_from_json((const char *)texts[i].json, texts[i].len, name, &error);
        if (!definition)
            fatal("the built-in definition is broken: %s", error.text);
        return definition;
    }
    return NULL;
}
