/* The rare events by day: the groups of each kind as those of a tally, and a row for the rest. By
 * window, and where they stood, they are kept of whole answers alone, which no state has. */
#include "core/rare_parts.h"
#include "core/state_parts.h"

static uint32_t tag_of(uint32_t day, uint32_t kind)
{
    return TALLY_TAG_RARE + day * RARE_KINDS + kind;
}

void rare_saved_fini(struct rare_saved *saved)
{
    for (int d = 0; d < RARE_DAYS; d++)
        for (int k = 0; k < RARE_KINDS; k++)
            tally_saved_fini(&saved->days[d].kinds[k]);
}

static void save_head(const struct rare *rare, struct saver *saver)
{
    pack_i64(&saver->value, rare->lost_before);
    pack_i64(&saver->value, rare->lost_from);
    for (int d = 0; d < RARE_DAYS; d++) {
        pack_u8(&saver->value, rare->days[d].used);
        pack_i64(&saver->value, rare->days[d].day);
    }
    saver_put(saver, STATE_RARE);
}

/* A place that was given to another day, or back to the same one, begins anew. */
static bool begins_anew(const struct rare_day *day, const struct rare_day_saved *saved)
{
    bool shrunk = false;
    for (int k = 0; k < RARE_KINDS; k++)
        shrunk |= (day->kinds[k] ? tally_len(day->kinds[k]) : 0) < saved->kinds[k].len;
    return shrunk || day->used != saved->used || day->day != saved->day;
}

static bool save_day(const struct rare *rare, uint32_t d, struct rare_day_saved *saved,
                     struct saver *saver)
{
    const struct rare_day *day = &rare->days[d];
    bool anew = begins_anew(day, saved);
    for (uint32_t k = 0; k < RARE_KINDS; k++) {
        if (anew && saved->kinds[k].len > 0)
            tally_state_forget(&saved->kinds[k], tag_of(d, k), saver);
        if (day->used && day->kinds[k])
            tally_state_save(&saved->kinds[k], day->kinds[k], tag_of(d, k), saver);
    }
    saved->used = day->used;
    saved->day = day->day;
    return anew;
}

void rare_state_save(struct rare_saved *saved, const struct rare *rare, struct saver *saver)
{
    bool changed = !saved->any || saved->lost_before != rare->lost_before ||
                   saved->lost_from != rare->lost_from;
    for (uint32_t d = 0; d < RARE_DAYS; d++)
        changed |= save_day(rare, d, &saved->days[d], saver);
    if (!changed)
        return;
    saved->any = true;
    saved->lost_before = rare->lost_before;
    saved->lost_from = rare->lost_from;
    save_head(rare, saver);
}

/* --- back --- */

static bool take_head(void *context, const void *key, size_t key_len, const void *value,
                      size_t value_len)
{
    struct rare *rare = context;
    struct unpack unpack = unpack_of(value, value_len);
    (void)key;
    rare->lost_before = unpack_day(&unpack);
    rare->lost_from = unpack_day(&unpack);
    for (int d = 0; d < RARE_DAYS; d++) {
        rare->days[d].used = unpack_bool(&unpack);
        rare->days[d].day = unpack_day(&unpack);
    }
    return key_len == 0 && unpack_done(&unpack);
}

enum status rare_state_restore(struct rare_saved *saved, struct rare *rare,
                               const struct restoring *restoring)
{
    enum status status = restoring_each(restoring, STATE_RARE, take_head, rare);
    struct tally_place places[RARE_DAYS * RARE_KINDS];
    for (uint32_t d = 0; d < RARE_DAYS; d++) {
        struct rare_day *day = &rare->days[d];
        saved->days[d].used = day->used;
        saved->days[d].day = day->day;
        for (uint32_t k = 0; k < RARE_KINDS; k++)
            places[d * RARE_KINDS + k] =
                (struct tally_place){&saved->days[d].kinds[k],
                                     day->used ? rare_make(rare, day, (enum rare_kind)k) : NULL};
    }
    if (status == STATUS_OK)
        status = tally_state_restore_all(places, RARE_DAYS * RARE_KINDS, tag_of(0, 0), restoring);
    saved->any = true;
    saved->lost_before = rare->lost_before;
    saved->lost_from = rare->lost_from;
    return status;
}
