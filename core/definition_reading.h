#ifndef TAILRACE_CORE_DEFINITION_READING_H
#define TAILRACE_CORE_DEFINITION_READING_H
/*
 * What the readers of a definition's JSON share among themselves (core/definition_json*.c): each
 * object is walked over a table of its members, and a fault names file, line and path. Nobody else
 * includes it.
 */
#include "core/definition.h"

#include <jansson.h>

enum { READING_PATH_PARTS = 5 };

/* What is being read, for messages: the path of names from the top to the member at hand. */
struct reading {
    struct definition *definition;
    const char *text;
    size_t len;
    const char *where;
    const char *path[READING_PATH_PARTS];
    int depth;
    int listed; /* the part, counted from 1, that names an element of a list by its text; 0: none */
    struct error *error;
};

typedef enum status (*member_reader)(struct reading *reading, json_t *value, void *context);

struct member {
    const char *name;
    member_reader read;
};

/* "payments.json line 7: fields.amount.places: MESSAGE" */
enum status reading_wrong(const struct reading *reading, const char *message);
/* Passes an error of definition.c on, with where it came from. */
enum status reading_located(const struct reading *reading, enum status status,
                            const struct error *inner);
/* The member at hand is none of the table; suggests. */
enum status reading_unknown(const struct reading *reading, const struct member *members,
                            size_t members_len, const char *name);
/* Reads every member of an object by the table. */
enum status reading_members(struct reading *reading, json_t *object, const struct member *members,
                            size_t members_len, void *context);
/* A string, or a list of at most `cap` of them, as copies behind the `*len` that are there. */
enum status reading_texts(struct reading *reading, json_t *value, char **texts, int *len, int cap);
void reading_free_texts(char **texts, int len);

/* --- definition_json_time.c --- */

enum status read_window(struct reading *reading, json_t *value, void *context);
enum status read_watermark(struct reading *reading, json_t *value, void *context);
enum status read_on_conflict(struct reading *reading, json_t *value, void *context);
/* --- definition_json_reports.c --- */

enum status read_tiers(struct reading *reading, json_t *value, void *context);
enum status read_lookups(struct reading *reading, json_t *value, void *context);
enum status read_reports(struct reading *reading, json_t *value, void *context);

/* --- definition_json_rules.c --- */

enum status read_rules(struct reading *reading, json_t *value, void *context);

#endif
