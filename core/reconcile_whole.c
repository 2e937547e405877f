/*
 * Whole answers. What is known of a row stands in up to nine places, of two pipelines; it is
 * gathered under its key, or under its window and key, and put into the equation.
 */
#include "core/pipeline.h"
#include "core/reconcile_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct whole {
    const struct pipeline *live, *batch;
    const struct definition *definition;
    const struct symbols *symbols;
    reconcile_sink sink;
    void *context;
    struct reconcile_summary *out;
};

static struct figures figures_of(const struct tally_row *row)
{
    struct figures figures = {.count = 0};
    if (!row)
        return figures;
    figures.count = row->count;
    for (int v = 0; v < EVENT_VALUES_MAX; v++)
        figures.sum[v] = row->value[v].sum;
    return figures;
}

static void note_why(struct whole *whole, const char *why)
{
    if (whole->out->why[0] == '\0')
        snprintf(whole->out->why, sizeof whole->out->why, "%s", why);
}

/* Every measure of one row that adds up; `row` names it. */
static void judge(struct whole *whole, const struct reconcile_parts *parts,
                  struct reconcile_row *row)
{
    static const char *const texts[] = {"not every unit of the total's difference has a name",
                                        "not every unit of a group's difference has a name",
                                        "not every unit of a window's difference has a name"};
    for (int m = 0; m < whole->definition->measures_len; m++) {
        const struct measure *measure = &whole->definition->measures[m];
        if (!reconcile_adds_up(measure))
            continue;
        struct reconcile_verdict verdict = reconcile_judge(parts, measure);
        bool differs = verdict.batch != verdict.live || verdict.unexplained != 0;
        whole->out->compared++;
        whole->out->differing += differs;
        whole->out->unexplained += verdict.unexplained != 0;
        if (verdict.unexplained != 0)
            note_why(whole, texts[row->scope]);
        row->measure = m;
        row->places = tally_measure_places(measure);
        row->live = verdict.live;
        row->late = verdict.late;
        row->future = verdict.future;
        row->escaped = verdict.escaped;
        row->batch = verdict.batch;
        row->unexplained = verdict.unexplained;
        if (differs && whole->sink)
            whole->sink(whole->context, row);
    }
}

/* --- the total, and groups --- */

/* The rare events that a part is of. */
struct source {
    const struct tally *tally;
    struct figures *into;
};

enum { SOURCES = 8 };

static void sources_of(const struct whole *whole, struct reconcile_parts *parts,
                       struct source out[SOURCES])
{
    const struct pipeline *live = whole->live, *batch = whole->batch;
    const struct source sources[SOURCES] = {
        {live->tally, &parts->live},
        {rare_tally(live->rare, 0, RARE_FUTURE), &parts->future},
        {rare_tally(live->rare, 0, RARE_DROPPED), &parts->dropped},
        {rare_tally(live->rare, 0, RARE_UNKNOWN), &parts->unknown},
        {rare_tally(live->rare, 0, RARE_CONFLICT), &parts->conflicts},
        {batch->tally, &parts->batch},
        {rare_tally(batch->rare, 0, RARE_DROPPED), &parts->batch_dropped},
        {rare_tally(batch->rare, 0, RARE_CONFLICT), &parts->batch_conflicts}};
    memcpy(out, sources, sizeof sources);
}

static void compare_group(struct whole *whole, const struct tally_row *key)
{
    struct reconcile_parts parts = {.live = {.count = 0}};
    struct reconcile_row row = {.scope = RECONCILE_GROUP, .key = key->key};
    struct source sources[SOURCES];
    sources_of(whole, &parts, sources);
    for (int s = 0; s < SOURCES; s++)
        if (sources[s].tally)
            *sources[s].into = figures_of(tally_find(sources[s].tally, key->key));
    whole->out->groups++;
    judge(whole, &parts, &row);
}

static void compare_total(struct whole *whole)
{
    struct reconcile_parts parts = {.live = {.count = 0}};
    struct reconcile_row row = {.scope = RECONCILE_TOTAL};
    struct source sources[SOURCES];
    sources_of(whole, &parts, sources);
    for (int s = 0; s < SOURCES; s++) {
        for (size_t i = 0; sources[s].tally && i < tally_len(sources[s].tally); i++) {
            struct figures figures = figures_of(tally_row(sources[s].tally, i));
            figures_add(sources[s].into, &figures);
        }
        if (sources[s].tally)
            whole->out->total_only |= tally_overflowed(sources[s].tally) > 0;
    }
    judge(whole, &parts, &row);
}

