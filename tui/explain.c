/* Sentences about a number on the screen. */
#include "tui/explain.h"

#include "core/tally.h"
#include "tui/difference.h"
#include "tui/lane_table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WHICH = SNAPSHOT_LABEL + 2 * FORMAT_TEXT + 64 };

/* What the sentences are about. */
struct subject {
    const struct frame *frame;
    const struct definition *definition;
    enum cursor_lane lane;
    int what;
    const struct measure *measure;           /* NULL: the column is no measure */
    const struct snapshot_row *live, *batch; /* NULL: the lane has no such row */
    const struct snapshot_row *own;          /* of the lane it stands in */
    const struct difference *parts;          /* of the measure, or of the events; NULL: not known */
    const struct differences *differences;   /* the same */
    char which[WHICH];                       /* "events of 2026-01-05 with priority High" */
    bool comparable;                         /* both lanes answer for the same day */
};

__attribute__((format(printf, 2, 3))) static void say(struct explanation *out, const char *format,
                                                      ...)
{
    va_list arguments;
    if (out->len == EXPLAIN_SENTENCES)
        return;
    va_start(arguments, format);
    vsnprintf(out->sentences[out->len++], EXPLAIN_SENTENCE, format, arguments);
    va_end(arguments);
}

/* The lead's row under the cursor, and the same of another table. */
static const struct snapshot_row *row_of(const struct snapshot_table *table,
                                         const struct snapshot_table *lead, int row)
{
    if (row == CURSOR_TOTAL)
        return &table->total;
    if (row >= lead->rows_len)
        return table->has_others ? &table->others : NULL;
    return lane_table_find(table, lead->rows[row].key);
}

static const struct difference *parts_of(const struct differences *differences,
                                         const struct subject *subject, int row)
{
    if (!difference_has_figures(differences))
        return NULL;
    if (row == CURSOR_TOTAL)
        return &differences->total;
    if (differences->total_only)
        return NULL;
    const symbol *key = subject->live ? subject->live->key : NULL;
    for (int r = 0; key && r < differences->rows_len; r++)
        if (memcmp(differences->rows[r].key, key, sizeof differences->rows[r].key) == 0)
            return differences->rows[r].in_others ? NULL : &differences->rows[r];
    return NULL;
}

/* "with priority High", "of all groups", … */
static void say_group(const struct subject *subject, int row, const struct snapshot_table *lead,
                      char *out, size_t cap)
{
    char names[FORMAT_TEXT * 2];
    out[0] = '\0';
    if (row == CURSOR_TOTAL)
        return;
    if (row >= lead->rows_len) {
        snprintf(out, cap, " in groups beyond the first %d", lead->rows_len);
        return;
    }
    lane_table_groups_title(subject->frame, names, sizeof names);
    snprintf(out, cap, " with %s %s", names, lead->rows[row].label);
}

static const struct snapshot_table *table_of(const struct subject *subject)
{
    const struct frame *frame = subject->frame;
    return subject->lane == CURSOR_LIVE ? &frame->live->table : &frame->batch->table;
}

static void say_which(struct subject *subject, int row, const struct snapshot_table *lead)
{
    char group[SNAPSHOT_LABEL + FORMAT_TEXT * 2 + 16], date[INSTANT_TEXT];
    const struct definition *definition = subject->definition;
    say_group(subject, row, lead, group, sizeof group);
    instant_format_date(instant_day_start(table_of(subject)->day, definition->zone),
                        definition->zone, date);
    snprintf(subject->which, sizeof subject->which, "events of %s%s", date, group);
}

