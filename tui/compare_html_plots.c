/* The plots of the HTML page. */
#include "tui/compare_page.h"
#include "tui/compare_svg.h"

#include <string.h>

void compare_html_plots(FILE *out, const struct compare_page *page);

enum { TEETH_DRAWN = 130, TOOTH_POINTS = 10 };
#define NS_PER_MS 1e6
#define AGE_LEAST 1e5 /* 0.1 ms */

static void begin_card(FILE *out, const char *heading, const char *legend)
{
    fprintf(out, "<div class=\"card\"><h2>%s</h2><p class=\"span\">%s</p>\n", heading, legend);
}

static double end_of(const struct compare *compare)
{
    return (double)(compare->horizon > compare->end ? compare->horizon : compare->end);
}

/* --- age --- */

/* On a logarithmic scale a tooth is a curve. */
static void draw_tooth(struct svg *svg, const struct compare_run *run, double next_took)
{
    double from = (double)run->took_ns, to = (double)run->interval_ms * NS_PER_MS + next_took;
    from = from < AGE_LEAST ? AGE_LEAST : from;
    double factor = to > from ? to / from : 1;
    for (int p = 0; p <= TOOTH_POINTS; p++) {
        double part = (double)p / TOOTH_POINTS;
        double age = from * __builtin_pow(factor, part);
        double at = (double)run->mark + age / NS_PER_MS;
        if (at > svg->x1) {
            svg_line_to(svg, "batch", svg->x1, (svg->x1 - (double)run->mark) * NS_PER_MS);
            break;
        }
        svg_line_to(svg, "batch", at, age);
    }
}

static void draw_batch_age(struct svg *svg, const struct compare *compare)
{
    const struct compare_runs *runs = &compare->runs;
    if (runs->stride > 1 || runs->len > TEETH_DRAWN) {
        double most = (double)compare->batch_age.worst, least = (double)runs->took_ns;
        svg_bar(svg, "pale", (double)runs->kept[0].mark, svg->x1,
                least < AGE_LEAST ? AGE_LEAST : least, most);
        return;
    }
    for (size_t k = 0; k < runs->len; k++) {
        const struct compare_run *run = &runs->kept[k];
        draw_tooth(svg, run, (double)(k + 1 < runs->len ? run[1].took_ns : run->took_ns));
    }
    svg_line_end(svg);
}

static void draw_live_age(struct svg *svg, const struct compare *compare)
{
    const struct compare_series *series = &compare->series;
    double age = (double)compare->live_age.mean;
    for (size_t b = 0; b < series->len; b++) {
        double from = (double)(series->begin + (int64_t)b * series->width_ms);
        if (series->bins[b].live_ns > 0)
            age = (double)series->bins[b].live_ns;
        svg_line_to(svg, "live", from, age < AGE_LEAST ? AGE_LEAST : age);
        svg_line_to(svg, "live", from + (double)series->width_ms,
                    age < AGE_LEAST ? AGE_LEAST : age);
    }
    svg_line_end(svg);
}

static void plot_age(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    struct svg svg;
    double most = (double)compare->batch_age.worst;
    if ((double)compare->live_age.worst > most)
        most = (double)compare->live_age.worst;
    begin_card(out, "Age of the answer",
               "<span class=\"batch\">batch</span> and <span class=\"live\">live</span>, each "
               "step of the scale is ten times the one below or so");
    svg_open(&svg, out, "Age of both answers over time", (double)compare->begin, end_of(compare),
             AGE_LEAST, most * 1.5);
    svg.log_y = true;
    svg_time_axis(&svg, page->definition->zone);
    svg_duration_axis(&svg, false);
    if (compare->runs.len > 0)
        draw_batch_age(&svg, compare);
    draw_live_age(&svg, compare);
    svg_close(&svg);
    fputs("</div>\n", out);
}

/* --- behind, events --- */

