/*
 * Three passes over a piece that stays in the nearest cache: masks of the bytes that matter, one
 * word of separators, line ends and odd bytes for 64 bytes each, and the separators as numbers. A
 * row is plain when its line end is where the header has its last column, and no odd byte is in it.
 *
 * DESIGN: what makes a byte odd is told at that byte or the one behind it, which is in the same row
 * unless that ends it. Sixteen bytes may be read from any field on, so that short texts are words
 * without a branch: the last piece of a buffer is copied to where that is so.
 */
#include "feeds/csv_plain.h"

#include "core/status.h"
#include "feeds/bytes_masks.h"
#include "feeds/utf8.h"

#include <stdlib.h>
#include <string.h>

/* The order of bytes_wanted. */
enum { NEWLINE, DELIMITER, QUOTE, RETURN, SPACE };

/* What is noted of a piece. */
struct notes {
    size_t bytes; /* at most */
    struct bytes_masks *masks;
    uint64_t *separator_bits, *newline_bits, *odd_bits, *high_bits;
    uint16_t
        *separators; /* [0]: before the first byte; behind them a row's worth that are nowhere */
    uint16_t *newlines;
    char *own;
};

struct csv_plain {
    struct csv_piece piece;
    const struct bytes_tools *tools;
    struct bytes_wanted wanted;
    bool any_high;
    const struct notes *notes; /* of the piece */
    struct notes usual, great; /* great: not made before it is needed */
};

static void make_notes(struct notes *notes, size_t bytes)
{
    const size_t words = bytes / BYTES_MASK + 1; /* behind the last one may be looked */
    notes->bytes = bytes;
    notes->masks = mem_zero(words, sizeof *notes->masks);
    notes->separator_bits = mem_zero(4 * words, sizeof *notes->separator_bits);
    notes->newline_bits = notes->separator_bits + words;
    notes->odd_bits = notes->newline_bits + words;
    notes->high_bits = notes->odd_bits + words;
    notes->separators =
        mem_zero(1 + bytes + BYTES_PLACES_SPARE + CSV_PLAIN_COLUMNS, sizeof *notes->separators);
    notes->separators[0] = UINT16_MAX;
    notes->newlines = mem_zero(bytes + BYTES_PLACES_SPARE, sizeof *notes->newlines);
    notes->own = mem_zero(bytes + CSV_PLAIN_READABLE, 1);
}

static void free_notes(struct notes *notes)
{
    free(notes->masks);
    free(notes->separator_bits);
    free(notes->separators);
    free(notes->newlines);
    free(notes->own);
}

struct csv_plain *csv_plain_new(char delimiter, int columns, enum decoder_choice choice)
{
    struct csv_plain *plain = mem_zero(1, sizeof *plain);
    plain->tools = bytes_tools_for(choice);
    plain->wanted = (struct bytes_wanted){
        .byte = {[NEWLINE] = '\n', [DELIMITER] = delimiter, [QUOTE] = '"', [RETURN] = '\r', ' '}};
    plain->piece.columns = (size_t)columns;
    plain->piece.plain = plain;
    make_notes(&plain->usual, CSV_PLAIN_BYTES);
    return plain;
}

void csv_plain_free(struct csv_plain *plain)
{
    if (!plain)
        return;
    free_notes(&plain->usual);
    free_notes(&plain->great);
    free(plain);
}

/* What of one mask is carried into the next: the highest bit of each. */
struct carried {
    uint64_t returns, separators, spaces;
};

static inline uint64_t behind(uint64_t mask, uint64_t *carry)
{
    uint64_t moved = mask << 1 | *carry;
    *carry = mask >> 63;
    return moved;
}

static inline void join_masks(const struct notes *notes, size_t w, struct carried *carried)
{
    const struct bytes_masks *mask = &notes->masks[w];
    uint64_t newlines = mask->of[NEWLINE], returns = mask->of[RETURN];
    uint64_t spaces = mask->of[SPACE], separators = newlines | mask->of[DELIMITER];
    uint64_t odd = mask->of[QUOTE] | (mask->control & ~(separators | returns));
    odd |= behind(returns, &carried->returns) & ~newlines;
    odd |= spaces & behind(separators, &carried->separators);
    odd |= (separators | returns) & behind(spaces, &carried->spaces);
    notes->newline_bits[w] = newlines;
    notes->separator_bits[w] = separators;
    notes->odd_bits[w] = odd;
    notes->high_bits[w] = mask->high;
}

