/* Figures to sentences. */
#include "tui/compare_page.h"

#include "tui/limits_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

const char *const page_questions[] = {"freshness", "complexity", "operations", "cost"};

const char *const page_method[] = {
    "A virtual clock replaces the real one: a record arrives at the greatest event time so far in "
    "its file, so neither before it happened nor before the record in front of it. A record more "
    "than an hour (the definition's jump) ahead is believed only when most of the eight behind it "
    "are not back again.",
    "Live: its own pipeline, record by record in that order. Its age is the measured time from the "
    "beginning of reading a block to its last record counted; its CPU time is reading, decoding, "
    "counting, in blocks as when it catches up. Being woken for each record, the disk's way and "
    "the screen are not in it.",
    "Batch: runs on the clock, really executed, each from the first byte to what had arrived, for "
    "the day the dashboard would count. Its age grows from the run's own time until the next run "
    "is done.",
    "Delays stand on the virtual clock, from when an alert came true (a time limit: its end); the "
    "work itself comes on top: live its age, batch the time of a run.",
    NULL,
};

__attribute__((format(printf, 2, 3))) static void say(char out[PAGE_TEXT], const char *format, ...)
{
    size_t used = strlen(out);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out + used, PAGE_TEXT - used, format, arguments);
    va_end(arguments);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

char *compare_page_cpu(int64_t ns, char out[FORMAT_TEXT])
{
    return ns < 1000000000 ? format_ns(ns, out) : format_cpu(ns, out);
}

void compare_page_figures(const struct compare *compare, struct compare_figure out[PAGE_FIGURES])
{
    const struct compare_age *live = &compare->live_age, *batch = &compare->batch_age;
    const struct compare_cost *live_cost = &compare->live_cost, *batch_cost = &compare->batch_cost;
    memset(out, 0, PAGE_FIGURES * sizeof *out);
    format_ns(live->mean, out[0].live);
    format_ns(batch->mean, out[0].batch);
    format_ns(live->p99, out[1].live);
    format_ns(batch->p99, out[1].batch);
    format_ns(live->worst, out[2].live);
    format_ns(batch->worst, out[2].batch);
    format_count(0, out[3].live);
    format_count(compare->runs.behind, out[3].batch);
    compare_page_cpu(live_cost->cpu_ns, out[4].live);
    compare_page_cpu(batch_cost->cpu_ns, out[4].batch);
    format_count(live_cost->rows, out[5].live);
    format_count(batch_cost->rows, out[5].batch);
    format_bytes(live_cost->bytes, out[6].live);
    format_bytes(batch_cost->bytes, out[6].batch);
    format_count(compare->runs.planned, out[7].batch);
}

/* "09:14", with its date when the feed spans days. */
static char *page_time(const struct compare_page *page, epoch_ms time, char out[FORMAT_TEXT])
{
    const struct compare *compare = page->compare;
    const struct zone *zone = page->definition->zone;
    char day[FORMAT_TEXT], clock[FORMAT_TEXT];
    bool days = instant_day(compare->begin, zone) != instant_day(time, zone) ||
                instant_day(compare->end, zone) != instant_day(time, zone);
    snprintf(out, FORMAT_TEXT, "%.20s%s%.20s", days ? format_day(instant_day(time, zone), day) : "",
             days ? " " : "", format_clock_short(time, zone, clock));
    return out;
}

/* Alerts that live did not find. */
static uint64_t batch_only(const struct compare_page *page)
{
    uint64_t sum = 0;
    for (int r = 0; r < page->definition->rules_len; r++)
        sum += page->compare->rules[r].batch_only;
    return sum;
}

static uint64_t alerts_of(const struct compare_page *page)
{
    uint64_t sum = 0;
    for (int r = 0; r < page->definition->rules_len; r++)
        sum += page->compare->rules[r].both + page->compare->rules[r].batch_only;
    return sum;
}

/* What a cost over the feed is per day; over less than a day it is told as it is. */
static int64_t per_day(const struct compare_page *page, int64_t ns)
{
    int64_t span = page->compare->end - page->compare->begin;
    return page->is_day && span > 0 ? (int64_t)((double)ns * MS_PER_DAY / (double)span) : ns;
}

static void make_title(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    char a[FORMAT_TEXT], b[FORMAT_TEXT], c[FORMAT_TEXT];
    const struct zone *zone = page->definition->zone;
    say(page->title, "%.300s", page->name);
    if (page->sources > 1)
        say(page->title, " and %zu more", page->sources - 1);
    if (compare->any)
        say(page->span, "%s %s to %s, ", format_day(instant_day(compare->begin, zone), c),
            format_clock_short(compare->begin, zone, a), page_time(page, compare->end, b));
    say(page->span, "%s record%s, %s, read as %s", format_count(compare->live_cost.rows, a),
        plural(compare->live_cost.rows), format_bytes(compare->live_cost.bytes, b),
        page->definition->name);
}

