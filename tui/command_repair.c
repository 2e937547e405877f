#include "tui/command_rejects.h"
enum status command_rejects_replay(struct command_rejects *rejects, int *left,
                                   struct error *error)
{
    (void)rejects; (void)left;
    return error_set(error, STATUS_USAGE, "not yet");
}
