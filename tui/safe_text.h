#ifndef TAILRACE_TUI_SAFE_TEXT_H
#define TAILRACE_TUI_SAFE_TEXT_H
/*
 * The one way from data bytes to output (D-01, D-02): screen, headless lines, messages.
 *
 * Filters by character, never by sequence: an unterminated escape sequence cannot be matched, a
 * character can. What could move a cursor, hide, reorder or forge text becomes a visible escape:
 *
 *     C0, DEL, bytes that are not UTF-8         \x1b
 *     C1, bidi, zero width, private use, ...    \u202e   \U000e0041
 *     combining marks without a base, or beyond two on one base        \u0301
 *
 * Everything else passes unchanged, with its width in cells. Widths are those of the C library's
 * table, the one that ncurses uses too, so LC_CTYPE must be a UTF-8 locale; in any other locale,
 * and when ASCII is asked for, every character beyond ASCII is escaped.
 *
 * Threads: any; nothing is shared.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum {
    SAFE_COMBINING_MAX = 2,
    SAFE_ESCAPE = 12 /* room for any escape, with its NUL */
};

struct safe_reader {
    const unsigned char *text;
    size_t len;
    size_t at;
    bool ascii;
    int combining; /* marks on the present base; SAFE_COMBINING_MAX when there is no base */
};

struct safe_unit {
    uint32_t point; /* to be shown as it is, when escape is "" */
    int width;      /* in cells: 1 or 2; 0: joins the unit before; of an escape: its length */
    char escape[SAFE_ESCAPE]; /* ASCII to be shown instead */
};

void safe_open(struct safe_reader *reader, const char *text, size_t len, bool ascii);
/* The next unit; false at the end. */
bool safe_next(struct safe_reader *reader, struct safe_unit *unit);

/* Filters into `out`, always ending with NUL, cut between characters when `cap` is short. Returns
 * the length written. */
size_t safe_text(const char *text, size_t len, bool ascii, char *out, size_t cap);
/* Filters to a stream. */
void safe_print(FILE *stream, const char *text, size_t len);
/* Width in cells of the filtered text. */
int safe_width(const char *text, size_t len, bool ascii);
/* One point as UTF-8; returns its length, at most 4. */
size_t safe_encode(uint32_t point, char out[4]);

#endif
