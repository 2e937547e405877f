#ifndef TAILRACE_TUI_PACE_H
#define TAILRACE_TUI_PACE_H
/*
 * When a frame may be drawn: at most PACE_FRAMES in any second, yet two that come close together
 * both at once, so that an event does not wait because another one has just been shown.
 *
 * Zeroed to begin with; one owner.
 */
#include "core/instant.h"

#include <stdbool.h>

enum { PACE_FRAMES = 30 };

struct pace {
    mono_ns due; /* when the frames so far would have been drawn at an even pace */
};

/* The earliest moment for the next frame; may have passed. */
mono_ns pace_earliest(const struct pace *pace);
/* A frame was drawn. */
void pace_drawn(struct pace *pace, mono_ns when);

#endif
