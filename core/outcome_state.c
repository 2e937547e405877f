/* One row: the counters, then those of the reasons that are not 0, then the examples. */
#include "core/state_parts.h"

static void save_reasons(const struct outcomes *outcomes, struct pack *value)
{
    for (uint32_t r = 0; r < REJECT_COUNT; r++)
        for (uint32_t f = 0; f <= FIELDS_MAX; f++)
            if (outcomes->rejected_by[r][f] > 0) {
                pack_u8(value, (uint8_t)r);
                pack_u8(value, (uint8_t)f);
                pack_u64(value, outcomes->rejected_by[r][f]);
                pack_u32(value, outcomes->example[r].source);
                pack_u32(value, outcomes->example[r].generation);
                pack_u64(value, outcomes->example[r].start);
                pack_u32(value, outcomes->example[r].line);
            }
}

void outcome_state_save(struct outcomes_saved *saved, const struct outcomes *outcomes,
                        struct saver *saver)
{
    const uint64_t counters[] = {outcomes->read,      outcomes->counted,      outcomes->late,
                                 outcomes->duplicate, outcomes->filtered,     outcomes->rejected,
                                 outcomes->future,    outcomes->skipped_bytes};
    if (saved->read == outcomes->read && saved->rejected == outcomes->rejected &&
        saved->skipped_bytes == outcomes->skipped_bytes)
        return;
    *saved = (struct outcomes_saved){outcomes->read, outcomes->rejected, outcomes->skipped_bytes};
    for (size_t c = 0; c < sizeof counters / sizeof *counters; c++)
        pack_u64(&saver->value, counters[c]);
    save_reasons(outcomes, &saver->value);
    saver_put(saver, STATE_OUTCOMES);
}

static void restore_reason(struct outcomes *outcomes, struct unpack *unpack)
{
    uint8_t reason = unpack_u8(unpack), field = unpack_u8(unpack);
    uint64_t count = unpack_count(unpack);
    unpack->bad |=
        reason == REJECT_NONE || reason >= REJECT_COUNT || field > FIELDS_MAX || count == 0;
    if (unpack->bad)
        return;
    outcomes->rejected_by[reason][field] = count;
    outcomes->example[reason].source = unpack_u32(unpack);
    outcomes->example[reason].generation = unpack_u32(unpack);
    outcomes->example[reason].start = unpack_u64(unpack);
    outcomes->example[reason].line = unpack_u32(unpack);
}

/* Each that was rejected has its reason. */
static bool reasons_close(const struct outcomes *outcomes)
{
    uint64_t sum = 0;
    for (int r = 0; r < REJECT_COUNT; r++)
        for (int f = 0; f <= FIELDS_MAX; f++)
            sum += outcomes->rejected_by[r][f];
    return sum == outcomes->rejected;
}

static bool take(void *context, const void *key, size_t key_len, const void *value,
                 size_t value_len)
{
    struct outcomes *outcomes = context;
    uint64_t *counters[] = {&outcomes->read,      &outcomes->counted,      &outcomes->late,
                            &outcomes->duplicate, &outcomes->filtered,     &outcomes->rejected,
                            &outcomes->future,    &outcomes->skipped_bytes};
    struct unpack unpack = unpack_of(value, value_len);
    (void)key;
    for (size_t c = 0; c < sizeof counters / sizeof *counters; c++)
        *counters[c] = unpack_count(&unpack);
    while (!unpack.bad && unpack.left > 0)
        restore_reason(outcomes, &unpack);
    return key_len == 0 && unpack_done(&unpack) && outcomes_close(outcomes) &&
           reasons_close(outcomes);
}

enum status outcome_state_restore(struct outcomes_saved *saved, struct outcomes *outcomes,
                                  const struct restoring *restoring)
{
    enum status status = restoring_each(restoring, STATE_OUTCOMES, take, outcomes);
    *saved = (struct outcomes_saved){outcomes->read, outcomes->rejected, outcomes->skipped_bytes};
    return status;
}
