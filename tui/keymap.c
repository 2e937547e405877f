/* The table of keys. */
#include "tui/keymap.h"

static const struct key_entry entries[] = {
    {.codes = {{' ', ACTION_SEND}},
     .feed = KEY_SIMULATED,
     .rank = 2,
     .label = "space",
     .word = "send",
     .text = "send your %s",
     .help = "puts a marked event into the feed; a stopwatch for each lane runs until it shows it"},
    {.codes = {{' ', ACTION_SEND}},
     .feed = KEY_FOLLOWED,
     .rank = 2,
     .label = "space",
     .word = "follow",
     .text = "follow next event",
     .help = "marks the next event to arrive; a stopwatch for each lane runs until it shows it"},
    {.codes = {{'b', ACTION_BATCH}},
     .rank = 3,
     .label = "b",
     .word = "batch",
     .text = "run batch now",
     .help = "runs the batch lane now; its schedule stays as it is"},
    {.codes = {{'[', ACTION_SELDOMER}, {']', ACTION_OFTENER}},
     .rank = 7,
     .label = "[ ]",
     .word = "schedule",
     .text = "schedule",
     .help = "batch less or more often: 1 d, 1 h, 15 min, 5 min, 1 min, 10 s, 1 s, 100 ms"},
    {.codes =
         {{'-', ACTION_SLOWER}, {'_', ACTION_SLOWER}, {'+', ACTION_FASTER}, {'=', ACTION_FASTER}},
     .feed = KEY_SIMULATED,
     .rank = 9,
     .label = "- +",
     .word = "speed",
     .text = "speed",
     .help = "slows and speeds up the simulated clock, x1 to x3600"},
    {.codes = {{'d', ACTION_VIEW}},
     .view = APP_DIFFERENCE,
     .rank = 4,
     .label = "d",
     .word = "diff",
     .text = "difference",
     .help = "DIFFERENCE below the lanes: why they differ, in integers; again closes it"},
    {.codes = {{'\t', ACTION_MEASURE}},
     .place = KEY_IN_DIFFERENCE,
     .rank = 2,
     .label = "Tab",
     .word = "measure",
     .text = "next measure",
     .help = "the next measure of DIFFERENCE: events, then each sum"},
    {.codes = {{'l', ACTION_VIEW}},
     .view = APP_LATE,
     .rank = 5,
     .label = "l",
     .word = "late",
     .text = "late data",
     .help = "LATE below the lanes: windows, the watermark, and every correction"},
    {.codes = {{'r', ACTION_VIEW}, {'R', ACTION_VIEW}},
     .place = KEY_NOT_IN_KAPPA,
     .view = APP_REJECTS,
     .rank = 11,
     .label = "r",
     .word = "rejects",
     .text = "rejects",
     .help = "REJECTS below the lanes: lines not understood, late, in the future; in Kappa by R"},
    {.codes = {{'m', ACTION_ARRANGE}},
     .rank = 10,
     .label = "m",
     .word = "arrange",
     .text = "arrangement",
     .help = "side by side, Lambda, Kappa, micro-batch: how the lanes work together"},
    {.codes = {{'s', ACTION_SEAL}},
     .place = KEY_IN_LAMBDA,
     .rank = 2,
     .label = "s",
     .word = "seal",
     .text = "seal a day",
     .help = "Lambda: has batch answer a day for good, or again; asks first"},
    {.codes = {{'r', ACTION_REPLAY}},
     .place = KEY_IN_KAPPA,
     .rank = 2,
     .label = "r",
     .word = "replay",
     .text = "replay",
     .help = "Kappa: counts the feed again from its first byte, then switches"},
    {.codes = {{'e', ACTION_EXPLAIN}},
     .rank = 6,
     .label = "e",
     .word = "why",
     .text = "explain",
     .help = "explains the number under a cursor; again closes it"},
    {.codes = {{KEY_ARROW_UP, ACTION_UP},
               {KEY_ARROW_DOWN, ACTION_DOWN},
               {KEY_ARROW_LEFT, ACTION_LEFT},
               {KEY_ARROW_RIGHT, ACTION_RIGHT}},
     .place = KEY_IN_EXPLAIN,
     .rank = 2,
     .label = "arrows",
     .word = "move",
     .text = "move the cursor",
     .help = "move that cursor from number to number, through both lanes; in REJECTS, up and down"},
    {.codes = {{0, ACTION_LEFT}}, /* the arrows, where they move no cursor */
     .place = KEY_WITH_DAYS,
     .rank = 6,
     .label = "left right",
     .word = "day",
     .text = "another day",
     .help = "yesterday, the last weeks, and back: the day that both lanes show"},
    {.codes = {{0x1b, ACTION_BACK}},
     .place = KEY_IN_ANY_VIEW,
     .rank = 8,
     .label = "Esc",
     .word = "close",
     .text = "close",
     .help = "closes the explanation, then what stands below the lanes"},
    {.codes = {{'p', ACTION_PAUSE}},
     .rank = 8,
     .label = "p",
     .word = "pause",
     .text = "pause",
     .help = "freezes the picture; counting goes on, and the screen says how far behind it is"},
    {.codes = {{'?', ACTION_HELP}},
     .rank = 1,
     .label = "?",
     .word = "help",
     .text = "help",
     .help = "this help, then its next page; any other key goes back"},
    {.codes = {{'q', ACTION_QUIT}},
     .rank = 0,
     .label = "q",
     .word = "quit",
     .text = "quit",
     .help = "ends, and leaves the terminal as it was"},
};

enum { ENTRIES = sizeof entries / sizeof *entries };

static bool works(const struct key_entry *entry, bool simulated)
{
    return entry->feed == KEY_ANY_FEED || (entry->feed == KEY_SIMULATED) == simulated;
}

const struct key_entry *keymap_find(int32_t code, bool simulated, enum action *action)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        for (size_t k = 0; k < KEY_CODES_MAX && works(&entries[i], simulated); k++) {
            if (entries[i].codes[k].code == code && code != 0) {
                *action = entries[i].codes[k].action;
                return &entries[i];
            }
        }
    }
    return NULL;
}

const struct key_entry *keymap_entry(size_t index, bool simulated)
{
    for (size_t i = 0; i < ENTRIES; i++)
        if (works(&entries[i], simulated) && index-- == 0)
            return &entries[i];
    return NULL;
}
