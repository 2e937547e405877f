/*
 * The page as one HTML file: no script, nothing from elsewhere, well-formed as XML too. Reads on
 * white and on dark, and prints on one sheet.
 */
#include "tui/compare_page.h"
#include "tui/compare_svg.h"

#include <inttypes.h>
#include <string.h>

/* compare_html_plots.c */
void compare_html_plots(FILE *out, const struct compare_page *page);

static const char style[] =
    ":root{--ink:#1c2733;--soft:#5b6b7a;--paper:#fff;--card:#f5f7f9;--line:#d8dfe6;"
    "--live:#0b7a75;--batch:#b4540a;--bad:#b3261e}\n"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa8b5;--paper:#12171d;"
    "--card:#1b222b;--line:#313c48;--live:#4fd1c5;--batch:#f6ad55;--bad:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1120px;padding:24px;background:var(--paper);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif}\n"
    "h1{font-size:20px;margin:0}h2{font-size:12px;letter-spacing:.08em;text-transform:uppercase;"
    "color:var(--soft);margin:0 0 6px}\n"
    "p{margin:0 0 6px;overflow-wrap:anywhere}.span{color:var(--soft)}\n"
    ".verdict{font-size:24px;font-weight:650;margin:14px 0 2px}.headline{font-size:16px}\n"
    ".bad{border:2px solid var(--bad);color:var(--bad);padding:10px 14px;border-radius:8px;"
    "margin:0 0 14px}\n"
    ".grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(340px,1fr));gap:12px;"
    "margin:12px 0}\n"
    ".card{background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:12px 14px;break-inside:avoid;min-width:0}\n"
    "table{width:100%;border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{text-align:right;padding:2px 4px;border-bottom:1px solid var(--line);"
    "font-weight:400;white-space:nowrap}th:first-child,td:first-child{text-align:left}\n"
    "thead th{color:var(--soft);font-size:13px}.live{color:var(--live)}.batch{color:var(--batch)}\n"
    "dl{margin:0;display:grid;grid-template-columns:max-content 1fr;gap:4px 14px}"
    "dt{font-weight:600}dd{margin:0}\n"
    "svg{width:100%;height:auto;display:block}svg text.mark{font-size:11px;fill:var(--soft)}"
    "svg text.name{font-size:11px;fill:var(--ink)}.grid{stroke:var(--line);stroke-width:1}\n"
    "polyline{fill:none;stroke-width:1.6;stroke-linejoin:round}polyline.live{stroke:var(--live)}"
    "polyline.batch{stroke:var(--batch)}rect.live{fill:var(--live)}rect.batch{fill:var(--batch)}"
    "rect.pale{fill:var(--batch);opacity:.28}rect.soft{fill:var(--soft);opacity:.55}"
    "rect.bad{fill:var(--bad)}\n"
    "details{color:var(--soft);font-size:13px;margin-top:10px}summary{cursor:pointer}\n"
    "@media print{@page{size:A4;margin:9mm}body{padding:0;max-width:none;font-size:8.6pt;"
    "line-height:1.3}.grid2{grid-template-columns:1fr 1fr;gap:6px;margin:6px 0}"
    ".card{padding:5px 8px}.verdict{font-size:15pt;margin:6px 0 0}.headline{font-size:10pt}"
    "details{display:none}}\n";

static void print_element(FILE *out, const char *element, const char *class, const char *text)
{
    if (class)
        fprintf(out, "<%s class=\"%s\">", element, class);
    else
        fprintf(out, "<%s>", element);
    svg_escape(out, text);
    fprintf(out, "</%s>\n", element);
}

static void print_row(FILE *out, const char *label, const char *live, const char *batch)
{
    fputs("<tr>", out);
    print_element(out, "td", NULL, label);
    print_element(out, "td", "live", live);
    print_element(out, "td", "batch", batch);
    fputs("</tr>\n", out);
}

static void print_lanes(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    char a[FORMAT_TEXT], b[FORMAT_TEXT];
    fputs("<div class=\"card\"><h2>Age and cost</h2><table><thead><tr><th></th>"
          "<th class=\"live\">live, every event</th><th class=\"batch\">batch, every ",
          out);
    svg_escape(out, format_step(page->every_ms, a));
    fputs("</th></tr></thead><tbody>\n", out);
    print_row(out, "age of the answer, mean", format_ns(compare->live_age.mean, a),
              format_ns(compare->batch_age.mean, b));
    print_row(out, "p99", format_ns(compare->live_age.p99, a),
              format_ns(compare->batch_age.p99, b));
    print_row(out, "worst", format_ns(compare->live_age.worst, a),
              format_ns(compare->batch_age.worst, b));
    print_row(out, "records behind, most", "0", format_count(compare->runs.behind, b));
    print_row(out, "CPU time", compare_page_cpu(compare->live_cost.cpu_ns, a),
              compare_page_cpu(compare->batch_cost.cpu_ns, b));
    print_row(out, "rows read", format_count(compare->live_cost.rows, a),
              format_count(compare->batch_cost.rows, b));
    print_row(out, "bytes read", format_bytes(compare->live_cost.bytes, a),
              format_bytes(compare->batch_cost.bytes, b));
    print_row(out, "runs", "", format_count(compare->runs.planned, b));
    fputs("</tbody></table></div>\n", out);
}

