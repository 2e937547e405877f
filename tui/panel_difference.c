/*
 * DIFFERENCE: why the two answers differ, in integers, so that each row reads as a sentence
 * (S-113): live - behind the mark + future - escaped = batch.
 */
#include "tui/difference.h"
#include "tui/lane_table.h"

#include <stdio.h>
#include <string.h>

enum { LABEL_MOST = 24, LABEL_LEAST = 5, TERM = 17, LEGEND = 54, SENTENCE = 400 };

enum part {
    PART_LIVE,
    PART_BEHIND,
    PART_FUTURE,
    PART_ESCAPED,
    PART_BATCH,
    PART_LATE,
    PART_UNEXPLAINED,
    PARTS
};

/* Names from long to short; `sign`: what stands before it in the sentence. */
enum { NAMES = 3 };
static const struct {
    const char *names[NAMES], *sign;
} parts[PARTS] = {
    [PART_LIVE] = {{"live", "live", "live"}, " "},
    [PART_BEHIND] = {{"behind the mark", "behind", "behind"}, "-"},
    [PART_FUTURE] = {{"future", "future", "fut."}, "+"},
    [PART_ESCAPED] = {{"escaped", "escaped", "esc."}, "-"},
    [PART_BATCH] = {{"batch", "batch", "batch"}, "="},
    [PART_LATE] = {{"late", "late", "late"}, " "},
    [PART_UNEXPLAINED] = {{"unexplained", "unexpl.", "unexpl."}, " "},
};

struct plan {
    const struct differences *differences;
    bool shown[PARTS];
    int names; /* which of them */
    int width[PARTS];
    int label, gap; /* gap: before each part, its sign in the middle */
};

/* What has no sign may stand closer. */
static int gap_of(const struct plan *plan, int part)
{
    return plan->gap == 3 && parts[part].sign[0] == ' ' ? 2 : plan->gap;
}

static wide_int value_of(const struct difference *row, enum part part)
{
    const wide_int values[PARTS] = {
        [PART_LIVE] = row->live,
        [PART_BEHIND] = row->behind,
        [PART_FUTURE] = row->future,
        [PART_ESCAPED] = row->escaped,
        [PART_BATCH] = row->batch,
        [PART_LATE] = row->late,
        [PART_UNEXPLAINED] = row->unexplained,
    };
    return values[part];
}

static const struct difference *row_at(const struct differences *differences, int index)
{
    if (index < differences->rows_len)
        return &differences->rows[index];
    return differences->has_others && index == differences->rows_len ? &differences->others : NULL;
}

static const char *label_of(const struct differences *differences, int index)
{
    return index < differences->rows_len ? differences->rows[index].label : "(others)";
}

static int longest(int width, int other)
{
    return other > width ? other : width;
}

static void measure_parts(struct plan *plan)
{
    const struct differences *differences = plan->differences;
    const struct difference *row;
    char text[FORMAT_TEXT];
    for (int p = 0; p < PARTS; p++) {
        plan->width[p] = (int)strlen(parts[p].names[plan->names]);
        format_amount(value_of(&differences->total, (enum part)p), differences->places, text);
        plan->width[p] = longest(plan->width[p], (int)strlen(text));
        for (int r = 0; (row = row_at(differences, r)); r++) {
            format_amount(value_of(row, (enum part)p), differences->places, text);
            plan->width[p] = longest(plan->width[p], (int)strlen(text));
        }
    }
}

static bool is_zero(const struct plan *plan, enum part part)
{
    const struct difference *row;
    for (int r = 0; (row = row_at(plan->differences, r)); r++)
        if (value_of(row, part) != 0)
            return false;
    return value_of(&plan->differences->total, part) == 0;
}

static int width_of(const struct plan *plan)
{
    int width = plan->label;
    for (int p = 0; p < PARTS; p++)
        width += plan->shown[p] ? gap_of(plan, p) + plan->width[p] : 0;
    return width;
}

/* What goes where room is short: air, long names, the label's end, and then parts that leave the
 * sentence as true as it was. */
