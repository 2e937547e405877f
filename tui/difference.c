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

enum style difference_title(const struct frame *frame, enum style style, const char **remark)
{
    if (!difference_unexplained(frame))
        return style;
    *remark = frame->app->view == APP_DIFFERENCE ? "UNEXPLAINED" : "UNEXPLAINED, press d";
    return STYLE_ALARM;
}
