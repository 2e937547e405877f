#ifndef TAILRACE_CORE_RULES_PARTS_H
#define TAILRACE_CORE_RULES_PARTS_H
/* What rules.c and rules_log.c share; nobody else includes it. */
#include "core/known_keys.h"
#include "core/rule_memory.h"
#include "core/rules.h"
#include "core/siphash.h"

enum note_kind { NOTE_COUNTED, NOTE_OPENED, NOTE_CLOSED };

struct rule_state {
    const struct rule *rule;
    struct rule_memory *memory; /* NULL: the rule needs none */
    struct known_keys *known;   /* RULE_PAIR */
    int64_t reach_ms;           /* how far behind W an event that is not late can stand */
    int64_t wait_ms;            /* RULE_SLA, RULE_PAIR: from the opening to the alert */
    size_t subject_max;
    epoch_ms blind; /* closes up to this time were not kept; INT64_MIN: none */
    uint64_t raised;
    uint64_t missed;
};

/* A note in the log; what alerts say of it stands in the texts. */
struct logged {
    uint64_t subject;
    uint64_t time : 43; /* event times fit in 42 bits (S-62) */
    uint64_t kind : 2;
    uint64_t generation : 16;
    uint64_t start;
    uint32_t source;
    uint32_t text; /* where its struct said begins, in units of its size; NO_TEXT: nowhere */
};

/* The log is kept in buckets by rule and the first bits of the subject, a hash, in that order. */
enum {
    LOG_SUBJECT_BITS = 6,
    LOG_RULE_BUCKETS = 1 << LOG_SUBJECT_BITS,
    LOG_BUCKETS = RULES_MAX << LOG_SUBJECT_BITS
};

struct log_bucket {
    struct logged *notes;
    size_t len, room;
};

/* Of the many that refunds could need, this is all that is ever asked. */
struct counterpart {
    uint64_t subject;
    epoch_ms time;
};

/* Begins what is kept in the texts; label and subject follow, each with its NUL. */
struct said {
    uint64_t whose;
    int64_t amount;
    bool has_amount;
};

#define NO_TEXT UINT32_MAX

struct rules {
    struct rules_config config;
    const struct definition *definition;
    struct hash_key id_keys[RULES_MAX];
    struct rule_state states[RULES_MAX];
    int len;
    unsigned remembering; /* bit r: the rule has a memory */
    epoch_ms quiet_until; /* nothing is due before, of any rule; INT64_MIN: to be looked for */

    struct log_bucket *log; /* deferred: LOG_BUCKETS of them; NULL: none yet */
    struct counterpart *needed;
    size_t needed_len, needed_room;
    struct said *texts; /* in units of its size */
    size_t texts_len, texts_room;
};

/* Judges a note against those in memory. */
void rules_take(struct rules *rules, int r, const struct note *note, epoch_ms watermark,
                const struct alert_sink *sink);
/* What the watermark decides for one rule. */
void rules_advance_one(struct rules *rules, int r, epoch_ms watermark,
                       const struct alert_sink *sink);
/* Adds a note to the log. */
void rules_log(struct rules *rules, int r, const struct note *note);
/* Empties it and all that goes with it, keeping memory; and gives the memory back. */
void rules_log_clear(struct rules *rules);
void rules_log_free(struct rules *rules);

#endif