static void make_verdict(struct compare_page *page)
{
    const struct recommend *advice = &page->recommend;
    char every[FORMAT_TEXT], need[FORMAT_TEXT];
    format_step(advice->every_ms, every);
    format_step(advice->needs_ms, need);
    if (!page->compare->any) {
        say(page->verdict, "NO ADVICE.");
        return;
    }
    switch (advice->verdict) {
    case RECOMMEND_BATCH:
        say(page->verdict, "BATCH, every %s, is enough.", every);
        break;
    case RECOMMEND_MICRO_BATCH:
        say(page->verdict, "MICRO-BATCH: run it every %s.", every);
        break;
    case RECOMMEND_STREAM:
        say(page->verdict, "STREAM: no schedule keeps answers under %s at a fair price.", need);
        break;
    case RECOMMEND_BOTH:
        say(page->verdict, "BOTH: live for answers under %s, batch to set them right.", need);
        break;
    }
}

static void make_headline(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    char every[FORMAT_TEXT], cpu[FORMAT_TEXT], later[FORMAT_TEXT], at[FORMAT_TEXT];
    const char *day = page->is_day ? " a day" : "";
    if (!compare->any) {
        say(page->headline, "No record with a time could be read, so there is nothing to replay.");
        return;
    }
    say(page->headline, "Batch every %s costs %s of CPU%s", format_step(page->every_ms, every),
        compare_page_cpu(per_day(page, compare->batch_cost.cpu_ns), cpu), day);
    if (compare->spike.any)
        say(page->headline, " and would have shown the jump of %s only %s after live",
            page_time(page, compare->spike.minute, at),
            format_duration(compare->spike.batch - compare->spike.live +
                                compare->runs.took_ns / 1000000,
                            later));
    say(page->headline, "; live costs %s.",
        compare_page_cpu(per_day(page, compare->live_cost.cpu_ns), cpu));
}

static void make_freshness(struct compare_page *page, uint64_t alerts)
{
    const struct compare *compare = page->compare;
    const struct recommend *advice = &page->recommend;
    char *out = page->ground[PAGE_FRESHNESS];
    char need[FORMAT_TEXT], every[FORMAT_TEXT], worst[FORMAT_TEXT], live[FORMAT_TEXT];
    format_step(advice->needs_ms, need);
    format_step(page->every_ms, every);
    if (!advice->assumed)
        say(out, "You need answers no older than %s. ", need);
    else if (advice->needs_ms)
        say(out,
            "Nothing was said (--needs), so it is assumed that the %s alert%s of this feed "
            "should be told within %s. ",
            format_count(alerts, worst), plural(alerts), need);
    else
        say(out, "Nothing was said (--needs), and no alert waits for anybody: the schedule asked "
                 "for is taken as fresh enough. ");
    say(out, "Batch every %s is up to %s old, live %s.", every,
        format_ns(compare->batch_age.worst, worst), format_ns(compare->live_age.worst, live));
    if (!advice->shortest_ms && advice->needs_ms && advice->every_ms == 0)
        say(out, " No schedule of a second or more is fresh enough.");
    else if (advice->shortest_ms)
        say(out, " Every %s would do.", format_step(advice->shortest_ms, need));
}

static void make_complexity(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct definition *definition = page->definition;
    char *out = page->ground[PAGE_COMPLEXITY];
    char late[FORMAT_TEXT], count[FORMAT_TEXT], missed[FORMAT_TEXT];
    uint64_t revisions = windows_counters(compare->live.windows).revisions;
    uint64_t only = batch_only(page);
    if (compare->live.outcomes.late + revisions + only == 0)
        say(out, "Nothing came late: live corrected nothing, and batch found no alert more.");
    else
        say(out,
            "Live had %s late record%s, corrected %s result%s already told, and missed %s "
            "alert%s that batch finds, as it sees all before it answers.",
            format_count(compare->live.outcomes.late, late), plural(compare->live.outcomes.late),
            format_count(revisions, count), plural(revisions), format_count(only, missed),
            plural(only));
    int with_memory = 0;
    for (int r = 0; r < definition->rules_len; r++)
        with_memory += definition->rules[r].kind != RULE_EVENT;
    if (with_memory > 0)
        say(out, " %d rule%s need%s memory of earlier records.", with_memory,
            plural((uint64_t)with_memory), with_memory == 1 ? "s" : "");
}

