/* Names of the closed list of rejection reasons (S-50). */
#include "core/event.h"

const char *reject_text(enum reject_reason reason)
{
#define REJECT_TEXT(name, text) text,
    static const char *const texts[] = {REJECT_LIST(REJECT_TEXT)};
#undef REJECT_TEXT
    return reason < REJECT_COUNT ? texts[reason] : "unknown";
}

bool reject_names_field(enum reject_reason reason)
{
    return reason == REJECT_MISSING_FIELD || reason == REJECT_BAD_TYPE ||
           reason == REJECT_UNKNOWN_ENUM;
}