/* Groups that any side knows, in order of their texts. */
static void compare_groups(struct whole *whole)
{
    struct reconcile_parts unused;
    struct source sources[SOURCES];
    struct tally *keys = tally_new(whole->definition, SIZE_MAX);
    sources_of(whole, &unused, sources);
    for (int s = 0; s < SOURCES; s++)
        for (size_t i = 0; sources[s].tally && i < tally_len(sources[s].tally); i++)
            tally_row_of(keys, tally_row(sources[s].tally, i)->key);
    size_t *order = mem_alloc(tally_len(keys) * sizeof *order);
    tally_sorted(keys, whole->symbols, order);
    for (size_t i = 0; i < tally_len(keys); i++)
        compare_group(whole, tally_row(keys, order[i]));
    free(order);
    tally_free(keys);
}

/* --- windows --- */

/* A row of one of the windows, and which part it is. */
struct window_part {
    const struct windows *windows;
    const struct window_row *row;
    size_t part; /* offset of its figures in struct reconcile_parts */
};

struct window_parts {
    struct window_part *entries;
    size_t len, room;
    bool sessions;
    const struct symbols *symbols;
    int keys_len;
};

static void add_rows(struct window_parts *parts, const struct windows *windows, bool late,
                     size_t part)
{
    if (!windows)
        return;
    size_t len = late ? windows_counters(windows).late_rows : windows_len(windows);
    const struct window_row **rows = mem_alloc(len * sizeof(struct window_row *));
    if (late)
        windows_late_sorted(windows, rows);
    else
        windows_sorted(windows, rows);
    if (parts->len + len > parts->room) {
        parts->room = (parts->len + len) * 2;
        parts->entries = mem_resize(parts->entries, parts->room * sizeof *parts->entries);
    }
    for (size_t i = 0; i < len; i++)
        parts->entries[parts->len++] = (struct window_part){windows, rows[i], part};
    free(rows);
}

static void collect(const struct whole *whole, struct window_parts *parts)
{
    const struct pipeline *live = whole->live, *batch = whole->batch;
    add_rows(parts, live->windows, false, offsetof(struct reconcile_parts, live));
    add_rows(parts, live->windows, true, offsetof(struct reconcile_parts, late));
    add_rows(parts, rare_windows(live->rare, RARE_FUTURE), false,
             offsetof(struct reconcile_parts, future));
    add_rows(parts, rare_windows(live->rare, RARE_DROPPED), false,
             offsetof(struct reconcile_parts, dropped));
    add_rows(parts, rare_windows(live->rare, RARE_UNKNOWN), false,
             offsetof(struct reconcile_parts, unknown));
    add_rows(parts, rare_windows(live->rare, RARE_CONFLICT), false,
             offsetof(struct reconcile_parts, conflicts));
    add_rows(parts, batch->windows, false, offsetof(struct reconcile_parts, batch));
    add_rows(parts, rare_windows(batch->rare, RARE_DROPPED), false,
             offsetof(struct reconcile_parts, batch_dropped));
    add_rows(parts, rare_windows(batch->rare, RARE_CONFLICT), false,
             offsetof(struct reconcile_parts, batch_conflicts));
}

static int compare_keys(const struct window_parts *parts, const symbol *a, const symbol *b)
{
    for (int k = 0; k < parts->keys_len; k++) {
        if (a[k] == b[k])
            continue;
        int texts = strcmp(symbols_text(parts->symbols, a[k]), symbols_text(parts->symbols, b[k]));
        return texts != 0 ? texts : (a[k] > b[k]) - (a[k] < b[k]);
    }
    return 0;
}

static int compare_ids(const void *left, const void *right, void *context)
{
    const struct window_parts *parts = context;
    const struct window_id *a = &((const struct window_part *)left)->row->id;
    const struct window_id *b = &((const struct window_part *)right)->row->id;
    int keys = compare_keys(parts, a->key, b->key);
    if (keys != 0 || parts->sessions)
        return keys;
    return (a->start > b->start) - (a->start < b->start);
}

/* Final rows are given up by their end: those up to the oldest kept may have gone. */
static epoch_ms gone_to(const struct windows *windows)
{
    epoch_ms oldest = INT64_MAX;
    if (windows_counters(windows).dropped == 0)
        return INT64_MIN;
    size_t len = windows_len(windows);
    const struct window_row **rows = mem_alloc(len * sizeof(struct window_row *));
    windows_sorted(windows, rows);
    for (size_t i = 0; i < len; i++)
        if (rows[i]->end < oldest)
            oldest = rows[i]->end;
    free(rows);
    return oldest;
}

