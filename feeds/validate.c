/*
 * Field texts to event slots.
 *
 * DESIGN: what is to be done with a field is worked out once, in its plan; a record then costs a
 * walk over its fields. What a short text of a closed list comes to, and one that is a key or is
 * filtered, is found by its bytes, as two words; times and numbers of the usual form are read eight
 * bytes at once (usual.h). The same code takes a field alone and those of a plain row, where
 * texts need no care for what stands behind them.
 */
#include "feeds/validate_parts.h"

#define INLINE static inline __attribute__((always_inline))

/* --- a record --- */

/* What a short text comes to. */
static void work_out(struct validator *v, const struct field_plan *plan, const char *text,
                     size_t len, struct text_words words, struct memo *memo)
{
    *memo = (struct memo){.words = words, .len = (uint32_t)len};
    if (!plan->recalled)
        return;
    memo->holds = filter_texts_hold(v->definition, plan->filters, text, len);
    if (plan->is_step)
        memo->step = validator_step_of(v->definition, text, len);
}

INLINE struct memo *recall(struct validator *v, const struct field_plan *plan, const char *text,
                           size_t len, struct text_words words)
{
    struct memo *memo = &plan->memos[text_slot(words, TEXT_TURN, MEMO_BITS)];
    if (memo->len != len || !text_words_same(memo->words, words))
        work_out(v, plan, text, len, words, memo);
    return memo;
}

static symbol intern(struct validator *v, const struct field_plan *plan, const char *text,
                     size_t len)
{
    char token[REDACT_TOKEN];
    len = validator_disguise(v, plan, &text, len, token);
    return symbols_intern(v->symbols, text, len);
}

/* Of a text that is no memo's; numbers and times have their memos by the text of the key. */
static void keep_key(struct validator *v, const struct field_plan *plan, const char *text,
                     size_t len)
{
    struct pending_key *pending = &v->pending[plan->key_slot];
    v->keys_pending |= (uint8_t)(1u << plan->key_slot);
    pending->plan = plan;
    pending->memo = NULL;
    if (len <= SHORT_TEXT) {
        pending->memo = recall(v, plan, text, len, text_words(text, len));
        return;
    }
    char token[REDACT_TOKEN];
    len = validator_disguise(v, plan, &text, len, token);
    pending->len = len < sizeof pending->text ? len : sizeof pending->text;
    memcpy(pending->text, text, pending->len);
}

static symbol key_of_memo(struct validator *v, const struct field_plan *plan, struct memo *memo)
{
    uint64_t text[2] = {htole64(memo->words.word[0]), htole64(memo->words.word[1])};
    if (memo->key == SYMBOL_MISSING)
        memo->key = intern(v, plan, (const char *)text, memo->len);
    return memo->key;
}

