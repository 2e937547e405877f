#ifndef TAILRACE_CORE_DEFINITION_H
#define TAILRACE_CORE_DEFINITION_H
/*
 * A feed's definition: what its fields mean and what to count. Both lanes obey the same one.
 *
 * Life: definition_new or one of the readers (definition_json.h) → overrides from the command line
 * → definition_compile, once → shared read-only by every thread → definition_free.
 *
 * Compiling checks every reference and assigns slots: grouping fields to key slots of an event
 * (in the order of group_by), operands of measures to value slots, those of `distinct` to distinct
 * slots.
 */
#include "core/decoder_choice.h"
#include "core/derived.h"
#include "core/event.h"
#include "core/report.h"
#include "core/siphash.h"
#include "core/status.h"
#include "core/watermark.h"
#include "core/zone.h"

enum {
    FIELDS_MAX = 32,
    COLUMNS_MAX = 4, /* alternative names of one field */
    VALUES_MAX = 32, /* a closed list */
    FILTERS_MAX = 8,
    MEASURES_MAX = 8,
    ID_FIELDS_MAX = 4,
    RULES_MAX = 8,
    CONDITIONS_MAX = 32,          /* of all rules together */
    MORE_THAN_MAX = 500,          /* of a velocity rule */
    PAIR_WAIT_LEAST = 120 * 1000, /* ms, unless `within` says otherwise (S-34) */
    NAME_MAX_LEN = 63
};

enum field_type { FIELD_TEXT, FIELD_INT, FIELD_MONEY, FIELD_TIME };

struct field {
    char name[NAME_MAX_LEN + 1];
    char *columns[COLUMNS_MAX]; /* names in the feed, tried in order; a.b reaches into JSON */
    int columns_len;            /* at least 1 after compile: the name itself by default */
    enum field_type type;
    int places;              /* FIELD_MONEY */
    char currency[8];        /* FIELD_MONEY; "" when not said */
    const struct zone *zone; /* FIELD_TIME: of naive times; the definition's unless said */
    bool zone_set;           /* said: the field's own */
    bool required;
    bool positive;            /* FIELD_MONEY, FIELD_INT: > 0, else rejected(nonpositive_amount) */
    char *values[VALUES_MAX]; /* closed list in display order; else rejected(unknown_enum) */
    int values_len;
    enum derivation derived; /* not DERIVED_NOT: no column of the feed is read for it */
    bool redacted;           /* its values are not told: core/definition_redact.h */
};

/* A grouping column: a field, or something derived from the event's time. */
enum group_kind { GROUP_FIELD, GROUP_DATE, GROUP_HOUR };

struct group_column {
    enum group_kind kind;
    int field; /* GROUP_FIELD: index into fields */
    char name[NAME_MAX_LEN + 1];
};

enum measure_kind {
    MEASURE_COUNT,
    MEASURE_SUM,
    MEASURE_AVG,
    MEASURE_MIN,
    MEASURE_MAX,
    MEASURE_OPEN,
    MEASURE_DISTINCT
};

struct measure {
    enum measure_kind kind;
    int field; /* operand, -1 for count and open */
    int slot;  /* value slot (distinct: distinct slot) of the operand, -1 for count and open */
    int places;
    char name[NAME_MAX_LEN + 8]; /* as written: "sum:amount" */
};

enum filter_op {
    FILTER_EQ,
    FILTER_NE,
    FILTER_LT,
    FILTER_LE,
    FILTER_GT,
    FILTER_GE,
    FILTER_IN,
    FILTER_MISSING,
    FILTER_PRESENT
};

struct filter {
    int field;
    enum filter_op op;
    char *texts[VALUES_MAX];     /* FIELD_TEXT operands */
    int64_t number;              /* operand of INT, MONEY (minor units), TIME (epoch ms) */
    int64_t numbers[VALUES_MAX]; /* FILTER_IN on a number field */
    int operands_len;
    char *source; /* as written, for messages */
};

