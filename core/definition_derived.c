/* Tiers and lookups of a definition: fields added behind those of the feed. */
#include "core/definition.h"
#include "core/definition_parts.h"
#include "core/money.h"

#include <stdio.h>
#include <string.h>

/* --- tiers --- */

static enum status add_step(const struct definition *definition, struct tier *tier,
                            const struct tier_step *step, struct error *error)
{
    const struct field *of = &definition->fields[tier->of];
    int places = of->type == FIELD_MONEY ? of->places : 0;
    int64_t amount;
    if (money_parse(step->amount, strlen(step->amount), places, &amount) != MONEY_OK)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "step '%.80s': '%.80s' is no amount of '%s', which has %d decimals",
                         step->name, step->amount, of->name, places);
    if (tier->steps_len > 0 && tier->steps[tier->steps_len - 1] <= amount)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "step '%.80s': steps go from the highest amount down", step->name);
    tier->steps[tier->steps_len++] = amount;
    return STATUS_OK;
}

static enum status add_name(struct field *field, const char *name, struct error *error)
{
    for (int v = 0; v < field->values_len; v++)
        if (strcmp(field->values[v], name) == 0)
            return error_set(error, STATUS_BAD_DEFINITION, "step '%.80s' stands twice", name);
    field->values[field->values_len++] = mem_copy_text(name);
    return STATUS_OK;
}

enum status definition_add_tier(struct definition *definition, const char *name, const char *of,
                                const struct tier_step *steps, int steps_len, const char *otherwise,
                                struct error *error)
{
    if (definition->tiers_len == TIERS_MAX)
        return error_set(error, STATUS_LIMIT, "'%.80s' is one too many: at most %d tiers", name,
                         TIERS_MAX);
    if (steps_len < 1 || steps_len > TIER_STEPS_MAX)
        return error_set(error, STATUS_BAD_DEFINITION, "'%.80s' needs 1 to %d steps", name,
                         TIER_STEPS_MAX);
    struct tier *tier = &definition->tiers[definition->tiers_len];
    *tier = (struct tier){.of = -1};
    enum status status = definition_find_field(definition, "of", of, &tier->of, error);
    if (status != STATUS_OK)
        return status;
    enum field_type type = definition->fields[tier->of].type;
    if (type != FIELD_MONEY && type != FIELD_INT)
        return error_set(error, STATUS_BAD_DEFINITION, "of: '%s' is no number (money or int)", of);
    status = definition_add_field(definition, name, FIELD_TEXT, &tier->field, error);
    if (status != STATUS_OK)
        return status;
    struct field *field = &definition->fields[tier->field];
    field->derived = DERIVED_TIER;
    for (int s = 0; s < steps_len && status == STATUS_OK; s++) {
        status = add_step(definition, tier, &steps[s], error);
        if (status == STATUS_OK)
            status = add_name(field, steps[s].name, error);
    }
    if (status == STATUS_OK)
        status = add_name(field, otherwise, error);
    definition->tiers_len++;
    return status;
}

const char *tier_name(const struct definition *definition, const struct tier *tier, int64_t value)
{
    int step = 0;
    while (step < tier->steps_len && tier->steps[step] > value)
        step++;
    return definition->fields[tier->field].values[step];
}

/* --- lookups --- */

enum status definition_add_lookup(struct definition *definition, const char *file, const char *key,
                                  const char *const *takes, int takes_len, struct error *error)
{
    if (definition->lookups_len == LOOKUPS_MAX)
        return error_set(error, STATUS_LIMIT, "'%.80s' is one too many: at most %d lookups", file,
                         LOOKUPS_MAX);
    struct lookup_join *join = &definition->lookups[definition->lookups_len];
    *join = (struct lookup_join){.file = NULL};
    enum status status = definition_find_field(definition, "key", key, &join->key, error);
    if (status != STATUS_OK)
        return status;
    const struct field *field = &definition->fields[join->key];
    if (field->type != FIELD_TEXT || field->derived != DERIVED_NOT)
        return error_set(error, STATUS_BAD_DEFINITION, "key: '%s' is no text field of the feed",
                         key);
    for (int t = 0; t < takes_len && status == STATUS_OK; t++) {
        status = definition_add_field(definition, takes[t], FIELD_TEXT, &join->takes[t], error);
        if (status == STATUS_OK) {
            definition->fields[join->takes[t]].derived = DERIVED_LOOKUP;
            join->takes_len++;
        }
    }
    join->file = mem_copy_text(file);
    definition->lookups_len++;
    return status;
}

static bool is_asked_for(const struct definition *definition, int field)
{
    for (int k = 0; k < definition->group_by_len; k++)
        if (definition->group_by[k].kind == GROUP_FIELD && definition->group_by[k].field == field)
            return true;
    for (int i = 0; i < definition->filters_len; i++)
        if (definition->filters[i].field == field)
            return true;
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].field == field)
            return true;
    for (int i = 0; i < definition->conditions_len; i++)
        if (definition->conditions[i].field == field)
            return true;
    for (int r = 0; r < definition->rules_len; r++)
        if (definition->rules[r].per == field)
            return true;
    for (int i = 0; definition->report_dedupes && i < definition->dedupe_fields_len; i++)
        if (definition->dedupe_fields[i] == field)
            return true;
    return field == definition->window.per;
}

void definition_mark_lookups(struct definition *definition)
{
    for (int i = 0; i < definition->lookups_len; i++) {
        struct lookup_join *join = &definition->lookups[i];
        join->needed = false;
        for (int t = 0; t < join->takes_len; t++)
            join->needed |= is_asked_for(definition, join->takes[t]);
    }
}
