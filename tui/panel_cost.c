/* COST SO FAR: what each answer took, by the lanes' own thread clocks. */
#include "tui/kept.h"
#include "tui/panel.h"

#include <stdio.h>

enum { LANES = 2, WIDE = 42, FIGURE_MOST = 14 };

static const struct snapshot_cost none;

static char *per_million(const struct snapshot_cost *cost, char out[FORMAT_TEXT])
{
    if (cost->rows == 0) {
        snprintf(out, FORMAT_TEXT, "-");
        return out;
    }
    return format_cpu((int64_t)((double)cost->cpu_ns / (double)cost->rows * 1e6), out);
}

/* Label and columns side by side at the left: a figure stands near its name. */
static void put_line(struct area area, int row, enum style live_style, enum style batch_style,
                     const char *name, const char *live, const char *batch)
{
    int label = area.columns >= WIDE ? 21 : 10;
    int width = (area.columns - label) / LANES;
    width = width > FIGURE_MOST ? FIGURE_MOST : width;
    area_field(area, row, 0, label, ALIGN_LEFT, STYLE_LABEL, name);
    area_field(area, row, label, width, ALIGN_RIGHT, live_style, live);
    area_field(area, row, label + width, width, ALIGN_RIGHT, batch_style, batch);
}

static void put_figures(struct area area, int row, const char *name, const char *live,
                        const char *batch)
{
    put_line(area, row, STYLE_TEXT, STYLE_TEXT, name, live, batch);
}

void panel_cost(struct area area, const struct frame *frame)
{
    const struct snapshot_cost *live = frame->live ? &frame->live->cost : &none;
    const struct snapshot_cost *batch = frame->batch ? &frame->batch->cost : &none;
    uint64_t runs = frame->batch ? frame->batch->runs_total : 0;
    struct area inside = panel_box(area, STYLE_STRONG, "COST SO FAR", "", "");
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    put_line(inside, 0, STYLE_LIVE_STRONG, STYLE_BATCH_STRONG, "", "live", "batch");
    put_figures(inside, 1, "cpu", format_cpu(live->cpu_ns, a), format_cpu(batch->cpu_ns, b));
    put_figures(inside, 2, "rows", format_count(live->rows, a), format_count(batch->rows, b));
    put_figures(inside, 3, "read", format_bytes(live->bytes, a), format_bytes(batch->bytes, b));
    put_figures(inside, 4, "runs", "every event", format_count(runs, b));
    put_figures(inside, 5, inside.columns >= WIDE ? "cpu per million rows" : "cpu/M rows",
                per_million(live, a), per_million(batch, b));
    if (runs > 0)
        put_figures(inside, 6, inside.columns >= WIDE ? "cpu per run" : "cpu/run", "-",
                    format_ns(batch->cpu_ns / (int64_t)runs, b));
    kept_figures(inside, 7, frame);
}
