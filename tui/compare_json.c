/*
 * The page as one JSON object, with both lanes' final answers as `stream` and `batch` print them.
 */
#include "tui/compare_page.h"

#include "tui/output.h"

#include <inttypes.h>

static void print_time(FILE *out, const char *name, epoch_ms time)
{
    char text[INSTANT_TEXT];
    fprintf(out, "\"%s\": \"%s\"", name, instant_format(time, text));
}

static void print_text(FILE *out, const char *name, const char *text)
{
    fprintf(out, "\"%s\": ", name);
    output_json_string(out, text);
}

static void print_clock(FILE *out, const struct compare *compare)
{
    fputs(",\n \"clock\": ", out);
    if (!compare->any) {
        fputs("null", out);
        return;
    }
    fputs("{", out);
    print_time(out, "begin", compare->begin);
    fputs(", ", out);
    print_time(out, "end", compare->end);
    fprintf(out, ", \"disbelieved\": %" PRIu64 "}", compare->disbelieved);
}

static void print_recommendation(FILE *out, const struct compare_page *page)
{
    const struct recommend *advice = &page->recommend;
    fprintf(out,
            ",\n \"recommendation\": {\"verdict\": \"%s\", \"every_ms\": %" PRId64
            ", \"needs_ms\": %" PRId64 ", \"assumed\": %s, ",
            recommend_name(advice->verdict), advice->every_ms, advice->needs_ms,
            advice->assumed ? "true" : "false");
    print_text(out, "says", page->verdict);
    for (int q = 0; q < PAGE_QUESTIONS; q++) {
        fputs(", ", out);
        print_text(out, page_questions[q], page->ground[q]);
    }
    fputs("}", out);
}

static void print_age(FILE *out, const char *lane, const struct compare_age *age)
{
    fprintf(out, "\"%s\": {\"mean_ms\": %.3f, \"p99_ms\": %.3f, \"worst_ms\": %.3f}", lane,
            (double)age->mean / 1e6, (double)age->p99 / 1e6, (double)age->worst / 1e6);
}

static void print_cost(FILE *out, const char *lane, const struct compare_cost *cost)
{
    fprintf(out,
            "\"%s\": {\"cpu_seconds\": %.6f, \"bytes_read\": %" PRIu64 ", \"rows_read\": %" PRIu64
            "}",
            lane, (double)cost->cpu_ns / 1e9, cost->bytes, cost->rows);
}

static void print_lanes(FILE *out, const struct compare *compare)
{
    fputs(",\n \"age\": {", out);
    print_age(out, "live", &compare->live_age);
    fputs(", ", out);
    print_age(out, "batch", &compare->batch_age);
    fputs("},\n \"cost\": {", out);
    print_cost(out, "live", &compare->live_cost);
    fputs(", ", out);
    print_cost(out, "batch", &compare->batch_cost);
    fputs("}", out);
}

static void print_runs(FILE *out, const struct compare_runs *runs)
{
    fprintf(out,
            ",\n \"runs\": {\"planned\": %" PRIu64 ", \"measured\": %" PRIu64
            ", \"overruns\": %" PRIu64 ", \"behind\": %" PRIu64 ", \"took_ms\": %.3f, \"kept\": [",
            runs->planned, runs->measured, runs->overruns, runs->behind,
            (double)runs->took_ns / 1e6);
    for (size_t k = 0; k < runs->len; k++) {
        const struct compare_run *run = &runs->kept[k];
        fputs(k > 0 ? ",\n  {" : "\n  {", out);
        print_time(out, "mark", run->mark);
        fprintf(
            out,
            ", \"rows\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"measured\": %s, \"took_ms\": %.3f}",
            run->rows, run->bytes, run->measured ? "true" : "false", (double)run->took_ns / 1e6);
    }
    fputs("]}", out);
}

static void print_spike(FILE *out, const struct compare_spike *spike)
{
    fputs(",\n \"jump\": ", out);
    if (!spike->any) {
        fputs("null", out);
        return;
    }
    fputs("{", out);
    print_time(out, "minute", spike->minute);
    fprintf(out, ", \"count\": %" PRIu64 ", \"before\": %" PRIu64 ", ", spike->count,
            spike->before);
    print_time(out, "live", spike->live);
    fputs(", ", out);
    print_time(out, "batch", spike->batch);
    fputs("}", out);
}

