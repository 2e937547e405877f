/* The board: a ring of alerts, and a small set of episodes searched by rule and subject. */
#include "core/alert.h"

#include "core/snapshot.h"

#include <string.h>

void alert_board_init(struct alert_board *board, const struct definition *definition)
{
    memset(board, 0, sizeof *board);
    board->definition = definition;
    for (int i = 0; i < BOARD_EPISODES; i++) {
        board->newer[i] = (uint8_t)((i + 1) % BOARD_EPISODES);
        board->older[(i + 1) % BOARD_EPISODES] = (uint8_t)i;
    }
}

static uint64_t key_of(const struct alert *alert)
{
    return alert->subject * RULES_MAX + alert->rule;
}

static bool joins(const struct alert_board *board, const struct alert_episode *episode,
                  const struct alert *alert)
{
    const struct rule *rule = &board->definition->rules[alert->rule];
    int64_t gap = EPISODE_GAP_MS;
    if (rule->kind == RULE_VELOCITY && rule->within_ms > gap)
        gap = rule->within_ms;
    return episode->newest.rule == alert->rule && episode->newest.subject == alert->subject &&
           alert->time >= episode->first - gap && alert->time <= episode->last + gap;
}

/* Where an episode's key is counted. Subjects are hashes. */
static uint8_t *near_of(struct alert_board *board, uint64_t key)
{
    return &board->near[key / RULES_MAX % BOARD_NEAR];
}

/* The episode that the alert belongs to; -1: none. */
static int find_episode(struct alert_board *board, const struct alert *alert)
{
    uint64_t key = key_of(alert);
    if (!alert->subject || *near_of(board, key) == 0)
        return -1;
    for (int i = 0; i < BOARD_EPISODES; i++)
        if (board->keys[i] == key && board->episodes[i].number > 0 &&
            joins(board, &board->episodes[i], alert))
            return i;
    return -1;
}

/* The place of the episode touched longest ago. */
static int begin_episode(struct alert_board *board, const struct alert *alert)
{
    int at = board->oldest;
    struct alert_episode *episode = &board->episodes[at];
    if (episode->number > 0)
        --*near_of(board, board->keys[at]);
    *episode = (struct alert_episode){
        .number = ++board->episodes_total, .first = alert->time, .last = alert->time};
    board->keys[at] = key_of(alert);
    ++*near_of(board, board->keys[at]);
    return at;
}

/* The newest stands before the oldest in the ring. */
static void touch(struct alert_board *board, int at)
{
    uint8_t own = (uint8_t)at, *older = board->older, *newer = board->newer;
    board->touched[at] = board->taken;
    if (own == board->oldest) {
        board->oldest = newer[own];
        return;
    }
    newer[older[own]] = newer[own];
    older[newer[own]] = older[own];
    older[own] = older[board->oldest];
    newer[own] = board->oldest;
    newer[older[own]] = own;
    older[board->oldest] = own;
}

static void join_episode(struct alert_board *board, struct alert *alert)
{
    int at = find_episode(board, alert);
    if (at < 0)
        at = begin_episode(board, alert);
    struct alert_episode *episode = &board->episodes[at];
    alert->episode = episode->number;
    episode->count++;
    episode->first = alert->time < episode->first ? alert->time : episode->first;
    if (alert->time >= episode->last) {
        episode->last = alert->time;
        episode->newest = *alert;
    }
    touch(board, at);
}

/* A retraction changes what is there; an episode forgotten by now stays forgotten. */
static void take_back(struct alert_board *board, struct alert *alert)
{
    board->retracted[alert->rule]++;
    for (uint64_t i = 0; i < BOARD_RECENT && i < board->taken; i++) {
        struct alert *raised = &board->recent[i];
        if (raised->id == alert->id) {
            raised->retracted = true;
            alert->number = raised->number;
            alert->episode = raised->episode;
        }
    }
    for (int i = 0; i < BOARD_EPISODES; i++) {
        struct alert_episode *episode = &board->episodes[i];
        bool own = alert->episode > 0 ? episode->number == alert->episode
                                      : episode->newest.id == alert->id && episode->number > 0;
        if (!own)
            continue;
        alert->episode = episode->number;
        episode->retracted++;
        if (episode->newest.id == alert->id)
            episode->newest.retracted = true;
        return;
    }
}

void alert_board_add(struct alert_board *board, struct alert *alert)
{
    alert->episode = 0;
    if (alert->retracted) {
        take_back(board, alert);
        return;
    }
    alert->number = ++board->total[alert->rule];
    board->taken++;
    join_episode(board, alert);
    board->recent[(board->taken - 1) % BOARD_RECENT] = *alert;
}

const struct alert *alert_board_recent(const struct alert_board *board, size_t i)
{
    if (i >= BOARD_RECENT || i >= board->taken)
        return NULL;
    return &board->recent[(board->taken - 1 - i) % BOARD_RECENT];
}

static void fill_one(const struct alert_episode *episode, struct snapshot_alert *out)
{
    *out = (struct snapshot_alert){.rule = episode->newest.rule,
                                   .late = episode->newest.late,
                                   .retracted = episode->retracted == episode->count,
                                   .has_amount = episode->newest.has_amount,
                                   .amount = episode->newest.amount,
                                   .number = episode->number,
                                   .count = episode->count,
                                   .first = episode->first,
                                   .last = episode->last,
                                   .text = episode->newest.text};
}

int alert_board_fill(const struct alert_board *board, struct snapshot_alert *out, int cap)
{
    uint64_t below = UINT64_MAX;
    int len = 0;
    for (; len < cap; len++) {
        int newest = -1;
        for (int i = 0; i < BOARD_EPISODES; i++)
            if (board->episodes[i].number > 0 && board->touched[i] < below &&
                (newest < 0 || board->touched[i] > board->touched[newest]))
                newest = i;
        if (newest < 0)
            break;
        fill_one(&board->episodes[newest], &out[len]);
        below = board->touched[newest];
    }
    return len;
}