static void take_subject(const struct frame *frame, struct subject *subject)
{
    const struct cursor *cursor = &frame->app->cursor;
    const struct snapshot_table *lead = lane_table_lead(frame);
    *subject = (struct subject){.frame = frame,
                                .definition = frame->app->config.definition,
                                .lane = cursor->lane,
                                .what = cursor->what};
    if (cursor->what < subject->definition->measures_len)
        subject->measure = &subject->definition->measures[cursor->what];
    if (frame->live)
        subject->live = row_of(&frame->live->table, lead, cursor->row);
    if (frame->batch && frame->batch->runs_len > 0)
        subject->batch = row_of(&frame->batch->table, lead, cursor->row);
    subject->own = cursor->lane == CURSOR_LIVE ? subject->live : subject->batch;
    subject->comparable = frame->live && frame->batch && frame->batch->runs_len > 0 &&
                          frame->live->table.day == frame->batch->table.day;
    int measure = cursor->what;
    for (int m = 0; cursor->what >= CURSOR_RATE && m < subject->definition->measures_len; m++)
        if (subject->definition->measures[m].kind == MEASURE_COUNT)
            measure = m;
    subject->differences = difference_of(frame, measure);
    subject->parts = parts_of(subject->differences, subject, cursor->row);
    say_which(subject, cursor->row, lead);
}

static const char *field_of(const struct subject *subject)
{
    return subject->definition->fields[subject->measure->field].name;
}

/* The sum that an average of the same field was made of, when the definition has it. */
static const struct snapshot_value *sum_beside(const struct subject *subject)
{
    const struct definition *definition = subject->definition;
    for (int m = 0; m < definition->measures_len; m++)
        if (definition->measures[m].kind == MEASURE_SUM &&
            definition->measures[m].field == subject->measure->field &&
            subject->own->value[m].present)
            return &subject->own->value[m];
    return NULL;
}

static void say_average(const struct subject *subject, struct explanation *out)
{
    const struct snapshot_value *sum = sum_beside(subject);
    const struct field *field = &subject->definition->fields[subject->measure->field];
    char amount[FORMAT_TEXT], count[FORMAT_TEXT];
    if (sum && field->required)
        say(out, "The average of %s over %s: the sum %s by %s, rounded half-even to 2 decimals.",
            field->name, subject->which, format_amount(sum->amount, field->places, amount),
            format_count(subject->own->count, count));
    else
        say(out,
            "The average of %s over %s: their sum by how many have it, rounded half-even to 2 "
            "decimals; never an average of averages.",
            field->name, subject->which);
}

/* What the number is. */
static void say_what(const struct subject *subject, struct explanation *out)
{
    const struct measure *measure = subject->measure;
    const char *how = subject->lane == CURSOR_LIVE ? "counted live" : "counted by a batch run";
    char number[FORMAT_TEXT];
    lane_table_value(subject->frame, subject->what, subject->own, number);
    switch (measure->kind) {
    case MEASURE_COUNT:
        say(out, "%s %s, %s.", number, subject->which, how);
        break;
    case MEASURE_OPEN:
        say(out,
            "%s %ss are open, of whatever day: opened and not closed, the last step by its time "
            "decides, not by its arrival.",
            number, app_noun(subject->frame->app));
        break;
    case MEASURE_SUM:
        say(out, "The sum of %s over %s%s%s, %s: whole numbers inside, so that nothing is rounded.",
            field_of(subject), subject->which,
            subject->definition->fields[measure->field].currency[0] ? ", in " : "",
            subject->definition->fields[measure->field].currency, how);
        break;
    case MEASURE_AVG:
        say_average(subject, out);
        break;
    case MEASURE_MIN:
    case MEASURE_MAX:
        say(out, "The %s %s among %s.", measure->kind == MEASURE_MIN ? "least" : "greatest",
            field_of(subject), subject->which);
        break;
    case MEASURE_DISTINCT:
        say(out, "How many different %s there are among %s.", field_of(subject), subject->which);
        break;
    }
}

/* From which bytes, and how old it is. */
static void say_live_source(const struct subject *subject, struct explanation *out)
{
    const struct snapshot_live *live = subject->frame->live;
    char bytes[FORMAT_TEXT], newest[FORMAT_TEXT], age[FORMAT_TEXT], where[2 * FORMAT_TEXT];
    int64_t age_ns = panel_live_age(subject->frame);
    format_clock(live->newest, subject->definition->zone, newest);
    format_count(live->feed.bytes_read, bytes);
    if (live->feed.sources > 1)
        snprintf(where, sizeof where, "the first %s bytes of %" PRIu32 " files", bytes,
                 live->feed.sources);
    else
        snprintf(where, sizeof where, "the feed up to byte %s", bytes);
    if (age_ns >= 0)
        say(out, "Live has read %s; its newest event is of %s, shown %s after it could be read.",
            where, newest, format_ns(age_ns, age));
    else
        say(out, "Live has read %s; its newest event is of %s.", where, newest);
}

