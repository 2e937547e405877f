/* What a pipeline is made of, and how it is emptied. */
#include "core/pipeline_parts.h"

#include <stdlib.h>
#include <string.h>

enum { FINAL_ROWS_UNASKED = 1024, OPEN_ROWS_BATCH = 4 * 1000 * 1000 };

struct tally *pipeline_new_tally(const struct pipeline *pipeline)
{
    struct tally *tally = tally_new(pipeline->config.definition, pipeline->config.groups_cap);
    tally_cap_distinct(tally, pipeline->config.distinct_cap);
    if (pipeline->kept)
        tally_keep_fresh(tally);
    return tally;
}

/* A whole answer is explained by window and by alert too. */
static void init_rare(struct pipeline *pipeline, const struct pipeline_config *config,
                      const struct window_config *windows)
{
    struct rare_config rare = {.definition = config->definition,
                               .groups_cap = pipeline->config.groups_cap,
                               .by_day = config->by_day,
                               .windows = config->by_day ? NULL : windows,
                               .places = !config->by_day};
    if (config->explain)
        pipeline->rare = rare_new(&rare);
}

/* The picture, and whoever is told of results. */
static void tell_both(void *context, const struct window_change *change)
{
    const struct pipeline *pipeline = context;
    window_watch_change(pipeline->watch, change);
    pipeline->config.window_sink(pipeline->config.window_context, change);
}

static void tell_late(void *context, const struct window_row *late)
{
    const struct pipeline *pipeline = context;
    window_watch_late(pipeline->watch, late);
}

static void init_windows(struct pipeline *pipeline, const struct pipeline_config *config)
{
    const struct definition_window *asked = &config->definition->window;
    struct window_config windows = {.definition = config->definition,
                                    .symbols = config->symbols,
                                    .kind = asked->session_ms > 0              ? WINDOW_SESSION
                                            : asked->slide_ms < asked->size_ms ? WINDOW_HOPPING
                                                                               : WINDOW_TUMBLING,
                                    .size_ms = asked->size_ms,
                                    .slide_ms = asked->slide_ms,
                                    .gap_ms = asked->session_ms,
                                    .lateness_ms = config->definition->watermark.lateness_ms,
                                    .zone = config->definition->zone};
    if (!config->symbols || (!config->live && !asked->asked)) {
        init_rare(pipeline, config, NULL);
        return;
    }
    if (config->live) {
        windows.sink = config->window_sink;
        windows.context = config->window_context;
    }
    if (!config->live || windows.lateness_ms == WINDOW_LATENESS_FOREVER)
        windows.open_cap = windows.final_cap = OPEN_ROWS_BATCH;
    else if (!asked->asked)
        windows.final_cap = FINAL_ROWS_UNASKED;
    if (config->watch_windows) {
        pipeline->watch = window_watch_new(&windows);
        bool told = windows.sink != NULL;
        windows.sink = told ? tell_both : window_watch_change;
        windows.context = told ? (void *)pipeline : pipeline->watch;
        windows.late = told ? tell_late : window_watch_late;
    }
    pipeline->windows = windows_new(&windows);
    init_rare(pipeline, config, &windows);
}

/* The live lane forgets ids behind its horizon (S-42); the batch lane knows its whole range
 * (S-110), and so does a replay for which nothing is ever late (S-116). */
static void init_dedupe(struct pipeline *pipeline, const struct pipeline_config *config)
{
    bool count = definition_on_conflict(config->definition) == CONFLICT_COUNT;
    struct dedupe_config dedupe = {.horizon_ms = config->definition->horizon_ms,
                                   .conflicts_count = count};
    if (!config->definition->needs_dedupe || config->judged)
        return;
    if (!config->live || config->definition->watermark.lateness_ms == WINDOW_LATENESS_FOREVER)
        dedupe = (struct dedupe_config){
            .horizon_ms = DEDUPE_NO_HORIZON, .cap = DEDUPE_CAP_MAX, .conflicts_count = count};
    pipeline->dedupe = dedupe_new(&dedupe);
}

