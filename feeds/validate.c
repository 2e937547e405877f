/*
 * Field texts to event slots.
 *
 * DESIGN: what is to be done with a field is worked out once, in its plan; a record then costs a
 * walk over its fields. Three small caches keep the usual record cheap: the day of the last time
 * text, packed short texts of closed lists, and a direct-mapped table from short texts to symbols
 * before the shared, locked one.
 */
#include "feeds/validate_parts.h"

/* --- a record --- */

static symbol key_symbol(struct validator *v, const struct field_plan *plan, const char *text,
                         size_t len)
{
    if (len > SHORT_TEXT)
        return symbols_intern(v->symbols, text, len);
    struct packed packed = pack(text, len);
    uint64_t mixed =
        (packed.word[0] ^ packed.word[1] * 0x9E3779B97F4A7C15u ^ len) * 0xD6E8FEB86659FD93u;
    struct cached_symbol *cached = &plan->cache[mixed >> 56];
    if (!packed_same(&cached->packed, &packed)) {
        cached->packed = packed;
        cached->key = symbols_intern(v->symbols, text, len);
    }
    return cached->key;
}

static void keep_key(struct validator *v, const struct field_plan *plan, const char *text,
                     size_t len)
{
    struct pending_key *pending = &v->pending[plan->key_slot];
    char token[REDACT_TOKEN];
    if (plan->redacted) {
        len = definition_token(v->definition, text, len, token);
        text = token;
    }
    pending->plan = plan;
    pending->len = len < sizeof pending->text ? len : sizeof pending->text;
    memcpy(pending->text, text, pending->len);
    v->keys_pending |= (uint8_t)(1u << plan->key_slot);
}

static void intern_keys(struct validator *v)
{
    for (int slot = 0; slot < EVENT_KEYS_MAX; slot++) {
        const struct pending_key *pending = &v->pending[slot];
        if (v->keys_pending & 1u << slot)
            v->event->key[slot] = key_symbol(v, pending->plan, pending->text, pending->len);
    }
}

void validator_fault(struct validator *v, int field, enum reject_reason reason)
{
    v->seen |= 1u << field;
    if (field < v->fault_field) {
        v->fault_field = field;
        v->fault = reason;
    }
}

static const struct choice *find_choice(const struct field_plan *plan, const char *text, size_t len)
{
    if (len <= SHORT_TEXT) {
        struct packed packed = pack(text, len);
        for (int i = 0; i < plan->choices_len; i++)
            if (packed_same(&plan->choices[i].packed, &packed))
                return &plan->choices[i];
        return NULL;
    }
    for (int i = 0; i < plan->choices_len; i++)
        if (plan->choices[i].len == len && memcmp(plan->choices[i].text, text, len) == 0)
            return &plan->choices[i];
    return NULL;
}

static void take_choice(struct validator *v, int field, const char *text, size_t len)
{
    const struct field_plan *plan = &v->plans[field];
    const struct choice *choice = find_choice(plan, text, len);
    if (!choice) {
        validator_fault(v, field, REJECT_UNKNOWN_ENUM);
        return;
    }
    if (plan->key_slot >= 0)
        v->event->key[plan->key_slot] = choice->key;
    v->holds = (v->holds & ~plan->filters) | choice->holds;
    if (plan->is_step)
        v->event->lifecycle = choice->step;
    if (v->identity)
        identity_choice(v->identity, field, (int)(choice - plan->choices));
}

/* Equal texts, or equal numbers however written, are one. */
static void take_distinct(struct validator *v, const struct field_plan *plan, const void *bytes,
                          size_t len)
{
    uint64_t hash = siphash64(v->hash_key, bytes, len);
    v->event->distinct[plan->distinct_slot] = hash ? hash : 1;
}