static void plot_behind(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct compare_series *series = &compare->series;
    struct svg svg;
    begin_card(out, "Records behind",
               "arrived and not in the answer yet: <span class=\"batch\">batch</span>; "
               "<span class=\"live\">live</span> has none");
    svg_open(&svg, out, "Records that batch has not seen yet, over time", (double)compare->begin,
             end_of(compare), 0, (double)compare->runs.behind * 1.05);
    svg_time_axis(&svg, page->definition->zone);
    svg_count_axis(&svg);
    for (size_t b = 0; b < series->len; b++) {
        double from = (double)(series->begin + (int64_t)b * series->width_ms);
        svg_bar(&svg, "pale", from, from + (double)series->width_ms, 0,
                (double)series->bins[b].behind);
    }
    svg_line_to(&svg, "live", svg.x0, 0);
    svg_line_to(&svg, "live", svg.x1, 0);
    svg_close(&svg);
    fputs("</div>\n", out);
}

static void plot_events(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    const struct compare_series *series = &compare->series;
    double minutes = (double)series->width_ms / MS_PER_MINUTE, most = 1;
    struct svg svg;
    for (size_t b = 0; b < series->len; b++)
        if ((double)series->bins[b].events / minutes > most)
            most = (double)series->bins[b].events / minutes;
    begin_card(out, "Events per minute",
               "counted; in <span style=\"color:var(--bad)\">red</span> results that had to be "
               "corrected, and late records");
    svg_open(&svg, out, "Events per minute and corrections, over time", (double)compare->begin,
             end_of(compare), 0, most * 1.05);
    svg_time_axis(&svg, page->definition->zone);
    svg_count_axis(&svg);
    for (size_t b = 0; b < series->len; b++) {
        const struct compare_bin *bin = &series->bins[b];
        double from = (double)(series->begin + (int64_t)b * series->width_ms);
        double to = from + (double)series->width_ms;
        svg_bar(&svg, "soft", from, to, 0, (double)bin->events / minutes);
        if (bin->corrections + bin->late > 0)
            svg_bar(&svg, "bad", from, to, 0, (double)(bin->corrections + bin->late) / minutes);
    }
    svg_close(&svg);
    fputs("</div>\n", out);
}

/* --- delays --- */

static void draw_delay(struct svg *svg, const char *class, double row,
                       const struct compare_delay *delay)
{
    double p50 = (double)delay->p50 * NS_PER_MS, worst = (double)delay->worst * NS_PER_MS;
    svg_bar(svg, class, svg->x0, p50 > svg->x0 ? p50 : svg->x0 * 1.15, row - 0.14, row + 0.14);
    svg_bar(svg, class, p50, worst, row - 0.04, row + 0.04);
}

static void plot_delays(FILE *out, const struct compare_page *page)
{
    const struct compare *compare = page->compare;
    int rules = page->definition->rules_len;
    double most = 1e9;
    struct svg svg;
    begin_card(out, "Alerts, how late",
               "median as a bar, worst as a thin line: <span class=\"live\">live</span>, "
               "<span class=\"batch\">batch</span>");
    for (int r = 0; r < rules; r++) {
        const struct compare_rule *rule = &compare->rules[r];
        int64_t worst = rule->batch.worst > rule->live.worst ? rule->batch.worst : rule->live.worst;
        most = (double)worst * NS_PER_MS > most ? (double)worst * NS_PER_MS : most;
    }
    svg_open(&svg, out, "Delay of alerts in both lanes, by rule", NS_PER_MS, most * 1.3, 0,
             rules > 0 ? rules : 1);
    svg_margin(&svg, 108);
    svg.log_x = true;
    svg_duration_axis(&svg, true);
    for (int r = 0; r < rules; r++) {
        double row = rules - r - 0.5;
        char name[20];
        snprintf(name, sizeof name, "%.17s", page->definition->rules[r].name);
        svg_text(&svg, "name", "end", svg.left - 5, svg_y(&svg, row) + 3.5, name);
        if (compare->rules[r].measured == 0)
            continue;
        draw_delay(&svg, "live", row + 0.2, &compare->rules[r].live);
        draw_delay(&svg, "batch", row - 0.2, &compare->rules[r].batch);
    }
    svg_close(&svg);
    fputs("</div>\n", out);
}

void compare_html_plots(FILE *out, const struct compare_page *page)
{
    if (!page->compare->any)
        return;
    plot_age(out, page);
    plot_behind(out, page);
    plot_events(out, page);
    if (page->definition->rules_len > 0)
        plot_delays(out, page);
}
