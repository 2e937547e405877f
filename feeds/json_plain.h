#ifndef TAILRACE_FEEDS_JSON_PLAIN_H
#define TAILRACE_FEEDS_JSON_PLAIN_H
/*
 * The usual JSON record, taken apart without a parser: one flat object on a line, names and strings
 * without escapes, numbers without exponents, no name twice. What it takes jansson would accept,
 * with the same names and the same texts of values; every other line is left to jansson, whatever
 * may be wrong with it.
 *
 *     json_plain_new(names) → json_plain_begin → json_plain_next(at) → its values → …
 *
 * Records of a feed mostly have the same names in the same order: after each name the one that
 * followed it last time is looked for first. The names of members that nobody asks for are
 * remembered too, a few of them, to tell those that stand twice.
 *
 * Threads: one owner. Nothing is allocated per record.
 */
#include "core/decoder_choice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_PLAIN_NAMES = 128,       /* asked for, at most */
    JSON_PLAIN_KEYS = 256,        /* those, and others that are remembered */
    JSON_PLAIN_KEY_BYTES = 64,    /* longer names are left to jansson */
    JSON_PLAIN_BYTES = 16 * 1024, /* longer lines are left to jansson */
    JSON_PLAIN_NUMBER_BYTES = 64  /* longer numbers are left to jansson */
};

/* The text of a value in the line, a string's with its quotes. */
struct json_plain_value {
    const char *at;
    size_t len;
};

struct json_plain_key {
    uint64_t record; /* the last one it stood in */
    struct json_plain_value value;
    struct json_plain_key *next;         /* what followed it last time */
    size_t len;                          /* of `text` */
    char text[JSON_PLAIN_KEY_BYTES + 4]; /* "name": */
};

struct json_plain {
    uint64_t record;
    struct json_plain_key keys[JSON_PLAIN_KEYS];
};

/* `names`, each once, are read, not kept. */
struct json_plain *json_plain_new(const char *const *names, int names_len,
                                  enum decoder_choice choice);
void json_plain_free(struct json_plain *plain); /* accepts NULL */

/* The bytes to come are others than those before. */
void json_plain_begin(struct json_plain *plain);

/* The record that begins at `at`; what was said of the bytes before `end` the last time still
 * holds. Returns its length with the line end; 0: not a usual record, or not all of it is there. */
size_t json_plain_next(struct json_plain *plain, const char *at, const char *end);

/* Of the record taken last, what stands under a name; NULL: nothing. */
static inline const struct json_plain_value *json_plain_value(const struct json_plain *plain,
                                                              int name)
{
    const struct json_plain_key *key = &plain->keys[name];
    return key->record == plain->record ? &key->value : NULL;
}

#endif
