#ifndef TAILRACE_TUI_EXPLAIN_H
#define TAILRACE_TUI_EXPLAIN_H
/*
 * What a number on the screen is: which events, of which day, computed when, from which bytes, and
 * why its neighbour in the other lane says something else.
 *
 * Sentences come in order of importance, so that a small screen can leave out the last ones. They
 * hold texts of the feed (labels, names): filter before output. Pure.
 */
#include "tui/panel.h"

enum { EXPLAIN_SENTENCES = 5, EXPLAIN_SENTENCE = 320, EXPLAIN_TITLE = 160 };

struct explanation {
    char title[EXPLAIN_TITLE]; /* "LIVE  High, today" without the lane */
    char figure[FORMAT_TEXT];  /* the number as it stands there; "" for a picture */
    int len;
    char sentences[EXPLAIN_SENTENCES][EXPLAIN_SENTENCE];
};

/* The cursor is the app's, settled. With nothing to stand on, it says why. */
void explain_number(const struct frame *frame, struct explanation *out);

#endif
