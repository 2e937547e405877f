/* The equation, and the screen's two halves put into it. */
#include "core/reconcile_parts.h"

#include <stdio.h>
#include <string.h>

bool reconcile_adds_up(const struct measure *measure)
{
    return measure->kind == MEASURE_COUNT || measure->kind == MEASURE_SUM;
}

void figures_add(struct figures *into, const struct figures *from)
{
    into->count += from->count;
    for (int v = 0; v < EVENT_VALUES_MAX; v++)
        into->sum[v] += from->sum[v];
}

static wide_int figure(const struct figures *figures, const struct measure *measure)
{
    return measure->kind == MEASURE_COUNT ? (wide_int)figures->count : figures->sum[measure->slot];
}

/* How many duplicates may have escaped the live lane, by what it says of itself. */
struct bounds {
    wide_int least, most;
};

static struct bounds bounds_of(const struct reconcile_parts *parts)
{
    wide_int conflicts = (wide_int)parts->conflicts.count + parts->batch_conflicts.count;
    return (struct bounds){.least = -conflicts - (wide_int)parts->overtaken.count,
                           .most =
                               (wide_int)parts->unknown.count + parts->future.count + conflicts};
}

/* By how much the number of escaped duplicates is beyond what may be. */
static wide_int beyond(const struct bounds *bounds, wide_int escaped)
{
    if (escaped > bounds->most)
        return escaped - bounds->most;
    return escaped < bounds->least ? escaped - bounds->least : 0;
}

/* Two things can be wrong, and one event must not be named twice: the equation does not close, so
 * an event was lost or counted that nobody has a name for; or it closes, but only because live let
 * a duplicate pass that it should have known. */
struct reconcile_verdict reconcile_judge(const struct reconcile_parts *parts,
                                         const struct measure *measure)
{
    struct reconcile_verdict verdict = {.live = figure(&parts->live, measure),
                                        .late = figure(&parts->late, measure),
                                        .future = figure(&parts->future, measure),
                                        .batch = figure(&parts->batch, measure)};
    wide_int escaped = figure(&parts->batch_dropped, measure) - figure(&parts->dropped, measure);
    verdict.escaped = escaped;
    verdict.unexplained = verdict.batch - (verdict.live + verdict.late + verdict.future - escaped);
    if (verdict.unexplained != 0)
        return verdict;
    struct bounds bounds = bounds_of(parts);
    wide_int too_many = 0;
    if (measure->kind == MEASURE_COUNT)
        too_many = beyond(&bounds, escaped);
    else if (bounds.least == 0 && bounds.most == 0)
        too_many = escaped;
    verdict.escaped -= too_many;
    verdict.unexplained = -too_many;
    return verdict;
}

/* --- the screen --- */

static struct figures figures_of(uint64_t count, const wide_int sum[EVENT_VALUES_MAX])
{
    struct figures figures = {.count = count};
    if (sum)
        memcpy(figures.sum, sum, sizeof figures.sum);
    return figures;
}

/* The value of one measure as a figure of its own: all that the batch half has. */
static struct figures figures_of_row(const struct snapshot_row *row, int index,
                                     const struct measure *measure)
{
    struct figures figures = {.count = row->count};
    if (measure->kind == MEASURE_SUM)
        figures.sum[measure->slot] = row->value[index].amount;
    return figures;
}

static void set_live(struct reconcile_parts *parts, const struct snapshot_terms *terms)
{
    parts->live = figures_of(terms->count, terms->sum);
    parts->future = figures_of(terms->future, terms->future_sum);
    parts->dropped = figures_of(terms->dropped, terms->dropped_sum);
    parts->unknown.count = terms->unknown;
    parts->conflicts.count = terms->conflicts;
    parts->overtaken.count = terms->overtaken;
}

static void set_batch(struct reconcile_parts *parts, const struct snapshot_terms *terms,
                      const struct figures *counted)
{
    parts->batch = *counted;
    parts->batch_dropped = figures_of(terms->dropped, terms->dropped_sum);
    parts->batch_conflicts.count = terms->conflicts;
}

static void parts_add(struct reconcile_parts *into, const struct reconcile_parts *from)
{
    figures_add(&into->live, &from->live);
    figures_add(&into->late, &from->late);
    figures_add(&into->future, &from->future);
    figures_add(&into->dropped, &from->dropped);
    figures_add(&into->unknown, &from->unknown);
    figures_add(&into->conflicts, &from->conflicts);
    figures_add(&into->overtaken, &from->overtaken);
    figures_add(&into->batch, &from->batch);
    figures_add(&into->batch_dropped, &from->batch_dropped);
    figures_add(&into->batch_conflicts, &from->batch_conflicts);
}

