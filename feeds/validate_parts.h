#ifndef TAILRACE_FEEDS_VALIDATE_PARTS_H
#define TAILRACE_FEEDS_VALIDATE_PARTS_H
/*
 * What validate*.c share: a plan of each field, made once from the definition, and the record at
 * hand. Nobody else includes it.
 */
#include "core/definition_redact.h"
#include "core/money.h"
#include "feeds/filter.h"
#include "feeds/identity.h"
#include "feeds/packed.h"
#include "feeds/rule_marks.h"
#include "feeds/time_texts.h"
#include "feeds/usual.h"
#include "feeds/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMO_BITS = 8, CHOICE_BITS_MAX = 8, HOURS = 24 };

#define TEXT_TURN UINT64_C(0x9E3779B97F4A7C15) /* odd: no product of it loses a bit */

enum field_kind { KIND_PRESENT, KIND_CHOICE, KIND_TEXT, KIND_TIME, KIND_NUMBER };

/* One value of a closed list, and all that follows from it. */
struct choice {
    struct text_words words;
    const char *text;
    size_t len;
    symbol key;
    uint64_t holds; /* filters of the field that hold for it */
    uint8_t step;   /* enum lifecycle_step */
    uint8_t index;  /* in the definition */
};

/* Who wants to be told a field's text; of the label, only now and then. */
enum { TELL_LABEL = 1, TELL_MARKS = 2 };

/* What a short text comes to: worked out when it is first met, then found by its bytes. */
struct memo {
    struct text_words words;
    uint64_t holds; /* filters of the field that hold for it */
    uint32_t len;   /* 0: empty */
    symbol key;     /* SYMBOL_MISSING: not asked for yet */
    uint8_t step;   /* enum lifecycle_step */
};

struct field_plan {
    enum field_kind kind;
    enum field_type type;
    uint32_t bit; /* of the field, in a record's `seen` */
    int places;
    bool positive;
    bool is_time;
    bool is_ticket; /* the lifecycle's key, when steps are needed */
    bool is_step;
    bool is_label;
    bool redacted;
    bool recalled; /* a text that filters, a key or the lifecycle ask for */
    bool more;     /* distinct_slot, lookups, tiers, or the key of a number or a time */
    bool rest; /* of a number or a time: more, filters, identity; of a choice: more, is_ticket */
    uint8_t tells; /* TELL_LABEL, TELL_MARKS */
    int8_t distinct_slot;
    uint8_t lookups;   /* bits of the lookups that are asked by this field's text */
    uint8_t tiers;     /* bits of the tiers of this field's value */
    uint8_t marks;     /* what rules want of its text */
    bool marks_stay;   /* of a plain record, that is where it stands */
    int8_t value_slot; /* -1: none */
    int8_t key_slot;
    uint64_t filters; /* bits of the filters on this field, see filter.h */
    bool is_range;    /* there is one, of a number or a time: from `low` to `high` */
    int64_t low, high;
    const struct zone *zone; /* of naive times */
    struct choice *choices;
    int choices_len;
    struct choice *choice_at; /* the short ones again, each where text_slot says; NULL: not so */
    uint64_t choice_turn;     /* of text_slot */
    unsigned choice_bits;
    struct memo *memos; /* 2^MEMO_BITS, where texts are recalled */
};

/* A column of plain rows. */
struct row_field {
    const struct field_plan *plan;
    uint32_t bit; /* of the field, in a record's `seen` */
    uint16_t column;
    uint8_t field;
    uint8_t last; /* 1: of the row */
};

/* The text of a key, kept until the record is known to be accepted: what is rejected or filtered
 * must not use up symbols. */
struct pending_key {
    const struct field_plan *plan;
    struct memo *memo; /* of a short text; else the text stands here */
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
    uint8_t lookups; /* bits of those that are needed */
    bool ends;       /* keys of the time, the lifecycle or rules ask something of a whole record */

    /* caches */
    struct time_texts times;
    epoch_ms key_day_begin, key_day_end; /* the same: none yet */
    symbol key_day;
    symbol hours[HOURS];

    struct row_field row[FIELDS_MAX];
    int row_len;

    /* the record at hand */
    struct event *event;
    uint32_t seen;
    uint64_t holds;
    uint8_t found;   /* lookups that had a row */
    int fault_field; /* FIELDS_MAX: none */
    enum reject_reason fault;
    const struct event *first_event; /* texts[i] is of first_event[i] */
    struct event_text *texts;
    struct mark_texts mark_texts;
    bool marked;   /* rule_marks_field was called */
    uint8_t tells; /* TELL_LABEL while a label is wanted, TELL_MARKS when there are rules */
    bool label_ready;
    char label[EVENT_LABEL];
    struct pending_key pending[EVENT_KEYS_MAX]; /* bit k of `keys_pending`: key slot k */
    uint8_t keys_pending;
};

/* enum lifecycle_step that a text stands for. */
uint8_t validator_step_of(const struct definition *definition, const char *text, size_t len);

/* --- validate_label.c --- */

/* What may be told of a text: of a redacted one a token instead. Returns its length. */
size_t validator_disguise(const struct validator *v, const struct field_plan *plan,
                          const char **text, size_t len, char token[REDACT_TOKEN]);
void validator_keep_label(struct validator *v, const struct field_plan *plan, const char *text,
                          size_t len);

/* --- validate_derived.c --- */

/* Fields of the rows that a text of the plan's field finds. */
void validator_take_lookups(struct validator *v, const struct field_plan *plan, const char *text,
                            size_t len);
/* At the record's end: keys of fields whose row was not found. */
void validator_settle_lookups(struct validator *v);
void validator_take_tiers(struct validator *v, const struct field_plan *plan, int64_t value);

#endif