/*
 * What raises alerts (S-70); core/rules.h says when.
 *
 *     {"name": "large", "when": ["amount>10000.00"]}                       each such event
 *     {"name": "velocity", "more_than": 5, "per": "user_id", "within": "5m"}
 *     {"name": "sla", "open_longer_than": "4h", "where": ["priority=High"]}   needs a lifecycle
 *     {"name": "orphan-refund", "within": "120s",
 *      "pair": {"field": "type", "opens": "refund", "ref": "refund_of",
 *               "needs": "payment", "id": "event_id"}}
 *
 * `when` and `where` are lists of conditions in the grammar of filters, all of which must hold; in
 * velocity they choose the events counted, in SLA the openings watched. `per` names the field that
 * tells whose alert it is (text or int): required in velocity, allowed everywhere; all rules of a
 * definition share one. A pair is one at most: an event whose `field` says `opens` needs one whose
 * `field` says `needs` (or nothing) and whose `id` (default: the first id field) is its `ref`.
 * `alert` is the alert's type, by default the rule's name.
 */
enum rule_kind { RULE_EVENT, RULE_VELOCITY, RULE_SLA, RULE_PAIR };

struct rule_pair {
    int field, ref, id; /* fields */
    char *opens, *needs;
};

struct rule {
    char name[NAME_MAX_LEN + 1];
    char alert[NAME_MAX_LEN + 1];
    enum rule_kind kind;
    uint32_t conditions; /* bits: indexes into the definition's conditions */
    int per;             /* field; -1: none */
    int64_t more_than;   /* RULE_VELOCITY */
    int64_t within_ms;   /* RULE_VELOCITY: its window; RULE_PAIR: the least wait */
    int64_t limit_ms;    /* RULE_SLA */
    struct rule_pair pair;
};

/* What becomes of an id seen before with another content (S-41); counted and shown in any case. */
enum on_conflict {
    CONFLICT_COUNT, /* a real event */
    CONFLICT_FIRST, /* a duplicate of the first */
    CONFLICT_REJECT /* rejected(id_conflict) */
};

#define WINDOW_SIZE_DEFAULT (5 * (int64_t)MS_PER_MINUTE)

/* Windows over event time; core/window.h counts in them. */
struct definition_window {
    int64_t size_ms;    /* WINDOW_SIZE_DEFAULT unless said */
    int64_t slide_ms;   /* less than the size: hopping; 0 until compiled: the size (tumbling) */
    int64_t session_ms; /* gap; 0: no sessions. Else size and slide are not used */
    int per;            /* field whose value has sessions of its own; -1: the group's key */
    bool asked;         /* said in the definition or by an option */
};

enum feed_format { FORMAT_ANY, FORMAT_CSV, FORMAT_JSONL };

struct definition {
    char name[NAME_MAX_LEN + 1];
    enum feed_format format;
    struct field fields[FIELDS_MAX];
    int fields_len;
    int time_field; /* -1 until set */
    int id_fields[ID_FIELDS_MAX];
    int id_fields_len;
    enum on_conflict on_conflict;
    bool no_dedupe;                   /* --no-dedupe: count every record, whatever its id */
    bool report_dedupes;              /* the report in use names dedupe_fields: core/report.h */
    int dedupe_fields[ID_FIELDS_MAX]; /* what tells duplicates; compile: id_fields, or those */
    int dedupe_fields_len;
    bool csv_single_line;        /* --csv-single-line: every line end ends its record (T-R9) */
    enum decoder_choice decoder; /* not part of the digest: all give the same events */
    struct watermark_config watermark;
    struct definition_window window;
    struct zone *zone; /* day boundaries, naive times; NULL: UTC */
    struct filter filters[FILTERS_MAX];
    int filters_len;
    struct group_column group_by[EVENT_KEYS_MAX];
    int group_by_len;
    struct measure measures[MEASURES_MAX];
    int measures_len;
    bool has_lifecycle;
    int lifecycle_key;   /* field */
    int lifecycle_field; /* field that tells the step */
    char *lifecycle_opened[VALUES_MAX];
    int lifecycle_opened_len;
    char *lifecycle_closed[VALUES_MAX];
    int lifecycle_closed_len;
    struct tier tiers[TIERS_MAX];
    int tiers_len;
    struct lookup_join lookups[LOOKUPS_MAX];
    int lookups_len;
    struct report *reports; /* REPORTS_MAX, made with the first */
    int reports_len;
    const struct report *report; /* the one in use; NULL: none, or `summary` */
    char *folder; /* of the definition's file, for lookups; NULL: built in, or guessed */
    struct filter conditions[CONDITIONS_MAX]; /* of the rules */
    int conditions_len;
    struct rule rules[RULES_MAX];
    int rules_len;