/* What is compared, and what it is compared with. */
struct comparing {
    const struct definition *definition;
    const struct snapshot_live *live;
    const struct snapshot_batch *batch;
    const struct snapshot_at_mark *at;
    int index;
    const struct measure *measure;
    struct differences *out;
    struct reconcile_parts others;
    bool folded[SNAPSHOT_ROWS]; /* rows of the batch table that live does not show */
};

static wide_int shown(const struct snapshot_row *row, int index, const struct measure *measure)
{
    return measure->kind == MEASURE_COUNT ? (wide_int)row->count : row->value[index].amount;
}

static void set_difference(const struct comparing *comparing, const struct reconcile_parts *parts,
                           wide_int live, wide_int late, struct difference *out)
{
    struct reconcile_verdict verdict = reconcile_judge(parts, comparing->measure);
    out->live = live;
    out->at_mark = verdict.live;
    out->behind = live - verdict.live;
    out->late = late;
    out->future = verdict.future;
    out->escaped = verdict.escaped;
    out->batch = verdict.batch;
    out->unexplained = verdict.unexplained;
}

static wide_int late_of(const struct comparing *comparing, const struct snapshot_terms *terms)
{
    return comparing->measure->kind == MEASURE_COUNT ? (wide_int)terms->late
                                                     : terms->late_sum[comparing->measure->slot];
}

static bool same_key(const struct definition *definition, const symbol *a, const symbol *b)
{
    return definition->group_by_len == 0 ||
           memcmp(a, b, (size_t)definition->group_by_len * sizeof *a) == 0;
}

/* The row's place in the batch table, -1: it has none. */
static int batch_row(const struct comparing *comparing, const struct snapshot_row *row)
{
    const struct snapshot_table *table = &comparing->batch->table;
    for (int b = 0; b < table->rows_len; b++)
        if (same_key(comparing->definition, table->rows[b].key, row->key))
            return b;
    return -1;
}

static void note_why(struct differences *out, const struct difference *row)
{
    if (row->unexplained == 0)
        return;
    if (out->why[0] == '\0')
        snprintf(out->why, sizeof out->why, "%s: not every unit of the difference has a name",
                 row->label);
    out->state = RECONCILE_UNEXPLAINED;
}

static void compare_row(struct comparing *comparing, int r)
{
    const struct snapshot_row *row = &comparing->live->table.rows[r];
    const struct snapshot_batch *batch = comparing->batch;
    static const struct snapshot_terms none;
    struct difference *out = &comparing->out->rows[r];
    struct reconcile_parts parts = {.live = {.count = 0}};
    bool known = r < comparing->at->rows_len;
    const struct snapshot_terms *at = known ? &comparing->at->rows[r] : &none;
    int b = batch_row(comparing, row);
    set_live(&parts, at);
    if (b >= 0) {
        struct figures counted =
            figures_of_row(&batch->table.rows[b], comparing->index, comparing->measure);
        set_batch(&parts, &batch->terms[b], &counted);
        comparing->folded[b] = false;
    }
    memcpy(out->key, row->key, sizeof out->key);
    memcpy(out->label, row->label, sizeof out->label);
    set_difference(comparing, &parts, shown(row, comparing->index, comparing->measure),
                   late_of(comparing, at), out);
    out->in_others = b < 0 && batch->table.has_others;
    if (out->in_others)
        parts_add(&comparing->others, &parts);
    if (out->in_others || comparing->out->total_only)
        out->unexplained = 0;
    else
        note_why(comparing->out, out);
}

/* Groups that one side does not show are compared together. */
static void compare_others(struct comparing *comparing)
{
    const struct snapshot_batch *batch = comparing->batch;
    const struct snapshot_at_mark *at = comparing->at;
    struct differences *out = comparing->out;
    struct reconcile_parts parts = {.live = {.count = 0}};
    struct figures counted =
        figures_of_row(&batch->table.others, comparing->index, comparing->measure);
    bool any = batch->table.has_others || comparing->live->table.has_others;
    set_live(&parts, &at->others);
    set_batch(&parts, &batch->terms_others, &counted);
    for (int b = 0; b < batch->table.rows_len; b++) {
        if (!comparing->folded[b])
            continue;
        struct reconcile_parts folded = {.live = {.count = 0}};
        counted = figures_of_row(&batch->table.rows[b], comparing->index, comparing->measure);
        set_batch(&folded, &batch->terms[b], &counted);
        parts_add(&parts, &folded);
        any = true;
    }
    parts_add(&parts, &comparing->others);
    snprintf(out->others.label, sizeof out->others.label, "(others)");
    set_difference(comparing, &parts,
                   shown(&comparing->live->table.others, comparing->index, comparing->measure),
                   late_of(comparing, &at->others), &out->others);
    for (int r = 0; r < out->rows_len; r++)
        if (out->rows[r].in_others)
            out->others.live += out->rows[r].live;
    out->others.behind = out->others.live - out->others.at_mark;
    out->has_others =
        any || out->others.at_mark != 0 || out->others.future != 0 || out->others.unexplained != 0;
    if (out->total_only)
        out->others.unexplained = 0;
    else
        note_why(out, &out->others);
}

