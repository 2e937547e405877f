#ifndef TAILRACE_TUI_KEYMAP_H
#define TAILRACE_TUI_KEYMAP_H
/*
 * One table of keys: what each does, its word in the footer, its sentence in the help. The footer
 * and the help screen are made from it, so none can name a key that does not work.
 *
 * A key that opens a view names it here; what the view draws stands in the table of view.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum action {
    ACTION_NONE,
    ACTION_SEND,
    ACTION_BATCH,
    ACTION_SELDOMER, /* schedule */
    ACTION_OFTENER,
    ACTION_SLOWER, /* clock */
    ACTION_FASTER,
    ACTION_PAUSE,
    ACTION_VIEW, /* opens or closes the entry's view */
    ACTION_MEASURE,
    ACTION_EXPLAIN,
    ACTION_UP, /* the cursor of the explanation */
    ACTION_DOWN,
    ACTION_LEFT,
    ACTION_RIGHT,
    ACTION_BACK,
    ACTION_ARRANGE, /* the next arrangement */
    ACTION_SEAL,
    ACTION_REPLAY,
    ACTION_HELP,
    ACTION_QUIT
};

/* What stands below the two lanes. */
enum app_view {
    APP_RACE, /* age, your ticket, alerts, cost */
    APP_DIFFERENCE,
    APP_LATE,
    APP_REJECTS,
    APP_ARRANGEMENT, /* what the arrangement in force is doing */
    APP_VIEWS
};

/* Keys are Unicode code points; what a terminal sends beyond those is one of these. */
enum {
    KEY_NONE = -1,
    KEY_OTHER = 0x110000,
    KEY_ARROW_UP,
    KEY_ARROW_DOWN,
    KEY_ARROW_LEFT,
    KEY_ARROW_RIGHT
};

enum { KEY_CODES_MAX = 4 };

enum key_feed { KEY_ANY_FEED, KEY_SIMULATED, KEY_FOLLOWED };

/* Where a key stands in the footer; it works wherever it makes sense, and the help lists all. */
enum key_place {
    KEY_EVERYWHERE,
    KEY_IN_DIFFERENCE, /* with more than one measure */
    KEY_IN_EXPLAIN,
    KEY_IN_LAMBDA,
    KEY_IN_KAPPA,
    KEY_NOT_IN_KAPPA, /* whose own key has the same letter there */
    KEY_WITH_DAYS,    /* while there is another day to show */
    KEY_IN_ANY_VIEW   /* while something is open that it closes */
};

struct key_entry {
    struct {
        int32_t code; /* 0: none */
        enum action action;
    } codes[KEY_CODES_MAX];
    enum key_feed feed;   /* on which feeds it works */
    enum key_place place; /* a key of what is open comes before those of everywhere */
    enum app_view view;   /* ACTION_VIEW */
    int rank;             /* in a footer too narrow for all, the greatest goes first */
    const char *label;    /* "[ ]" */
    const char *word;     /* one word, for narrow footers: "batch" */
    const char *text;     /* "run batch now"; %s is what one event is called */
    const char *help;     /* one sentence */
};

/* The entry and action of a key; NULL when the key is none of this feed's. */
const struct key_entry *keymap_find(int32_t code, bool simulated, enum action *action);
/* The entries for a feed, one after the other; NULL past the last. */
const struct key_entry *keymap_entry(size_t index, bool simulated);

#endif