struct csv_piece *csv_plain_piece(struct csv_plain *plain)
{
    return &plain->piece;
}

/* Masks and what follows from them. Whether any byte is odd, or outside ASCII. */
static bool look_for_bytes(struct csv_plain *plain, size_t len, size_t words)
{
    struct carried carried = {.separators = 1};
    const struct notes *notes = plain->notes;
    uint64_t odd = 0, high = 0;
    plain->tools->scan(&plain->wanted, plain->piece.text, len, notes->masks);
    for (size_t w = 0; w < words; w++) {
        join_masks(notes, w, &carried);
        odd |= notes->odd_bits[w];
        high |= notes->high_bits[w];
    }
    plain->any_high = high != 0;
    return (odd | high) != 0;
}

static void look(struct csv_plain *plain, const struct notes *notes, const char *at, size_t left)
{
    size_t len = left < notes->bytes ? left : notes->bytes, words = bytes_masks_len(len);
    struct csv_piece *piece = &plain->piece;
    plain->notes = notes;
    piece->text = at;
    if (left < len + CSV_PLAIN_READABLE) {
        memcpy(notes->own, at, len);
        memset(notes->own + len, 0, CSV_PLAIN_READABLE);
        piece->text = notes->own;
    }
    piece->any_odd = look_for_bytes(plain, len, words);
    size_t separators = plain->tools->places(notes->separator_bits, words, notes->separators + 1);
    memset(&notes->separators[1 + separators], 0xFF, piece->columns * sizeof *piece->separators);
    size_t rows = plain->tools->few_places(notes->newline_bits, words, notes->newlines);
    piece->begin = 0;
    piece->separators = notes->separators + 1;
    piece->newline = notes->newlines;
    piece->newlines_end = notes->newlines + rows;
}

void csv_plain_look(struct csv_plain *plain, const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    look(plain, &plain->usual, at, left);
    if (!csv_piece_is_done(&plain->piece) || left <= CSV_PLAIN_BYTES)
        return;
    if (!plain->great.masks)
        make_notes(&plain->great, CSV_PLAIN_BYTES_MAX);
    look(plain, &plain->great, at, left);
}

/* The next bit from `at` on, before `end`; `end`: none. */
static size_t next_bit(const uint64_t *words, size_t at, size_t end)
{
    uint64_t word = words[at / BYTES_MASK] >> at % BYTES_MASK << at % BYTES_MASK;
    for (size_t w = at / BYTES_MASK; w * BYTES_MASK < end; word = words[++w])
        if (word) {
            size_t next = w * BYTES_MASK + (unsigned)__builtin_ctzll(word);
            return next < end ? next : end;
        }
    return end;
}

/* Of ASCII there is nothing to be checked: from one other character to the next. */
static bool is_utf8(const struct csv_plain *plain, size_t begin, size_t end)
{
    for (size_t at = next_bit(plain->notes->high_bits, begin, end); at < end;) {
        size_t step = utf8_character(plain->piece.text + at, end - at);
        if (step == 0)
            return false;
        at += step;
        at = at < end ? next_bit(plain->notes->high_bits, at, end) : end;
    }
    return true;
}

bool csv_plain_is_odd(const struct csv_plain *plain, size_t begin, size_t newline)
{
    return next_bit(plain->notes->odd_bits, begin, newline + 1) <= newline ||
           (plain->any_high && !is_utf8(plain, begin, newline));
}

bool csv_plain_seek(struct csv_plain *plain, size_t offset)
{
    struct csv_piece *piece = &plain->piece;
    while (!csv_piece_is_done(piece) && piece->begin < offset) {
        uint16_t newline = *piece->newline++;
        while (*piece->separators++ != newline)
            continue;
        piece->begin = newline + 1u;
    }
    return !csv_piece_is_done(piece) && piece->begin == offset;
}
