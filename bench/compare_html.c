/* compare_html.c: the page of `bench compare --format html`: a plot and a table, nothing from outside. */
#include "compare.h"
#include "report.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 380, LEFT = 70, BOTTOM = 50, TOP = 30, MARGIN = 40 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Time against memory</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1b1f24;--faint:#7a828c;--time:#0a6cd6;--memory:#c2560c;"
    "--gpu:#2a8a3a;--paper:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--faint:#8b929b;--time:#6db3ff;"
    "--memory:#ff9d5c;--gpu:#6fd08c;--paper:#15181c}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:52rem;margin:2rem auto;padding:0 1rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{white-space:nowrap;padding:.3rem .6rem;text-align:right;border-bottom:1px solid "
    "var(--faint)}\n"
    "th:nth-child(-n+3),td:nth-child(-n+3){text-align:left}\n"
    "svg{width:100%;height:auto}svg text{fill:var(--ink);font-size:13px}\n"
    ".axis,.pair{stroke:var(--faint)}.time{fill:var(--time)}.memory{fill:var(--memory)}"
    ".gpu{fill:var(--gpu)}\n"
    "</style></head><body>\n<h1>Time against memory</h1>\n";

/* What an axis covers, in thirds of a decade: 1, 2, 5, 10 and so on. */
typedef struct axis {
    int low, high;
} axis;

static double tick(int third)
{
    static const double steps[] = {1, 2, 5};
    const int decade = third >= 0 ? third / 3 : -((2 - third) / 3);

    return steps[third - 3 * decade] * pow(10, decade);
}

static axis axis_of(const comparison *c, bool memory)
{
    axis a = {INT_MAX, INT_MIN};

    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double value =
            compare_median(memory ? cell->peak_rss_bytes : cell->seconds, c->rounds);
        if (value <= 0)
            continue;
        int third = 3 * (int)floor(log10(value));
        while (tick(third + 1) <= value)
            third++;
        a.low = third < a.low ? third : a.low;
        a.high = third + 1 > a.high ? third + 1 : a.high;
    }
    return a.low > a.high ? (axis){0, 3} : a;
}

static double place(axis a, double value, double from, double to)
{
    const double low = log10(tick(a.low)), high = log10(tick(a.high));
    return from + (to - from) * (log10(value) - low) / (high - low);
}

static void write_axes(axis x, axis y, FILE *out)
{
    char text[QUANTITY_MAX];

    for (int t = x.low; t <= x.high; t++) {
        const double at = place(x, tick(t), LEFT, WIDTH - MARGIN);
        fprintf(out,
                "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" "
                "stroke-dasharray=\"2 4\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s"
                "</text>\n",
                at, at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 18,
                quantity_of_bytes(tick(t), text));
    }
    for (int t = y.low; t <= y.high; t++) {
        const double at = place(y, tick(t), HEIGHT - BOTTOM, TOP);
        fprintf(out,
                "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
                "stroke-dasharray=\"2 4\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g s"
                "</text>\n",
                LEFT, WIDTH - MARGIN, at, at, LEFT - 8, at + 4, tick(t));
    }
    fprintf(out,
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">peak resident memory</text>\n"
            "<text x=\"%d\" y=\"16\" text-anchor=\"end\">time</text>\n",
            (LEFT + WIDTH - MARGIN) / 2, HEIGHT - 8, LEFT - 8);
}

typedef struct point {
    double x, y;
} point;

/* Where a cell's name may stand: right of its point, left, above, below. */
static point label_place(point p, int side)
{
    const point places[] = {{p.x + 20, p.y}, {p.x - 20, p.y}, {p.x, p.y - 16}, {p.x, p.y + 16}};
    return places[side];
}

/* The first side where the name of cell i is over no point and no name before it; else the right one. */
static point label_of(const point *points, const point *labels, size_t i, size_t n)
{
    for (int side = 0; side < 4; side++) {
        const point at = label_place(points[i], side);
        bool free = true;
        for (size_t j = 0; j < n; j++) {
            const point other = j < i ? labels[j] : at;
            free &= j == i || fabs(points[j].x - at.x) > 18 || fabs(points[j].y - at.y) > 13;
            free &= j >= i || fabs(other.x - at.x) > 24 || fabs(other.y - at.y) > 13;
        }
        if (free)
            return at;
    }
    return label_place(points[i], 0);
}

