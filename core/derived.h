#ifndef TAILRACE_CORE_DERIVED_H
#define TAILRACE_CORE_DERIVED_H
/*
 * Fields that no record carries: they follow from one that it does. Parts of a definition
 * (core/definition.h); as fields of type text they can be grouped by, filtered and counted like any
 * other.
 *
 *   tier    the name of the first step whose amount is <= the value, else the last name
 *   lookup  what a row of another file says for the record's key; no such row: (unknown), S-16
 */
#include "core/lookup.h"
#include "core/status.h"

enum { TIERS_MAX = 4, TIER_STEPS_MAX = 16, LOOKUPS_MAX = 4 };

enum derivation { DERIVED_NOT, DERIVED_TIER, DERIVED_LOOKUP };

struct tier {
    int field; /* the derived one; its values are the steps' names in order, the else one last */
    int of;    /* money or int */
    int64_t steps[TIER_STEPS_MAX]; /* descending */
    int steps_len;
};

struct lookup_join {
    char *file; /* as written */
    int key;    /* field whose text is looked for; the column of its name in the file */
    int takes[LOOKUP_TAKES_MAX]; /* derived fields; columns of their names in the file */
    int takes_len;
    bool needed; /* set by compile: one of them is asked for */

    /* set by feeds/lookup.h before the definition is shared; NULL: nothing is ever found */
    struct lookup *table;
    char *path; /* where it was found */
    uint64_t bytes;
    char sha256[65]; /* of its bytes */
};

struct definition;

/* One step of a tier as written. */
struct tier_step {
    const char *name;
    const char *amount;
};

/* STATUS_BAD_DEFINITION names the word at fault. */
enum status definition_add_tier(struct definition *definition, const char *name, const char *of,
                                const struct tier_step *steps, int steps_len, const char *otherwise,
                                struct error *error);
enum status definition_add_lookup(struct definition *definition, const char *file, const char *key,
                                  const char *const *takes, int takes_len, struct error *error);

/* The tier's name of a value. */
const char *tier_name(const struct definition *definition, const struct tier *tier, int64_t value);

/* For compile: marks the lookups whose fields are grouped by, filtered, or counted. */
void definition_mark_lookups(struct definition *definition);

#endif