    /* set by definition_compile */
    int value_field[EVENT_VALUES_MAX]; /* field of each value slot */
    int value_fields_len;
    int distinct_field[EVENT_DISTINCTS_MAX]; /* field of each distinct slot */
    int distinct_fields_len;
    bool needs_lifecycle; /* `open` is among the measures */
    bool needs_steps;     /* that, or a rule watches openings: the decoder tells steps */
    int per_field;        /* the field that all `per` name; -1: none */
    int pair_rule;        /* index of the rule with a pair; -1: none */
    int label_field;      /* whose text names an event; -1: none */
    int alert_slot;       /* value slot of the amount that alerts carry; -1: none */
    int alert_field;      /* its field; -1: none */
    bool needs_dedupe;    /* it has an id, and dedupe was not switched off; or report_dedupes */
    int window_keys_len;  /* of group_by: the groups, and behind them window.per when it is none */
    int64_t horizon_ms;   /* H of dedupe: 24 h, or B + A when that is more (S-42) */
    bool compiled;
    struct hash_key redact_key; /* of the tokens of redacted fields */
};

struct definition *definition_new(const char *name);
void definition_free(struct definition *definition); /* accepts NULL */

/* Index of a field by its name, -1 when there is none. */
int definition_field(const struct definition *definition, const char *name);

/* Adds a field; STATUS_LIMIT beyond FIELDS_MAX, STATUS_BAD_DEFINITION for a name taken or not made
 * of letters, digits, '-', '_', '.'. `*index` (may be NULL) is its index. */
enum status definition_add_field(struct definition *definition, const char *name,
                                 enum field_type type, int *index, struct error *error);

/* Overrides, from options or a definition file. Lists are comma-separated ("region,date"; "count,
 * sum:amount"); they replace what was there. definition_add_filter adds one ("amount>500.00").
 * STATUS_BAD_DEFINITION names the word at fault and what would have been right. */
enum status definition_set_group_by(struct definition *definition, const char *list,
                                    struct error *error);
enum status definition_set_measures(struct definition *definition, const char *list,
                                    struct error *error);
enum status definition_add_filter(struct definition *definition, const char *expression,
                                  struct error *error);
enum status definition_set_time(struct definition *definition, const char *field,
                                struct error *error);

/* Adds a rule, without conditions; `*rule` is valid until the next. STATUS_LIMIT beyond RULES_MAX,
 * STATUS_BAD_DEFINITION for a name taken or not made of letters, digits, '-', '_', '.'. */
enum status definition_add_rule(struct definition *definition, const char *name, struct rule **rule,
                                struct error *error);
/* Adds a condition to a rule ("amount>500.00"); fails as definition_add_filter does. */
enum status definition_add_condition(struct definition *definition, struct rule *rule,
                                     const char *expression, struct error *error);

/* Leaves the rules out, before compile: for answers that do not tell alerts. */
void definition_forget_rules(struct definition *definition);

/* Leaves out the life cycle and the rules that watch openings, before compile: for a feed that does
 * not tell when anything closes (trap X15). */
void definition_forget_lifecycle(struct definition *definition);

/* Checks and assigns slots. After it the definition does not change. A definition without measures
 * gets `count`, and `open` before it when it has a lifecycle. */
enum status definition_compile(struct definition *definition, struct error *error);

/* The nearest of `names` to `wrong`, for "did you mean"; NULL when none is near. */
const char *definition_suggest(const char *wrong, const char *const *names, size_t names_len);

/* What becomes of an id that comes again with another content (S-41): a report that names what
 * tells duplicates takes the first. */
static inline enum on_conflict definition_on_conflict(const struct definition *definition)
{
    return definition->report_dedupes ? CONFLICT_FIRST : definition->on_conflict;
}

#endif