/* The batch lane needs figures alone: no board, and no texts in its log. */
static void init_rules(struct pipeline *pipeline, const struct pipeline_config *config)
{
    const struct definition *definition = config->definition;
    const struct definition_window *window = &definition->window;
    struct rules_config rules = {.definition = definition,
                                 .delay_ms = definition->watermark.delay_ms,
                                 .lateness_ms = definition->watermark.lateness_ms,
                                 .window_ms =
                                     window->session_ms > 0 ? window->session_ms : window->size_ms,
                                 .from = config->from,
                                 .to = config->to,
                                 .deferred = !config->live,
                                 .texts = config->alerts.take != NULL};
    pipeline->rules = rules_new(&rules);
    if (pipeline->rules && config->live) {
        pipeline->alerts = mem_alloc(sizeof *pipeline->alerts);
        alert_board_init(pipeline->alerts, definition);
    }
}

void pipeline_init(struct pipeline *pipeline, const struct pipeline_config *config)
{
    memset(pipeline, 0, sizeof *pipeline);
    pipeline->config = *config;
    if (config->from == 0 && config->to == 0) {
        pipeline->config.from = INT64_MIN;
        pipeline->config.to = INT64_MAX;
    }
    if (config->groups_cap == 0)
        pipeline->config.groups_cap = TALLY_CAP_DEFAULT;
    if (config->distinct_cap == 0)
        pipeline->config.distinct_cap = DISTINCT_CAP_NONE;
    pipeline->tally = pipeline_new_tally(pipeline);
    if (config->distinct == PIPELINE_DISTINCT_END)
        tally_gather_distinct(pipeline->tally);
    else if (config->distinct == PIPELINE_DISTINCT_SLICE)
        tally_defer_distinct(pipeline->tally);
    bool tickets = config->definition->needs_lifecycle && !config->defer_lifecycle;
    if (tickets && config->judged)
        pipeline->tickets = tickets_new();
    else if (tickets)
        pipeline->lifecycle =
            lifecycle_new(config->closed_room ? config->closed_room : LIFECYCLE_ROOM_ALL);
    if (config->by_day) {
        if (config->rates)
            pipeline->rate = rate_new();
        pipeline->past = past_days_new(config->definition);
    }
    if (config->live)
        pipeline->watermark = watermark_new(&config->definition->watermark);
    init_windows(pipeline, config);
    init_dedupe(pipeline, config);
    init_rules(pipeline, config);
    if (config->log_rejects)
        pipeline->rejects = mem_zero(1, sizeof *pipeline->rejects);
    pipeline->last_watermark = WATERMARK_NONE;
    pipeline->newest = INT64_MIN;
    pipeline->newest_day = INT32_MIN;
}

void pipeline_fini(struct pipeline *pipeline)
{
    tally_free(pipeline->tally);
    lifecycle_free(pipeline->lifecycle);
    tickets_free(pipeline->tickets);
    free(pipeline->opened.of);
    dedupe_free(pipeline->dedupe);
    watermark_free(pipeline->watermark);
    windows_free(pipeline->windows);
    window_watch_free(pipeline->watch);
    rare_free(pipeline->rare);
    rules_free(pipeline->rules);
    free(pipeline->alerts);
    free(pipeline->rejects);
    for (int d = 0; d < PIPELINE_DAYS; d++)
        tally_free(pipeline->days[d].tally);
    past_days_free(pipeline->past);
    rate_free(pipeline->rate);
    free(pipeline->log);
    memset(pipeline, 0, sizeof *pipeline);
}

void pipeline_clear(struct pipeline *pipeline)
{
    memset(&pipeline->outcomes, 0, sizeof pipeline->outcomes);
    tally_clear(pipeline->tally);
    if (pipeline->windows)
        windows_clear(pipeline->windows);
    if (pipeline->dedupe)
        dedupe_clear(pipeline->dedupe);
    if (pipeline->rare)
        rare_clear(pipeline->rare);
    pipeline->conflicts.total = 0;
    rules_clear(pipeline->rules);
    pipeline->newest = INT64_MIN;
    pipeline->newest_day = INT32_MIN;
    pipeline->log_len = 0;
}

const struct id_conflicts *pipeline_conflicts(const struct pipeline *pipeline)
{
    if (pipeline->config.judged && pipeline->config.definition->needs_dedupe)
        return &pipeline->conflicts;
    return pipeline->dedupe ? dedupe_conflicts(pipeline->dedupe) : NULL;
}
