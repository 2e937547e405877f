/*
 * Rules of a definition: conditions are read like filters, and kept in one pool, so that a decoder
 * can evaluate those of all rules in one mask of bits.
 */
#include "core/definition.h"
#include "core/definition_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum status definition_add_rule(struct definition *definition, const char *name, struct rule **rule,
                                struct error *error)
{
    if (!definition_is_name(name))
        return error_set(error, STATUS_BAD_DEFINITION,
                         "'%.80s' cannot name a rule: letters, digits, '-', '_', '.', at most %d",
                         name, NAME_MAX_LEN);
    for (int r = 0; r < definition->rules_len; r++)
        if (strcmp(definition->rules[r].name, name) == 0)
            return error_set(error, STATUS_BAD_DEFINITION, "rule '%s' is defined twice", name);
    if (definition->rules_len == RULES_MAX)
        return error_set(error, STATUS_LIMIT, "rule '%s' is one too many: at most %d", name,
                         RULES_MAX);
    *rule = &definition->rules[definition->rules_len++];
    **rule = (struct rule){.kind = RULE_EVENT, .per = -1};
    snprintf((*rule)->name, sizeof(*rule)->name, "%s", name);
    snprintf((*rule)->alert, sizeof(*rule)->alert, "%s", name);
    return STATUS_OK;
}

enum status definition_add_condition(struct definition *definition, struct rule *rule,
                                     const char *expression, struct error *error)
{
    int index = definition->conditions_len;
    if (index == CONDITIONS_MAX)
        return error_set(error, STATUS_LIMIT, "rule '%s': '%s' is one too many: at most %d",
                         rule->name, expression, CONDITIONS_MAX);
    enum status status =
        definition_read_filter(definition, expression, &definition->conditions[index], error);
    if (status != STATUS_OK)
        return status;
    rule->conditions |= UINT32_C(1) << index;
    definition->conditions_len++;
    return STATUS_OK;
}

void definition_forget_rules(struct definition *definition)
{
    for (int i = 0; i < definition->conditions_len; i++)
        definition_free_filter(&definition->conditions[i]);
    for (int r = 0; r < definition->rules_len; r++) {
        free(definition->rules[r].pair.opens);
        free(definition->rules[r].pair.needs);
    }
    definition->conditions_len = definition->rules_len = 0;
}

/* Their conditions stay, and no rule asks for them. */
void definition_forget_lifecycle(struct definition *definition)
{
    int kept = 0;
    for (int r = 0; r < definition->rules_len; r++)
        if (definition->rules[r].kind != RULE_SLA)
            definition->rules[kept++] = definition->rules[r];
    definition->rules_len = kept;
    definition->has_lifecycle = false;
}

static enum status refuse(const struct rule *rule, const char *message, struct error *error)
{
    return error_set(error, STATUS_BAD_DEFINITION, "rule '%s': %s", rule->name, message);
}

/* Whose alerts: one field, of which an event carries one hash and one text. */
static enum status check_per(struct definition *definition, const struct rule *rule,
                             struct error *error)
{
    if (rule->per < 0)
        return rule->kind == RULE_VELOCITY
                   ? refuse(rule, "more_than needs `per`, the field whose values are counted",
                            error)
                   : STATUS_OK;
    const struct field *field = &definition->fields[rule->per];
    if (field->type != FIELD_TEXT && field->type != FIELD_INT)
        return refuse(rule, "the field of `per` must be text or int", error);
    if (definition->per_field >= 0 && definition->per_field != rule->per)
        return error_set(error, STATUS_LIMIT,
                         "rule '%s': per '%s', but another rule has per '%s'; one field for all",
                         rule->name, field->name, definition->fields[definition->per_field].name);
    definition->per_field = rule->per;
    return STATUS_OK;
}

static enum status check_pair(struct definition *definition, int r, struct error *error)
{
    struct rule *rule = &definition->rules[r];
    if (definition->pair_rule >= 0)
        return refuse(rule, "only one rule can have a pair", error);
    definition->pair_rule = r;
    if (rule->pair.id < 0 && definition->id_fields_len == 0)
        return refuse(rule, "pair needs `id`: the definition has no id fields", error);
    if (rule->pair.id < 0)
        rule->pair.id = definition->id_fields[0];
    const int fields[] = {rule->pair.field, rule->pair.ref, rule->pair.id};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (definition->fields[fields[i]].type != FIELD_TEXT)
            return error_set(error, STATUS_BAD_DEFINITION,
                             "rule '%s': the pair's field '%s' must be text", rule->name,
                             definition->fields[fields[i]].name);
    if (rule->pair.ref == rule->pair.id)
        return refuse(rule, "ref and id of a pair must be two fields", error);
    return STATUS_OK;
}

static enum status check_rule(struct definition *definition, int r, struct error *error)
{
    const struct rule *rule = &definition->rules[r];
    enum status status = check_per(definition, rule, error);
    if (status != STATUS_OK)
        return status;
    switch (rule->kind) {
    case RULE_EVENT:
        if (rule->conditions == 0)
            return refuse(rule, "needs `when`, `more_than`, `open_longer_than` or `pair`", error);
        return STATUS_OK;
    case RULE_SLA:
        if (!definition->has_lifecycle)
            return refuse(rule, "open_longer_than needs a lifecycle", error);
        definition->needs_steps = true;
        return STATUS_OK;
    case RULE_PAIR:
        return check_pair(definition, r, error);
    case RULE_VELOCITY:
    default:
        return STATUS_OK;
    }
}

/* The field whose text names an event: the first of the id, else the lifecycle's key. */
static int label_field(const struct definition *definition)
{
    if (definition->id_fields_len > 0)
        return definition->id_fields[0];
    return definition->has_lifecycle ? definition->lifecycle_key : -1;
}

enum status definition_check_rules(struct definition *definition, struct error *error)
{
    definition->label_field = label_field(definition);
    definition->needs_steps = definition->needs_lifecycle;
    definition->per_field = definition->pair_rule = -1;
    for (int r = 0; r < definition->rules_len; r++) {
        enum status status = check_rule(definition, r, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Alerts carry the first amount of money that may be told; where all slots are taken by others,
 * none. */
void definition_assign_alert_slot(struct definition *definition)
{
    definition->alert_slot = definition->alert_field = -1;
    if (definition->rules_len == 0)
        return;
    int field = 0;
    while (field < definition->fields_len &&
           (definition->fields[field].type != FIELD_MONEY || definition->fields[field].redacted))
        field++;
    if (field == definition->fields_len)
        return;
    int slot = 0;
    while (slot < definition->value_fields_len && definition->value_field[slot] != field)
        slot++;
    if (slot == EVENT_VALUES_MAX)
        return;
    if (slot == definition->value_fields_len)
        definition->value_field[definition->value_fields_len++] = field;
    definition->alert_slot = slot;
    definition->alert_field = field;
}
