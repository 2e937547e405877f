/*
 * A screen as text against a golden picture beside this file. GENERATE=1 rewrites the pictures:
 * look at the difference.
 */
#ifndef TAILRACE_TESTS_SCREENS_GOLDEN_H
#define TAILRACE_TESTS_SCREENS_GOLDEN_H

#include "tests/screens/fixture.h"
#include "tui/terminal_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static char *path_of(const char *name, char *out, size_t cap)
{
    const char *tests = getenv("TESTS");
    snprintf(out, cap, "%s/screens/%s.txt", tests ? tests : "tests", name);
    return out;
}

static char *read_golden(const char *name)
{
    char path[512];
    char *text = mem_zero(1, 1 << 20);
    FILE *file = fopen(path_of(name, path, sizeof path), "r");
    if (file) {
        size_t got = fread(text, 1, (1 << 20) - 1, file);
        text[got] = '\0';
        fclose(file);
    }
    return text;
}

static void write_golden(const char *name, const char *text)
{
    char path[512];
    FILE *file = fopen(path_of(name, path, sizeof path), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect_text(const char *name, const char *text)
{
    if (getenv("GENERATE")) {
        write_golden(name, text);
        return;
    }
    char *golden = read_golden(name);
    if (strcmp(golden, text) != 0)
        printf("--- %s: expected\n%s--- drawn\n%s", name, golden, text);
    assert_true(strcmp(golden, text) == 0);
    free(golden);
}

static inline void expect(const char *name, struct fixture *fixture, int width, int height,
                          bool ascii)
{
    struct cells *cells = cells_new(width, height, ascii);
    view_settle(width, height, &fixture->frame, &fixture->app);
    view_draw(cells, &fixture->frame);
    char *text = terminal_text(cells);
    expect_text(name, text);
    free(text);
    cells_free(cells);
}

#endif
