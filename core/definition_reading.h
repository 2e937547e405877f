#ifndef TAILRACE_CORE_DEFINITION_READING_H
#define TAILRACE_CORE_DEFINITION_READING_H
/*
 * How the files of definition_json read JSON; nobody else includes it. Each object is walked over a
 * table of its members: name → function. A name outside the table is an error with its line.
 */
#include "core/definition.h"

#include <jansson.h>

enum { PATH_PARTS = 4 };

/* What is being read, for messages: the path of names from the top to the member at hand. */
struct reading {
    struct definition *definition;
    const char *text;
    size_t len;
    const char *where;
    const char *path[PATH_PARTS];
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
/* Passes an error of definition.h on, with where it came from. */
enum status reading_located(const struct reading *reading, enum status status,
                            const struct error *inner);
enum status reading_unknown_member(struct reading *reading, const struct member *members,
                                   size_t members_len, const char *name);
/* Reads every member of an object by the table. */
enum status reading_members(struct reading *reading, json_t *object, const struct member *members,
                            size_t members_len, void *context);
/* A string, or a list of at most `cap` of them, as copies to be freed, also on failure. */
enum status reading_texts(struct reading *reading, json_t *value, char **texts, int *len, int cap);

/* The member `rules`: definition_json_rules.c. */
enum status reading_rules(struct reading *reading, json_t *value, void *context);

#endif
