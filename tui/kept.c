/* Figures that the lane's store told: core/durable.h. */
#include "tui/kept.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_WIDTH = 10 };

static const struct durable_figures *figures_of(const struct frame *frame)
{
    return frame->live && frame->live->durable.kept ? &frame->live->durable : NULL;
}

/* Of a commit of this run, or of the one that is looked at. */
static char *age_of(const struct frame *frame, const struct durable_figures *figures,
                    char out[FORMAT_TEXT])
{
    return format_ns(frame->mono - figures->committed, out);
}

char *kept_age(const struct frame *frame, char out[2 * FORMAT_TEXT])
{
    const struct durable_figures *figures = figures_of(frame);
    char age[FORMAT_TEXT];
    out[0] = '\0';
    if (figures && figures->durable && figures->committed != 0)
        snprintf(out, 2 * FORMAT_TEXT, "saved %s", age_of(frame, figures, age));
    return out;
}

static void put_line(struct area area, int row, const char *name, const char *text)
{
    if (row >= area.rows)
        return;
    area_put(area, row, 0, STYLE_LABEL, name);
    area_put(area_part(area, row, LABEL_WIDTH, 1, area.columns - LABEL_WIDTH), 0, 0, STYLE_TEXT,
             text);
}

void kept_figures(struct area area, int row, const struct frame *frame)
{
    const struct durable_figures *figures = figures_of(frame);
    char text[4 * FORMAT_TEXT], a[FORMAT_TEXT], b[FORMAT_TEXT];
    if (!figures)
        return;
    int used = snprintf(text, sizeof text, "%s", format_count(figures->epoch, a));
    if (figures->committed != 0)
        snprintf(text + used, sizeof text - (size_t)used, ", %s ago", age_of(frame, figures, b));
    put_line(area, row, "epoch", text);
    if (figures->commits > 0) {
        snprintf(text, sizeof text, "%s in %s", format_bytes(figures->bytes, a),
                 format_ns(figures->took_ns, b));
        put_line(area, row + 1, "commit", text);
    }
    snprintf(text, sizeof text, "%" PRIu64 ", recovered %" PRIu64, figures->failures,
             figures->recoveries);
    if (figures->failures > 0)
        put_line(area, row + 2, "failures", text);
}
