/*
 * Conditions as --where, `where` and `when` have them: what is understood can be written anew from
 * its parts, and is the same; numbers are compared as numbers (checked by arithmetic of its own),
 * texts byte by byte.
 */
#include "tests/fuzz/feeds.h"

#include "core/definition_parts.h"
#include "feeds/filter.h"

enum { WRITTEN_MAX = 16 * 1024 };

static const char *const operators[] = {[FILTER_EQ] = "=",           [FILTER_NE] = "!=",
                                        [FILTER_LT] = "<",           [FILTER_LE] = "<=",
                                        [FILTER_GT] = ">",           [FILTER_GE] = ">=",
                                        [FILTER_IN] = "in",          [FILTER_MISSING] = "missing",
                                        [FILTER_PRESENT] = "present"};

static void check_same(const struct definition *definition, const struct filter *filter)
{
    char written[WRITTEN_MAX];
    struct filter again;
    struct error error = {.text = ""};
    size_t used = (size_t)snprintf(written, sizeof written, "%s %s ",
                                   definition->fields[filter->field].name, operators[filter->op]);
    for (int i = 0; i < filter->operands_len && used < sizeof written; i++)
        used += (size_t)snprintf(written + used, sizeof written - used, "%s%s", i ? "," : "",
                                 filter->texts[i]);
    if (used >= sizeof written)
        return;
    must(definition_read_filter(definition, written, &again, &error) == STATUS_OK, "'%s': %s",
         written, error.text);
    must(again.field == filter->field && again.op == filter->op &&
             again.operands_len == filter->operands_len && again.number == filter->number,
         "'%s' is another condition", written);
    for (int i = 0; i < filter->operands_len; i++)
        must(strcmp(again.texts[i], filter->texts[i]) == 0 &&
                 again.numbers[i] == filter->numbers[i],
             "'%s' has another operand", written);
    definition_free_filter(&again);
}

/* The operator stands behind the name, and is no longer one. */
static void check_operator(const struct definition *definition, const struct filter *filter)
{
    const char *at = filter->source + strspn(filter->source, " \t\r\n");
    at += strlen(definition->fields[filter->field].name);
    at += strspn(at, " \t\r\n");
    const char *written = operators[filter->op];
    size_t len = strlen(written);
    must(strncmp(at, written, len) == 0 && (len > 1 || at[len] != '='), "'%s' is read as %s",
         filter->source, written);
}

static bool expected(const struct filter *filter, int64_t value)
{
    int64_t operand = filter->numbers[0];
    switch (filter->op) {
    case FILTER_EQ:
        return value == operand;
    case FILTER_NE:
        return value != operand;
    case FILTER_LT:
        return value < operand;
    case FILTER_LE:
        return value <= operand;
    case FILTER_GT:
        return value > operand;
    case FILTER_GE:
        return value >= operand;
    case FILTER_IN:
        for (int i = 0; i < filter->operands_len; i++)
            if (value == filter->numbers[i])
                return true;
        return false;
    case FILTER_PRESENT:
        return true;
    case FILTER_MISSING:
    default:
        return false;
    }
}

static void check_numbers(const struct filter *filter)
{
    const int64_t edges[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
    for (int i = 0; i < filter->operands_len; i++)
        for (int64_t near = -1; near <= 1; near++) {
            int64_t value = (int64_t)((uint64_t)filter->numbers[i] + (uint64_t)near);
            must(filter_number_holds(filter, value) == expected(filter, value), "'%s' of %lld",
                 filter->source, (long long)value);
        }
    for (size_t e = 0; e < sizeof edges / sizeof *edges; e++)
        must(filter_number_holds(filter, edges[e]) == expected(filter, edges[e]), "'%s' of %lld",
             filter->source, (long long)edges[e]);
}

static void check_text(const struct filter *filter, const char *text, size_t len)
{
    bool same = false;
    for (int i = 0; i < filter->operands_len; i++)
        same |= strlen(filter->texts[i]) == len && memcmp(filter->texts[i], text, len) == 0;
    bool wanted = filter->op == FILTER_PRESENT || (filter->op == FILTER_NE && !same) ||
                  ((filter->op == FILTER_EQ || filter->op == FILTER_IN) && same);
    char *exact = exact_copy(text, len);
    must(filter_text_holds(filter, exact, len) == wanted, "'%s' of '%.*s'", filter->source,
         (int)len, text);
    free(exact);
}

static void check_texts(const struct filter *filter)
{
    for (int i = 0; i < filter->operands_len; i++) {
        size_t len = strlen(filter->texts[i]);
        check_text(filter, filter->texts[i], len);
        check_text(filter, filter->texts[i], len - 1);
        check_text(filter, filter->source, strlen(filter->source));
    }
    check_text(filter, "x", 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct taker taker = {data, size};
    const struct definition *definition = feed_definition((unsigned)take(&taker, 1) - '0');
    char *expression = take_text(&taker);
    struct filter filter;
    struct error error = {.text = ""};
    enum status status = definition_read_filter(definition, expression, &filter, &error);
    if (status == STATUS_OK) {
        const struct field *field = &definition->fields[filter.field];
        must(strcmp(filter.source, expression) == 0, "its words are others");
        must(filter.operands_len <= VALUES_MAX, "%d operands", filter.operands_len);
        check_operator(definition, &filter);
        check_same(definition, &filter);
        if (field->type == FIELD_TEXT)
            check_texts(&filter);
        else
            check_numbers(&filter);
        definition_free_filter(&filter);
    } else {
        must_say(status, &error);
    }
    free(expression);
    return 0;
}
