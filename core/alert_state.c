/* The board: each place of its two lists as a row, written when it has changed, and a row for the
 * rest. */
#include "core/state_parts.h"

static void pack_alert(struct pack *value, const struct alert *alert)
{
    pack_u64(value, alert->id);
    pack_position(value, &alert->position);
    pack_i64(value, alert->time);
    pack_i64(value, alert->event_time);
    pack_u64(value, alert->subject);
    pack_i64(value, alert->amount);
    pack_u64(value, alert->number);
    pack_u64(value, alert->episode);
    pack_u8(value, alert->rule);
    pack_u8(value, alert->late);
    pack_u8(value, alert->retracted);
    pack_u8(value, alert->has_amount);
    pack_text(value, alert->text.label);
    pack_text(value, alert->text.subject);
}

static void save_head(const struct alert_board *board, struct saver *saver)
{
    for (int r = 0; r < RULES_MAX; r++) {
        pack_u64(&saver->value, board->total[r]);
        pack_u64(&saver->value, board->retracted[r]);
    }
    pack_u64(&saver->value, board->episodes_total);
    pack_u64(&saver->value, board->taken);
    pack_bytes(&saver->value, board->older, sizeof board->older);
    pack_bytes(&saver->value, board->newer, sizeof board->newer);
    pack_u8(&saver->value, board->oldest);
    saver_put(saver, STATE_ALERT);
}

static void save_episode(const struct alert_board *board, int e, struct saver *saver)
{
    const struct alert_episode *episode = &board->episodes[e];
    pack_u64(&saver->value, episode->number);
    pack_u64(&saver->value, episode->count);
    pack_u64(&saver->value, episode->retracted);
    pack_i64(&saver->value, episode->first);
    pack_i64(&saver->value, episode->last);
    pack_u64(&saver->value, board->keys[e]);
    pack_alert(&saver->value, &episode->newest);
}

void alert_state_save(struct alert_saved *saved, const struct alert_board *board,
                      struct saver *saver)
{
    uint64_t retracted = 0;
    for (int r = 0; r < RULES_MAX; r++)
        retracted += board->retracted[r];
    if (saved->taken == board->taken && saved->retracted == retracted)
        return;
    saved->taken = board->taken;
    saved->retracted = retracted;
    save_head(board, saver);
    for (uint32_t i = 0; i < BOARD_RECENT && i < board->taken; i++) {
        pack_alert(&saver->value, &board->recent[i]);
        saver_put_changed(saver, STATE_ALERT, i, &saved->sums[i]);
    }
    for (int e = 0; e < BOARD_EPISODES; e++) {
        if (board->episodes[e].number == 0)
            continue;
        save_episode(board, e, saver);
        saver_put_changed(saver, STATE_ALERT, (uint32_t)(BOARD_RECENT + e),
                          &saved->sums[BOARD_RECENT + e]);
    }
}

static struct alert unpack_alert(struct unpack *unpack, int rules_len)
{
    struct alert alert = {.id = unpack_u64(unpack)};
    alert.position = unpack_position(unpack);
    alert.time = unpack_moment(unpack);
    alert.event_time = unpack_moment(unpack);
    alert.subject = unpack_u64(unpack);
    alert.amount = unpack_i64(unpack);
    alert.number = unpack_count(unpack);
    alert.episode = unpack_count(unpack);
    alert.rule = unpack_u8(unpack);
    unpack->bad |= alert.rule >= rules_len;
    alert.late = unpack_bool(unpack);
    alert.retracted = unpack_bool(unpack);
    alert.has_amount = unpack_bool(unpack);
    unpack_text(unpack, alert.text.label, sizeof alert.text.label);
    unpack_text(unpack, alert.text.subject, sizeof alert.text.subject);
    return alert;
}

static bool take_head(struct alert_board *board, struct unpack *unpack)
{
    for (int r = 0; r < RULES_MAX; r++) {
        board->total[r] = unpack_count(unpack);
        board->retracted[r] = unpack_count(unpack);
    }
    board->episodes_total = unpack_count(unpack);
    board->taken = unpack_count(unpack);
    unpack_bytes(unpack, board->older, sizeof board->older);
    unpack_bytes(unpack, board->newer, sizeof board->newer);
    board->oldest = unpack_u8(unpack);
    bool good = unpack_done(unpack) && board->oldest < BOARD_EPISODES;
    for (int e = 0; e < BOARD_EPISODES; e++)
        good = good && board->older[e] < BOARD_EPISODES && board->newer[e] < BOARD_EPISODES;
    return good;
}

static bool take_episode(struct alert_board *board, uint32_t e, struct unpack *unpack)
{
    struct alert_episode *episode = &board->episodes[e];
    episode->number = unpack_count(unpack);
    episode->count = unpack_count(unpack);
    episode->retracted = unpack_count(unpack);
    episode->first = unpack_moment(unpack);
    episode->last = unpack_moment(unpack);
    board->keys[e] = unpack_u64(unpack);
    episode->newest = unpack_alert(unpack, board->definition->rules_len);
    if (!unpack_done(unpack) || episode->number == 0)
        return false;
    alert_board_restored(board, (int)e);
    return true;
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct alert_board *board = context;
    struct unpack unpack = unpack_of(value, value_len), name = unpack_of(key, key_len);
    if (key_len == 0)
        return take_head(board, &unpack);
    uint32_t number = unkey_u32(&name);
    if (!unpack_done(&name) || number >= BOARD_RECENT + BOARD_EPISODES)
        return false;
    if (number >= BOARD_RECENT)
        return take_episode(board, number - BOARD_RECENT, &unpack);
    board->recent[number] = unpack_alert(&unpack, board->definition->rules_len);
    return unpack_done(&unpack);
}

enum status alert_state_restore(struct alert_saved *saved, struct alert_board *board,
                                const struct restoring *restoring)
{
    enum status status = restoring_each(restoring, STATE_ALERT, take, board);
    saved->taken = board->taken;
    for (int r = 0; r < RULES_MAX; r++)
        saved->retracted += board->retracted[r];
    return status;
}
