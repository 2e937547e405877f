/* Filters against values. */
#include "feeds/filter.h"

#include <string.h>

bool filter_text_is(const char *operand, const char *text, size_t len)
{
    return strlen(operand) == len && memcmp(operand, text, len) == 0;
}

bool filter_text_holds(const struct filter *filter, const char *text, size_t len)
{
    bool found = false;
    for (int i = 0; i < filter->operands_len && !found; i++)
        found = filter_text_is(filter->texts[i], text, len);
    switch (filter->op) {
    case FILTER_EQ:
    case FILTER_IN:
        return found;
    case FILTER_NE:
        return !found;
    default:
        return filter->op == FILTER_PRESENT;
    }
}

bool filter_number_holds(const struct filter *filter, int64_t value)
{
    bool found = false;
    switch (filter->op) {
    case FILTER_EQ:
        return value == filter->number;
    case FILTER_NE:
        return value != filter->number;
    case FILTER_LT:
        return value < filter->number;
    case FILTER_LE:
        return value <= filter->number;
    case FILTER_GT:
        return value > filter->number;
    case FILTER_GE:
        return value >= filter->number;
    case FILTER_IN:
        for (int i = 0; i < filter->operands_len && !found; i++)
            found = value == filter->numbers[i];
        return found;
    case FILTER_MISSING:
        return false;
    case FILTER_PRESENT:
    default:
        return true;
    }
}

const struct filter *filter_of(const struct definition *definition, int bit)
{
    return bit < FILTERS_MAX ? &definition->filters[bit]
                             : &definition->conditions[bit - FILTERS_MAX];
}

uint64_t filter_texts_hold(const struct definition *definition, uint64_t bits, const char *text,
                           size_t len)
{
    uint64_t holds = 0;
    for (uint64_t left = bits; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        holds |= (uint64_t)filter_text_holds(filter_of(definition, i), text, len) << i;
    }
    return holds;
}

uint64_t filter_numbers_hold(const struct definition *definition, uint64_t bits, int64_t value)
{
    uint64_t holds = 0;
    for (uint64_t left = bits; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        holds |= (uint64_t)filter_number_holds(filter_of(definition, i), value) << i;
    }
    return holds;
}
