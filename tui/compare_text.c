/* The page as text, 80 columns. */
#include "tui/compare_page.h"

#include "tui/safe_text.h"

#include <string.h>

enum { COLUMNS = 80, LABEL = 22, CELL = 18 };

/* Words of a text from column `at` on, wrapped, further lines indented. */
static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        int width = safe_width(text, len, false);
        if (at > indent && at + 1 + width > COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        safe_print(out, text, len);
        at += width;
        text += len;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_heading(FILE *out, const char *heading)
{
    fprintf(out, "\n%s\n", heading);
}

static void print_lane_row(FILE *out, const char *label, const char *live, const char *batch)
{
    fprintf(out, "  %-*s%*s%*s\n", LABEL, label, CELL, live, CELL, batch);
}

static void print_ages(FILE *out, const struct compare *compare)
{
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    fputs("  age of the answer\n", out);
    print_lane_row(out, "  mean", format_ns(compare->live_age.mean, a),
                   format_ns(compare->batch_age.mean, b));
    print_lane_row(out, "  p99", format_ns(compare->live_age.p99, a),
                   format_ns(compare->batch_age.p99, b));
    print_lane_row(out, "  worst", format_ns(compare->live_age.worst, a),
                   format_ns(compare->batch_age.worst, b));
    print_lane_row(out, "records behind, most", "0", format_count(compare->runs.behind, b));
}

static void print_costs(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    print_lane_row(out, "CPU time", compare_page_cpu(compare->live_cost.cpu_ns, a),
                   compare_page_cpu(compare->batch_cost.cpu_ns, b));
    print_lane_row(out, "rows read", format_count(compare->live_cost.rows, a),
                   format_count(compare->batch_cost.rows, b));
    print_lane_row(out, "bytes read", format_bytes(compare->live_cost.bytes, a),
                   format_bytes(compare->batch_cost.bytes, b));
    print_lane_row(out, "batch runs", "", format_count(compare->runs.planned, b));
}

static void print_rule(FILE *out, const struct compare_page *page, int r)
{
    const struct compare_rule *rule = &page->compare->rules[r];
    char text[5][FORMAT_TEXT];
    format_count(rule->both + rule->batch_only + rule->live_only, text[0]);
    bool any = rule->measured > 0;
    fprintf(out, "  %-18.18s%10s%12s%12s%13s%13s\n", page->definition->rules[r].name, text[0],
            any ? format_duration(rule->live.p50, text[1]) : "-",
            any ? format_duration(rule->live.worst, text[2]) : "-",
            any ? format_duration(rule->batch.p50, text[3]) : "-",
            any ? format_duration(rule->batch.worst, text[4]) : "-");
    if (rule->batch_only > 0)
        fprintf(out, "  %28s of them by batch alone\n", format_count(rule->batch_only, text[0]));
    if (rule->live_only > 0)
        fprintf(out, "  %28s of them by live alone\n", format_count(rule->live_only, text[0]));
    if (rule->retracted > 0)
        fprintf(out, "  %28s more told by live and taken back\n",
                format_count(rule->retracted, text[0]));
}

static void print_alerts(FILE *out, const struct compare_page *page)
{
    if (page->definition->rules_len == 0)
        return;
    fprintf(out, "\n%-20s%10s%12s%12s%13s%13s\n", "ALERTS, told after", "count", "live p50",
            "worst", "batch p50", "worst");
    for (int r = 0; r < page->definition->rules_len; r++)
        print_rule(out, page, r);
}

static void print_section(FILE *out, const char *heading, const char *text)
{
    print_heading(out, heading);
    fputs("  ", out);
    print_wrapped(out, text, 2, 2);
}

void compare_text(FILE *out, const struct compare_page *page)
{
    char runs[FORMAT_TEXT];
    if (page->unexplained) {
        fputs("UNEXPLAINED  ", out);
        print_wrapped(out, page->differences, 13, 13);
        fputc('\n', out);
    }
    fputs("tailrace compare  ", out);
    print_wrapped(out, page->title, 18, 18);
    print_wrapped(out, page->span, 0, 0);
    fputc('\n', out);
    print_wrapped(out, page->verdict, 0, 0);
    print_wrapped(out, page->headline, 0, 0);
    fputc('\n', out);
    snprintf(runs, sizeof runs, "every ");
    format_step(page->every_ms, runs + strlen(runs));
    print_lane_row(out, "", "LIVE", "BATCH");
    print_lane_row(out, "", "every event", runs);
    print_ages(out, page->compare);
    print_costs(out, page);
    print_alerts(out, page);
    if (page->spike[0])
        print_section(out, "THE BIGGEST JUMP", page->spike);
    print_section(out, "CORRECTIONS", page->corrections);
    if (!page->unexplained)
        print_section(out, "DIFFERENCES", page->differences);
    print_heading(out, "WHY");
    for (int q = 0; q < PAGE_QUESTIONS; q++) {
        fprintf(out, "  %-12s", page_questions[q]);
        print_wrapped(out, page->ground[q], 14, 14);
    }
    if (page->notes_len > 0)
        print_heading(out, "NOTES");
    for (int n = 0; n < page->notes_len; n++) {
        fputs("  ", out);
        print_wrapped(out, page->notes[n], 2, 2);
    }
    fputs("\nOn a virtual clock, measured; how: man tailrace, COMPARE.\n", out);
}
