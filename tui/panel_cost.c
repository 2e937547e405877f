/* COST SO FAR: what each answer took, by the lanes' own thread clocks. */
#include "tui/panel.h"

#include <stdio.h>

enum { LANES = 2 };

static const struct snapshot_cost none;

static char *per_million(const struct snapshot_cost *cost, char out[FORMAT_TEXT])
{
    if (cost->rows == 0) {
        snprintf(out, FORMAT_TEXT, "-");
        return out;
    }
    return format_cpu((int64_t)((double)cost->cpu_ns / (double)cost->rows * 1e6), out);
}

static void put_line(struct area area, int row, const char *name, const char *live,
                     const char *batch)
{
    int width = (area.columns - 8) / LANES;
    width = width > 18 ? 18 : width;
    int label = area.columns - LANES * width;
    area_field(area, row, 0, label, ALIGN_LEFT, STYLE_LABEL, name);
    area_field(area, row, label, width, ALIGN_RIGHT, STYLE_TEXT, live);
    area_field(area, row, label + width, width, ALIGN_RIGHT, STYLE_TEXT, batch);
}

static void put_header(struct area area)
{
    int width = (area.columns - 8) / LANES;
    width = width > 18 ? 18 : width;
    int label = area.columns - LANES * width;
    area_field(area, 0, label, width, ALIGN_RIGHT, STYLE_LIVE_STRONG, "live");
    area_field(area, 0, label + width, width, ALIGN_RIGHT, STYLE_BATCH_STRONG, "batch");
}

void panel_cost(struct area area, const struct frame *frame)
{
    const struct snapshot_cost *live = frame->live ? &frame->live->cost : &none;
    const struct snapshot_cost *batch = frame->batch ? &frame->batch->cost : &none;
    uint64_t runs = frame->batch ? frame->batch->runs_total : 0;
    struct area inside = panel_box(area, STYLE_STRONG, "COST SO FAR", "", "");
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    put_header(inside);
    put_line(inside, 1, "cpu", format_cpu(live->cpu_ns, a), format_cpu(batch->cpu_ns, b));
    put_line(inside, 2, "rows", format_count(live->rows, a), format_count(batch->rows, b));
    put_line(inside, 3, "read", format_bytes(live->bytes, a), format_bytes(batch->bytes, b));
    put_line(inside, 4, "runs", "every event", format_count(runs, b));
    put_line(inside, 5, inside.columns >= 40 ? "cpu per million rows" : "cpu/M rows",
             per_million(live, a), per_million(batch, b));
    if (runs > 0)
        put_line(inside, 6, inside.columns >= 40 ? "cpu per run" : "cpu/run", "-",
                 format_ns(batch->cpu_ns / (int64_t)runs, b));
}