/* One window and key, or one key's sessions: entries [from, to). */
static void compare_window(struct whole *whole, const struct window_parts *all, size_t from,
                           size_t to, epoch_ms gone)
{
    const struct window_row *first = all->entries[from].row;
    struct reconcile_parts parts = {.live = {.count = 0}};
    struct reconcile_row row = {.scope = RECONCILE_WINDOW, .key = first->id.key};
    for (size_t i = from; i < to; i++) {
        const struct window_part *entry = &all->entries[i];
        struct tally_row counted;
        windows_tally_row(entry->windows, entry->row, &counted);
        struct figures figures = figures_of(&counted);
        figures_add((struct figures *)(void *)((char *)&parts + entry->part), &figures);
    }
    if (!all->sessions) {
        row.start = first->id.start;
        row.end = first->end;
        if (row.end <= gone) {
            whole->out->windows_left_out++;
            return;
        }
    }
    whole->out->windows++;
    judge(whole, &parts, &row);
}

/* Why no window can be compared; NULL: they can. */
static const char *windows_obstacle(const struct whole *whole)
{
    struct window_counters live = windows_counters(whole->live->windows);
    struct window_counters batch = windows_counters(whole->batch->windows);
    bool sessions = whole->live->windows && whole->definition->window.session_ms > 0;
    if (whole->out->total_only)
        return "more groups than the cap: only the total is compared";
    if (live.overflowed > 0 || batch.overflowed > 0 || batch.dropped > 0)
        return "more open windows than the cap: windows are not compared";
    if (live.late_dropped > 0 || (sessions && live.dropped > 0))
        return "more rows of late events, or sessions, than the cap: windows are not compared";
    if (rare_windows_overflowed(whole->live->rare) + rare_windows_overflowed(whole->batch->rare) >
        0)
        return "more windows with rare events than the cap: windows are not compared";
    return NULL;
}

static void compare_windows(struct whole *whole)
{
    const char *obstacle = windows_obstacle(whole);
    if (obstacle) {
        whole->out->windows_left_out += windows_len(whole->batch->windows);
        note_why(whole, obstacle);
        return;
    }
    struct window_parts all = {.sessions = whole->definition->window.session_ms > 0,
                               .symbols = whole->symbols,
                               .keys_len = whole->definition->group_by_len};
    epoch_ms gone = gone_to(whole->live->windows);
    collect(whole, &all);
    if (all.len > 0)
        qsort_r(all.entries, all.len, sizeof *all.entries, compare_ids, &all);
    for (size_t from = 0, to; from < all.len; from = to) {
        for (to = from + 1;
             to < all.len && compare_ids(&all.entries[from], &all.entries[to], &all) == 0;)
            to++;
        compare_window(whole, &all, from, to, gone);
    }
    free(all.entries);
    if (whole->out->windows_left_out > 0)
        note_why(whole, "the oldest final windows are no longer kept: left out");
}

void reconcile_pipelines(const struct pipeline *live, const struct pipeline *batch,
                         const struct symbols *symbols, reconcile_sink sink, void *context,
                         struct reconcile_summary *out)
{
    struct whole whole = {.live = live,
                          .batch = batch,
                          .definition = live->config.definition,
                          .symbols = symbols,
                          .sink = sink,
                          .context = context,
                          .out = out};
    memset(out, 0, sizeof *out);
    compare_total(&whole);
    if (out->total_only)
        note_why(&whole, "more groups than the cap: only the total is compared");
    else
        compare_groups(&whole);
    if (live->windows && batch->windows)
        compare_windows(&whole);
    out->state = out->unexplained > 0 ? RECONCILE_UNEXPLAINED : RECONCILE_EXACT;
}

/* --- positions --- */

static bool positions_part(const struct position *live, const struct position *batch, char why[160])
{
    const struct position *one = live ? live : batch;
    if (!live || !batch)
        snprintf(why, 160, "only %s read file %u, generation %u", live ? "live" : "batch",
                 one->source + 1, one->generation + 1);
    else if (live->begin != batch->begin)
        snprintf(why, 160, "live and batch begin at different places of file %u, generation %u",
                 one->source + 1, one->generation + 1);
    else if (live->end != batch->end)
        snprintf(why, 160, "live read file %u, generation %u to byte %llu, batch to %llu",
                 one->source + 1, one->generation + 1, (unsigned long long)live->end,
                 (unsigned long long)batch->end);
    else
        return false;
    return true;
}

static bool all_in(const struct positions *these, const struct positions *others, bool live,
                   char why[160])
{
    for (size_t i = 0; i < these->len; i++) {
        const struct position *here = &these->entries[i];
        const struct position *there = positions_find(others, here->source, here->generation);
        if (here->begin == here->end && !there)
            continue;
        if (positions_part(live ? here : there, live ? there : here, why))
            return false;
    }
    return true;
}

bool reconcile_positions(const struct positions *live, const struct positions *batch, char why[160])
{
    why[0] = '\0';
    if (live->given_up > 0 || batch->given_up > 0) {
        snprintf(why, 160, "more generations of files than are kept in mind");
        return false;
    }
    return all_in(live, batch, true, why) && all_in(batch, live, false, why);
}
