/* The help for this screen: every key, from the table of keys; every panel; every state. */
#include "tui/panel.h"

#include <stdio.h>

enum { TERM = 13 };

struct term {
    const char *name, *text;
    enum style style;
};

static const struct term panels[] = {
    {"LIVE",
     "counts every event the moment it can be read. Its age is the time its newest event "
     "took to this screen",
     STYLE_LIVE_STRONG},
    {"BATCH",
     "the same summary, computed from the whole feed on a schedule. Its age is the time "
     "since that run began to read; behind live is what it does not know yet",
     STYLE_BATCH_STRONG},
    {"DIFFERENCE",
     "live, less what came behind the run's mark, and so on, makes batch; a unit without a name is "
     "a defect",
     STYLE_STRONG},
    {"LATE",
     "windows of event time: provisional until the watermark passes, settling while corrected, "
     "final",
     STYLE_STRONG},
    {"AGE", "both ages over time: batch grows old until its next run, live stays flat",
     STYLE_STRONG},
    {"YOUR EVENT", "one marked event; how long each lane took to show it", STYLE_TRACER},
    {"COST", "CPU time, rows and bytes of each lane so far, as measured", STYLE_STRONG},
    {"(7.1 s)",
     "time in brackets is real; the rest is the clock of the feed, which runs faster "
     "when simulated. LIVE is always real time",
     STYLE_STRONG},
};

static const struct term states[] = {
    {"LIVE", "nothing waits to be read", STYLE_GOOD},
    {"CATCHING UP", "the feed holds more than was read so far", STYLE_WARN},
    {"STALLED", "no data for half a minute", STYLE_WARN},
    {"PAUSED", "this display stands still; both lanes go on", STYLE_WARN},
    {"WAITING", "the file, or its first event, is not there yet", STYLE_WARN},
    {"FAILED", "the feed cannot be read; it is tried again", STYLE_ALARM},
};

static int put_term(struct area area, int row, const struct term *term)
{
    area_put(area, row, 0, term->style, term->name);
    return area_wrap(area, row, TERM, STYLE_TEXT, term->text);
}

static int put_heading(struct area area, int row, const char *text)
{
    area_put(area, row, 0, STYLE_LABEL, text);
    return row + 1;
}

static int put_keys(struct area area, int row, const struct frame *frame)
{
    const struct key_entry *entry;
    bool simulated = frame->app->config.simulated;
    for (size_t i = 0; (entry = keymap_entry(i, simulated)); i++) {
        struct term term = {entry->label, entry->help, STYLE_KEY};
        row = put_term(area, row, &term);
    }
    return row;
}

/* Writes all of it from `row` on, in sight or not; returns the row behind. */
static int put_all(struct area area, int row, const struct frame *frame)
{
    row = put_keys(area, put_heading(area, row, "keys"), frame) + 1;
    row = put_heading(area, row, "what is shown");
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++)
        row = put_term(area, row, &panels[i]);
    row = put_heading(area, row + 1, "states");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        row = put_term(area, row, &states[i]);
    return row;
}

int panel_help_pages(int rows, int columns, const struct frame *frame)
{
    struct cells *scratch = cells_new(columns - 4, 1, true);
    int total = put_all(area_of(scratch), 0, frame);
    cells_free(scratch);
    int page = rows - 2;
    return page > 0 ? (total + page - 1) / page : 1;
}

void panel_help(struct area area, const struct frame *frame)
{
    char page[FORMAT_TEXT] = "";
    const struct app *app = frame->app;
    if (app->help_pages > 1)
        snprintf(page, sizeof page, "%d of %d", app->help_page, app->help_pages);
    struct area inside = panel_box(area, STYLE_STRONG, "HELP", "for this screen", page);
    put_all(inside, -(app->help_page - 1) * inside.rows, frame);
}
