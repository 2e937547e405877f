/* What the number under the cursor is, in as many whole sentences as there is room for. */
#include "tui/explain.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = EXPLAIN_SENTENCES * (EXPLAIN_SENTENCE + 1) };

/* Drops a sentence's last clause; false when it has but one. */
static bool shorten(char *sentence)
{
    char *last = NULL;
    for (char *at = sentence; *at; at++)
        if ((at[0] == ';' || at[0] == ':') && at[1] == ' ')
            last = at;
    if (last)
        snprintf(last, 2, ".");
    return last != NULL;
}

/* Adds it to the text if all of it, or its first clauses, fit in the area. */
static bool add(struct area area, char text[TEXT], char *sentence)
{
    size_t len = strlen(text);
    do {
        snprintf(text + len, TEXT - len, "%s%s", len > 0 ? " " : "", sentence);
        if (len == 0 || area_wrap_rows(area, text) <= area.rows)
            return true;
        text[len] = '\0';
    } while (shorten(sentence));
    return false;
}

void panel_explain(struct area area, const struct frame *frame)
{
    struct explanation explanation;
    char text[TEXT] = "";
    const char *lane = frame->app->cursor.lane == CURSOR_LIVE ? "EXPLAIN LIVE" : "EXPLAIN BATCH";
    explain_number(frame, &explanation);
    if (!explanation.title[0])
        lane = "EXPLAIN";
    struct area inside = panel_box(area, STYLE_STRONG, lane, explanation.title, explanation.figure);
    for (int i = 0; i < explanation.len && add(inside, text, explanation.sentences[i]); i++) {
    }
    area_wrap(inside, 0, 0, STYLE_TEXT, text);
}