static void print_delay(FILE *out, const char *lane, bool any, const struct compare_delay *delay)
{
    if (any)
        fprintf(out, ", \"%s\": {\"p50_ms\": %" PRId64 ", \"worst_ms\": %" PRId64 "}", lane,
                delay->p50, delay->worst);
    else
        fprintf(out, ", \"%s\": null", lane);
}

static void print_alerts(FILE *out, const struct compare_page *page)
{
    fputs(",\n \"alerts\": {", out);
    for (int r = 0; r < page->definition->rules_len; r++) {
        const struct compare_rule *rule = &page->compare->rules[r];
        fputs(r > 0 ? ",\n  " : "\n  ", out);
        output_json_string(out, page->definition->rules[r].name);
        fprintf(out,
                ": {\"both\": %" PRIu64 ", \"live_only\": %" PRIu64 ", \"batch_only\": %" PRIu64
                ", \"retracted\": %" PRIu64 ", \"late\": %" PRIu64 ", \"missed\": %" PRIu64
                ", \"unexplained\": %" PRIu64 ", \"pending\": %" PRIu64
                ", \"unscheduled\": %" PRIu64 ", \"measured\": %" PRIu64,
                rule->both, rule->live_only, rule->batch_only, rule->retracted, rule->late,
                rule->missed, rule->unexplained, rule->pending, rule->unscheduled, rule->measured);
        print_delay(out, "live", rule->measured > 0, &rule->live);
        print_delay(out, "batch", rule->measured > 0, &rule->batch);
        fputs("}", out);
    }
    fputs("}", out);
}

static void print_differences(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct window_counters windows = windows_counters(compare->live.windows);
    fprintf(out,
            ",\n \"corrections\": {\"revisions\": %" PRIu64 ", \"late\": %" PRIu64
            ", \"duplicate\": %" PRIu64 "}",
            windows.revisions, compare->live.outcomes.late, compare->live.outcomes.duplicate);
    fprintf(out,
            ",\n \"differences\": {\"compared\": %" PRIu64 ", \"differing\": %" PRIu64
            ", \"unexplained\": %" PRIu64 ", \"late\": %" PRIu64 ", \"future\": %" PRIu64
            ", \"escaped\": %" PRIu64 ", ",
            compare->difference.compared, compare->difference.differing,
            compare->difference.unexplained, compare->difference.by_late,
            compare->difference.by_future, compare->difference.by_escaped);
    print_text(out, "why", compare->difference.why);
    fputs("}", out);
}

static void print_notes(FILE *out, const struct compare_page *page)
{
    fputs(",\n \"notes\": [", out);
    for (int n = 0; n < page->notes_len; n++) {
        fputs(n > 0 ? ", " : "", out);
        output_json_string(out, page->notes[n]);
    }
    fputs("]", out);
}

/* A lane's final answer, the object that `stream` and `batch` print. */
static void print_answer(FILE *out, const struct compare_page *page, bool live)
{
    const struct compare *compare = page->compare;
    const struct summary summary = {.lane = live ? "stream" : "batch",
                                    .definition = page->definition,
                                    .symbols = page->symbols,
                                    .pipeline = live ? &compare->live : &compare->last.pipeline,
                                    .feed = page->feed,
                                    .cpu_ns =
                                        live ? compare->live_cost.cpu_ns : compare->last.cpu_ns,
                                    .bytes = live ? compare->live_cost.bytes : compare->last.bytes,
                                    .windows = page->definition->window.asked,
                                    .last = true};
    fprintf(out, ",\n \"%s\": ", live ? "live" : "batch");
    output_summary(out, &summary, OUTPUT_JSON);
}

void compare_json(FILE *out, const struct compare_page *page)
{
    fputs("{\"tailrace\": 1, \"command\": \"compare\",\n ", out);
    print_text(out, "definition", page->definition->name);
    fprintf(out, ", \"every_ms\": %" PRId64, page->every_ms);
    print_clock(out, page->compare);
    print_recommendation(out, page);
    print_lanes(out, page->compare);
    print_runs(out, &page->compare->runs);
    print_spike(out, &page->compare->spike);
    print_alerts(out, page);
    print_differences(out, page);
    print_notes(out, page);
    print_answer(out, page, true);
    print_answer(out, page, false);
    fputs("}\n", out);
}
