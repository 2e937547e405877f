/* A place's day and groups, as those of a tally, when something changed; and a row for the rest. */
#include "core/past_days_parts.h"
#include "core/state_parts.h"

#define ALL UINT32_MAX /* in place of a place's number */

void past_saved_fini(struct past_saved *saved)
{
    for (int p = 0; p < PAST_DAYS; p++)
        tally_saved_fini(&saved->places[p]);
}

static void save_place(struct past_days *past, uint32_t p, struct past_saved *saved,
                       struct saver *saver)
{
    struct past_day *place = &past->places[p];
    if (saved->places[p].len > 0 && saved->day[p] != place->day)
        tally_state_forget(&saved->places[p], TALLY_TAG_PAST + p, saver);
    if (saved->places[p].len == 0) {
        pack_i64(&saver->value, place->day);
        key_u32(&saver->key, p);
        saver_put(saver, STATE_PAST_DAY);
    }
    saved->day[p] = place->day;
    tally_state_save(&saved->places[p], place->tally, TALLY_TAG_PAST + p, saver);
    place->changed = false;
}

void past_days_state_save(struct past_saved *saved, struct past_days *past, struct saver *saver)
{
    for (uint32_t p = 0; p < PAST_DAYS; p++)
        if (past->places[p].changed)
            save_place(past, p, saved, saver);
    if (saved->dropped == past->dropped && saved->missed == past->missed &&
        saved->from == past->from)
        return;
    saved->dropped = past->dropped;
    saved->missed = past->missed;
    saved->from = past->from;
    pack_u64(&saver->value, past->dropped);
    pack_u64(&saver->value, past->missed);
    pack_i64(&saver->value, past->from);
    key_u32(&saver->key, ALL);
    saver_put(saver, STATE_PAST_DAY);
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct past_days *past = context;
    struct unpack name = unpack_of(key, key_len), unpack = unpack_of(value, value_len);
    uint32_t place = unkey_u32(&name);
    bool rest = place == ALL;
    if (rest) {
        past->dropped = unpack_count(&unpack);
        past->missed = unpack_count(&unpack);
    }
    int32_t day = unpack_day(&unpack);
    if (!unpack_done(&name) || !unpack_done(&unpack) || (!rest && place >= PAST_DAYS))
        return false;
    if (rest)
        past->from = day;
    else
        past_days_make(past, place, day);
    return true;
}

enum status past_days_state_restore(struct past_saved *saved, struct past_days *past,
                                    const struct restoring *restoring)
{
    struct tally_place places[PAST_DAYS];
    enum status status = restoring_each(restoring, STATE_PAST_DAY, take, past);
    for (int p = 0; p < PAST_DAYS; p++) {
        places[p] = (struct tally_place){&saved->places[p], past->places[p].tally};
        saved->day[p] = past->places[p].day;
        past->places[p].changed = false;
    }
    if (status == STATUS_OK)
        status = tally_state_restore_all(places, PAST_DAYS, TALLY_TAG_PAST, restoring);
    saved->dropped = past->dropped;
    saved->missed = past->missed;
    saved->from = past->from;
    return status;
}
