#ifndef TAILRACE_TUI_THEME_H
#define TAILRACE_TUI_THEME_H
/*
 * What text on the screen means (style) and how a theme shows it (look).
 *
 * At most ten colours. Each has a value for terminals of 256 colours, chosen to keep contrast
 * whatever the user's palette, and one of the 16. Meaning never stands in colour alone: every state
 * is a word or a mark as well, so mono loses nothing but looks.
 *
 * Constant data; any thread.
 */
#include <stdbool.h>
#include <stdint.h>

enum style {
    STYLE_TEXT,
    STYLE_STRONG,       /* the numbers people came for */
    STYLE_LABEL,        /* what a number is */
    STYLE_BORDER,       /* boxes, axes, rules */
    STYLE_LIVE,         /* the live lane */
    STYLE_LIVE_STRONG,  /* its name and its age */
    STYLE_BATCH,        /* the batch lane */
    STYLE_BATCH_STRONG, /* its name and its age */
    STYLE_TRACER,       /* your ticket */
    STYLE_GOOD,         /* states: as it should be, */
    STYLE_WARN,         /* to be noticed, */
    STYLE_ALARM,        /* to be acted upon */
    STYLE_KEY,          /* a key to press */
    STYLE_CURSOR,       /* the number that is explained */
    STYLE_COUNT
};

#define COLOUR_DEFAULT (-1)

struct look {
    int16_t colour_256, colour_16; /* COLOUR_DEFAULT: the terminal's own */
    bool bold, dim, reverse;
};

struct theme {
    const char *name;
    bool coloured;
    struct look looks[STYLE_COUNT];
};

/* "dark", "light", "mono", "colour-blind"; NULL for any other name. */
const struct theme *theme_find(const char *name);
/* The theme of this name; without one (NULL), mono when NO_COLOR is set and not empty, light when
 * COLORFGBG tells of a light background, else dark. */
const struct theme *theme_choose(const char *name, const char *no_color, const char *colorfgbg);
/* The names there are, for messages: "dark, light, mono, colour-blind". */
extern const char *const theme_names;

#endif