static void say_batch_source(const struct subject *subject, struct explanation *out)
{
    const struct snapshot_batch *batch = subject->frame->batch;
    const struct snapshot_run *run = &batch->runs[batch->runs_len - 1];
    char mark[FORMAT_TEXT], rows[FORMAT_TEXT], took[FORMAT_TEXT], age[FORMAT_TEXT];
    say(out,
        "The run of %s read the feed from its start to what was there then, %s rows in %s; "
        "what came in the %s since is not in it.",
        format_clock(run->mark, subject->definition->zone, mark), format_count(run->rows, rows),
        format_ns(run->took_ns, took), format_duration(subject->frame->clock - run->mark, age));
}

static void add_part(char *out, size_t cap, wide_int amount, int places, const char *text)
{
    char number[FORMAT_TEXT];
    size_t used = strlen(out);
    if (amount != 0)
        snprintf(out + used, cap - used, "%s%s %s", used > 0 ? "; " : "",
                 format_amount(amount, places, number), text);
}

/* The terms of S-113 that are not 0, behind what the other lane says. */
static void say_parts(const struct subject *subject, const char *claim, struct explanation *out)
{
    const struct difference *parts = subject->parts;
    int places = subject->differences->places;
    char list[EXPLAIN_SENTENCE] = "", behind[FORMAT_TEXT * 2], mark[FORMAT_TEXT];
    format_clock(subject->differences->mark, subject->definition->zone, mark);
    snprintf(behind, sizeof behind, "came behind the mark of the run of %s", mark);
    add_part(list, sizeof list, parts->behind, places, behind);
    add_part(list, sizeof list, parts->future, places,
             "only in batch, which live took for the future");
    add_part(list, sizeof list, parts->escaped, places, "only in live, duplicate to batch");
    add_part(list, sizeof list, parts->unexplained, places, "UNEXPLAINED, a defect");
    if (list[0])
        say(out, "%s: %s.", claim, list);
    else
        say(out, "%s: nothing came since the run of %s.", claim, mark);
}

static void say_no_parts(const struct subject *subject, const char *claim, struct explanation *out)
{
    static const char *const why[] = {
        [RECONCILE_NO_RUN] = "one of them has no answer yet",
        [RECONCILE_OTHER_DAY] = "they answer for different days",
        [RECONCILE_CATCHING_UP] =
            "why is known when live has come to where that run stopped reading",
        [RECONCILE_INPUTS_DIFFER] = "they read different bytes",
    };
    const struct differences *differences = subject->differences;
    if (differences && !difference_has_figures(differences))
        say(out, "%s: %s.", claim, why[differences->state]);
    else
        say(out, "%s.", claim);
}

static void say_why(const struct subject *subject, const char *claim, struct explanation *out)
{
    if (subject->parts)
        say_parts(subject, claim, out);
    else
        say_no_parts(subject, claim, out);
}

/* What the neighbour says, and why. */
static void say_neighbour(const struct subject *subject, struct explanation *out)
{
    bool is_live = subject->lane == CURSOR_LIVE;
    const char *other = is_live ? "Batch" : "Live";
    const struct snapshot_row *row = is_live ? subject->batch : subject->live;
    char theirs[FORMAT_TEXT], own[FORMAT_TEXT], claim[2 * FORMAT_TEXT];
    if (!subject->comparable) {
        say(out, is_live ? "Batch has no answer for this day yet: press b for a run."
                         : "Live shows another day: the two are not compared.");
        return;
    }
    lane_table_value(subject->frame, subject->what, row, theirs);
    lane_table_value(subject->frame, subject->what, subject->own, own);
    if (!row)
        snprintf(claim, sizeof claim, "%s does not know this group", other);
    else if (strcmp(theirs, own) == 0)
        snprintf(claim, sizeof claim, "%s says the same", other);
    else
        snprintf(claim, sizeof claim, "%s says %s", other, theirs);
    say_why(subject, claim, out);
}

