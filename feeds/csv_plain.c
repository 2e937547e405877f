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

enum { WORDS = CSV_PLAIN_BYTES / BYTES_MASK };

/* The order of bytes_wanted. */
enum { NEWLINE, DELIMITER, QUOTE, RETURN, SPACE };

struct csv_plain {
    const struct bytes_tools *tools;
    struct bytes_wanted wanted;
    size_t columns;
    const char *text; /* the piece; NULL: none */
    size_t rows;      /* whole ones */
    size_t row;       /* the next */
    size_t begin;     /* where it begins */
    size_t separator; /* its first */
    bool any_odd;
    bool any_high;
    struct bytes_masks masks[WORDS];
    uint64_t separator_bits[WORDS], newline_bits[WORDS], odd_bits[WORDS], high_bits[WORDS];
    /* [0]: before the first byte; behind them a row's worth that are nowhere */
    uint16_t separators[1 + CSV_PLAIN_BYTES + BYTES_PLACES_SPARE + CSV_PLAIN_COLUMNS];
    uint16_t newlines[CSV_PLAIN_BYTES + BYTES_PLACES_SPARE];
    char own[CSV_PLAIN_BYTES + CSV_PLAIN_READABLE];
};

struct csv_plain *csv_plain_new(char delimiter, int columns, enum decoder_choice choice)
{
    struct csv_plain *plain = mem_zero(1, sizeof *plain);
    plain->tools = bytes_tools_for(choice);
    plain->wanted = (struct bytes_wanted){
        .byte = {[NEWLINE] = '\n', [DELIMITER] = delimiter, [QUOTE] = '"', [RETURN] = '\r', ' '}};
    plain->columns = (size_t)columns;
    plain->separators[0] = UINT16_MAX;
    return plain;
}

void csv_plain_free(struct csv_plain *plain)
{
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

static inline void join_masks(struct csv_plain *plain, size_t w, struct carried *carried)
{
    const struct bytes_masks *mask = &plain->masks[w];
    uint64_t newlines = mask->of[NEWLINE], returns = mask->of[RETURN];
    uint64_t spaces = mask->of[SPACE], separators = newlines | mask->of[DELIMITER];
    uint64_t odd = mask->of[QUOTE] | (mask->control & ~(separators | returns));
    odd |= behind(returns, &carried->returns) & ~newlines;
    odd |= spaces & behind(separators, &carried->separators);
    odd |= (separators | returns) & behind(spaces, &carried->spaces);
    plain->newline_bits[w] = newlines;
    plain->separator_bits[w] = separators;
    plain->odd_bits[w] = odd;
    plain->high_bits[w] = mask->high;
}

void csv_plain_look(struct csv_plain *plain, const char *at, const char *end)
{
    struct carried carried = {.separators = 1};
    size_t left = (size_t)(end - at), len = left < CSV_PLAIN_BYTES ? left : CSV_PLAIN_BYTES;
    size_t words = bytes_masks_len(len);
    uint64_t odd = 0, high = 0;
    plain->text = at;
    if (left < CSV_PLAIN_BYTES + CSV_PLAIN_READABLE) {
        memcpy(plain->own, at, len);
        memset(plain->own + len, 0, CSV_PLAIN_READABLE);
        plain->text = plain->own;
    }
    plain->tools->scan(&plain->wanted, plain->text, len, plain->masks);
    for (size_t w = 0; w < words; w++) {
        join_masks(plain, w, &carried);
        odd |= plain->odd_bits[w];
        high |= plain->high_bits[w];
    }
    plain->any_odd = odd != 0;
    plain->any_high = high != 0;
    size_t separators = plain->tools->places(plain->separator_bits, words, plain->separators + 1);
    memset(&plain->separators[1 + separators], 0xFF, plain->columns * sizeof *plain->separators);
    plain->rows = plain->tools->few_places(plain->newline_bits, words, plain->newlines);
    plain->row = plain->begin = 0;
    plain->separator = 1;
}

static bool any_between(const uint64_t *words, size_t begin, size_t end)
{
    size_t first = begin / BYTES_MASK, last = end / BYTES_MASK;
    uint64_t found = words[first] >> begin % BYTES_MASK << begin % BYTES_MASK;
    for (size_t w = first; w < last; w++, found = words[w])
        if (found)
            return true;
    return (found << (BYTES_MASK - 1 - end % BYTES_MASK)) != 0;
}

/* Whether the row up to its line end, of which the columns are right, is for libcsv. */
static bool is_odd(const struct csv_plain *plain, size_t newline)
{
    size_t begin = plain->begin;
    if (plain->any_odd && any_between(plain->odd_bits, begin, newline))
        return true;
    return plain->any_high && any_between(plain->high_bits, begin, newline) &&
           utf8_faults(plain->text + begin, newline - begin) != 0;
}

bool csv_plain_next(struct csv_plain *plain, struct csv_row *row)
{
    if (plain->row == plain->rows)
        return false;
    size_t begin = plain->begin, newline = plain->newlines[plain->row];
    const uint16_t *separators = &plain->separators[plain->separator];
    /* a blank line begins with a byte that is not above a blank */
    if (separators[plain->columns - 1] != newline || (unsigned char)plain->text[begin] <= ' ' ||
        ((plain->any_odd | plain->any_high) && is_odd(plain, newline)))
        return false;
    *row = (struct csv_row){.text = plain->text,
                            .separators = separators,
                            .len = (uint32_t)(newline + 1 - begin),
                            .cr = plain->text[newline - 1] == '\r'};
    plain->row++;
    plain->begin = newline + 1;
    plain->separator += plain->columns;
    return true;
}

bool csv_plain_is_done(const struct csv_plain *plain)
{
    return plain->row == plain->rows;
}

bool csv_plain_seek(struct csv_plain *plain, size_t offset)
{
    while (plain->row < plain->rows && plain->begin < offset) {
        size_t newline = plain->newlines[plain->row++];
        while (plain->separators[plain->separator] != newline)
            plain->separator++;
        plain->separator++;
        plain->begin = newline + 1;
    }
    return plain->row < plain->rows && plain->begin == offset;
}
