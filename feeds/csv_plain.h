#ifndef TAILRACE_FEEDS_CSV_PLAIN_H
#define TAILRACE_FEEDS_CSV_PLAIN_H
/*
 * The plain rows among the bytes of a CSV feed, found without a parser: well-formed UTF-8, no
 * quote, no control byte, no CR but before the line end, no blank at the edge of a field, and as
 * many columns as the header. Of such rows the fields are what libcsv would say they are; all
 * others are left to it.
 *
 *     csv_plain_look(plain, at, end)          a record begins at `at`
 *     while (csv_plain_next(plain, &row))     rows, one behind the other, until one is not plain
 *
 * A piece of a few KiB is looked at in one go: masks (bytes_masks.h), then numbers, then rows.
 *
 * Threads: one owner. Nothing is allocated but by csv_plain_new.
 */
#include "core/decoder_choice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CSV_PLAIN_BYTES = 4096, /* of a piece */
    CSV_PLAIN_READABLE = 16,
    CSV_PLAIN_COLUMNS = 1024 /* at most */
};

struct csv_plain;

/* A row; csv_row_field tells its fields. */
struct csv_row {
    const char *text;           /* of the piece */
    const uint16_t *separators; /* [c]: where in it field c ends; [-1]: a byte before the first */
    uint32_t len;               /* of the row, with its line end */
    uint32_t cr;                /* 1: the line end has one, which is no part of the last field */
};

/* CSV_PLAIN_READABLE bytes may be read from where the field begins. */
static inline const char *csv_row_field(const struct csv_row *row, size_t column, bool last,
                                        size_t *len)
{
    size_t begin = (uint16_t)(row->separators[(ptrdiff_t)column - 1] + 1);
    *len = row->separators[column] - begin - (last ? row->cr : 0);
    return row->text + begin;
}

struct csv_plain *csv_plain_new(char delimiter, int columns, enum decoder_choice choice);
void csv_plain_free(struct csv_plain *plain); /* accepts NULL */

/* Looks at the first bytes from `at` on; they stay as they are until the next look. */
void csv_plain_look(struct csv_plain *plain, const char *at, const char *end);

/* The next row of them. False: it is not plain, or not all of it was looked at. Valid until the
 * next look. */
bool csv_plain_next(struct csv_plain *plain, struct csv_row *row);

/* Whether all whole rows of the piece were passed. */
bool csv_plain_is_done(const struct csv_plain *plain);

/* Goes on at `offset` bytes behind the begin of those looked at, where a record begins; false: that
 * is beyond the last whole row. */
bool csv_plain_seek(struct csv_plain *plain, size_t offset);

#endif