static void make_operations(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    char *out = page->ground[PAGE_OPERATIONS];
    char took[FORMAT_TEXT], every[FORMAT_TEXT], count[FORMAT_TEXT];
    say(out,
        "Live is always on and keeps state (watermark, open windows%s%s): it must be watched, and "
        "recover. Batch keeps none; a run takes %s of its %s, and one that fails is run again.",
        page->definition->needs_dedupe ? ", ids" : "", page->definition->rules_len ? ", rules" : "",
        format_ns(compare->runs.took_ns, took), format_step(page->every_ms, every));
    if (compare->runs.overruns > 0)
        say(out, " But %s run%s would not be done when the next is due.",
            format_count(compare->runs.overruns, count), plural(compare->runs.overruns));
}

static void make_cost(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct recommend *advice = &page->recommend;
    char *out = page->ground[PAGE_COST];
    char a[FORMAT_TEXT], b[FORMAT_TEXT], c[FORMAT_TEXT], d[FORMAT_TEXT];
    say(out, "Over this feed live read %s once for %s CPU; batch read %s for %s.",
        format_bytes(compare->live_cost.bytes, a), compare_page_cpu(compare->live_cost.cpu_ns, b),
        format_bytes(compare->batch_cost.bytes, c),
        compare_page_cpu(compare->batch_cost.cpu_ns, d));
    if (advice->shortest_ms)
        say(out, " Every %s would cost %s of CPU%s.", format_step(advice->shortest_ms, a),
            compare_page_cpu((int64_t)advice->short_cpu_ns, b),
            advice->obstacle == RECOMMEND_DEAR ? ": more than live, and more than 1 % of a core"
            : advice->obstacle == RECOMMEND_TOO_SLOW ? ", but its runs take longer than half of it"
            : advice->short_cpu_ns > (double)compare->live_cost.cpu_ns
                ? ": more than live, but at most 1 % of a core"
                : "");
}

static void make_spike(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct compare_spike *spike = &compare->spike;
    char at[FORMAT_TEXT], count[FORMAT_TEXT], before[FORMAT_TEXT], live[FORMAT_TEXT],
        batch[FORMAT_TEXT], age[FORMAT_TEXT], took[FORMAT_TEXT];
    if (!spike->any)
        return;
    say(page->spike,
        "%s events in the minute of %s, after %s in the one before. Live shows it at %s + %s, "
        "batch at %s + %s.",
        format_count(spike->count, count), page_time(page, spike->minute, at),
        format_count(spike->before, before), page_time(page, spike->live, live),
        format_ns(compare->live_age.mean, age), page_time(page, spike->batch, batch),
        format_ns(compare->runs.took_ns, took));
}

static void make_corrections(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct outcomes *outcomes = &compare->live.outcomes;
    struct window_counters windows = windows_counters(compare->live.windows);
    char a[FORMAT_TEXT], b[FORMAT_TEXT], c[FORMAT_TEXT];
    say(page->corrections,
        "%s correction%s of window results already told; %s record%s too late for their windows "
        "(%.2f %%), which batch alone counts there; %s duplicate%s.",
        format_count(windows.revisions, a), plural(windows.revisions),
        format_count(outcomes->late, b), plural(outcomes->late),
        outcomes->read ? 100.0 * (double)outcomes->late / (double)outcomes->read : 0.0,
        format_count(outcomes->duplicate, c), plural(outcomes->duplicate));
}

static uint64_t unexplained_alerts(const struct compare_page *page)
{
    uint64_t sum = 0;
    for (int r = 0; r < page->definition->rules_len; r++)
        sum += page->compare->rules[r].unexplained;
    return sum;
}

/* Told first, in red: what nobody can name a reason for. */
static void make_defects(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct compare_difference *difference = &compare->difference;
    uint64_t alerts = unexplained_alerts(page);
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    page->unexplained = difference->unexplained > 0 || alerts > 0 || compare->runs_differ > 0;
    if (difference->unexplained > 0)
        say(page->differences, "%s of %s numbers differ without a known reason: %s. ",
            format_count(difference->unexplained, a), format_count(difference->compared, b),
            difference->why);
    if (alerts > 0)
        say(page->differences, "%s alert%s of one lane alone without a known reason. ",
            format_count(alerts, a), plural(alerts));
    if (compare->runs_differ > 0)
        say(page->differences, "%s batch run%s read other records than had arrived. ",
            format_count(compare->runs_differ, a), plural(compare->runs_differ));
}

static void make_number_reasons(struct compare_page *page)
{
    const struct compare_difference *difference = &page->compare->difference;
    char *out = page->differences;
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    if (difference->differing == 0) {
        say(out, "None: all %s numbers of the final answers are equal.",
            format_count(difference->compared, b));
    } else {
        say(out, "%s of %s numbers of the final answers differ, each unit for a known reason",
            format_count(difference->differing, a), format_count(difference->compared, b));
        if (difference->by_late > 0)
            say(out, "; %s by records too late for their windows",
                format_count(difference->by_late, a));
        if (difference->by_future > 0)
            say(out, "; %s by records of the future", format_count(difference->by_future, a));
        if (difference->by_escaped > 0)
            say(out, "; %s by duplicates that batch alone dropped",
                format_count(difference->by_escaped, a));
        say(out, ".");
    }
    if (difference->windows_left_out > 0)
        say(out, " %s windows could not be compared: %s.",
            format_count(difference->windows_left_out, a), difference->why);
}

