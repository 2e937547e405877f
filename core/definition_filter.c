/*
 * Filters as written: `field=value`, `!=`, `<`, `<=`, `>`, `>=`, `field in a,b,c`, `field missing`,
 * `field present`. Operands are turned into what they are compared with here, once: texts stay
 * texts, money becomes minor units, times epoch milliseconds.
 */
#include "core/definition.h"
#include "core/definition_parts.h"
#include "core/money.h"
#include "core/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct operator_form {
    const char *text;
    enum filter_op op;
};

/* Longer ones before those that they begin with. */
static const struct operator_form operators[] = {
    {.text = "!=", .op = FILTER_NE}, {.text = "<=", .op = FILTER_LE},
    {.text = ">=", .op = FILTER_GE}, {.text = "=", .op = FILTER_EQ},
    {.text = "<", .op = FILTER_LT},  {.text = ">", .op = FILTER_GT},
};

static const char name_bytes[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

static enum status not_understood(const char *expression, struct error *error)
{
    return error_set(error, STATUS_BAD_DEFINITION,
                     "where: '%s' is not understood; write field=value, !=, <, <=, >, >=, "
                     "'field in a,b,c', 'field missing' or 'field present'",
                     expression);
}

/* Splits off the operator; `rest` is what follows it, trimmed. */
static bool take_operator(struct word text, enum filter_op *op, struct word *rest)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t len = strlen(operators[i].text);
        if (text.len >= len && memcmp(text.at, operators[i].text, len) == 0) {
            *op = operators[i].op;
            *rest = word_trimmed(text.at + len, text.len - len);
            /* `==` is a slip, not a value that begins with '=' */
            return rest->len == 0 || rest->at != text.at + len || *rest->at != '=';
        }
    }
    *rest = (struct word){.at = text.at + text.len, .len = 0};
    if (word_is(text, "missing"))
        *op = FILTER_MISSING;
    else if (word_is(text, "present"))
        *op = FILTER_PRESENT;
    else if (text.len > 3 && memcmp(text.at, "in", 2) == 0 &&
             (text.at[2] == ' ' || text.at[2] == '\t')) {
        *op = FILTER_IN;
        *rest = word_trimmed(text.at + 3, text.len - 3);
    } else
        return false;
    return true;
}

/* A text outside the closed list could never be equal: a slip, more likely than a wish. */
static enum status check_listed(const struct field *field, const char *text, struct error *error)
{
    if (field->values_len == 0)
        return STATUS_OK;
    for (int v = 0; v < field->values_len; v++)
        if (strcmp(field->values[v], text) == 0)
            return STATUS_OK;
    const char *near =
        definition_suggest(text, (const char *const *)field->values, (size_t)field->values_len);
    return error_set(error, STATUS_BAD_DEFINITION,
                     "where: '%s' is no value of '%s'; did you mean '%s'?", text, field->name,
                     near ? near : field->values[0]);
}

static enum status number_of(const struct definition *definition, const struct field *field,
                             const char *text, int64_t *out, struct error *error)
{
    size_t len = strlen(text);
    if (field->type == FIELD_TIME) {
        const struct zone *zone = field->zone_set ? field->zone : definition->zone;
        if (instant_parse(text, len, zone, out) == INSTANT_OK)
            return STATUS_OK;
        return error_set(error, STATUS_BAD_DEFINITION,
                         "where: '%s' is no time for '%s', as in 2026-01-05T08:42:17Z", text,
                         field->name);
    }
    int places = field->type == FIELD_MONEY ? field->places : 0;
    switch (money_parse(text, len, places, out)) {
    case MONEY_OK:
        return STATUS_OK;
    case MONEY_PRECISION:
        return error_set(error, STATUS_BAD_DEFINITION,
                         "where: '%s' has more decimals than '%s', which has %d", text, field->name,
                         places);
    case MONEY_BAD:
    default:
        return error_set(error, STATUS_BAD_DEFINITION, "where: '%s' is no number for '%s'", text,
                         field->name);
    }
}

static enum status add_operand(const struct definition *definition, struct filter *filter,
                               struct word word, struct error *error)
{
    const struct field *field = &definition->fields[filter->field];
    if (word.len == 0)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "where: '%s' lacks a value; for absent ones write '%s missing'",
                         filter->source, field->name);
    if (filter->operands_len == VALUES_MAX)
        return error_set(error, STATUS_LIMIT, "where: '%s' lists more than %d values",
                         filter->source, VALUES_MAX);
    int i = filter->operands_len++;
    filter->texts[i] = word_copy(word);
    if (field->type == FIELD_TEXT)
        return check_listed(field, filter->texts[i], error);
    enum status status = number_of(definition, field, filter->texts[i], &filter->numbers[i], error);
    filter->number = filter->numbers[0];
    return status;
}

static enum status add_operands(const struct definition *definition, struct filter *filter,
                                struct word rest, struct error *error)
{
    enum status status = STATUS_OK;
    if (filter->op == FILTER_MISSING || filter->op == FILTER_PRESENT)
        return STATUS_OK;
    if (filter->op != FILTER_IN)
        return add_operand(definition, filter, rest, error);
    char *list = word_copy(rest);
    struct word word;
    for (const char *at = list; status == STATUS_OK && words_next(&at, &word);)
        status = add_operand(definition, filter, word, error);
    free(list);
    if (status == STATUS_OK && filter->operands_len == 0)
        return not_understood(filter->source, error);
    return status;
}

static bool orders(enum filter_op op)
{
    return op == FILTER_LT || op == FILTER_LE || op == FILTER_GT || op == FILTER_GE;
}

static enum status read_filter(const struct definition *definition, struct filter *filter,
                               struct error *error)
{
    struct word all = word_trimmed(filter->source, strlen(filter->source));
    size_t name_len = strspn(all.at, name_bytes);
    struct word rest;
    char name[NAME_MAX_LEN + 1];
    struct word behind = word_trimmed(all.at + name_len, all.len - name_len);
    if (name_len == 0 || name_len > NAME_MAX_LEN || !take_operator(behind, &filter->op, &rest))
        return not_understood(filter->source, error);
    snprintf(name, sizeof name, "%.*s", (int)name_len, all.at);
    enum status status = definition_find_field(definition, "where", name, &filter->field, error);
    if (status != STATUS_OK)
        return status;
    const struct field *field = &definition->fields[filter->field];
    if (orders(filter->op) && field->type == FIELD_TEXT)
        return error_set(error, STATUS_BAD_DEFINITION,
                         "where: '%s' compares text; '%s' can only be =, !=, in, missing, present",
                         filter->source, field->name);
    return add_operands(definition, filter, rest, error);
}

void definition_free_filter(struct filter *filter)
{
    for (int i = 0; i < VALUES_MAX; i++)
        free(filter->texts[i]);
    free(filter->source);
    *filter = (struct filter){.source = NULL};
}

enum status definition_read_filter(const struct definition *definition, const char *expression,
                                   struct filter *filter, struct error *error)
{
    *filter = (struct filter){.source = mem_copy_text(expression)};
    enum status status = read_filter(definition, filter, error);
    if (status != STATUS_OK)
        definition_free_filter(filter);
    return status;
}

enum status definition_add_filter(struct definition *definition, const char *expression,
                                  struct error *error)
{
    if (definition->filters_len == FILTERS_MAX)
        return error_set(error, STATUS_LIMIT, "where: '%s' is one too many: at most %d", expression,
                         FILTERS_MAX);
    struct filter *filter = &definition->filters[definition->filters_len];
    enum status status = definition_read_filter(definition, expression, filter, error);
    definition->filters_len += status == STATUS_OK;
    return status;
}