static void plan_columns(struct plan *plan, struct area area)
{
    static const enum part given_up[] = {PART_LATE, PART_UNEXPLAINED, PART_ESCAPED, PART_FUTURE};
    const struct difference *row;
    *plan = (struct plan){.differences = plan->differences, .gap = 5, .label = LABEL_LEAST};
    for (int r = 0; (row = row_at(plan->differences, r)); r++)
        plan->label = longest(plan->label, area_width(area, label_of(plan->differences, r)));
    plan->label = plan->label > LABEL_MOST ? LABEL_MOST : plan->label;
    for (int p = 0; p < PARTS; p++)
        plan->shown[p] = true;
    measure_parts(plan);
    if (width_of(plan) > area.columns)
        plan->gap = 3;
    if (width_of(plan) > area.columns) {
        plan->names = 1;
        measure_parts(plan);
    }
    for (size_t i = 0; i < sizeof given_up / sizeof *given_up; i++)
        if (width_of(plan) > area.columns && (i == 0 || is_zero(plan, given_up[i])))
            plan->shown[given_up[i]] = false;
    if (width_of(plan) > area.columns) {
        plan->names = 2;
        measure_parts(plan);
    }
    int over = width_of(plan) - area.columns;
    if (over > 0)
        plan->label = longest(LABEL_LEAST, plan->label - over);
}

static void put_parts(struct area area, int row, const struct plan *plan,
                      const struct difference *figures, bool total)
{
    int at = plan->label;
    for (int p = 0; p < PARTS; p++) {
        if (!plan->shown[p])
            continue;
        char text[FORMAT_TEXT];
        wide_int value = figures ? value_of(figures, (enum part)p) : 0;
        enum style style = p == PART_UNEXPLAINED && value != 0 ? STYLE_ALARM
                           : p == PART_LIVE                    ? STYLE_LIVE_STRONG
                           : p == PART_BATCH                   ? STYLE_BATCH_STRONG
                           : value == 0                        ? STYLE_LABEL
                           : total                             ? STYLE_STRONG
                                                               : STYLE_TEXT;
        if (parts[p].sign[0] != ' ')
            area_put(area, row, at + plan->gap / 2, STYLE_LABEL, parts[p].sign);
        at += gap_of(plan, p);
        if (figures)
            format_amount(value, plan->differences->places, text);
        else
            snprintf(text, sizeof text, "%s", parts[p].names[plan->names]);
        area_field(area, row, at, plan->width[p], ALIGN_RIGHT, figures ? style : STYLE_LABEL, text);
        at += plan->width[p];
    }
}

/* Groups that batch does not show one by one are compared together, with the others. */
static const struct difference *comparable(const struct differences *differences, int index)
{
    const struct difference *row = row_at(differences, index);
    return differences->total_only || row->in_others ? NULL : row;
}

static void put_row(struct area area, int row, const struct plan *plan, int index)
{
    const struct differences *differences = plan->differences;
    const struct difference *figures = comparable(differences, index);
    char text[FORMAT_TEXT];
    area_field(area, row, 0, plan->label, ALIGN_LEFT, STYLE_TEXT, label_of(differences, index));
    if (figures) {
        put_parts(area, row, plan, figures, false);
        return;
    }
    format_amount(row_at(differences, index)->live, differences->places, text);
    int at = plan->label + gap_of(plan, PART_LIVE);
    area_field(area, row, at, plan->width[PART_LIVE], ALIGN_RIGHT, STYLE_LIVE_STRONG, text);
    area_put(area, row, at + plan->width[PART_LIVE] + plan->gap, STYLE_LABEL,
             differences->total_only ? "in the total" : "among (others)");
}

/* Returns the row behind. The total always stands; groups give way. */
static int put_table(struct area area, const struct differences *differences,
                     const struct frame *frame)
{
    struct plan plan = {.differences = differences};
    plan_columns(&plan, area);
    bool grouped = frame->app->config.definition->group_by_len > 0;
    int groups = grouped ? differences->rows_len + differences->has_others : 0;
    int room = area.rows - 3; /* header, total, sentence */
    int shown = groups <= room ? groups : longest(0, room - 1);
    int row = 0;
    put_parts(area, row++, &plan, NULL, false);
    for (int r = 0; r < shown; r++, row++)
        put_row(area, row, &plan, r);
    if (groups > shown && room > 0)
        area_print(area, row++, 0, STYLE_LABEL, "%s %d more groups",
                   cells_glyph(area.cells, GLYPH_ELLIPSIS), groups - shown);
    if (groups + 1 < room) /* air */
        area_fill(area, row++, 0, width_of(&plan), STYLE_BORDER,
                  cells_glyph(area.cells, GLYPH_HORIZONTAL));
    area_field(area, row, 0, plan.label, ALIGN_LEFT, STYLE_STRONG, "total");
    put_parts(area, row, &plan, &differences->total, true);
    return row + 1;
}

