#ifndef TAILRACE_TUI_LIMITS_TEXT_H
#define TAILRACE_TUI_LIMITS_TEXT_H
/*
 * What it cost an answer that a limit was met, in words (D-05, D-07): sentences below a text
 * answer, members of the JSON object, and a few words for a panel. Answers that have no place for
 * them (CSV, changes of windows) get notes beside them: tui/command_limits.h. Pure.
 */
#include "core/limits.h"
#include "tui/output.h"

enum { LIMITS_SENTENCE = 160 };

/* A sentence for each limit that was met, and one for far events; in turn, `*at` beginning at 0.
 * NULL: no more. Returns out. */
const char *limits_sentence(const struct limits *limits, int *at, char out[LIMITS_SENTENCE]);
/* The first in a few words; NULL: none was met. */
const char *limits_brief(const struct limits *limits, char out[LIMITS_SENTENCE]);

/* Lines of text. */
void limits_print(FILE *out, const struct summary *summary);
/* The member "degraded", and "watermark_held" when there is something, with a comma before each.
 * `open`, `groups` and `distinct` stand there always, the others where they can be met. */
void limits_json(FILE *out, const struct summary *summary);

#endif
