/* The id of one event now and then, as a text to be shown. */
#include "feeds/validate_parts.h"

size_t validator_disguise(const struct validator *v, const struct field_plan *plan,
                          const char **text, size_t len, char token[REDACT_TOKEN])
{
    if (!plan->redacted)
        return len;
    len = definition_token(v->definition, *text, len, token);
    *text = token;
    return len;
}

/* As much of the text as fits, not cut inside a character. */
void validator_keep_label(struct validator *v, const struct field_plan *plan, const char *text,
                          size_t len)
{
    char token[REDACT_TOKEN];
    len = validator_disguise(v, plan, &text, len, token);
    if (len >= EVENT_LABEL) {
        len = EVENT_LABEL - 1;
        while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
    }
    memcpy(v->label, text, len);
    v->label[len] = '\0';
}

void validator_want_label(struct validator *v)
{
    v->tells |= TELL_LABEL;
    v->label_ready = false;
    v->label[0] = '\0';
}

bool validator_take_label(struct validator *v, char label[EVENT_LABEL])
{
    if (!v->label_ready)
        return false;
    memcpy(label, v->label, EVENT_LABEL);
    v->label_ready = false;
    return true;
}