/* Fields taken from the rows that the text finds. */
static void take_lookups(struct validator *v, const struct field_plan *plan, const char *text,
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

static void take_tiers(struct validator *v, const struct field_plan *plan, int64_t value)
{
    for (unsigned left = plan->tiers; left; left &= left - 1) {
        const struct tier *tier = &v->definition->tiers[__builtin_ctz(left)];
        const char *name = tier_name(v->definition, tier, value);
        validator_field(v, tier->field, name, strlen(name));
    }
}

/* A row that was not found is a group of its own (S-16). */
static void settle_lookups(struct validator *v)
{
    for (unsigned left = v->lookups & ~(unsigned)v->found; left; left &= left - 1) {
        const struct lookup_join *join = &v->definition->lookups[__builtin_ctz(left)];
        for (int t = 0; t < join->takes_len; t++)
            if (v->plans[join->takes[t]].key_slot >= 0)
                v->event->key[v->plans[join->takes[t]].key_slot] = SYMBOL_UNKNOWN;
    }
}

static void take_text(struct validator *v, int field, const char *text, size_t len)
{
    const struct field_plan *plan = &v->plans[field];
    struct hash128 hash = {.word = {0, 0}};
    if (plan->is_ticket) {
        hash = siphash128(v->hash_key, text, len);
        memcpy(v->event->ticket, hash.word, sizeof hash.word);
    }
    if (plan->choices_len > 0) {
        take_choice(v, field, text, len);
    } else {
        if (plan->key_slot >= 0)
            keep_key(v, plan, text, len);
        if (plan->filters)
            v->holds = (v->holds & ~plan->filters) |
                       filter_texts_hold(v->definition, plan->filters, text, len);
        if (plan->is_step)
            v->event->lifecycle = validator_step_of(v->definition, text, len);
        if (v->identity)
            identity_text(v->identity, field, text, len, plan->is_ticket ? &hash : NULL);
    }
    if (plan->distinct_slot >= 0)
        take_distinct(v, plan, text, len);
    if (plan->lookups)
        take_lookups(v, plan, text, len);
}

/* What numbers and times share: value slot, filters, and the key in its canonical text, so that
 * 1.5 and 1.50 are one group. */
static void take_value(struct validator *v, const struct field_plan *plan, int64_t value)
{
    if (v->identity)
        identity_value(v->identity, (int)(plan - v->plans), value);
    if (plan->filters)
        v->holds =
            (v->holds & ~plan->filters) | filter_numbers_hold(v->definition, plan->filters, value);
    if (plan->value_slot >= 0) {
        v->event->value[plan->value_slot] = value;
        v->event->present |= (uint8_t)(1u << plan->value_slot);
    }
    if (plan->key_slot >= 0) {
        char text[MONEY_TEXT];
        if (plan->type == FIELD_TIME)
            instant_format(value, text);
        else
            money_format(value, plan->places, text);
        keep_key(v, plan, text, strlen(text));
    }
    if (plan->distinct_slot >= 0)
        take_distinct(v, plan, &value, sizeof value);
    if (plan->tiers)
        take_tiers(v, plan, value);
}

static void take_number(struct validator *v, int field, const char *text, size_t len)
{
    const struct field_plan *plan = &v->plans[field];
    minor_units value = 0;
    switch (money_parse(text, len, plan->places, &value)) {
    case MONEY_OK:
        if (plan->positive && value <= 0)
            validator_fault(v, field, REJECT_NONPOSITIVE_AMOUNT);
        else
            take_value(v, plan, value);
        break;
    case MONEY_PRECISION:
        validator_fault(v, field, REJECT_PRECISION);
        break;
    case MONEY_BAD:
    default:
        validator_fault(v, field, REJECT_BAD_NUMBER);
    }
}

/* 0 to 99; more than that when they are no digits. */
static unsigned two_digits(const char *at)
{
    unsigned tens = (unsigned)(at[0] - '0');
    unsigned ones = (unsigned)(at[1] - '0');
    return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

enum { PLAIN_TIME = 20, MS_TIME = 24 };

/* The milliseconds of .482Z or of Z; above 999 when it is something else. */
static unsigned usual_rest(const char *rest, size_t len)
{
    if (len == 1)
        return rest[0] == 'Z' ? 0 : 1000;
    unsigned hundreds = (unsigned)(rest[1] - '0'), others = two_digits(rest + 2);
    if (rest[0] != '.' || rest[4] != 'Z' || hundreds > 9 || others > 99)
        return 1000;
    return hundreds * 100 + others;
}

/* The usual forms, 2026-01-05T08:42:17Z and 2026-01-05T08:42:17.482Z, on the day of the last such
 * text. */
static bool usual_time(const struct validator *v, const char *text, size_t len, epoch_ms *out)
{
    if ((len != PLAIN_TIME && len != MS_TIME) || memcmp(text, v->date, DATE_LEN) != 0)
        return false;
    unsigned hour = two_digits(text + 11);
    unsigned minute = two_digits(text + 14);
    unsigned second = two_digits(text + 17);
    unsigned ms = usual_rest(text + 19, len - 19);
    if (text[13] != ':' || text[16] != ':' || hour > 23 || minute > 59 || second > 59 || ms > 999)
        return false;
    *out = v->date_ms +
           (int64_t)(hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + ms);
    return true;
}

static void take_time(struct validator *v, int field, const char *text, size_t len)
{
    const struct field_plan *plan = &v->plans[field];
    epoch_ms time = 0;
    if (!usual_time(v, text, len, &time)) {
        enum instant_result result = instant_parse(text, len, plan->zone, &time);
        if (result != INSTANT_OK) {
            validator_fault(v, field,
                            result == INSTANT_RANGE ? REJECT_TIME_RANGE : REJECT_BAD_TIMESTAMP);
            return;
        }
        if ((len == PLAIN_TIME || len == MS_TIME) && text[10] == 'T' && text[len - 1] == 'Z') {
            memcpy(v->date, text, DATE_LEN);
            v->date_ms = instant_day_start(instant_day(time, NULL), NULL);
        }
    }
    if (plan->is_time)
        v->event->time = time;
    take_value(v, plan, time);
}

void validator_begin(struct validator *v, struct event *event)
{
    memset(event, 0, sizeof *event);
    v->event = event;
    v->seen = 0;
    v->holds = v->holds_if_missing;
    v->found = 0;
    v->fault_field = FIELDS_MAX;
    v->fault = REJECT_NONE;
    if (v->marks)
        rule_marks_begin(v->marks);
    v->keys_pending = 0;
    if (v->identity)
        identity_begin(v->identity);
    if (v->label_wanted)
        v->label[0] = '\0';
}

/* As much of the text as fits, not cut inside a character. */
static void take_label(struct validator *v, const struct field_plan *plan, const char *text,
                       size_t len)
{
    char token[REDACT_TOKEN];
    if (plan->redacted) {
        len = definition_token(v->definition, text, len, token);
        text = token;
    }
    if (len >= EVENT_LABEL) {
        len = EVENT_LABEL - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(v->label, text, len);
    v->label[len] = '\0';
}

void validator_field(struct validator *v, int field, const char *text, size_t len)
{
    const struct field_plan *plan = &v->plans[field];
    if (len == 0)
        return;
    v->seen |= 1u << field;
    if (plan->idle)
        return;
    if (plan->type == FIELD_TEXT)
        take_text(v, field, text, len);
    else if (plan->type == FIELD_TIME)
        take_time(v, field, text, len);
    else
        take_number(v, field, text, len);
    if (plan->is_label && v->label_wanted)
        take_label(v, plan, text, len);
    if (plan->marks)
        rule_marks_field(v->marks, plan->marks, text, len, plan->redacted);
}

static void take_time_keys(struct validator *v)
{
    char text[INSTANT_TEXT];
    epoch_ms time = v->event->time;
    const struct zone *zone = v->definition->zone;
    int32_t day = instant_day(time, zone);
    if (v->date_slot >= 0) {
        if (day != v->key_day || v->key_day_symbol == SYMBOL_MISSING) {
            instant_format_date(time, zone, text);
            v->key_day = day;
            v->key_day_symbol = symbols_intern(v->symbols, text, strlen(text));
        }
        v->event->key[v->date_slot] = v->key_day_symbol;
    }
    if (v->hour_slot >= 0) {
        int64_t hour = instant_clock_ms(time, zone) / MS_PER_HOUR;
        if (v->hours[hour] == SYMBOL_MISSING) {
            snprintf(text, sizeof text, "%02d", (int)hour);
            v->hours[hour] = symbols_intern(v->symbols, text, strlen(text));
        }
        v->event->key[v->hour_slot] = v->hours[hour];
    }
}

/* A record without a step opens its ticket: feeds that know no closing have no such column. */
static void settle_lifecycle(struct validator *v)
{
    const struct definition *definition = v->definition;
    if (!(v->seen & 1u << definition->lifecycle_key))
        v->event->lifecycle = LIFECYCLE_NONE;
    else if (!(v->seen & 1u << definition->lifecycle_field))
        v->event->lifecycle = LIFECYCLE_OPENED;
}

static void reject(struct validator *v)
{
    struct event *event = v->event;
    memset(event, 0, sizeof *event);
    event->reason = (uint8_t)v->fault;
    if (reject_names_field(v->fault))
        event->field = (uint8_t)v->fault_field;
}

void validator_end(struct validator *v)
{
    uint32_t missing = v->required & ~v->seen;
    if (missing)
        validator_fault(v, __builtin_ctz(missing), REJECT_MISSING_FIELD);
    if (v->fault != REJECT_NONE) {
        reject(v);
        return;
    }
    if (v->identity)
        identity_end(v->identity, v->event);
    if (v->lookups)
        settle_lookups(v);
    uint64_t failed = v->all_filters & ~v->holds;
    if (failed) {
        v->event->filtered = (uint8_t)(__builtin_ctzll(failed) + 1);
        return;
    }
    intern_keys(v);
    if (v->date_slot >= 0 || v->hour_slot >= 0)
        take_time_keys(v);
    if (v->definition->needs_steps)
        settle_lifecycle(v);
    if (v->marks)
        rule_marks_end(v->marks, (uint32_t)(v->holds >> FILTERS_MAX), v->event,
                       v->texts ? &v->texts[v->event - v->first_event] : NULL);
    if (v->label_wanted) {
        v->label_wanted = false;
        v->label_ready = true;
    }
}

void validator_texts(struct validator *v, const struct event *events, struct event_text *texts)
{
    v->first_event = events;
    v->texts = texts;
}

void validator_want_label(struct validator *v)
{
    v->label_wanted = true;
    v->label_ready = false;
    v->label[0] = '\0';
}

bool validator_take_label(struct validator *v, char label[EVENT_LABEL])
{
    if (!v->label_ready)
        return false;
    memcpy(label, v->label, EVENT_LABEL);
    v->label_ready = false;
    return true;
}
