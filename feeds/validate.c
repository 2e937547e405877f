/*
 * Field texts to event slots.
 *
 * DESIGN: what is to be done with a field is worked out once, in its plan; a record then costs a
 * walk over its fields. Three small caches keep the usual record cheap: the day of the last time
 * text, packed short texts of closed lists, and a direct-mapped table from short texts to symbols
 * before the shared, locked one.
 */
#include "feeds/validate.h"

#include "core/money.h"
#include "feeds/filter.h"
#include "feeds/identity.h"
#include "feeds/rule_marks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT_TEXT = 16, /* longest text that packs into two words */
    CACHE_SLOTS = 256,
    HOURS = 24,
    DATE_LEN = 11 /* "2026-01-05T" */
};

/* A text of 1 to SHORT_TEXT bytes; equal packs are equal texts. */
struct packed {
    uint64_t word[2];
    size_t len;
};

/* One value of a closed list, and all that follows from it. */
struct choice {
    struct packed packed;
    const char *text;
    size_t len;
    symbol key;
    uint64_t holds; /* filters of the field that hold for it */
    uint8_t step;   /* enum lifecycle_step */
};

struct cached_symbol {
    struct packed packed; /* len 0: empty */
    symbol key;
};

struct field_plan {
    enum field_type type;
    int places;
    int64_t zone_ms;
    bool positive;
    bool is_time;
    bool is_ticket; /* the lifecycle's key, when steps are needed */
    bool is_step;
    bool is_label;
    bool idle;         /* a text that is asked for nothing but being there */
    uint64_t filters;  /* bits of the filters on this field */
    uint8_t marks;     /* what rules want of its text */
    int8_t value_slot; /* -1: none */
    int8_t key_slot;
    struct choice *choices;
    int choices_len;
    struct cached_symbol *cache; /* CACHE_SLOTS, when the field is a key */
};

/* The text of a key, kept until the record is known to be accepted: what is rejected or filtered
 * must not use up symbols. */
struct pending_key {
    const struct field_plan *plan;
    size_t len;
    char text[SYMBOL_TEXT_MAX + 8]; /* longer ones are cut by symbols_intern */
};

struct validator {
    const struct definition *definition;
    struct symbols *symbols;
    struct hash_key hash_key;
    struct field_plan plans[FIELDS_MAX];
    struct identity *identity; /* NULL: no dedupe */
    struct rule_marks *marks;  /* NULL: no rules */
    uint32_t required;         /* bit f: field f must be there */
    uint64_t all_filters;      /* those of the definition; conditions of rules stand behind */
    uint64_t holds_if_missing;
    int date_slot; /* key slots of what is derived from the time; -1: none */
    int hour_slot;

    /* caches */
    char date[DATE_LEN]; /* of the last time text of the usual form */
    epoch_ms date_ms;
    int32_t key_day;
    symbol key_day_symbol; /* SYMBOL_MISSING: none yet */
    symbol hours[HOURS];

    /* the record at hand */
    struct event *event;
    uint32_t seen;
    uint64_t holds;
    int fault_field; /* FIELDS_MAX: none */
    enum reject_reason fault;
    const struct event *first_event; /* texts[i] is of first_event[i] */
    struct event_text *texts;
    bool label_wanted;
    bool label_ready;
    char label[EVENT_LABEL];
    struct pending_key pending[EVENT_KEYS_MAX]; /* bit k of `keys_pending`: key slot k */
    uint8_t keys_pending;
};

