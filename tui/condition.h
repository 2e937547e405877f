#ifndef TAILRACE_TUI_CONDITION_H
#define TAILRACE_TUI_CONDITION_H
/*
 * In which state all is, as one word: what stands on the status line, and what to do about it.
 *
 * Several may hold at once; the most urgent is told. What keeps answers from being right or safe
 * comes first, then what makes them old, then what was asked for; when nothing is wrong it is LIVE,
 * with its age. A new condition is one function and one line of the table in condition.c, at its
 * rank.
 *
 * Threads: none; pure.
 */
#include "tui/panel.h"

enum { CONDITION_TEXT = 256 };

struct condition {
    enum style style;
    char text[CONDITION_TEXT];   /* the word, then what belongs to it; filter */
    char advice[CONDITION_TEXT]; /* what to do, most telling first; "": nothing; filter */
};

struct condition condition_of(const struct frame *frame);

#endif
