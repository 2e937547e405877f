/* A deadline that stands on the clock, made anew when the interval changes. */
#include "core/trigger.h"

static epoch_ms next_multiple(epoch_ms now, int64_t every_ms)
{
    int64_t into = now % every_ms;
    return now - (into < 0 ? into + every_ms : into) + every_ms;
}

void trigger_init(struct trigger *trigger, int64_t every_ms)
{
    atomic_init(&trigger->every_ms, every_ms);
    trigger->seen_ms = 0;
    trigger->due = INT64_MIN;
}

void trigger_set(struct trigger *trigger, int64_t every_ms)
{
    atomic_store(&trigger->every_ms, every_ms);
}

int64_t trigger_every(const struct trigger *trigger)
{
    return atomic_load(&((struct trigger *)trigger)->every_ms);
}

epoch_ms trigger_due(struct trigger *trigger, epoch_ms now)
{
    int64_t every_ms = trigger_every(trigger);
    if (every_ms != trigger->seen_ms) {
        bool first = trigger->seen_ms == 0;
        trigger->seen_ms = every_ms;
        trigger->due = first || every_ms == 0 ? INT64_MIN : next_multiple(now, every_ms);
    }
    if (trigger->due != INT64_MIN && trigger->due - now > every_ms) /* the clock was set back */
        trigger->due = next_multiple(now, every_ms);
    return trigger->due;
}

void trigger_fired(struct trigger *trigger, epoch_ms now)
{
    trigger_due(trigger, now);
    trigger->due = trigger->seen_ms == 0 ? INT64_MIN : next_multiple(now, trigger->seen_ms);
}
