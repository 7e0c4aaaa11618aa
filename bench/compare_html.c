/* compare_html.c: the page of `bench compare --format html`: a plot and a table, nothing from outside. */
#include "compare.h"
#include "report.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 640, HEIGHT = 360, LEFT = 70, BOTTOM = 50, MARGIN = 20 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<title>Time against memory</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1b1f24;--faint:#7a828c;--time:#0a6cd6;--memory:#c2560c;"
    "--paper:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--faint:#8b929b;--time:#6db3ff;"
    "--memory:#ff9d5c;--paper:#15181c}}\n"
    "body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:46rem;margin:2rem auto;padding:0 1rem}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\n"
    "th,td{padding:.3rem .8rem;text-align:right;border-bottom:1px solid var(--faint)}\n"
    "th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}\n"
    "svg{width:100%;height:auto}svg text{fill:var(--ink);font-size:13px}\n"
    ".axis{stroke:var(--faint)}.time{fill:var(--time)}.memory{fill:var(--memory)}\n"
    "</style></head><body>\n<h1>Time against memory</h1>\n";

/* Decades that an axis covers: from the power of ten below the least to that above the most. */
typedef struct axis {
    double low, high;
} axis;

static axis axis_of(const comparison *c, bool memory)
{
    axis a = {HUGE_VAL, -HUGE_VAL};

    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double value =
            compare_median(memory ? cell->peak_rss_bytes : cell->seconds, c->rounds);
        if (value <= 0)
            continue;
        a.low = fmin(a.low, floor(log10(value)));
        a.high = fmax(a.high, ceil(log10(value)));
    }
    if (a.low >= a.high)
        a = isfinite(a.low) ? (axis){a.low - 1, a.low + 1} : (axis){0, 1};
    return a;
}

static double place(axis a, double value, double from, double to)
{
    return from + (to - from) * (log10(value) - a.low) / (a.high - a.low);
}

static void write_axes(axis x, axis y, FILE *out)
{
    char text[QUANTITY_MAX];

    for (double d = x.low; d <= x.high; d++) {
        const double at = place(x, pow(10, d), LEFT, WIDTH - MARGIN);
        fprintf(out,
                "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" "
                "stroke-dasharray=\"2 4\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s"
                "</text>\n",
                at, at, MARGIN, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 18,
                quantity_of_bytes(pow(10, d), text));
    }
    for (double d = y.low; d <= y.high; d++) {
        const double at = place(y, pow(10, d), HEIGHT - BOTTOM, MARGIN);
        fprintf(out,
                "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" "
                "stroke-dasharray=\"2 4\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g s"
                "</text>\n",
                LEFT, WIDTH - MARGIN, at, at, LEFT - 8, at + 4, pow(10, d));
    }
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">peak RSS</text>\n",
            (LEFT + WIDTH) / 2, HEIGHT - 8);
}

static void write_plot(const comparison *c, FILE *out)
{
    const axis x = axis_of(c, true), y = axis_of(c, false);

    fprintf(out,
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"seconds against peak "
            "memory, both logarithmic\">\n",
            WIDTH, HEIGHT);
    write_axes(x, y, out);
    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double memory = compare_median(cell->peak_rss_bytes, c->rounds);
        const double seconds = compare_median(cell->seconds, c->rounds);
        if (memory <= 0 || seconds <= 0)
            continue;
        const double at_x = place(x, memory, LEFT, WIDTH - MARGIN);
        const double at_y = place(y, seconds, HEIGHT - BOTTOM, MARGIN);
        fprintf(out,
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"6\"><title>%s, %s plan</title>"
                "</circle><text x=\"%.1f\" y=\"%.1f\">%s</text>\n",
                cell->plan, at_x, at_y, cell->query, cell->plan, at_x + 9, at_y + 4, cell->query);
    }
    fputs("</svg>\n<p><span style=\"color:var(--time)\">\xE2\x97\x8F</span> time plan, "
          "<span style=\"color:var(--memory)\">\xE2\x97\x8F</span> memory plan; both axes are "
          "logarithmic, lower left is better.</p>\n",
          out);
}

static void write_rows(const comparison *c, FILE *out)
{
    char peak[QUANTITY_MAX], spilled[QUANTITY_MAX], share[QUANTITY_MAX];

    fputs("<div class=\"wide\"><table>\n<tr><th>query<th>plan<th>seconds<th>CPU seconds<th>GB/s"
          "<th>share of N<th>peak RSS<th>spilled</tr>\n",
          out);
    for (size_t i = 0; i < c->n_cells; i++) {
        const compare_cell *cell = &c->cells[i];
        const double seconds = compare_median(cell->seconds, c->rounds);
        const double of_n = compare_share(cell, c->rounds);
        snprintf(share, sizeof share, of_n < 0 ? "not measured" : "%.2f", of_n);
        fprintf(out, "<tr><td>%s<td>%s<td>%.4f<td>%.4f<td>%.2f<td>%s<td>%s<td>%s</tr>\n",
                cell->query, cell->plan, seconds, compare_median(cell->cpu_seconds, c->rounds),
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
            "<p>%s of input on %s, %zu interleaved rounds, medians; the answers of both plans "
            "were equal in every run. N is the newline scan of the same input by the same "
            "path.</p>\n",
            quantity_of_bytes(c->cells[0].bytes, bytes), c->machine, c->rounds);
    write_plot(c, out);
    write_rows(c, out);
    fputs("</body></html>\n", out);
}
