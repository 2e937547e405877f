/*
 * The member `rules` of a definition. What a rule is follows from its members: each kind has one
 * that only it has, and the others are checked against it.
 */
#include "core/definition_parts.h"
#include "core/definition_reading.h"

#include <stdio.h>
#include <string.h>

static enum status read_rule_name(struct reading *reading, json_t *value, void *context)
{
    (void)reading;
    (void)value;
    (void)context; /* read before its members */
    return STATUS_OK;
}

static enum status read_conditions(struct reading *reading, json_t *value, void *context)
{
    struct rule *rule = context;
    char *texts[CONDITIONS_MAX];
    int len = 0;
    struct error inner;
    enum status status = reading_texts(reading, value, texts, &len, CONDITIONS_MAX);
    for (int i = 0; status == STATUS_OK && i < len; i++)
        status = reading_located(
            reading, definition_add_condition(reading->definition, rule, texts[i], &inner), &inner);
    reading_free_texts(texts, len);
    return status;
}

static enum status read_alert(struct reading *reading, json_t *value, void *context)
{
    struct rule *rule = context;
    if (!json_is_string(value) || json_string_length(value) == 0 ||
        json_string_length(value) > NAME_MAX_LEN)
        return reading_wrong(reading, "must be a text of at most 63 bytes");
    snprintf(rule->alert, sizeof rule->alert, "%s", json_string_value(value));
    return STATUS_OK;
}

static enum status read_field_name(struct reading *reading, json_t *value, int *field)
{
    struct error inner;
    if (!json_is_string(value))
        return reading_wrong(reading, "must be the name of a field");
    enum status status =
        definition_find_field(reading->definition, reading->path[reading->depth - 1],
                              json_string_value(value), field, &inner);
    return reading_located(reading, status, &inner);
}

static enum status read_per(struct reading *reading, json_t *value, void *context)
{
    return read_field_name(reading, value, &((struct rule *)context)->per);
}

static enum status read_more_than(struct reading *reading, json_t *value, void *context)
{
    struct rule *rule = context;
    if (!json_is_integer(value) || json_integer_value(value) < 1 ||
        json_integer_value(value) > MORE_THAN_MAX)
        return reading_wrong(reading, "must be a whole number from 1 to 500");
    rule->kind = RULE_VELOCITY;
    rule->more_than = json_integer_value(value);
    return STATUS_OK;
}

static enum status read_duration(struct reading *reading, json_t *value, int64_t *ms)
{
    if (!json_is_string(value) || !duration_parse(json_string_value(value), ms))
        return reading_wrong(reading, "must be a duration, as \"5m\" or \"120s\"");
    return STATUS_OK;
}

static enum status read_within(struct reading *reading, json_t *value, void *context)
{
    return read_duration(reading, value, &((struct rule *)context)->within_ms);
}

static enum status read_open_longer(struct reading *reading, json_t *value, void *context)
{
    struct rule *rule = context;
    rule->kind = RULE_SLA;
    return read_duration(reading, value, &rule->limit_ms);
}

/* --- pair --- */

static enum status read_pair_field(struct reading *reading, json_t *value, void *context)
{
    return read_field_name(reading, value, &((struct rule_pair *)context)->field);
}

static enum status read_pair_ref(struct reading *reading, json_t *value, void *context)
{
    return read_field_name(reading, value, &((struct rule_pair *)context)->ref);
}

static enum status read_pair_id(struct reading *reading, json_t *value, void *context)
{
    return read_field_name(reading, value, &((struct rule_pair *)context)->id);
}

static enum status read_pair_text(struct reading *reading, json_t *value, char **text)
{
    if (!json_is_string(value) || json_string_length(value) == 0)
        return reading_wrong(reading, "must be a text, a value of the pair's field");
    *text = mem_copy_text(json_string_value(value));
    return STATUS_OK;
}

static enum status read_pair_opens(struct reading *reading, json_t *value, void *context)
{
    return read_pair_text(reading, value, &((struct rule_pair *)context)->opens);
}

static enum status read_pair_needs(struct reading *reading, json_t *value, void *context)
{
    return read_pair_text(reading, value, &((struct rule_pair *)context)->needs);
}

