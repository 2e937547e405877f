/* A frame, two scales, a few shapes. */
#include "tui/compare_svg.h"

#include "tui/format.h"
#include "tui/safe_text.h"

#include <math.h>
#include <string.h>

enum { TICKS_MOST = 7 };

void svg_escape(FILE *out, const char *text)
{
    struct safe_reader reader;
    struct safe_unit unit;
    safe_open(&reader, text, strlen(text), false);
    for (size_t at = 0; safe_next(&reader, &unit); at = reader.at) {
        if (unit.escape[0] != '\0')
            fputs(unit.escape, out);
        else if (unit.point == '<')
            fputs("&lt;", out);
        else if (unit.point == '>')
            fputs("&gt;", out);
        else if (unit.point == '&')
            fputs("&amp;", out);
        else if (unit.point == '"' || unit.point == '\'')
            fprintf(out, "&#%d;", (int)unit.point);
        else
            fwrite(text + at, 1, reader.at - at, out);
    }
}

void svg_open(struct svg *svg, FILE *out, const char *title, double x0, double x1, double y0,
              double y1)
{
    *svg = (struct svg){.out = out,
                        .left = 62,
                        .right = SVG_WIDTH - 22,
                        .top = 8,
                        .bottom = SVG_HEIGHT - 24,
                        .x0 = x0,
                        .x1 = x1 > x0 ? x1 : x0 + 1,
                        .y0 = y0,
                        .y1 = y1 > y0 ? y1 : y0 + 1};
    fprintf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>", SVG_WIDTH, SVG_HEIGHT);
    svg_escape(out, title);
    fputs("</title>\n", out);
}

void svg_margin(struct svg *svg, double left)
{
    svg->left = left;
}

void svg_close(struct svg *svg)
{
    svg_line_end(svg);
    fputs("</svg>\n", svg->out);
}

static double part_of(double value, double from, double to, bool logarithmic)
{
    if (logarithmic) {
        value = log(value > from ? value : from);
        from = log(from);
        to = log(to);
    }
    double part = (value - from) / (to - from);
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

double svg_x(const struct svg *svg, double x)
{
    return svg->left + (svg->right - svg->left) * part_of(x, svg->x0, svg->x1, svg->log_x);
}

double svg_y(const struct svg *svg, double y)
{
    return svg->bottom - (svg->bottom - svg->top) * part_of(y, svg->y0, svg->y1, svg->log_y);
}

void svg_text(struct svg *svg, const char *class, const char *anchor, double x, double y,
              const char *text)
{
    fprintf(svg->out, "<text class=\"%s\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, anchor,
            x, y);
    svg_escape(svg->out, text);
    fputs("</text>\n", svg->out);
}

/* --- axes --- */

static void draw_mark(struct svg *svg, bool bottom, double at, const char *text)
{
    if (bottom) {
        fprintf(svg->out, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                at, at, svg->top, svg->bottom);
        svg_text(svg, "mark", "middle", at, svg->bottom + 14, text);
    } else {
        fprintf(svg->out, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
                svg->left, svg->right, at, at);
        svg_text(svg, "mark", "end", svg->left - 5, at + 3.5, text);
    }
}

static int64_t time_step(double span)
{
    static const int64_t steps[] = {MS_PER_MINUTE,    5 * MS_PER_MINUTE, 15 * MS_PER_MINUTE,
                                    MS_PER_HOUR,      3 * MS_PER_HOUR,   6 * MS_PER_HOUR,
                                    12 * MS_PER_HOUR, MS_PER_DAY};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        if (span / (double)steps[s] <= TICKS_MOST)
            return steps[s];
    return (int64_t)(span / (double)MS_PER_DAY / TICKS_MOST + 1) * MS_PER_DAY;
}

void svg_time_axis(struct svg *svg, const struct zone *zone)
{
    int64_t step = time_step(svg->x1 - svg->x0);
    epoch_ms first = (epoch_ms)svg->x0;
    epoch_ms midnight = instant_day_start(instant_day(first, zone), zone);
    epoch_ms mark = midnight + (first - midnight + step - 1) / step * step;
    for (; (double)mark <= svg->x1; mark += step) {
        char text[FORMAT_TEXT];
        epoch_ms at = mark + zone_offset(zone, midnight) - zone_offset(zone, mark);
        if (step >= MS_PER_DAY)
            format_day(instant_day(at, zone), text);
        else
            format_clock_short(at, zone, text);
        draw_mark(svg, true, svg_x(svg, (double)at), text);
    }
}

void svg_count_axis(struct svg *svg)
{
    double step = pow(10, floor(log10(svg->y1 - svg->y0)));
    if ((svg->y1 - svg->y0) / step < 2)
        step /= 4;
    else if ((svg->y1 - svg->y0) / step < 5)
        step /= 2;
    step = step < 1 ? 1 : step;
    int marks = (int)((svg->y1 - svg->y0) / step);
    for (int m = 0; m <= marks; m++) {
        char text[FORMAT_TEXT];
        double at = svg->y0 + m * step;
        draw_mark(svg, false, svg_y(svg, at), format_short((uint64_t)at, text));
    }
}

void svg_duration_axis(struct svg *svg, bool bottom)
{
    static const int64_t ns_per_ms = 1000000;
    static const int64_t marks_ms[] = {1,
                                       10,
                                       100,
                                       1000,
                                       10 * 1000,
                                       MS_PER_MINUTE,
                                       10 * MS_PER_MINUTE,
                                       MS_PER_HOUR,
                                       6 * MS_PER_HOUR,
                                       MS_PER_DAY,
                                       INT64_C(10) * MS_PER_DAY};
    double from = bottom ? svg->x0 : svg->y0, to = bottom ? svg->x1 : svg->y1;
    for (size_t m = 0; m < sizeof marks_ms / sizeof *marks_ms; m++) {
        char text[FORMAT_TEXT];
        double at = (double)marks_ms[m] * (double)ns_per_ms;
        if (at >= from && at <= to)
            draw_mark(svg, bottom, bottom ? svg_x(svg, at) : svg_y(svg, at),
                      format_step(marks_ms[m], text));
    }
}

/* --- shapes --- */

void svg_line_to(struct svg *svg, const char *class, double x, double y)
{
    if (!svg->drawing)
        fprintf(svg->out, "<polyline class=\"%s\" points=\"", class);
    svg->drawing = true;
    fprintf(svg->out, "%.1f,%.1f ", svg_x(svg, x), svg_y(svg, y));
}

void svg_line_end(struct svg *svg)
{
    if (svg->drawing)
        fputs("\"/>\n", svg->out);
    svg->drawing = false;
}

void svg_bar(struct svg *svg, const char *class, double x0, double x1, double y0, double y1)
{
    double left = svg_x(svg, x0), right = svg_x(svg, x1);
    double top = svg_y(svg, y1), bottom = svg_y(svg, y0);
    fprintf(svg->out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
            class, left, top, right - left, bottom - top);
}
