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
    bool last; /* of the row */
};

/* Whether anything is asked of the field's text, if only that it is there. */
bool validator_asks(const struct validator *validator, int field);
/* A whole record at once: what the calls above say of its fields, for less. True: the event has a
 * label to be taken. */
bool validator_row(struct validator *validator, struct event *event, const struct csv_row *row,
                   const struct validator_column *columns, int columns_len);

/* Texts for alerts about events[i] go to texts[i] from now on; NULL: nowhere. */
void validator_texts(struct validator *validator, const struct event *events,
                     struct event_text *texts);

/* The next event neither rejected nor filtered leaves its id text (label of event.h). */
void validator_want_label(struct validator *validator);
/* True once that event has come; then not again until the next wish. */
bool validator_take_label(struct validator *validator, char label[EVENT_LABEL]);

#endif