static void make_differences(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    uint64_t late = 0, future = 0, neighbour = 0;
    char a[FORMAT_TEXT], b[FORMAT_TEXT], c[FORMAT_TEXT];
    make_defects(page);
    if (page->unexplained)
        return;
    make_number_reasons(page);
    for (int r = 0; r < page->definition->rules_len; r++) {
        late += compare->rules[r].by_late;
        future += compare->rules[r].by_future;
        neighbour += compare->rules[r].by_neighbour;
    }
    if (late + future + neighbour > 0)
        say(page->differences,
            " Alerts of one lane alone: %s whose record was late live, %s in the future, %s for "
            "want of another record.",
            format_count(late, a), format_count(future, b), format_count(neighbour, c));
}

__attribute__((format(printf, 2, 3))) static void note(struct compare_page *page,
                                                       const char *format, ...)
{
    va_list arguments;
    if (page->notes_len == PAGE_NOTES)
        return;
    va_start(arguments, format);
    vsnprintf(page->notes[page->notes_len++], PAGE_TEXT, format, arguments);
    va_end(arguments);
}

/* What a limit cost either answer (D-07). */
static void note_limits(struct compare_page *page, const struct pipeline *pipeline,
                        const char *lane)
{
    struct limits limits = limits_of(pipeline, page->symbols, page->definition->window.asked);
    char text[LIMITS_SENTENCE];
    for (int at = 0; limits_sentence(&limits, &at, text);)
        note(page, "%s: %s.", lane, text);
}

static void make_notes(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct outcomes *outcomes = &compare->live.outcomes;
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    if (compare->runs.planned > 0 && compare->runs.measured < compare->runs.planned)
        note(page,
             "Measured %s of %s batch runs, evenly spaced; the others are taken to cost what a "
             "line through the measured ones says, by bytes.",
             format_count(compare->runs.measured, a), format_count(compare->runs.planned, b));
    if (compare->disbelieved > 0)
        note(page, "%s record%s far ahead of the feed did not move the virtual clock.",
             format_count(compare->disbelieved, a), plural(compare->disbelieved));
    if (outcomes->rejected > 0)
        note(page, "%s record%s not understood (tailrace batch tells the reasons).",
             format_count(outcomes->rejected, a), plural(outcomes->rejected));
    for (int r = 0; r < page->definition->rules_len; r++) {
        const struct compare_rule *rule = &compare->rules[r];
        if (rule->pending > 0)
            note(page, "%s: live told %s only because the feed ended; they have no delay.",
                 page->definition->rules[r].name, format_count(rule->pending, a));
        if (rule->unscheduled > 0)
            note(page, "%s: %s known only after their day's last run; no scheduled run tells them.",
                 page->definition->rules[r].name, format_count(rule->unscheduled, a));
        if (rule->ahead > 0)
            note(page, "%s: %s told before their own time, by records stamped ahead; no delay.",
                 page->definition->rules[r].name, format_count(rule->ahead, a));
    }
    if (compare->alerts_unmatched > 0)
        note(page, "%s alerts beyond the %s kept are not matched.",
             format_count(compare->alerts_unmatched, a), format_count(COMPARE_ALERTS, b));
    note_limits(page, &compare->live, "live");
    note_limits(page, &compare->last.pipeline, "batch");
}

void compare_page_make(struct compare_page *page)
{
    const struct compare *compare = page->compare;
    uint64_t alerts = alerts_of(page);
    double runs = compare->runs.planned ? (double)compare->runs.planned : 1;
    const struct recommend_facts facts = {
        .needs_ms = page->needs_ms,
        .every_ms = page->every_ms,
        .run_ns = compare->runs.took_ns,
        .alerts = alerts,
        .late = compare->live.outcomes.late,
        .batch_only = batch_only(page),
        .span_ms = compare->end - compare->begin,
        .live_cpu_ns = compare->live_cost.cpu_ns,
        .run_cpu_ns = (double)compare->batch_cost.cpu_ns / runs,
    };
    page->recommend = recommend_for(&facts);
    page->is_day = facts.span_ms >= (int64_t)20 * MS_PER_HOUR;
    make_title(page);
    make_verdict(page);
    make_headline(page);
    if (compare->any) {
        make_freshness(page, alerts);
        make_complexity(page);
        make_operations(page);
        make_cost(page);
    }
    make_spike(page);
    make_corrections(page);
    make_differences(page);
    make_notes(page);
}