static void print_rule(FILE *out, const struct compare_page *page, int r)
{
    const struct compare_rule *rule = &page->compare->rules[r];
    char text[FORMAT_TEXT];
    bool any = rule->measured > 0;
    fputs("<tr>", out);
    print_element(out, "td", NULL, page->definition->rules[r].name);
    print_element(out, "td", NULL,
                  format_count(rule->both + rule->batch_only + rule->live_only, text));
    print_element(out, "td", "live", any ? format_duration(rule->live.p50, text) : "-");
    print_element(out, "td", "live", any ? format_duration(rule->live.worst, text) : "-");
    print_element(out, "td", "batch", any ? format_duration(rule->batch.p50, text) : "-");
    print_element(out, "td", "batch", any ? format_duration(rule->batch.worst, text) : "-");
    print_element(out, "td", rule->batch_only ? "batch" : NULL,
                  format_count(rule->batch_only, text));
    fputs("</tr>\n", out);
}

static void print_alerts(FILE *out, const struct compare_page *page)
{
    fputs("<div class=\"card\"><h2>Alerts, told after</h2>\n", out);
    if (page->definition->rules_len == 0) {
        fputs("<p>The definition has no rules.</p></div>\n", out);
        return;
    }
    fputs("<table><thead><tr><th>rule</th><th>count</th><th class=\"live\">live p50</th>"
          "<th class=\"live\">worst</th><th class=\"batch\">batch p50</th>"
          "<th class=\"batch\">worst</th><th>batch alone</th></tr></thead><tbody>\n",
          out);
    for (int r = 0; r < page->definition->rules_len; r++)
        print_rule(out, page, r);
    fputs("</tbody></table></div>\n", out);
}

static void print_card(FILE *out, const char *heading, const char *text)
{
    fputs("<div class=\"card\">", out);
    print_element(out, "h2", NULL, heading);
    print_element(out, "p", NULL, text[0] ? text : "None.");
    fputs("</div>\n", out);
}

static void print_why(FILE *out, const struct compare_page *page)
{
    fputs("<div class=\"card\"><h2>Why</h2><dl>\n", out);
    for (int q = 0; q < PAGE_QUESTIONS; q++) {
        print_element(out, "dt", NULL, page_questions[q]);
        print_element(out, "dd", NULL, page->ground[q]);
    }
    fputs("</dl></div>\n", out);
}

static void print_method(FILE *out, const struct compare_page *page)
{
    for (int n = 0; n < page->notes_len; n++)
        print_element(out, "p", "span", page->notes[n]);
    fputs("<details open=\"open\"><summary>How it was measured</summary>\n", out);
    for (int s = 0; page_method[s]; s++)
        print_element(out, "p", NULL, page_method[s]);
    fputs("</details>\n", out);
}

void compare_html(FILE *out, const struct compare_page *page)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
          "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>tailrace compare: ",
          out);
    svg_escape(out, page->title);
    fprintf(out, "</title>\n<style>\n%s</style></head>\n<body>\n", style);
    if (page->unexplained) {
        fputs("<div class=\"bad\"><h2>Unexplained</h2>", out);
        print_element(out, "p", NULL, page->differences);
        fputs("</div>\n", out);
    }
    print_element(out, "h1", NULL, page->title);
    print_element(out, "p", "span", page->span);
    print_element(out, "p", "verdict", page->verdict);
    print_element(out, "p", "headline", page->headline);
    fputs("<div class=\"grid2\">\n", out);
    print_lanes(out, page);
    print_alerts(out, page);
    compare_html_plots(out, page);
    print_card(out, "The biggest jump", page->spike);
    print_card(out, "Corrections", page->corrections);
    fputs("</div>\n<div class=\"grid2\">\n", out);
    print_why(out, page);
    print_card(out, "Differences", page->differences);
    fputs("</div>\n", out);
    print_method(out, page);
    fputs("</body></html>\n", out);
}