static const struct member pair_members[] = {
    {"field", read_pair_field}, {"opens", read_pair_opens}, {"ref", read_pair_ref},
    {"needs", read_pair_needs}, {"id", read_pair_id},
};

/* Its field must be able to say both. */
static enum status check_pair_values(struct reading *reading, const struct rule_pair *pair)
{
    const struct field *field = &reading->definition->fields[pair->field];
    bool opens = field->values_len == 0, needs = opens;
    for (int v = 0; v < field->values_len; v++) {
        opens |= strcmp(field->values[v], pair->opens) == 0;
        needs |= strcmp(field->values[v], pair->needs) == 0;
    }
    if (!opens || !needs)
        return reading_wrong(reading, "opens and needs must be values of its field");
    if (strcmp(pair->opens, pair->needs) == 0)
        return reading_wrong(reading, "opens and needs must differ");
    return STATUS_OK;
}

static enum status read_pair(struct reading *reading, json_t *value, void *context)
{
    static const char *const needed[] = {"field", "opens", "ref", "needs"};
    struct rule *rule = context;
    rule->kind = RULE_PAIR;
    rule->pair.id = -1;
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!json_object_get(value, needed[i]))
            return reading_wrong(reading, "must be an object with field, opens, ref and needs");
    enum status status = reading_members(reading, value, pair_members,
                                         sizeof pair_members / sizeof *pair_members, &rule->pair);
    return status == STATUS_OK ? check_pair_values(reading, &rule->pair) : status;
}

/* --- a rule --- */

static const struct member rule_members[] = {
    {"name", read_rule_name},   {"when", read_conditions},
    {"alert", read_alert},      {"more_than", read_more_than},
    {"per", read_per},          {"within", read_within},
    {"where", read_conditions}, {"open_longer_than", read_open_longer},
    {"pair", read_pair},
};

/* Members that only fit together with others. */
static enum status check_members(struct reading *reading, json_t *object)
{
    bool velocity = json_object_get(object, "more_than");
    bool sla = json_object_get(object, "open_longer_than");
    bool pair = json_object_get(object, "pair");
    bool within = json_object_get(object, "within");
    if (velocity + sla + pair > 1)
        return reading_wrong(reading, "is one of more_than, open_longer_than and pair");
    if (velocity && !within)
        return reading_wrong(reading, "more_than needs within, as in \"within\": \"5m\"");
    if (within && !velocity && !pair)
        return reading_wrong(reading, "within belongs to more_than or pair");
    if (json_object_get(object, "where") && !sla)
        return reading_wrong(reading, "where belongs to open_longer_than; write when");
    if (json_object_get(object, "when") && (sla || pair))
        return reading_wrong(reading, sla ? "write where, the openings that are watched"
                                          : "a pair takes no conditions");
    return STATUS_OK;
}

static enum status read_rule(struct reading *reading, json_t *object)
{
    struct rule *rule;
    struct error inner;
    const char *name = json_string_value(json_object_get(object, "name"));
    if (!name)
        return reading_wrong(reading, "each rule is an object with a name");
    reading->path[reading->depth++] = name;
    reading->listed = reading->depth;
    enum status status = reading_located(
        reading, definition_add_rule(reading->definition, name, &rule, &inner), &inner);
    if (status == STATUS_OK)
        status = reading_members(reading, object, rule_members,
                                 sizeof rule_members / sizeof *rule_members, rule);
    if (status == STATUS_OK)
        status = check_members(reading, object);
    if (status != STATUS_OK)
        return status;
    if (rule->kind == RULE_PAIR && rule->within_ms == 0)
        rule->within_ms = PAIR_WAIT_LEAST;
    reading->depth--;
    reading->listed = 0;
    return STATUS_OK;
}

enum status read_rules(struct reading *reading, json_t *value, void *context)
{
    (void)context;
    size_t i;
    json_t *object;
    if (!json_is_array(value))
        return reading_wrong(reading, "must be a list of rules");
    json_array_foreach(value, i, object)
    {
        enum status status = read_rule(reading, object);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}