static void compare_total(struct comparing *comparing)
{
    const struct snapshot_batch *batch = comparing->batch;
    struct reconcile_parts parts = {.live = {.count = 0}};
    struct figures counted =
        figures_of_row(&batch->table.total, comparing->index, comparing->measure);
    set_live(&parts, &comparing->at->total);
    set_batch(&parts, &batch->terms_total, &counted);
    snprintf(comparing->out->total.label, sizeof comparing->out->total.label, "total");
    set_difference(comparing, &parts,
                   shown(&comparing->live->table.total, comparing->index, comparing->measure),
                   late_of(comparing, &comparing->at->total), &comparing->out->total);
    note_why(comparing->out, &comparing->out->total);
}

/* What can be said before any number is looked at. */
static enum reconcile_state state_of(const struct snapshot_live *live,
                                     const struct snapshot_batch *batch,
                                     const struct snapshot_at_mark *at)
{
    if (!live || !batch || batch->run == 0)
        return RECONCILE_NO_RUN;
    if (batch->table.day != live->table.day)
        return RECONCILE_OTHER_DAY;
    if (!at)
        return live->at_mark.run == 0 ? RECONCILE_NO_RUN : RECONCILE_CATCHING_UP;
    if (at->day != batch->table.day)
        return RECONCILE_OTHER_DAY;
    if (at->differs || batch->lost_generations > 0)
        return RECONCILE_INPUTS_DIFFER;
    return at->reached ? RECONCILE_EXACT : RECONCILE_CATCHING_UP;
}

/* The live half's account of the run that the batch half shows. */
static const struct snapshot_at_mark *account_of(const struct snapshot_live *live,
                                                 const struct snapshot_batch *batch)
{
    if (!live || !batch || batch->run == 0)
        return NULL;
    if (live->at_mark.run == batch->run)
        return &live->at_mark;
    return live->at_mark_before.run == batch->run ? &live->at_mark_before : NULL;
}

static void compare(struct comparing *comparing)
{
    const struct snapshot_batch *batch = comparing->batch;
    const struct snapshot_live *live = comparing->live;
    struct differences *out = comparing->out;
    out->total_only = live->table.groups_overflowed > 0 || batch->table.groups_overflowed > 0 ||
                      comparing->at->overflowed;
    if (out->total_only)
        snprintf(out->why, sizeof out->why, "more groups than the cap: only the total is compared");
    for (int b = 0; b < batch->table.rows_len; b++)
        comparing->folded[b] = true;
    out->rows_len = live->table.rows_len;
    for (int r = 0; r < out->rows_len; r++)
        compare_row(comparing, r);
    compare_others(comparing);
    compare_total(comparing);
}

void reconcile_answers(const struct definition *definition, const struct snapshot_live *live,
                       const struct snapshot_batch *batch, int measure, struct differences *out)
{
    const struct snapshot_at_mark *at = account_of(live, batch);
    memset(out, 0, sizeof *out);
    out->state = state_of(live, batch, at);
    out->day = live ? live->table.day : 0;
    if (batch && batch->runs_len > 0)
        out->mark = batch->runs[batch->runs_len - 1].mark;
    if (!reconcile_adds_up(&definition->measures[measure]))
        return;
    out->places = tally_measure_places(&definition->measures[measure]);
    if (out->state == RECONCILE_INPUTS_DIFFER)
        snprintf(out->why, sizeof out->why, "%s",
                 at->differs ? at->why
                             : "bytes that live counted are gone: truncated, or rotated away long "
                               "ago");
    if (out->state != RECONCILE_EXACT)
        return;
    struct comparing comparing = {.definition = definition,
                                  .live = live,
                                  .batch = batch,
                                  .at = at,
                                  .index = measure,
                                  .measure = &definition->measures[measure],
                                  .out = out};
    compare(&comparing);
}