static bool on_gpu(const compare_cell *cell)
{
    return strcmp(cell->device, "gpu") == 0;
}

static void write_plot(const comparison *c, FILE *out)
{
    const axis x = axis_of(c, true), y = axis_of(c, false);
    point points[COMPARE_CELLS_MAX], labels[COMPARE_CELLS_MAX];
    bool gpu = false;

    fprintf(out,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"seconds against peak "
            "memory, both logarithmic\">\n",
            WIDTH, HEIGHT);
    write_axes(x, y, out);
    for (size_t i = 0; i < c->n_cells; i++) {
        const double memory = compare_median(c->cells[i].peak_rss_bytes, c->rounds);
        const double seconds = compare_median(c->cells[i].seconds, c->rounds);
        points[i] = (point){place(x, fmax(memory, tick(x.low)), LEFT, WIDTH - MARGIN),
                            place(y, fmax(seconds, tick(y.low)), HEIGHT - BOTTOM, TOP)};
        if (i > 0 && strcmp(c->cells[i].query, c->cells[i - 1].query) == 0 && !on_gpu(&c->cells[i]))
            fprintf(out, "<line class=\"pair\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                    points[i - 1].x, points[i - 1].y, points[i].x, points[i].y);
    }
    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        labels[i] = label_of(points, labels, i, c->n_cells);
        fprintf(out,
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"><title>%s, %s plan, %s"
                "</title></circle><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                on_gpu(cell) ? "gpu" : cell->plan, points[i].x, points[i].y, cell->query,
                cell->plan, cell->device, labels[i].x, labels[i].y + 4, cell->query);
        gpu |= on_gpu(cell);
    }
    fprintf(out,
            "</svg>\n<p><span style=\"color:var(--time)\">\xE2\x97\x8F</span> time plan, "
            "<span style=\"color:var(--memory)\">\xE2\x97\x8F</span> memory plan%s; a line joins "
            "the plans of a query. Both axes are logarithmic, lower left is better.</p>\n",
            gpu ? ", <span style=\"color:var(--gpu)\">\xE2\x97\x8F</span> on the GPU" : "");
}

static void write_rows(const comparison *c, FILE *out)
{
    char peak[QUANTITY_MAX], spilled[QUANTITY_MAX], share[QUANTITY_MAX];

    fputs("<div class=\"wide\"><table>\n<tr><th>query<th>plan<th>device<th>seconds<th>CPU "
          "seconds<th>GB/s"
          "<th>share of N<th>peak RSS<th>spilled</tr>\n",
          out);
    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double seconds = compare_median(cell->seconds, c->rounds);
        const double of_n = compare_share(cell, c->rounds);
        snprintf(share, sizeof share, of_n < 0 ? "not measured" : "%.2f", of_n);
        fprintf(out, "<tr><td>%s<td>%s<td>%s<td>%.4f<td>%.4f<td>%.2f<td>%s<td>%s<td>%s</tr>\n",
                cell->query, cell->plan, cell->device, seconds,
                compare_median(cell->cpu_seconds, c->rounds),
                seconds > 0 ? cell->bytes / seconds * 1e-9 : 0, share,
                quantity_of_bytes(compare_median(cell->peak_rss_bytes, c->rounds), peak),
                quantity_of_bytes(cell->spilled_bytes, spilled));
    }
    fputs("</table></div>\n", out);
}

void compare_write_html(const comparison *c, FILE *out)
{
    char bytes[QUANTITY_MAX];

    fputs(head, out);
    fprintf(out,
            "<p>%s of input on %s, %.0f threads, %s; %zu interleaved rounds, medians. The answers "
            "were equal in every run. N is the newline scan of the same input by "
            "the same path.</p>\n",
            quantity_of_bytes(c->cells[0].bytes, bytes), c->machine, c->cells[0].threads,
            c->settings, c->rounds);
    write_plot(c, out);
    write_rows(c, out);
    fputs("</body></html>\n", out);
}
