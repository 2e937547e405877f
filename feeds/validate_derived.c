/* Fields that are taken from others: from rows of a lookup, and tiers of a number. */
#include "feeds/validate_parts.h"

void validator_take_lookups(struct validator *v, const struct field_plan *plan, const char *text,
                            size_t len)
{
    for (unsigned left = plan->lookups; left; left &= left - 1) {
        int i = __builtin_ctz(left);
        const struct lookup_join *join = &v->definition->lookups[i];
        const struct word *takes = join->table ? lookup_find(join->table, text, len) : NULL;
        if (!takes)
            continue;
        v->found |= (uint8_t)(1u << i);
        for (int t = 0; t < join->takes_len; t++)
            validator_field(v, join->takes[t], takes[t].at, takes[t].len);
    }
}

void validator_take_tiers(struct validator *v, const struct field_plan *plan, int64_t value)
{
    for (unsigned left = plan->tiers; left; left &= left - 1) {
        const struct tier *tier = &v->definition->tiers[__builtin_ctz(left)];
        const char *name = tier_name(v->definition, tier, value);
        validator_field(v, tier->field, name, strlen(name));
    }
}

/* A row that was not found is a group of its own (S-16). */
void validator_settle_lookups(struct validator *v)
{
    for (unsigned left = v->lookups & ~(unsigned)v->found; left; left &= left - 1) {
        const struct lookup_join *join = &v->definition->lookups[__builtin_ctz(left)];
        for (int t = 0; t < join->takes_len; t++)
            if (v->plans[join->takes[t]].key_slot >= 0)
                v->event->key[v->plans[join->takes[t]].key_slot] = SYMBOL_UNKNOWN;
    }
}
