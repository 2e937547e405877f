#ifndef TAILRACE_FEEDS_JSON_PLAIN_H
#define TAILRACE_FEEDS_JSON_PLAIN_H
/*
 * The usual JSON record, taken apart without a parser: one flat object on a line, names and strings
 * without escapes, numbers without exponents, no name twice. What it takes jansson would accept,
 * with the same names and the same texts of values; every other line is left to jansson, whatever
 * may be wrong with it.
 *
 *     json_plain_new(names) → json_plain_begin → json_plain_next(at) → its texts → …
 *
 * Records of a feed mostly have the same names in the same order: a line is first compared with the
 * shape (json_shape.h) of those before it. Where it is of another, after each name the one that
 * followed it last time is looked for first, as it was written then. The names of members that
 * nobody asks for are remembered too, a few of them, to tell those that stand twice.
 *
 * Threads: one owner. Nothing is allocated per record.
 */
#include "core/decoder_choice.h"
#include "feeds/decode.h"
#include "feeds/validate.h"

enum {
    JSON_PLAIN_NAMES = 128,    /* asked for, at most */
    JSON_PLAIN_KEYS = 256,     /* those, and others that are remembered */
    JSON_PLAIN_KEY_BYTES = 64, /* longer names are left to jansson, and so are longer lines */
    JSON_PLAIN_BYTES = RECORD_BYTES_MAX / 2 < 16384 ? RECORD_BYTES_MAX / 2 : 16384,
    JSON_PLAIN_NUMBER_BYTES = 64 /* longer numbers are left to jansson */
};

/* A name that is asked for. */
struct json_plain_name {
    const char *text;
    uint32_t fields; /* bits of the fields that it feeds */
};

struct json_plain_config {
    const struct json_plain_name *names; /* each once; read, not kept */
    int names_len;
    uint32_t texts;           /* bits of the fields that are texts */
    uint32_t asked;           /* bits of those of which a text is asked for */
    struct hash_key hash_key; /* of names (D-08) */
    enum decoder_choice choice;
};

/* A record; valid until the next. */
struct json_plain_record {
    size_t len; /* with the line end */
    int texts_len;
    struct validator_text texts[FIELDS_MAX + 1]; /* for validator_record; one of them spare */
};

struct json_plain;

struct json_plain *json_plain_new(const struct json_plain_config *config);
void json_plain_free(struct json_plain *plain); /* accepts NULL */

/* The bytes to come are others than those before. */
void json_plain_begin(struct json_plain *plain);

/* The record that begins at `at`; bytes before `end` are as they were at the last call. NULL: not a
 * usual record, or not all of it is there. Two names of one field are not usual either. */
const struct json_plain_record *json_plain_next(struct json_plain *plain, const char *at,
                                                const char *end);

#endif
