#ifndef TAILRACE_TUI_CONFLICTS_H
#define TAILRACE_TUI_CONFLICTS_H
/*
 * Ids that came again with another content, told with both positions (S-41). A position is a byte
 * of a file as it was read; of a file that was replaced or emptied there are generations, from 0.
 */
#include "core/id_conflicts.h"
#include "tui/format.h"
#include "tui/output.h"

enum { CONFLICT_PLACE = 3 * FORMAT_TEXT };

/* "byte 12 345", "byte 12 345 of file 2", "byte 7 of file 1, generation 3"; returns out. */
char *conflicts_place(const struct event_position *position, bool many_files,
                      char out[CONFLICT_PLACE]);

/* The members "id_conflicts" and "id_conflict_examples", the newest first, with a comma before
 * each; nothing when ids are not looked for. */
void conflicts_json(FILE *out, const struct summary *summary);
/* A line of text, when there are any. */
void conflicts_text(FILE *out, const struct summary *summary);

#endif
