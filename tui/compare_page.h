#ifndef TAILRACE_TUI_COMPARE_PAGE_H
#define TAILRACE_TUI_COMPARE_PAGE_H
/*
 * What `tailrace compare` says, once for all its forms: the sentences of the page, made of figures.
 * The forms (compare_text.c, compare_json.c, compare_html.c) only lay them out.
 *
 * Texts may hold names of files and of groups: bytes of a feed, to be filtered or escaped by the
 * form that prints them.
 */
#include "core/compare.h"
#include "core/limits.h"
#include "core/recommend.h"
#include "tui/format.h"
#include "tui/options.h"

enum { PAGE_TEXT = 640, PAGE_NOTES = 4 + 3 * RULES_MAX + 2 * (LIMIT_COUNT + 1) };

enum page_question { PAGE_FRESHNESS, PAGE_COMPLEXITY, PAGE_OPERATIONS, PAGE_COST, PAGE_QUESTIONS };

struct compare_page {
    /* given */
    const struct compare *compare;
    const struct definition *definition;
    const struct symbols *symbols;
    struct feed *feed;
    const char *name; /* of the first source */
    size_t sources;
    int64_t every_ms, needs_ms;
    /* made */
    struct recommend recommend;
    bool unexplained; /* a defect is told first, and the exit status is 1 */
    bool is_day;      /* the feed spans about a day or more: costs are told per day */
    char title[PAGE_TEXT];
    char span[PAGE_TEXT];
    char verdict[PAGE_TEXT];
    char headline[PAGE_TEXT];
    char ground[PAGE_QUESTIONS][PAGE_TEXT]; /* "" when nothing was replayed */
    char spike[PAGE_TEXT];                  /* "" without one */
    char corrections[PAGE_TEXT];
    char differences[PAGE_TEXT];
    char notes[PAGE_NOTES][PAGE_TEXT];
    int notes_len;
};

extern const char *const page_questions[PAGE_QUESTIONS];
/* How it was measured, a sentence each, NULL behind the last. */
extern const char *const page_method[];

/* Fills what is to be made. */
void compare_page_make(struct compare_page *page);

/* CPU time, fine enough for small ones: "4.1 ms", "0.42 s"... */
char *compare_page_cpu(int64_t ns, char out[FORMAT_TEXT]);

/* Age, records behind and cost of both lanes; the words beside them are each page's own. */
struct compare_figure {
    char live[FORMAT_TEXT], batch[FORMAT_TEXT];
};
enum { PAGE_FIGURES = 8 }; /* age: mean, p99, worst; behind; CPU, rows, bytes; runs */
void compare_page_figures(const struct compare *compare, struct compare_figure out[PAGE_FIGURES]);

void compare_text(FILE *out, const struct compare_page *page);
void compare_json(FILE *out, const struct compare_page *page);
void compare_html(FILE *out, const struct compare_page *page);

#endif
