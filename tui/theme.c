/* The themes: one table each. */
#include "tui/theme.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *const theme_names = "dark, light, mono, colour-blind";

/* Grey stands for the bright black of the 16 where that is all there is. */
static const struct theme themes[] = {
    {.name = "dark",
     .coloured = true,
     .looks = {[STYLE_TEXT] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_STRONG] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_LABEL] = {246, 7, false, false, false},
               [STYLE_BORDER] = {240, 8, false, false, false},
               [STYLE_LIVE] = {79, 6, false, false, false},
               [STYLE_LIVE_STRONG] = {79, 6, true, false, false},
               [STYLE_BATCH] = {179, 3, false, false, false},
               [STYLE_BATCH_STRONG] = {179, 3, true, false, false},
               [STYLE_TRACER] = {176, 5, true, false, false},
               [STYLE_GOOD] = {114, 2, true, false, false},
               [STYLE_WARN] = {221, 11, true, false, false},
               [STYLE_ALARM] = {203, 9, true, false, false},
               [STYLE_KEY] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_CURSOR] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true}}},
    {.name = "light",
     .coloured = true,
     .looks = {[STYLE_TEXT] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_STRONG] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_LABEL] = {241, 8, false, false, false},
               [STYLE_BORDER] = {248, 7, false, false, false},
               [STYLE_LIVE] = {30, 6, false, false, false},
               [STYLE_LIVE_STRONG] = {30, 6, true, false, false},
               [STYLE_BATCH] = {130, 1, false, false, false},
               [STYLE_BATCH_STRONG] = {130, 1, true, false, false},
               [STYLE_TRACER] = {90, 5, true, false, false},
               [STYLE_GOOD] = {28, 2, true, false, false},
               [STYLE_WARN] = {94, 1, true, false, false},
               [STYLE_ALARM] = {160, 1, true, false, false},
               [STYLE_KEY] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_CURSOR] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true}}},
    {.name = "mono",
     .coloured = false,
     .looks = {[STYLE_TEXT] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_STRONG] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_LABEL] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_BORDER] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, true, false},
               [STYLE_LIVE] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_LIVE_STRONG] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_BATCH] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_BATCH_STRONG] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_TRACER] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_GOOD] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_WARN] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true},
               [STYLE_ALARM] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true},
               [STYLE_KEY] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_CURSOR] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true}}},
    /* Blue against orange, told apart by all; middle tones that hold on dark and on light. */
    {.name = "colour-blind",
     .coloured = true,
     .looks = {[STYLE_TEXT] = {COLOUR_DEFAULT, COLOUR_DEFAULT, false, false, false},
               [STYLE_STRONG] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_LABEL] = {245, COLOUR_DEFAULT, false, false, false},
               [STYLE_BORDER] = {243, 8, false, false, false},
               [STYLE_LIVE] = {32, 4, false, false, false},
               [STYLE_LIVE_STRONG] = {32, 4, true, false, false},
               [STYLE_BATCH] = {172, 3, false, false, false},
               [STYLE_BATCH_STRONG] = {172, 3, true, false, false},
               [STYLE_TRACER] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_GOOD] = {32, 4, true, false, false},
               [STYLE_WARN] = {172, 3, true, false, true},
               [STYLE_ALARM] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true},
               [STYLE_KEY] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, false},
               [STYLE_CURSOR] = {COLOUR_DEFAULT, COLOUR_DEFAULT, true, false, true}}},
};

const struct theme *theme_find(const char *name)
{
    for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
        if (strcmp(themes[i].name, name) == 0)
            return &themes[i];
    return NULL;
}

/* COLORFGBG is "foreground;background", sometimes with a word between: 7 and 9 to 15 are light. */
static bool is_light(const char *colorfgbg)
{
    const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
    if (!last || last[1] < '0' || last[1] > '9')
        return false;
    long background = strtol(last + 1, NULL, 10);
    return background == 7 || (background >= 9 && background <= 15);
}

const struct theme *theme_choose(const char *name, const char *no_color, const char *colorfgbg)
{
    if (name)
        return theme_find(name);
    if (no_color && *no_color)
        return theme_find("mono");
    return theme_find(is_light(colorfgbg) ? "light" : "dark");
}
