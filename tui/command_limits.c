/* Sentences as notes. */
#include "tui/command_limits.h"

#include "tui/command.h"
#include "tui/limits_text.h"

void command_limits_note(const struct summary *summary)
{
    struct limits limits = limits_of(summary->pipeline, summary->symbols, summary->windows);
    char text[LIMITS_SENTENCE];
    for (int at = 0; limits_sentence(&limits, &at, text);)
        command_note("%s", text);
}