static void say_rate(const struct subject *subject, struct explanation *out)
{
    char clock[FORMAT_TEXT], count[FORMAT_TEXT];
    say(out, "%s %s in the minute of event time up to %s, the newest event of all.",
        format_count(subject->own->per_minute, count), subject->which,
        format_clock(subject->frame->live->newest, subject->definition->zone, clock));
    say(out,
        "By the events' own time, not by their arrival: a feed read in one go shows the same.");
}

static void say_spark(const struct subject *subject, struct explanation *out)
{
    char count[FORMAT_TEXT], most[FORMAT_TEXT];
    uint64_t sum = 0;
    uint32_t greatest = 0;
    for (int i = 0; i < SNAPSHOT_SPARK; i++) {
        sum += subject->own->spark[i];
        greatest = subject->own->spark[i] > greatest ? subject->own->spark[i] : greatest;
    }
    say(out,
        "%s %s in the last 30 minutes of event time, the oldest at the left; at most %s in one "
        "minute.",
        format_count(sum, count), subject->which, format_count(greatest, most));
    say(out, "All groups have one scale, so heights compare; the last minute is still running.");
}

/* "behind live", and the bar beside it: both about the events of both lanes. */
static void say_behind(const struct subject *subject, struct explanation *out)
{
    char live[FORMAT_TEXT], batch[FORMAT_TEXT], claim[2 * EXPLAIN_SENTENCE];
    uint64_t known = subject->comparable && subject->batch ? subject->batch->count : 0;
    uint64_t all = subject->live ? subject->live->count : 0;
    format_count(all, live);
    format_count(known, batch);
    if (subject->what == CURSOR_SHARE && all > 0)
        snprintf(claim, sizeof claim, "Batch knows %s of the %s %s that live counts, %d %%", batch,
                 live, subject->which, (int)(known >= all ? 100 : known * 100 / all));
    else
        snprintf(claim, sizeof claim, "%s in batch less %s live, %s", batch, live, subject->which);
    say_why(subject, claim, out);
}

static void say_title(const struct subject *subject, struct explanation *out)
{
    static const char *const columns[] = {"/min", "last 30 min", "behind live", "share of live"};
    const struct frame *frame = subject->frame;
    const struct snapshot_table *lead = lane_table_lead(frame);
    int row = frame->app->cursor.row;
    const char *group = row == CURSOR_TOTAL     ? "total"
                        : row >= lead->rows_len ? "(others)"
                                                : lead->rows[row].label;
    char day[FORMAT_TEXT];
    if (!subject->measure)
        snprintf(out->title, sizeof out->title, "%s, %s", group,
                 columns[subject->what - CURSOR_RATE]);
    else if (subject->measure->kind == MEASURE_COUNT)
        snprintf(out->title, sizeof out->title, "%s, %s", group,
                 lane_table_day(frame, table_of(subject), day));
    else
        snprintf(out->title, sizeof out->title, "%s, %s", group, subject->measure->name);
}

static void explain_measure(const struct subject *subject, struct explanation *out)
{
    lane_table_value(subject->frame, subject->what, subject->own, out->figure);
    if (!subject->own)
        say(out, "The run as of then had no event of this group.");
    else if (out->figure[0] == '-' && !out->figure[1])
        say(out, "No event of this group has %s yet.", field_of(subject));
    else
        say_what(subject, out);
    say_neighbour(subject, out);
    if (subject->lane == CURSOR_LIVE)
        say_live_source(subject, out);
    else
        say_batch_source(subject, out);
}

void explain_number(const struct frame *frame, struct explanation *out)
{
    const struct app *app = frame->app;
    struct subject subject;
    out->len = 0;
    out->title[0] = out->figure[0] = '\0';
    if (app->tables[app->cursor.lane].columns_len == 0) {
        say(out, "There is no number to explain yet: neither lane has an answer.");
        return;
    }
    take_subject(frame, &subject);
    say_title(&subject, out);
    if (subject.measure)
        explain_measure(&subject, out);
    else if (subject.what == CURSOR_RATE)
        say_rate(&subject, out);
    else if (subject.what == CURSOR_SPARK)
        say_spark(&subject, out);
    else
        say_behind(&subject, out);
}
