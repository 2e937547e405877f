#ifndef TAILRACE_FEEDS_CSV_PLAIN_H
#define TAILRACE_FEEDS_CSV_PLAIN_H
/*
 * The plain rows among the bytes of a CSV feed, found without a parser: well-formed UTF-8, no
 * quote, no control byte, no CR but before the line end, no blank at the edge of a field, and as
 * many columns as the header. Of such rows the fields are what libcsv would say they are; all
 * others are left to it.
 *
 *     csv_plain_look(plain, at, end)               a record begins at `at`
 *     while (csv_piece_next(piece, &row))          rows, one behind the other, of csv_plain_piece
 *
 * A piece of a few KiB is looked at in one go: masks (bytes_masks.h), then numbers, then rows.
 * Where it holds no whole row, a greater one is.
 *
 * Threads: one owner. Nothing is allocated but by csv_plain_new, and for the first greater piece.
 */
#include "core/decoder_choice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef TAILRACE_SMALL_CAPS /* for fuzzing */
enum { CSV_PLAIN_BYTES = 512, CSV_PLAIN_BYTES_MAX = 8192 };
#else
/* Of a piece; of one where that is less than a row. Longer rows are not plain. */
enum { CSV_PLAIN_BYTES = 4096, CSV_PLAIN_BYTES_MAX = 65280 };
#endif

enum {
    CSV_PLAIN_READABLE = 16,
    CSV_PLAIN_COLUMNS = 1024 /* at most */
};

struct csv_plain;

/* What was looked at, and how far its rows were passed. */
struct csv_piece {
    const char *text;
    size_t begin;               /* of the next row */
    const uint16_t *separators; /* of the next row, see csv_row */
    const uint16_t *newline;    /* its line end; the one behind the last whole row: newlines_end */
    const uint16_t *newlines_end;
    size_t columns;
    bool any_odd; /* bytes for libcsv, or outside ASCII */
    const struct csv_plain *plain;
};

/* A row; csv_row_field tells its fields. */
struct csv_row {
    const char *text;           /* of the piece */
    const uint16_t *separators; /* [c]: where in it field c ends; [-1]: a byte before the first */
    uint32_t len;               /* of the row, with its line end */
    uint32_t cr;                /* 1: the line end has one, which is no part of the last field */
};

struct csv_plain *csv_plain_new(char delimiter, int columns, enum decoder_choice choice);
void csv_plain_free(struct csv_plain *plain); /* accepts NULL */

/* Looks at the first bytes from `at` on; they stay as they are until the next look. The piece is
 * valid until then. */
void csv_plain_look(struct csv_plain *plain, const char *at, const char *end);
struct csv_piece *csv_plain_piece(struct csv_plain *plain);

/* Goes on at `offset` bytes behind the begin of those looked at, where a record begins; false: that
 * is beyond the last whole row. */
bool csv_plain_seek(struct csv_plain *plain, size_t offset);

/* Whether what makes the piece odd stands in a row of it. */
bool csv_plain_is_odd(const struct csv_plain *plain, size_t begin, size_t newline);

/* Whether all whole rows of the piece were passed. */
static inline bool csv_piece_is_done(const struct csv_piece *piece)
{
    return piece->newline == piece->newlines_end;
}

/* The next row; false: it is not plain, or not all of it was looked at. */
static inline bool csv_piece_next(struct csv_piece *piece, struct csv_row *row)
{
    if (csv_piece_is_done(piece))
        return false;
    size_t newline = *piece->newline;
    /* a blank line begins with a byte that is not above a blank */
    if (piece->separators[piece->columns - 1] != newline ||
        (unsigned char)piece->text[piece->begin] <= ' ' ||
        (piece->any_odd && csv_plain_is_odd(piece->plain, piece->begin, newline)))
        return false;
    row->text = piece->text;
    row->separators = piece->separators;
    row->len = (uint32_t)(newline + 1 - piece->begin);
    row->cr = piece->text[newline - 1] == '\r';
    piece->newline++;
    piece->begin = newline + 1;
    piece->separators += piece->columns;
    return true;
}

/* CSV_PLAIN_READABLE bytes may be read from where the field begins. `last`: 1 for the
 * last one. */
static inline const char *csv_row_field(const struct csv_row *row, size_t column, uint32_t last,
                                        size_t *len)
{
    const uint16_t *end = row->separators + column;
    size_t begin = (uint16_t)(end[-1] + 1);
    *len = *end - begin - (row->cr & last);
    return row->text + begin;
}

#endif
