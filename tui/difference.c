/* The differences of the two answers, as the screen needs them. */
#include "tui/difference.h"

void difference_all(const struct definition *definition, const struct snapshot_live *live,
                    const struct snapshot_batch *batch, struct differences out[MEASURES_MAX])
{
    for (int m = 0; m < definition->measures_len; m++) {
        if (!app_compares(&definition->measures[m]))
            continue;
        out[m] = (struct differences){.state = RECONCILE_NO_RUN};
        if (live && batch)
            reconcile_answers(definition, live, batch, m, &out[m]);
    }
}

const struct differences *difference_of(const struct frame *frame, int measure)
{
    const struct definition *definition = frame->app->config.definition;
    bool compared = measure >= 0 && measure < definition->measures_len &&
                    app_compares(&definition->measures[measure]);
    return compared && frame->differences ? &frame->differences[measure] : NULL;
}

const struct differences *difference_unexplained(const struct frame *frame)
{
    const struct definition *definition = frame->app->config.definition;
    for (int m = 0; m < definition->measures_len; m++) {
        const struct differences *differences = difference_of(frame, m);
        if (differences && differences->state == RECONCILE_UNEXPLAINED)
            return differences;
    }
    return NULL;
}

bool difference_has_figures(const struct differences *differences)
{
    return differences &&
           (differences->state == RECONCILE_EXACT || differences->state == RECONCILE_UNEXPLAINED);
}

struct area difference_box(struct area area, const struct frame *frame, enum style style,
                           const char *name, const char **remark, const char *figure)
{
    static const char alarm[] = "UNEXPLAINED";
    if (!difference_unexplained(frame)) {
        if (!panel_remark_fits(area, name, *remark, figure))
            *remark = "";
        return panel_box(area, style, name, *remark, figure);
    }
    *remark = frame->app->view == APP_DIFFERENCE ? alarm : "UNEXPLAINED, press d";
    if (!panel_remark_fits(area, name, *remark, figure))
        *remark = alarm;
    if (!panel_remark_fits(area, name, *remark, figure))
        figure = "";
    struct area inside = panel_box(area, STYLE_ALARM, name, *remark, figure);
    area_restyle(area, 0, 2, area_width(area, name) + area_width(area, *remark) + 4, STYLE_ALARM);
    return inside;
}
