#ifndef TAILRACE_CORE_EVENT_H
#define TAILRACE_CORE_EVENT_H
/*
 * The record: what a decoder makes of one record of a feed, and blocks of them.
 *
 * Fixed size, no pointers: times and money are integers, group keys are symbols, conditions that
 * depend on the record alone (filters) are already evaluated. What becomes of it is decided in one
 * place, core/pipeline.h. A malformed record is an event too, with its reason, so that every record
 * passes the same door and gets exactly one outcome (S-02).
 *
 * A block holds events of one generation of one source, in order of position.
 */
#include "core/instant.h"
#include "core/symbols.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    EVENT_KEYS_MAX = 6,      /* grouping fields of a query */
    EVENT_VALUES_MAX = 5,    /* distinct operands of its measures */
    EVENT_DISTINCTS_MAX = 2, /* operands of `distinct` */
    EVENT_BLOCK_MAX = 1024,
    EVENT_LABEL = 48,
    EVENT_SUBJECTS = 2, /* what alerts can be about: core/rules.h */
    EVENT_TEXT_LABEL = 40,
    EVENT_TEXT_SUBJECT = 32
};

/* Why a record is malformed: the closed list of S-50. WITH_FIELD ones name a field. */
#define REJECT_LIST(X)                                                                             \
    X(REJECT_NONE, "none")                                                                         \
    X(REJECT_PARSE, "parse")                                                                       \
    X(REJECT_UTF8, "utf8")                                                                         \
    X(REJECT_NUL, "nul")                                                                           \
    X(REJECT_TOO_LONG, "too_long")                                                                 \
    X(REJECT_FIELD_COUNT, "field_count")                                                           \
    X(REJECT_MISSING_FIELD, "missing_field")                                                       \
    X(REJECT_BAD_TYPE, "bad_type")                                                                 \
    X(REJECT_BAD_NUMBER, "bad_number")                                                             \
    X(REJECT_PRECISION, "precision")                                                               \
    X(REJECT_NONPOSITIVE_AMOUNT, "nonpositive_amount")                                             \
    X(REJECT_BAD_TIMESTAMP, "bad_timestamp")                                                       \
    X(REJECT_TIME_RANGE, "time_range")                                                             \
    X(REJECT_UNKNOWN_ENUM, "unknown_enum")                                                         \
    X(REJECT_DUPLICATE_KEY, "duplicate_key")                                                       \
    X(REJECT_ID_CONFLICT, "id_conflict")                                                           \
    X(REJECT_TORN, "torn")

#define REJECT_ENUM(code, text) code,
enum reject_reason { REJECT_LIST(REJECT_ENUM) REJECT_COUNT };
#undef REJECT_ENUM

/* "bad_timestamp" and so on. */
const char *reject_text(enum reject_reason reason);
/* Whether the reason is reported with its field: missing_field, bad_type, unknown_enum. */
bool reject_names_field(enum reject_reason reason);

enum lifecycle_step { LIFECYCLE_NONE, LIFECYCLE_OPENED, LIFECYCLE_CLOSED };

/* What an event is to the pair rule: a refund, or the payment that one needs (S-34). */
enum pair_role { PAIR_NONE, PAIR_OPENS, PAIR_NEEDED };

/* Where a record stands (S-01); its end is start + length. */
struct event_position {
    uint32_t source;
    uint32_t generation;
    uint64_t start;
};

struct event {
    epoch_ms time;      /* event time, UTC */
    uint64_t start;     /* offset of the first byte in its generation */
    uint32_t length;    /* bytes with the line end; UINT32_MAX when more */
    uint32_t line;      /* physical line, 1 is the generation's first */
    uint64_t ticket[2]; /* keyed hash of the lifecycle key; 0 without one */
    /* keyed hashes: the rules' `per` field, when it takes part in one; the pair's key */
    uint64_t subject[EVENT_SUBJECTS];
    uint64_t id[2]; /* keyed hash of the definition's dedupe_fields; 0 without them */
    /* keyed hash of an operand's canonical text, by the definition's distinct slots; 0: missing */
    uint64_t distinct[EVENT_DISTINCTS_MAX];
    int64_t value[EVENT_VALUES_MAX]; /* operands, by the definition's value slots */
    symbol key[EVENT_KEYS_MAX];      /* group key, by the definition's key slots; 0 beyond them */
    uint32_t content;                /* keyed hash of all declared fields; 0 when there is no id */
    uint8_t present;                 /* bit v: value[v] is there */
    uint8_t reason;                  /* enum reject_reason; REJECT_NONE: the record is understood */
    uint8_t field;                   /* index of the field at fault, where the reason names one */
    uint8_t filtered;  /* 1 + index of the first filter that does not hold; 0: all do */
    uint8_t lifecycle; /* enum lifecycle_step */
    uint8_t rules;     /* bit r: the event takes part in rule r; 0 when rejected or filtered */
    uint8_t pair;      /* enum pair_role */
};

/* What an alert says of its event: texts of the feed, cut; filter before output. */
struct event_text {
    char label[EVENT_TEXT_LABEL];     /* its id; "" without one */
    char subject[EVENT_TEXT_SUBJECT]; /* of the rules' `per` field; "" without one */
};

/*
 * What a feed hands over in one go. Conservation of bytes (S-03): end - begin = sum of the events'
 * lengths + skipped.
 */
struct event_block {
    uint32_t source;     /* index of the source in its feed */
    uint32_t generation; /* 0, 1, ... within the source */
    uint64_t begin;      /* generation offsets covered: [begin, end) */
    uint64_t end;
    uint32_t lines;   /* physical lines of the generation before `end` */
    uint64_t skipped; /* bytes that are no record: header, blank line, byte order mark */
    uint64_t unread;  /* bytes known to wait behind `end`, all sources */
    epoch_ms read_at; /* the clock in use when it was read: for the future guard (S-60) */
    mono_ns readable; /* when the oldest of these bytes was first seen readable */
    uint32_t len;
    uint32_t labelled;       /* 1 + index of the event that `label` is of; 0: none was asked for */
    char label[EVENT_LABEL]; /* its id text, cut; bytes of the feed: filter before output */
    struct event events[EVENT_BLOCK_MAX];
    /* Written for events that take part in a rule, at the event's index; never touched else. */
    struct event_text texts[EVENT_BLOCK_MAX];
};

#endif