static size_t say_part(char *out, size_t used, const char *before, wide_int amount, int places,
                       const char *behind)
{
    char text[FORMAT_TEXT];
    if (amount == 0 || used >= SENTENCE)
        return used;
    return used + (size_t)snprintf(out + used, SENTENCE - used, "%s%s%s", before,
                                   format_amount(amount, places, text), behind);
}

static void say_exact(const struct differences *differences, char out[SENTENCE])
{
    const struct difference *total = &differences->total;
    int places = differences->places;
    char live[FORMAT_TEXT], batch[FORMAT_TEXT];
    size_t used = (size_t)snprintf(out, SENTENCE, "every unit has a name: %s live",
                                   format_amount(total->live, places, live));
    used = say_part(out, used, ", less ", total->behind, places, " that came behind the mark");
    used = say_part(out, used, ", plus ", total->future, places, " that live took for the future");
    used = say_part(out, used, ", less ", total->escaped, places,
                    " of duplicates that live no longer knew");
    if (used < SENTENCE)
        snprintf(out + used, SENTENCE - used, ", %s %s in batch%s%s",
                 total->live == total->batch ? "and" : "make",
                 format_amount(total->batch, places, batch), differences->why[0] ? "; " : "",
                 differences->why);
}

static void say_days(const struct differences *differences, const struct frame *frame,
                     char out[SENTENCE])
{
    char batch[FORMAT_TEXT], live[FORMAT_TEXT];
    format_day(frame->batch ? frame->batch->table.day : differences->day, batch);
    format_day(frame->live ? frame->live->table.day : differences->day, live);
    snprintf(out, SENTENCE,
             "batch answers for %s, live shows %s: a day is compared with itself only; press b for "
             "a run of %s",
             batch, live, live);
}

static void say_catching_up(const struct differences *differences, const struct frame *frame,
                            char out[SENTENCE])
{
    char clock[FORMAT_TEXT], bytes[FORMAT_TEXT];
    const struct snapshot_live *live = frame->live;
    format_clock(differences->mark, frame->app->config.definition->zone, clock);
    snprintf(
        out, SENTENCE,
        "live has not come to the mark of %s yet, where the run stopped reading; %s wait to be "
        "read. The difference is known as soon as it has",
        clock, format_bytes(live ? live->feed.unread : 0, bytes));
}

/* The state in words; every state has something to say. */
static enum style say_state(const struct differences *differences, const struct frame *frame,
                            const char **word, char out[SENTENCE])
{
    char amount[FORMAT_TEXT];
    *word = "";
    if (app_measure(frame->app) < 0) {
        snprintf(out, SENTENCE, "counts and sums add up and can be compared; there is none here");
        return STYLE_LABEL;
    }
    switch (differences ? differences->state : RECONCILE_NO_RUN) {
    case RECONCILE_NO_RUN:
        *word = "NO RUN YET";
        snprintf(out, SENTENCE, "nothing to compare yet: press b to run batch now");
        return STYLE_LABEL;
    case RECONCILE_OTHER_DAY:
        *word = "ANOTHER DAY";
        say_days(differences, frame, out);
        return STYLE_WARN;
    case RECONCILE_CATCHING_UP:
        *word = "CATCHING UP";
        say_catching_up(differences, frame, out);
        return STYLE_WARN;
    case RECONCILE_INPUTS_DIFFER:
        *word = "INPUTS DIFFER";
        snprintf(out, SENTENCE, "%s. Answers over different bytes are not compared",
                 differences->why[0] ? differences->why : "the lanes read different bytes");
        return STYLE_WARN;
    case RECONCILE_EXACT:
        *word = "EXACT";
        say_exact(differences, out);
        return STYLE_GOOD;
    case RECONCILE_UNEXPLAINED:
        break;
    }
    *word = "UNEXPLAINED";
    snprintf(out, SENTENCE, "%s in batch has no name: a defect of this program%s%s",
             format_amount(differences->total.unexplained, differences->places, amount),
             differences->why[0] ? ". " : "", differences->why);
    return STYLE_ALARM;
}

