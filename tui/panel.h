#ifndef TAILRACE_TUI_PANEL_H
#define TAILRACE_TUI_PANEL_H
/*
 * What every panel draws from, and the panels. Pure: the same frame gives the same cells.
 *
 * A frame is one moment: while the display is paused its clock stands, as its numbers do, and only
 * `now` goes on.
 */
#include "core/clock.h"
#include "core/reconcile.h"
#include "core/replay_lane.h"
#include "tui/app.h"
#include "tui/cells.h"
#include "tui/format.h"

struct frame {
    const struct app *app;
    const struct snapshot_live *live;      /* NULL: none yet */
    const struct snapshot_batch *batch;    /* NULL: none yet */
    const struct differences *differences; /* by measure (difference.h); NULL: none yet */
    const struct served *served;           /* Lambda (core/serving.h); NULL: nothing */
    const struct snapshot_replay *replay;  /* Kappa; NULL: none yet */
    const char *trouble;    /* what keeps our own producer from appending; "" or NULL */
    const char *outlet;     /* what keeps alerts from leaving; "" or NULL; filter */
    struct clock_look look; /* whether the clock was set, or the machine slept */
    bool outlet_waits;      /* it does so now */
    epoch_ms clock;         /* of the moment shown */
    mono_ns mono;
    mono_ns now; /* of the machine, never paused */
};

/* Each fills its area, box and all. */
void panel_live(struct area area, const struct frame *frame);
void panel_batch(struct area area, const struct frame *frame);
void panel_age(struct area area, const struct frame *frame);
void panel_tracer(struct area area, const struct frame *frame);
void panel_alerts(struct area area, const struct frame *frame);
/* Whether there is anything but rules' alerts to say: health, alerts that cannot leave. */
bool panel_alerts_wanted(const struct frame *frame);
void panel_cost(struct area area, const struct frame *frame);
void panel_difference(struct area area, const struct frame *frame);
void panel_late(struct area area, const struct frame *frame);
/* Parts of LATE: the strip of windows over event time, and their list. */
void panel_strip(struct area area, const struct frame *frame);
void panel_windows(struct area area, const struct frame *frame);
void panel_arrangement(struct area area, const struct frame *frame);
void panel_rejects(struct area area, const struct frame *frame);
/* Its chosen group is one that there is. */
void panel_rejects_settle(const struct frame *frame, struct app *app);
void panel_explain(struct area area, const struct frame *frame);
void panel_status(struct area area, const struct frame *frame);
void panel_footer(struct area area, const struct frame *frame);
void panel_help(struct area area, const struct frame *frame);
/* Rows that a view needs at least to be of use; fewer, and it takes the lanes' place. */
int panel_difference_least(const struct frame *frame);
int panel_late_least(const struct frame *frame);
int panel_rejects_least(const struct frame *frame);
int panel_rejects_most(const struct frame *frame);
int panel_arrangement_least(const struct frame *frame);
int panel_arrangement_most(const struct frame *frame);
/* Rows beyond which a view has no use for more. */
int panel_difference_most(const struct frame *frame);
/* Where the cursor may stand in a lane's panel of this size. */
struct cursor_table panel_live_numbers(struct area area, const struct frame *frame);
struct cursor_table panel_batch_numbers(struct area area, const struct frame *frame);
/* Pages that the help needs in an area of this size. */
int panel_help_pages(int rows, int columns, const struct frame *frame);

/* Draws a box with its name, a remark behind it, and a figure at its right; the inside. */
struct area panel_box(struct area area, enum style style, const char *name, const char *remark,
                      const char *figure);
/* Whether a remark would stand in the box's edge uncut. */
bool panel_remark_fits(struct area area, const char *name, const char *remark, const char *figure);
/* Age of the live answer in ns; -1: there is no answer yet. */
int64_t panel_live_age(const struct frame *frame);
/* What a duration of the clock in use lasts on the machine, to stand behind it: " (7.1 s)"; "" when
 * the clock is not compressed. */
char *panel_real_time(const struct frame *frame, int64_t ms, char out[FORMAT_TEXT]);
/* "08:30-08:35", or what tells windows of this size apart; `brief`: the start alone. */
char *panel_window_text(const struct frame *frame, epoch_ms start, epoch_ms end, bool brief,
                        char out[FORMAT_TEXT]);
/* How far the watermark is behind the newest event: "60 s", at most six cells; "" without one. */
char *panel_watermark_lag(const struct frame *frame, char out[FORMAT_TEXT]);
/* Time left until the next batch run, 0 when it is due. */
int64_t panel_until_run(const struct frame *frame);
/* "ended", "waiting" and so on, with what belongs to it: the word of the status line. */
enum style panel_state(const struct frame *frame, char *out, size_t cap);

#endif
