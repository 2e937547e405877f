#ifndef TAILRACE_CORE_ALERT_H
#define TAILRACE_CORE_ALERT_H
/*
 * Alerts, and the board where they gather for the screen.
 *
 * An alert is plain data. Its id is a function of rule and triggering event alone, so the same
 * event raises the same alert in both lanes, and again after a crash (S-71). An alert that turns
 * out wrong, because what would have prevented it came late but was stamped in time, is sent once
 * more with `retracted` set (S-75).
 *
 * A storm is one episode on the board (first, count, last), whatever the log keeps (S-74, trap
 * X23): alerts of one rule and subject whose event times lie within EPISODE_GAP_MS, or within the
 * rule's own window, of one another. Alerts without a subject stand alone. The board keeps the
 * episodes touched last.
 *
 * Threads: none; one owner.
 */
#include "core/definition.h"

struct snapshot_alert;

enum {
    BOARD_RECENT = 64,
    BOARD_EPISODES = 64,
    BOARD_NEAR = 1024,
    EPISODE_GAP_MS = 5 * MS_PER_MINUTE
};

struct alert {
    uint64_t id;
    struct event_position position; /* of the triggering event */
    epoch_ms time;       /* of event time, when it came true: S-75's limit, S-34's end of waiting */
    epoch_ms event_time; /* of the triggering event */
    uint64_t subject;    /* keyed hash of whose alert it is; 0: nobody's */
    int64_t amount;      /* of the definition's alert_field */
    uint64_t number;     /* of this rule's alerts on the board, from 1 (A1-29); set by the board */
    uint64_t episode;    /* of all episodes on the board, from 1; set by the board */
    uint8_t rule;        /* index into the definition's rules; there stands the alert's type */
    bool late;           /* raised by an event behind the watermark (S-72) */
    bool retracted;
    bool has_amount;
    struct event_text text; /* bytes of the feed: filter before output */
};

struct alert_sink {
    /* the alert is valid during the call; NULL: alerts are counted by who raises them, and no more
     */
    void (*take)(void *context, const struct alert *alert);
    void *context;
};

struct alert_episode {
    uint64_t number; /* 0: a free place */
    uint64_t count;
    uint64_t retracted; /* of them */
    epoch_ms first, last;
    struct alert newest;
};

struct alert_board {
    const struct definition *definition;
    uint64_t total[RULES_MAX];     /* by rule, those retracted among them */
    uint64_t retracted[RULES_MAX]; /* by rule */
    uint64_t episodes_total;
    struct alert recent[BOARD_RECENT]; /* a ring; the one at `taken` - 1 is the newest */
    uint64_t taken;
    uint64_t keys[BOARD_EPISODES]; /* of the episodes: rule and subject; what is searched */
    uint8_t near[BOARD_NEAR];      /* how many keys fall in each place: mostly none, no search */
    struct alert_episode episodes[BOARD_EPISODES];
    uint64_t touched[BOARD_EPISODES]; /* when, in alerts taken */
    uint8_t older[BOARD_EPISODES];    /* a ring in the order of `touched`, beginning at `oldest` */
    uint8_t newer[BOARD_EPISODES];
    uint8_t oldest;
};

void alert_board_init(struct alert_board *board, const struct definition *definition);
/* Takes an alert and fills its number and episode. */
void alert_board_add(struct alert_board *board, struct alert *alert);
/* The i-th newest of those taken, 0 is the newest; NULL beyond what is kept. */
const struct alert *alert_board_recent(const struct alert_board *board, size_t i);
/* The episodes touched last, newest first, at most `cap`; returns how many. */
int alert_board_fill(const struct alert_board *board, struct snapshot_alert *out, int cap);

#endif