/* What the parts are, as many as there is room for. */
static void put_legend(struct area area, int row)
{
    static const char *const terms[][2] = {
        {"behind the mark", "counted live after the run had fixed where it stops"},
        {"future", "kept out live: ahead of its clock; batch has no clock"},
        {"escaped", "duplicates so old that live had let go of their ids"},
        {"late", "too late for a window, in both totals all the same"},
    };
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        area_put(area, row + (int)i, 0, STYLE_LABEL, terms[i][0]);
        area_put(area, row + (int)i, TERM, STYLE_TEXT, terms[i][1]);
    }
}

/* "events", or "sum of amount in USD"; which of how many; and the mark. */
static void say_remark(const struct differences *differences, const struct frame *frame, bool brief,
                       char *out, size_t cap)
{
    const struct definition *definition = frame->app->config.definition;
    int measures = app_measures(frame->app), index = app_measure(frame->app);
    char clock[FORMAT_TEXT];
    size_t used = 0;
    out[0] = '\0';
    if (index < 0)
        return;
    const struct measure *measure = &definition->measures[index];
    if (measure->kind == MEASURE_COUNT)
        used = (size_t)snprintf(out, cap, "%ss", app_noun(frame->app));
    else
        used = (size_t)snprintf(out, cap, "%s %s", measure->name,
                                definition->fields[measure->field].currency);
    if (measures > 1 && !brief && used < cap)
        used += (size_t)snprintf(out + used, cap - used, " (%d of %d)",
                                 frame->app->measure % measures + 1, measures);
    if (difference_has_figures(differences) && used < cap)
        snprintf(out + used, cap - used, ", as of %s",
                 format_clock(differences->mark, definition->zone, clock));
}

/* An alarm that mono shows as well: the whole edge. */
static void alarm_edge(struct area area)
{
    for (int row = 0; row < area.rows; row++) {
        area_restyle(area, row, 0, 1, STYLE_ALARM);
        area_restyle(area, row, area.columns - 1, 1, STYLE_ALARM);
    }
    area_restyle(area, 0, 0, area.columns, STYLE_ALARM);
    area_restyle(area, area.rows - 1, 0, area.columns, STYLE_ALARM);
}

/* Edges, header, rule, total, a sentence of two lines; groups give way. */
int panel_difference_least(const struct frame *frame)
{
    int groups = lane_table_groups(frame);
    return 7 + (groups < 4 ? groups : 4);
}

/* All groups, and the legend apart. */
int panel_difference_most(const struct frame *frame)
{
    return 12 + lane_table_groups(frame);
}

void panel_difference(struct area area, const struct frame *frame)
{
    const struct differences *differences = difference_of(frame, app_measure(frame->app));
    char remark[2 * FORMAT_TEXT + NAME_MAX_LEN], sentence[SENTENCE];
    const char *word;
    enum style style = say_state(differences, frame, &word, sentence);
    say_remark(differences, frame, false, remark, sizeof remark);
    if (!panel_remark_fits(area, "DIFFERENCE", remark, word))
        say_remark(differences, frame, true, remark, sizeof remark);
    bool alarm = style == STYLE_ALARM;
    struct area inside =
        panel_box(area, alarm ? STYLE_ALARM : STYLE_STRONG, "DIFFERENCE", remark, "");
    if (word[0])
        area_print(area, 0, area.columns - area_width(area, word) - 4, style, " %s ", word);
    if (alarm)
        alarm_edge(area);
    int row = 0;
    if (difference_has_figures(differences))
        row = put_table(inside, differences, frame);
    if (style == STYLE_GOOD && area_wrap_rows(inside, sentence) > inside.rows - row)
        snprintf(sentence, sizeof sentence, "every unit has a name");
    row = area_wrap(inside, row, 0, style == STYLE_GOOD ? STYLE_TEXT : style, sentence);
    if (difference_has_figures(differences) && inside.columns >= TERM + LEGEND)
        put_legend(inside, row + (row + 5 <= inside.rows));
}
