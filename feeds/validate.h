#ifndef TAILRACE_FEEDS_VALIDATE_H
#define TAILRACE_FEEDS_VALIDATE_H
/*
 * Field texts to the slots of an event: the checks that CSV and JSON share, so that twins of a feed
 * in both formats give equal events.
 *
 *     validator_begin(event) → validator_field / validator_fault, in any order → validator_end
 *
 * The first fault in the order of the definition's fields is the record's reason (S-50); an empty
 * text is a missing one. Filters are evaluated here too: `!=` and `missing` hold for a missing
 * value (null is counted, not dropped, trap X16), no other does.
 *
 * Threads: a validator has one owner. Nothing is allocated per record.
 */
#include "core/definition.h"
#include "core/siphash.h"
#include "feeds/csv_plain.h"

struct validator;

struct validator *validator_new(const struct definition *definition, struct symbols *symbols,
                                struct hash_key hash_key);
void validator_free(struct validator *validator);

/* Clears `event`; what follows is written to it. */
void validator_begin(struct validator *validator, struct event *event);
/* The field's text. Valid during the call; at most once a field and record. */
void validator_field(struct validator *validator, int field, const char *text, size_t len);
/* What the format itself found wrong with a field: bad_type. */
void validator_fault(struct validator *validator, int field, enum reject_reason reason);
/* Completes the event: its reason, or its keys, filters, lifecycle and rules. Position is the
 * caller's. */
void validator_end(struct validator *validator);

/* A field that is in a column of a CSV feed. */
struct validator_column {
    uint16_t column;
    uint8_t field;
    uint8_t last; /* 1: of the row */
};

/* The columns of plain rows; at most FIELDS_MAX, at most once a field. */
void validator_use(struct validator *validator, const struct validator_column *columns, int len);

/* Where the rows of a piece go, and how far they came. */
struct validator_run {
    struct event *events; /* the next */
    const struct event *events_end;
    uint64_t offset; /* of the next row, and the lines before it */
    uint32_t line;
    uint64_t limit; /* rows at or behind this offset are left alone */
};

/* Clears the first of `events` and some of those behind it, `most` at most: to clear one alone
 * costs more than to write it. Returns the end of those that are clear. */
struct event *validator_clear(struct event *events, const struct event *end, size_t most);

/* Plain rows at once: what the calls above say of their fields, for less; events with their
 * positions. Ends before a row that is not plain. True: the last event has a label to be taken. */
bool validator_rows(struct validator *validator, struct csv_piece *piece,
                    struct validator_run *run);

/* Whether anything is asked of a field's text, if only that it is there. */
bool validator_asks(const struct validator *validator, int field);

/* A text for a field; NULL: what is there is of a type that the field does not take. */
struct validator_text {
    const char *at;
    uint32_t len;
    uint32_t field;
};

/* A whole record of a format that names its fields: at most one text a field, each in a place where
 * SHORT_TEXT bytes may be read, however short. The event is clear; its position is the caller's.
 * True: it has a label to be taken. */
bool validator_record(struct validator *validator, struct event *event,
                      const struct validator_text *texts, int len);

/* Texts for alerts about events[i] go to texts[i] from now on; NULL: nowhere. */
void validator_texts(struct validator *validator, const struct event *events,
                     struct event_text *texts);

/* The next event neither rejected nor filtered leaves its id text (label of event.h). */
void validator_want_label(struct validator *validator);
/* True once that event has come; then not again until the next wish. */
bool validator_take_label(struct validator *validator, char label[EVENT_LABEL]);

#endif