static void intern_keys(struct validator *v)
{
    for (unsigned left = v->keys_pending; left; left &= left - 1) {
        int slot = __builtin_ctz(left);
        struct pending_key *pending = &v->pending[slot];
        v->event->key[slot] = pending->memo
                                  ? key_of_memo(v, pending->plan, pending->memo)
                                  : symbols_intern(v->symbols, pending->text, pending->len);
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

static const struct choice *search_choice(const struct field_plan *plan, const char *text,
                                          size_t len)
{
    for (int i = 0; i < plan->choices_len; i++)
        if (plan->choices[i].len == len && memcmp(plan->choices[i].text, text, len) == 0)
            return &plan->choices[i];
    return NULL;
}

INLINE const struct choice *find_choice(const struct field_plan *plan, const char *text, size_t len,
                                        bool readable)
{
    if (len > SHORT_TEXT || !plan->choice_at)
        return search_choice(plan, text, len);
    struct text_words words = readable ? text_words_readable(text, len) : text_words(text, len);
    const struct choice *choice =
        &plan->choice_at[text_slot(words, plan->choice_turn, plan->choice_bits)];
    return choice->len == len && text_words_same(choice->words, words) ? choice : NULL;
}

/* Equal texts, or equal numbers however written, are one. */
static void take_distinct(struct validator *v, const struct field_plan *plan, const void *bytes,
                          size_t len)
{
    uint64_t hash = siphash64(v->hash_key, bytes, len);
    v->event->distinct[plan->distinct_slot] = hash ? hash : 1;
}

/* A text that filters, a key or the lifecycle ask for, too long for a memo. */
static void take_long(struct validator *v, const struct field_plan *plan, const char *text,
                      size_t len)
{
    if (plan->key_slot >= 0)
        keep_key(v, plan, text, len);
    if (plan->filters)
        v->holds = (v->holds & ~plan->filters) |
                   filter_texts_hold(v->definition, plan->filters, text, len);
    if (plan->is_step)
        v->event->lifecycle = validator_step_of(v->definition, text, len);
}

INLINE void take_recalled(struct validator *v, const struct field_plan *plan, const char *text,
                          size_t len, bool readable)
{
    if (len > SHORT_TEXT) {
        take_long(v, plan, text, len);
        return;
    }
    struct memo *memo = recall(v, plan, text, len,
                               readable ? text_words_readable(text, len) : text_words(text, len));
    if (plan->filters)
        v->holds = (v->holds & ~plan->filters) | memo->holds;
    if (plan->is_step)
        v->event->lifecycle = memo->step;
    if (plan->key_slot >= 0) {
        v->pending[plan->key_slot].plan = plan;
        v->pending[plan->key_slot].memo = memo;
        v->keys_pending |= (uint8_t)(1u << plan->key_slot);
    }
}

static void take_more_of_text(struct validator *v, const struct field_plan *plan, const char *text,
                              size_t len)
{
    if (plan->distinct_slot >= 0)
        take_distinct(v, plan, text, len);
    if (plan->lookups)
        validator_take_lookups(v, plan, text, len);
}

INLINE void take_text(struct validator *v, const struct field_plan *plan, int field,
                      const char *text, size_t len, bool readable)
{
    if (plan->recalled)
        take_recalled(v, plan, text, len, readable);
    if (plan->is_ticket) {
        struct hash128 hash = siphash128(v->hash_key, text, len);
        memcpy(v->event->ticket, hash.word, sizeof hash.word);
        if (v->identity)
            identity_text(v->identity, field, text, len, &hash);
    } else if (v->identity) {
        identity_text(v->identity, field, text, len, NULL);
    }
    if (plan->more)
        take_more_of_text(v, plan, text, len);
}

/* A closed list that more is asked of than a choice tells. */
static void take_rest_of_choice(struct validator *v, const struct field_plan *plan,
                                const char *text, size_t len)
{
    if (plan->is_ticket) {
        struct hash128 hash = siphash128(v->hash_key, text, len);
        memcpy(v->event->ticket, hash.word, sizeof hash.word);
    }
    if (plan->more)
        take_more_of_text(v, plan, text, len);
}

INLINE void take_choice(struct validator *v, const struct field_plan *plan, int field,
                        const char *text, size_t len, bool readable)
{
    const struct choice *choice = find_choice(plan, text, len, readable);
    if (!choice) {
        validator_fault(v, field, REJECT_UNKNOWN_ENUM);
        return;
    }
    if (plan->key_slot >= 0)
        v->event->key[plan->key_slot] = choice->key;
    if (plan->filters)
        v->holds = (v->holds & ~plan->filters) | choice->holds;
    if (plan->is_step)
        v->event->lifecycle = choice->step;
    if (v->identity)
        identity_choice(v->identity, field, choice->index);
    if (plan->rest)
        take_rest_of_choice(v, plan, text, len);
}

/* The key is the canonical text, so that 1.5 and 1.50 are one group. */
static void take_more_of_value(struct validator *v, const struct field_plan *plan, int64_t value)
{
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
        validator_take_tiers(v, plan, value);
}

/* What seldom is asked of a number or a time. */
static void take_rest_of_value(struct validator *v, const struct field_plan *plan, int field,
                               int64_t value)
{
    if (v->identity)
        identity_value(v->identity, field, value);
    if (plan->filters && !plan->is_range)
        v->holds =
            (v->holds & ~plan->filters) | filter_numbers_hold(v->definition, plan->filters, value);
    if (plan->more)
        take_more_of_value(v, plan, value);
}

/* What numbers and times share. */
INLINE void take_value(struct validator *v, const struct field_plan *plan, int field, int64_t value)
{
    if (plan->value_slot >= 0) {
        v->event->value[plan->value_slot] = value;
        v->event->present |= (uint8_t)(1u << plan->value_slot);
    }
    if (plan->is_range)
        v->holds = (v->holds & ~plan->filters) |
                   (plan->filters & -(uint64_t)(value >= plan->low && value <= plan->high));
    if (plan->rest)
        take_rest_of_value(v, plan, field, value);
}

/* A number that is not of the usual form; false: it is none, and the fault is noted. */
static bool parse_number(struct validator *v, const struct field_plan *plan, int field,
                         const char *text, size_t len, int64_t *value)
{
    enum money_result result = money_parse(text, len, plan->places, value);
    if (result != MONEY_OK)
        validator_fault(v, field, result == MONEY_PRECISION ? REJECT_PRECISION : REJECT_BAD_NUMBER);
    return result == MONEY_OK;
}

INLINE void take_number(struct validator *v, const struct field_plan *plan, int field,
                        const char *text, size_t len, bool readable)
{
    int64_t value;
    uint64_t word = readable || len >= 8 ? usual_load(text) : text_rest(text, len);
    if (!usual_number(word, len, plan->places, &value) &&
        !parse_number(v, plan, field, text, len, &value))
        return;
    if (plan->positive && value <= 0)
        validator_fault(v, field, REJECT_NONPOSITIVE_AMOUNT);
    else
        take_value(v, plan, field, value);
}

/* A time that is not of the usual form, or the first of its day. */
static bool parse_time(struct validator *v, const struct field_plan *plan, int field,
                       const char *text, size_t len, epoch_ms *time)
{
    enum instant_result result = time_texts_parse(&v->times, text, len, plan->zone, time);
    if (result != INSTANT_OK)
        validator_fault(v, field,
                        result == INSTANT_RANGE ? REJECT_TIME_RANGE : REJECT_BAD_TIMESTAMP);
    return result == INSTANT_OK;
}

INLINE void take_time(struct validator *v, const struct field_plan *plan, int field,
                      const char *text, size_t len)
{
    epoch_ms time;
    if (!time_texts_find(&v->times, text, len, &time) &&
        !parse_time(v, plan, field, text, len, &time))
        return;
    if (plan->is_time)
        v->event->time = time;
    take_value(v, plan, field, time);
}

/* The event is cleared. */
INLINE void begin(struct validator *v, struct event *event)
{
    v->event = event;
    v->seen = 0;
    v->holds = v->holds_if_missing;
    v->found = 0;
    v->fault_field = FIELDS_MAX;
    v->fault = REJECT_NONE;
    v->mark_texts.label.len = v->mark_texts.subject.len = 0;
    if (v->marked) {
        v->marked = false;
        rule_marks_begin(v->marks);
    }
    v->keys_pending = 0;
    if (v->identity)
        identity_begin(v->identity);
    if (v->tells & TELL_LABEL)
        v->label[0] = '\0';
}

void validator_begin(struct validator *v, struct event *event)
{
    memset(event, 0, sizeof *event);
    begin(v, event);
}

static void tell_marks(struct validator *v, const struct field_plan *plan, const char *text,
                       size_t len)
{
    v->marked = true;
    rule_marks_field(v->marks, plan->marks, text, len, plan->redacted);
}

INLINE void tell(struct validator *v, const struct field_plan *plan, const char *text, size_t len,
                 bool readable)
{
    const struct mark_text here = {.at = text, .len = len};
    if (plan->tells & v->tells & TELL_LABEL)
        validator_keep_label(v, plan, text, len);
    if (!readable || !plan->marks_stay) {
        if (plan->marks)
            tell_marks(v, plan, text, len);
        return;
    }
    if (plan->marks & MARK_LABEL)
        v->mark_texts.label = here;
    if (plan->marks & MARK_SUBJECT)
        v->mark_texts.subject = here;
}

/* A text that is there. `readable`: SHORT_TEXT bytes may be read, however short it is. */
INLINE void take_field(struct validator *v, const struct field_plan *plan, int field,
                       const char *text, size_t len, bool readable)
{
    switch (plan->kind) {
    case KIND_PRESENT:
        break;
    case KIND_TIME:
        take_time(v, plan, field, text, len);
        break;
    case KIND_NUMBER:
        take_number(v, plan, field, text, len, readable);
        break;
    case KIND_CHOICE:
        take_choice(v, plan, field, text, len, readable);
        break;
    case KIND_TEXT:
    default:
        take_text(v, plan, field, text, len, readable);
    }
    if (plan->tells)
        tell(v, plan, text, len, readable);
}

void validator_field(struct validator *v, int field, const char *text, size_t len)
{
    if (len == 0)
        return;
    v->seen |= 1u << field;
    take_field(v, &v->plans[field], field, text, len, false);
}

static void find_day(struct validator *v, epoch_ms time)
{
    char text[INSTANT_TEXT];
    const struct zone *zone = v->definition->zone;
    int32_t day = instant_day(time, zone);
    instant_format_date(time, zone, text);
    v->key_day = symbols_intern(v->symbols, text, strlen(text));
    v->key_day_begin = instant_day_start(day, zone);
    v->key_day_end = instant_day_start(day + 1, zone);
}

static void take_time_keys(struct validator *v)
{
    char text[INSTANT_TEXT];
    epoch_ms time = v->event->time;
    if (v->date_slot >= 0) {
        if (time < v->key_day_begin || time >= v->key_day_end)
            find_day(v, time);
        v->event->key[v->date_slot] = v->key_day;
    }
    if (v->hour_slot >= 0) {
        int64_t hour = instant_clock_ms(time, v->definition->zone) / MS_PER_HOUR;
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

static void reject_record(struct validator *v)
{
    struct event *event = v->event;
    memset(event, 0, sizeof *event);
    event->reason = (uint8_t)v->fault;
    if (reject_names_field(v->fault))
        event->field = (uint8_t)v->fault_field;
}

/* False: it does not belong there. */
INLINE bool is_right(struct validator *v)
{
    uint32_t missing = v->required & ~v->seen;
    if (!missing && v->fault == REJECT_NONE)
        return true;
    if (missing)
        validator_fault(v, __builtin_ctz(missing), REJECT_MISSING_FIELD);
    reject_record(v);
    return false;
}

/* What is asked of a record that is neither rejected nor filtered, keys apart. */
INLINE void end_counted(struct validator *v)
{
    if (v->date_slot >= 0 || v->hour_slot >= 0)
        take_time_keys(v);
    if (v->definition->needs_steps)
        settle_lifecycle(v);
    if (v->marks)
        rule_marks_end(v->marks, &v->mark_texts, (uint32_t)(v->holds >> FILTERS_MAX), v->event,
                       v->texts ? &v->texts[v->event - v->first_event] : NULL);
    if (v->tells & TELL_LABEL) {
        v->tells &= (uint8_t)~TELL_LABEL;
        v->label_ready = true;
    }
}

INLINE void end(struct validator *v)
{
    if (!is_right(v))
        return;
    if (v->identity)
        identity_end(v->identity, v->event);
    if (v->lookups)
        validator_settle_lookups(v);
    uint64_t failed = v->all_filters & ~v->holds;
    if (failed) {
        v->event->filtered = (uint8_t)(__builtin_ctzll(failed) + 1);
        return;
    }
    if (v->keys_pending)
        intern_keys(v);
    if (v->ends || v->tells & TELL_LABEL)
        end_counted(v);
}

void validator_end(struct validator *v)
{
    end(v);
}

enum { CLEAR_AT_ONCE = 8 };

struct event *validator_clear(struct event *events, const struct event *end, size_t most)
{
    size_t room = (size_t)(end - events), len = most < room ? most : room;
    size_t bytes = (len < CLEAR_AT_ONCE ? len : CLEAR_AT_ONCE) * sizeof *events;
    /* what a compiler knows to be short it clears in place, by an instruction that starts slowly */
    __asm__("" : "+r"(bytes));
    memset(events, 0, bytes);
    return events + bytes / sizeof *events;
}

INLINE void take_row(struct validator *v, const struct csv_row *row, struct event *event)
{
    uint32_t seen = 0;
    begin(v, event);
    for (const struct row_field *at = v->row, *last = at + v->row_len; at < last; at++) {
        size_t len;
        const char *text = csv_row_field(row, at->column, at->last, &len);
        if (len == 0)
            continue;
        seen |= at->bit;
        take_field(v, at->plan, at->field, text, len, true);
    }
    v->seen |= seen;
    end(v);
}

bool validator_rows(struct validator *v, struct csv_piece *piece, struct validator_run *run)
{
    /* copies: nothing that is written to events can change them */
    struct csv_piece rest = *piece;
    uint64_t offset = run->offset;
    uint32_t line = run->line;
    struct event *event = run->events, *clear = event;
    struct csv_row row;
    bool label = false;
    for (; !label && event < run->events_end && offset < run->limit && csv_piece_next(&rest, &row);
         event++) {
        if (event == clear)
            clear = validator_clear(event, run->events_end,
                                    1 + (size_t)(rest.newlines_end - rest.newline));
        take_row(v, &row, event);
        event->start = offset;
        event->length = row.len;
        event->line = ++line;
        offset += row.len;
        label = v->label_ready;
    }
    *piece = rest;
    run->events = event;
    run->offset = offset;
    run->line = line;
    return label;
}

bool validator_record(struct validator *v, struct event *event, const struct validator_text *texts,
                      int len)
{
    uint32_t seen = 0;
    begin(v, event);
    for (const struct validator_text *text = texts, *last = text + len; text < last; text++) {
        int field = (int)text->field;
        if (!text->at) {
            validator_fault(v, field, REJECT_BAD_TYPE);
        } else if (text->len > 0) {
            const struct field_plan *plan = &v->plans[field];
            seen |= plan->bit;
            take_field(v, plan, field, text->at, text->len, true);
        }
    }
    v->seen |= seen;
    end(v);
    return v->label_ready;
}

void validator_texts(struct validator *v, const struct event *events, struct event_text *texts)
{
    v->first_event = events;
    v->texts = texts;
}
