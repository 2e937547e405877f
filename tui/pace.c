/* A bucket of two frames, filled with 28 a second: never more than 30 in one. */
#include "tui/pace.h"

enum { BURST = 2, EVERY_NS = 1000000000 / (PACE_FRAMES - BURST) };

mono_ns pace_earliest(const struct pace *pace)
{
    return pace->due - (BURST - 1) * EVERY_NS;
}

void pace_drawn(struct pace *pace, mono_ns when)
{
    pace->due = (when > pace->due ? when : pace->due) + EVERY_NS;
}
