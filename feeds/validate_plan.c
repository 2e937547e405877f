/* Plans: what each field of a definition needs, worked out once, so that a record costs no
 * look-ups. */
#include "feeds/validate_parts.h"

uint8_t validator_step_of(const struct definition *definition, const char *text, size_t len)
{
    for (int i = 0; i < definition->lifecycle_opened_len; i++)
        if (filter_text_is(definition->lifecycle_opened[i], text, len))
            return LIFECYCLE_OPENED;
    for (int i = 0; i < definition->lifecycle_closed_len; i++)
        if (filter_text_is(definition->lifecycle_closed[i], text, len))
            return LIFECYCLE_CLOSED;
    return LIFECYCLE_NONE;
}

static void plan_choice(struct validator *v, const struct field_plan *plan, const char *text,
                        int index, struct choice *choice)
{
    choice->index = (uint8_t)index;
    choice->text = text;
    choice->len = strlen(text);
    if (choice->len <= SHORT_TEXT)
        choice->words = text_words(text, choice->len);
    if (plan->key_slot >= 0)
        choice->key = symbols_intern(v->symbols, text, choice->len);
    choice->holds = filter_texts_hold(v->definition, plan->filters, text, choice->len);
    if (plan->is_step)
        choice->step = validator_step_of(v->definition, text, choice->len);
}

/* Whether each short choice has a slot of its own by the plan's turn. */
static bool place_choices(struct field_plan *plan)
{
    memset(plan->choice_at, 0, sizeof *plan->choice_at << plan->choice_bits);
    for (int i = 0; i < plan->choices_len; i++) {
        const struct choice *choice = &plan->choices[i];
        if (choice->len > SHORT_TEXT)
            continue;
        struct choice *at =
            &plan->choice_at[text_slot(choice->words, plan->choice_turn, plan->choice_bits)];
        if (at->len > 0)
            return false;
        *at = *choice;
    }
    return true;
}

/* The fewest slots for which a few turns are enough to find one. */
static void find_turn(struct field_plan *plan)
{
    plan->choice_turn = TEXT_TURN;
    for (plan->choice_bits = 1; plan->choice_bits <= CHOICE_BITS_MAX; plan->choice_bits++) {
        plan->choice_at = mem_zero((size_t)1 << plan->choice_bits, sizeof *plan->choice_at);
        for (int tries = 0; tries < 100; tries++, plan->choice_turn = plan->choice_turn * 5 + 2)
            if (place_choices(plan))
                return;
        free(plan->choice_at);
        plan->choice_at = NULL;
    }
}

static void plan_choices(struct validator *v, struct field_plan *plan, const struct field *field)
{
    plan->choices_len = field->values_len;
    if (field->values_len == 0)
        return;
    plan->choices = mem_zero((size_t)field->values_len, sizeof *plan->choices);
    for (int i = 0; i < field->values_len; i++)
        plan_choice(v, plan, field->values[i], i, &plan->choices[i]);
    find_turn(plan);
}

static void plan_filter(struct validator *v, const struct filter *filter, int index)
{
    uint64_t bit = UINT64_C(1) << index;
    v->plans[filter->field].filters |= bit;
    if (filter->op == FILTER_NE || filter->op == FILTER_MISSING)
        v->holds_if_missing |= bit;
}

static void plan_filters(struct validator *v)
{
    const struct definition *definition = v->definition;
    for (int i = 0; i < definition->filters_len; i++)
        plan_filter(v, &definition->filters[i], i);
    for (int i = 0; i < definition->conditions_len; i++)
        plan_filter(v, &definition->conditions[i], FILTERS_MAX + i);
    v->all_filters = (UINT64_C(1) << definition->filters_len) - 1;
}

static void plan_keys(struct validator *v)
{
    for (int i = 0; i < v->definition->window_keys_len; i++) {
        const struct group_column *column = &v->definition->group_by[i];
        if (column->kind == GROUP_DATE)
            v->date_slot = i;
        else if (column->kind == GROUP_HOUR)
            v->hour_slot = i;
        else
            v->plans[column->field].key_slot = (int8_t)i;
    }
}

static bool is_id(const struct definition *definition, int field)
{
    for (int i = 0; i < definition->dedupe_fields_len; i++)
        if (definition->dedupe_fields[i] == field)
            return true;
    return false;
}

/* Which fields others are derived from, where those are asked for. */
static void plan_derived(struct validator *v)
{
    const struct definition *definition = v->definition;
    for (int i = 0; i < definition->lookups_len; i++) {
        if (!definition->lookups[i].needed)
            continue;
        v->plans[definition->lookups[i].key].lookups |= (uint8_t)(1u << i);
        v->lookups |= (uint8_t)(1u << i);
    }
    for (int i = 0; i < definition->tiers_len; i++) {
        const struct field_plan *tier = &v->plans[definition->tiers[i].field];
        if (tier->key_slot >= 0 || tier->filters || tier->distinct_slot >= 0 ||
            is_id(definition, definition->tiers[i].field) ||
            rule_marks_wanted(v->marks, definition->tiers[i].field))
            v->plans[definition->tiers[i].of].tiers |= (uint8_t)(1u << i);
    }
}

