/* The board: a ring of alerts, and a small set of episodes searched by rule and subject. */
#include "core/alert.h"

#include "core/snapshot.h"

#include <string.h>

void alert_board_init(struct alert_board *board, const struct definition *definition)
{
    memset(board, 0, sizeof *board);
    board->definition = definition;
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

/* The episode that the alert belongs to, or the place of the one touched longest ago. */
static int find_episode(const struct alert_board *board, const struct alert *alert, bool *found)
{
    uint64_t key = key_of(alert);
    int oldest = 0;
    *found = false;
    for (int i = 0; i < BOARD_EPISODES; i++) {
        if (alert->subject && board->keys[i] == key && board->episodes[i].number > 0 &&
            joins(board, &board->episodes[i], alert)) {
            *found = true;
            return i;
        }
        if (board->touched[i] < board->touched[oldest])
            oldest = i;
    }
    return oldest;
}

static void join_episode(struct alert_board *board, struct alert *alert)
{
    bool found;
    int at = find_episode(board, alert, &found);
    struct alert_episode *episode = &board->episodes[at];
    if (!found) {
        *episode = (struct alert_episode){
            .number = ++board->episodes_total, .first = alert->time, .last = alert->time};
        board->keys[at] = key_of(alert);
    }
    alert->episode = episode->number;
    episode->count++;
    episode->first = alert->time < episode->first ? alert->time : episode->first;
    if (alert->time >= episode->last) {
        episode->last = alert->time;
        episode->newest = *alert;
    }
    board->touched[at] = board->taken;
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
