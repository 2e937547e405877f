/* What the number under the cursor is, in as many whole sentences as there is room for. */
#include "tui/explain.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = EXPLAIN_SENTENCES * (EXPLAIN_SENTENCE + 1) };

/* Rows that the text takes when wrapped to the area's width. */
static int rows_of(struct area area, const char *text)
{
    area.rows = 0; /* nothing is put */
    return area_wrap(area, 0, 0, STYLE_TEXT, text);
}

void panel_explain(struct area area, const struct frame *frame)
{
    struct explanation explanation;
    char text[TEXT] = "", longer[TEXT];
    const char *lane = frame->app->cursor.lane == CURSOR_LIVE ? "EXPLAIN LIVE" : "EXPLAIN BATCH";
    explain_number(frame, &explanation);
    if (!explanation.title[0])
        lane = "EXPLAIN";
    struct area inside = panel_box(area, STYLE_STRONG, lane, explanation.title, explanation.figure);
    for (int i = 0; i < explanation.len; i++) {
        snprintf(longer, sizeof longer, "%s%s%s", text, text[0] ? " " : "",
                 explanation.sentences[i]);
        if (i > 0 && rows_of(inside, longer) > inside.rows)
            break;
        memcpy(text, longer, sizeof text);
    }
    area_wrap(inside, 0, 0, STYLE_TEXT, text);
}