static enum field_kind kind_of(const struct validator *v, const struct field_plan *plan)
{
    if (plan->type == FIELD_TIME)
        return KIND_TIME;
    if (plan->type != FIELD_TEXT)
        return KIND_NUMBER;
    if (plan->choices_len > 0)
        return KIND_CHOICE;
    return plan->recalled || plan->is_ticket || plan->more || v->identity ? KIND_TEXT
                                                                          : KIND_PRESENT;
}

/* A range of numbers is found without a look at what the filter says. */
static void plan_range(const struct validator *v, struct field_plan *plan)
{
    if (plan->type == FIELD_TEXT || !plan->filters || plan->filters & (plan->filters - 1))
        return;
    const struct filter *filter = filter_of(v->definition, __builtin_ctzll(plan->filters));
    plan->low = INT64_MIN;
    plan->high = INT64_MAX;
    plan->is_range = true;
    if (filter->op == FILTER_GE)
        plan->low = filter->number;
    else if (filter->op == FILTER_GT && filter->number < INT64_MAX)
        plan->low = filter->number + 1;
    else if (filter->op == FILTER_LE)
        plan->high = filter->number;
    else if (filter->op == FILTER_LT && filter->number > INT64_MIN)
        plan->high = filter->number - 1;
    else if (filter->op == FILTER_EQ)
        plan->low = plan->high = filter->number;
    else
        plan->is_range = false;
}

static void plan_field(struct validator *v, int f)
{
    const struct definition *definition = v->definition;
    const struct field *field = &definition->fields[f];
    struct field_plan *plan = &v->plans[f];
    plan->type = field->type;
    plan->bit = 1u << f;
    plan->places = field->type == FIELD_MONEY ? field->places : 0;
    plan->zone = field->zone;
    plan->positive = field->positive;
    plan->is_time = f == definition->time_field;
    plan->is_ticket = definition->needs_steps && f == definition->lifecycle_key;
    plan->is_step = definition->needs_steps && f == definition->lifecycle_field;
    plan->is_label = f == definition->label_field;
    plan->redacted = field->redacted;
    plan->marks = rule_marks_wanted(v->marks, f);
    plan->marks_stay = (plan->marks & ~(MARK_LABEL | MARK_SUBJECT)) == 0 && !plan->redacted;
    plan_choices(v, plan, field);
    bool asked = plan->key_slot >= 0 || plan->filters || plan->is_step;
    if (asked)
        plan->memos = mem_zero(1 << MEMO_BITS, sizeof *plan->memos);
    plan->recalled = asked && plan->type == FIELD_TEXT;
    plan->more = plan->distinct_slot >= 0 || plan->lookups || plan->tiers ||
                 (plan->key_slot >= 0 && plan->type != FIELD_TEXT);
    plan->tells = (uint8_t)((plan->is_label ? TELL_LABEL : 0) | (plan->marks ? TELL_MARKS : 0));
    plan->kind = kind_of(v, plan);
    plan_range(v, plan);
    plan->rest = plan->more ||
                 (plan->kind == KIND_CHOICE ? plan->is_ticket
                                            : (plan->filters && !plan->is_range) || v->identity);
    if (field->required)
        v->required |= plan->bit;
}

struct validator *validator_new(const struct definition *definition, struct symbols *symbols,
                                struct hash_key hash_key)
{
    struct validator *v = mem_zero(1, sizeof *v);
    v->definition = definition;
    v->symbols = symbols;
    v->hash_key = hash_key;
    v->marks = rule_marks_new(definition, hash_key);
    v->tells = v->marks ? TELL_MARKS : 0;
    v->identity = identity_new(definition, hash_key);
    time_texts_init(&v->times);
    v->date_slot = v->hour_slot = -1;
    for (int f = 0; f < FIELDS_MAX; f++)
        v->plans[f].value_slot = v->plans[f].key_slot = v->plans[f].distinct_slot = -1;
    for (int slot = 0; slot < definition->value_fields_len; slot++)
        v->plans[definition->value_field[slot]].value_slot = (int8_t)slot;
    for (int slot = 0; slot < definition->distinct_fields_len; slot++)
        v->plans[definition->distinct_field[slot]].distinct_slot = (int8_t)slot;
    plan_filters(v);
    plan_keys(v);
    plan_derived(v);
    v->ends = v->date_slot >= 0 || v->hour_slot >= 0 || definition->needs_steps || v->marks;
    for (int f = 0; f < definition->fields_len; f++)
        plan_field(v, f);
    return v;
}

bool validator_asks(const struct validator *v, int field)
{
    const struct field_plan *plan = &v->plans[field];
    return plan->kind != KIND_PRESENT || plan->tells || v->required & plan->bit;
}

/* What is asked for nothing, not even to be there, is left out. */
void validator_use(struct validator *v, const struct validator_column *columns, int len)
{
    v->row_len = 0;
    for (int c = 0; c < len; c++) {
        const struct field_plan *plan = &v->plans[columns[c].field];
        if (validator_asks(v, columns[c].field))
            v->row[v->row_len++] = (struct row_field){.plan = plan,
                                                      .bit = 1u << columns[c].field,
                                                      .column = columns[c].column,
                                                      .field = columns[c].field,
                                                      .last = columns[c].last};
    }
}

void validator_free(struct validator *v)
{
    if (!v)
        return;
    for (int f = 0; f < FIELDS_MAX; f++) {
        free(v->plans[f].choices);
        free(v->plans[f].choice_at);
        free(v->plans[f].memos);
    }
    rule_marks_free(v->marks);
    identity_free(v->identity);
    free(v);
}