static uint64_t load8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static uint32_t load4(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Overlapping loads from both ends cover every byte of a length class; len is at most SHORT_TEXT.
 */
static struct packed pack(const char *text, size_t len)
{
    struct packed packed = {.word = {0, 0}, .len = len};
    if (len >= 8) {
        packed.word[0] = load8(text);
        packed.word[1] = load8(text + len - 8);
    } else if (len >= 4) {
        packed.word[0] = load4(text);
        packed.word[1] = load4(text + len - 4);
    } else if (len > 0) {
        packed.word[0] = (unsigned char)text[0] | (uint64_t)(unsigned char)text[len / 2] << 8 |
                         (uint64_t)(unsigned char)text[len - 1] << 16;
    }
    return packed;
}

static bool same(const struct packed *a, const struct packed *b)
{
    return a->word[0] == b->word[0] && a->word[1] == b->word[1] && a->len == b->len;
}

/* --- plans --- */

static uint8_t step_of(const struct definition *definition, const char *text, size_t len)
{
    for (int i = 0; i < definition->lifecycle_opened_len; i++)
        if (filter_text_is(definition->lifecycle_opened[i], text, len))
            return LIFECYCLE_OPENED;
    for (int i = 0; i < definition->lifecycle_closed_len; i++)
        if (filter_text_is(definition->lifecycle_closed[i], text, len))
            return LIFECYCLE_CLOSED;
    return LIFECYCLE_NONE;
}

static void plan_choices(struct validator *v, struct field_plan *plan, const struct field *field)
{
    plan->choices_len = field->values_len;
    if (field->values_len == 0)
        return;
    plan->choices = mem_zero((size_t)field->values_len, sizeof *plan->choices);
    for (int i = 0; i < field->values_len; i++) {
        struct choice *choice = &plan->choices[i];
        choice->text = field->values[i];
        choice->len = strlen(choice->text);
        if (choice->len <= SHORT_TEXT)
            choice->packed = pack(choice->text, choice->len);
        if (plan->key_slot >= 0)
            choice->key = symbols_intern(v->symbols, choice->text, choice->len);
        choice->holds = filter_texts_hold(v->definition, plan->filters, choice->text, choice->len);
        if (plan->is_step)
            choice->step = step_of(v->definition, choice->text, choice->len);
    }
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
    for (int i = 0; i < v->definition->group_by_len; i++) {
        const struct group_column *column = &v->definition->group_by[i];
        if (column->kind == GROUP_DATE)
            v->date_slot = i;
        else if (column->kind == GROUP_HOUR)
            v->hour_slot = i;
        else
            v->plans[column->field].key_slot = (int8_t)i;
    }
}

static void plan_field(struct validator *v, int f)
{
    const struct definition *definition = v->definition;
    const struct field *field = &definition->fields[f];
    struct field_plan *plan = &v->plans[f];
    plan->type = field->type;
    plan->places = field->type == FIELD_MONEY ? field->places : 0;
    plan->zone_ms = field->zone_ms;
    plan->positive = field->positive;
    plan->is_time = f == definition->time_field;
    plan->is_ticket = definition->needs_steps && f == definition->lifecycle_key;
    plan->is_step = definition->needs_steps && f == definition->lifecycle_field;
    plan->is_label = f == definition->label_field;
    plan->marks = rule_marks_wanted(v->marks, f);
    plan_choices(v, plan, field);
    if (plan->key_slot >= 0)
        plan->cache = mem_zero(CACHE_SLOTS, sizeof *plan->cache);
    plan->idle = plan->type == FIELD_TEXT && plan->key_slot < 0 && !plan->filters &&
                 !plan->choices_len && !plan->is_ticket && !plan->is_step && !plan->is_label &&
                 !plan->marks && !v->identity;
    if (field->required)
        v->required |= 1u << (f & (FIELDS_MAX - 1));
}

struct validator *validator_new(const struct definition *definition, struct symbols *symbols,
                                struct hash_key hash_key)
{
    struct validator *v = mem_zero(1, sizeof *v);
    v->definition = definition;
    v->symbols = symbols;
    v->hash_key = hash_key;
    v->marks = rule_marks_new(definition, hash_key);
    v->identity = identity_new(definition, hash_key);
    v->date_slot = v->hour_slot = -1;
    for (int f = 0; f < FIELDS_MAX; f++)
        v->plans[f].value_slot = v->plans[f].key_slot = -1;
    for (int slot = 0; slot < definition->value_fields_len; slot++)
        v->plans[definition->value_field[slot]].value_slot = (int8_t)slot;
    plan_filters(v);
    plan_keys(v);
    for (int f = 0; f < definition->fields_len; f++)
        plan_field(v, f);
    return v;
}

void validator_free(struct validator *v)
{
    if (!v)
        return;
    for (int f = 0; f < FIELDS_MAX; f++) {
        free(v->plans[f].choices);
        free(v->plans[f].cache);
    }
    rule_marks_free(v->marks);
    identity_free(v->identity);
    free(v);
}

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
    if (!same(&cached->packed, &packed)) {
        cached->packed = packed;
        cached->key = symbols_intern(v->symbols, text, len);
    }
    return cached->key;
}

static void keep_key(struct validator *v, const struct field_plan *plan, const char *text,
                     size_t len)
{
    struct pending_key *pending = &v->pending[plan->key_slot];
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
            if (same(&plan->choices[i].packed, &packed))
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
            v->event->lifecycle = step_of(v->definition, text, len);
        if (v->identity)
            identity_text(v->identity, field, text, len, plan->is_ticket ? &hash : NULL);
    }
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

/* The usual form, 2026-01-05T08:42:17Z, on the day of the last such text. */
static bool usual_time(const struct validator *v, const char *text, size_t len, epoch_ms *out)
{
    if (len != 20 || memcmp(text, v->date, DATE_LEN) != 0)
        return false;
    unsigned hour = two_digits(text + 11);
    unsigned minute = two_digits(text + 14);
    unsigned second = two_digits(text + 17);
    if (text[13] != ':' || text[16] != ':' || text[19] != 'Z' || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    *out = v->date_ms +
           (int64_t)(hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND);
    return true;
}

static void take_time(struct validator *v, int field, const char *text, size_t len)
{
    const struct field_plan *plan = &v->plans[field];
    epoch_ms time = 0;
    if (!usual_time(v, text, len, &time)) {
        enum instant_result result = instant_parse(text, len, plan->zone_ms, &time);
        if (result != INSTANT_OK) {
            validator_fault(v, field,
                            result == INSTANT_RANGE ? REJECT_TIME_RANGE : REJECT_BAD_TIMESTAMP);
            return;
        }
        if (len == 20 && text[10] == 'T' && text[19] == 'Z') {
            memcpy(v->date, text, DATE_LEN);
            v->date_ms = instant_day_start(instant_day(time, 0), 0);
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
static void take_label(struct validator *v, const char *text, size_t len)
{
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
        take_label(v, text, len);
    if (plan->marks)
        rule_marks_field(v->marks, plan->marks, text, len);
}

static void take_time_keys(struct validator *v)
{
    char text[INSTANT_TEXT];
    epoch_ms time = v->event->time;
    int64_t zone_ms = v->definition->zone_ms;
    int32_t day = instant_day(time, zone_ms);
    if (v->date_slot >= 0) {
        if (day != v->key_day || v->key_day_symbol == SYMBOL_MISSING) {
            instant_format_date(time, zone_ms, text);
            v->key_day = day;
            v->key_day_symbol = symbols_intern(v->symbols, text, strlen(text));
        }
        v->event->key[v->date_slot] = v->key_day_symbol;
    }
    if (v->hour_slot >= 0) {
        int64_t hour = (time - instant_day_start(day, zone_ms)) / MS_PER_HOUR;
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
