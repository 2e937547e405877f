/*
 * JSON, one object a line, judged by jansson.
 *
 * DESIGN: jansson says whether a line is JSON and whether a name stands twice. It turns numbers
 * into doubles, so values are taken from the line's own text instead (X10): a small scanner over
 * what jansson has accepted finds the text of each member that a field names. Strings and names
 * with an escape are handed to jansson once more, alone. Lines whose verdict is plain never reach
 * it: feeds/json_plain.h finds the same texts, and from there on all is one.
 */
#include "feeds/decode_parts.h"
#include "feeds/json_object.h"
#include "feeds/json_plain.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { DEPTH_MAX = 64, CANDIDATES_MAX = FIELDS_MAX * COLUMNS_MAX };
_Static_assert((int)CANDIDATES_MAX <= (int)JSON_PLAIN_NAMES, "each may be asked for");

/* A name under which a field may stand in a record. */
struct candidate {
    const char *name;
    size_t len;
    int field;
};

/* The text of a value in the line; depth 0: absent. */
struct raw_value {
    const char *at;
    size_t len;
    int depth;
};

struct json_judge {
    const struct definition *definition;
    struct validator *validator;
    struct candidate candidates[CANDIDATES_MAX]; /* in the order of fields, then of columns */
    int candidates_len;
    struct raw_value found[CANDIDATES_MAX];
    struct json_plain *plain; /* NULL: jansson judges every record */
};

/* Without memory jansson would say of a good record that it is no JSON: ours does not return then.
 */
static void use_own_memory(void)
{
    json_set_alloc_funcs(mem_alloc, free);
}

/* Two fields may be of one name. */
static void plan_plain(struct json_judge *judge, struct hash_key hash_key)
{
    struct json_plain_name names[CANDIDATES_MAX];
    int names_len = 0;
    for (int c = 0; c < judge->candidates_len; c++) {
        const struct candidate *candidate = &judge->candidates[c];
        int n = 0;
        while (n < names_len && strcmp(names[n].text, candidate->name) != 0)
            n++;
        if (n == names_len)
            names[names_len++] = (struct json_plain_name){.text = candidate->name};
        names[n].fields |= UINT32_C(1) << candidate->field;
    }
    struct json_plain_config config = {.names = names,
                                       .names_len = names_len,
                                       .hash_key = hash_key,
                                       .choice = judge->definition->decoder};
    for (int f = 0; f < judge->definition->fields_len; f++) {
        if (judge->definition->fields[f].type == FIELD_TEXT)
            config.texts |= UINT32_C(1) << f;
        if (validator_asks(judge->validator, f))
            config.asked |= UINT32_C(1) << f;
    }
    judge->plain = json_plain_new(&config);
}

struct json_judge *json_judge_new(const struct definition *definition, struct validator *validator,
                                  struct hash_key hash_key)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, use_own_memory);
    struct json_judge *judge = mem_zero(1, sizeof *judge);
    judge->definition = definition;
    judge->validator = validator;
    for (int f = 0; f < definition->fields_len; f++) {
        for (int c = 0; c < definition->fields[f].columns_len; c++) {
            const char *name = definition->fields[f].columns[c];
            judge->candidates[judge->candidates_len++] =
                (struct candidate){.name = name, .len = strlen(name), .field = f};
        }
    }
    if (definition->decoder != DECODER_LIBRARY)
        plan_plain(judge, hash_key);
    return judge;
}

void json_judge_free(struct json_judge *judge)
{
    if (judge)
        json_plain_free(judge->plain);
    free(judge);
}

/* --- whether a line is JSON --- */

/* Behind the closing quote of the string that begins at `at`. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\' && at + 1 < end;
    return at < end ? at + 1 : end;
}

static bool too_deep(const char *line, size_t len)
{
    const char *end = line + len;
    int depth = 0;
    for (const char *at = line; at < end;) {
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if (*at == '}' || *at == ']')
            depth--;
        if (depth > DEPTH_MAX)
            return true;
        at++;
    }
    return false;
}

static enum reject_reason judge_text(const char *line, size_t len)
{
    json_error_t fault;
    /* whole numbers beyond 64 bits are still JSON: the field's own check refuses them */
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &fault);
    if (root) {
        bool object = json_is_object(root);
        json_decref(root);
        return object ? REJECT_NONE : REJECT_PARSE;
    }
    switch (json_error_code(&fault)) {
    case json_error_duplicate_key:
        return REJECT_DUPLICATE_KEY;
    case json_error_numeric_overflow:
        return REJECT_BAD_NUMBER;
    default:
        return REJECT_PARSE;
    }
}

/* Replaces the next token that other programs write for what is no number; false: there is none. */
static bool blank_out(char *at, const char *end, const char *token)
{
    size_t len = strlen(token);
    if ((size_t)(end - at) < len || memcmp(at, token, len) != 0)
        return false;
    memset(at, ' ', len);
    *at = '0';
    return true;
}

/* Whether NaN or Infinity, which are not JSON, are all that is wrong with a line (X3). */
static bool only_not_finite(const char *line, size_t len)
{
    char *copy = mem_alloc(len);
    char *end = copy + len;
    bool any = false;
    memcpy(copy, line, len);
    for (char *at = copy; at < end;) {
        if (*at == '"') {
            at = copy + (string_end(at, end) - copy);
            continue;
        }
        any |= blank_out(at, end, "NaN") || blank_out(at, end, "Infinity");
        at++;
    }
    any = any && judge_text(copy, len) == REJECT_NONE;
    free(copy);
    return any;
}

/* --- what stands in it; from here on the line is known to be JSON --- */

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at;
}

static const char *nested_end(const char *at, const char *end)
{
    int depth = 0;
    while (at < end) {
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
        if (depth == 0)
            break;
    }
    return at;
}

static const char *value_end(const char *at, const char *end)
{
    if (*at == '"')
        return string_end(at, end);
    if (*at == '{' || *at == '[')
        return nested_end(at, end);
    while (at < end && !strchr(",}] \t\r\n", *at))
        at++;
    return at;
}

/* A string's text without its quotes. Where it has escapes jansson decodes it: `*owner` is then to
 * be given back when the text is done with. */
static const char *string_text(const char *at, size_t raw_len, size_t *len, json_t **owner)
{
    *owner = NULL;
    *len = raw_len - 2;
    if (!memchr(at, '\\', raw_len))
        return at + 1;
    *owner = json_loadb(at, raw_len, JSON_DECODE_ANY, NULL);
    if (!*owner)
        fatal("a string inside a record that was read could not be read again");
    *len = json_string_length(*owner);
    return json_string_value(*owner);
}

/* A member at `depth` inside the objects that `prefix` names ("a.b."). Notes its value for each
 * field that it feeds, the outermost first: a member named "a.b" wins over b inside a. Returns the
 * name of a candidate that lies inside of the value, NULL when none does. */
static const char *match(struct json_judge *judge, const char *prefix, size_t prefix_len,
                         const char *name, size_t len, const struct raw_value *value)
{
    const char *inside = NULL;
    size_t matched = prefix_len + len;
    for (int c = 0; c < judge->candidates_len; c++) {
        const struct candidate *candidate = &judge->candidates[c];
        if (candidate->len < matched || memcmp(candidate->name + prefix_len, name, len) != 0 ||
            memcmp(candidate->name, prefix, prefix_len) != 0)
            continue;
        struct raw_value *found = &judge->found[c];
        if (candidate->len > matched && candidate->name[matched] == '.')
            inside = candidate->name;
        else if (candidate->len == matched && (found->depth == 0 || value->depth < found->depth))
            *found = *value;
    }
    return inside;
}

static void walk(struct json_judge *judge, const char *at, const char *end, const char *prefix,
                 size_t prefix_len, int depth)
{
    for (;;) {
        /* behind '{' or ',' */
        at = skip_blanks(at + 1, end);
        if (at >= end || *at != '"')
            return;
        const char *name_end = string_end(at, end);
        size_t len;
        json_t *owner;
        const char *name = string_text(at, (size_t)(name_end - at), &len, &owner);
        at = skip_blanks(skip_blanks(name_end, end) + 1, end);
        struct raw_value value = {.at = at, .depth = depth};
        at = value_end(at, end);
        value.len = (size_t)(at - value.at);
        const char *inside = match(judge, prefix, prefix_len, name, len, &value);
        json_decref(owner);
        if (inside && *value.at == '{')
            walk(judge, value.at, at, inside, prefix_len + len + 1, depth + 1);
        at = skip_blanks(at, end);
    }
}

static bool is_whole(const struct raw_value *value)
{
    for (size_t i = 0; i < value->len; i++)
        if (value->at[i] == '.' || value->at[i] == 'e' || value->at[i] == 'E')
            return false;
    return true;
}

static void take_value(struct json_judge *judge, int field, const struct raw_value *value)
{
    bool text = judge->definition->fields[field].type == FIELD_TEXT;
    switch (*value->at) {
    case '"': {
        size_t len;
        json_t *owner;
        const char *inner = string_text(value->at, value->len, &len, &owner);
        validator_field(judge->validator, field, inner, len);
        json_decref(owner);
        return;
    }
    case '{':
    case '[':
        break;
    case 't':
    case 'f':
        if (text) {
            validator_field(judge->validator, field, value->at, value->len);
            return;
        }
        break;
    default:
        if (!text || is_whole(value)) {
            validator_field(judge->validator, field, value->at, value->len);
            return;
        }
    }
    validator_fault(judge->validator, field, REJECT_BAD_TYPE);
}

/* Of a field's names the first that is there and not null. */
static void take_values(struct json_judge *judge)
{
    int taken = -1;
    for (int c = 0; c < judge->candidates_len; c++) {
        const struct raw_value *value = &judge->found[c];
        int field = judge->candidates[c].field;
        if (field == taken || value->depth == 0 || *value->at == 'n')
            continue;
        take_value(judge, field, value);
        taken = field;
    }
}

/* --- plain records --- */

void json_judge_begin(struct json_judge *judge)
{
    if (judge->plain)
        json_plain_begin(judge->plain);
}

void json_judge_run(struct json_judge *judge, const char *at, const char *end,
                    struct validator_run *run)
{
    const uint64_t begin = run->offset;
    const struct event *clear = run->events;
    bool label = false;
    while (judge->plain && !label && run->events < run->events_end && run->offset < run->limit) {
        const char *next = at + (run->offset - begin);
        const struct json_plain_record *record =
            next < end ? json_plain_next(judge->plain, next, end) : NULL;
        if (!record)
            break;
        if (run->events == clear)
            clear = validator_clear(run->events, run->events_end, SIZE_MAX);
        label = validator_record(judge->validator, run->events, record->texts, record->texts_len);
        run->events->start = run->offset;
        run->events->length = (uint32_t)record->len;
        run->events->line = ++run->line;
        run->events++;
        run->offset += record->len;
    }
}

void json_judge_record(struct json_judge *judge, const char *line, size_t len, struct event *event)
{
    validator_begin(judge->validator, event);
    enum reject_reason reason = too_deep(line, len) ? REJECT_PARSE : judge_text(line, len);
    if (reason == REJECT_PARSE && !too_deep(line, len) && only_not_finite(line, len))
        reason = REJECT_BAD_NUMBER;
    if (reason != REJECT_NONE) {
        event->reason = (uint8_t)reason;
        return;
    }
    memset(judge->found, 0, (size_t)judge->candidates_len * sizeof *judge->found);
    walk(judge, skip_blanks(line, line + len), line + len, "", 0, 1);
    take_values(judge);
    validator_end(judge->validator);
}

/* --- columns, for guessing --- */

static void add_columns(json_t *object, const char *prefix, int depth, char **names, int *names_len,
                        int cap)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char path[NAME_MAX_LEN + 1];
        int len = snprintf(path, sizeof path, "%s%s", prefix, name);
        if (len < 0 || (size_t)len + 1 >= sizeof path)
            continue; /* longer than a field's name may be */
        if (json_is_object(value) && depth < DEPTH_MAX) {
            path[len] = '.';
            path[len + 1] = '\0';
            add_columns(value, path, depth + 1, names, names_len, cap);
            continue;
        }
        int known = 0;
        while (known < *names_len && strcmp(names[known], path) != 0)
            known++;
        if (known == *names_len && *names_len < cap)
            names[(*names_len)++] = mem_copy_text(path);
    }
}

bool json_columns(const char *line, size_t len, char **names, int *names_len, int cap)
{
    json_t *root = json_loadb(line, len, JSON_DECODE_INT_AS_REAL, NULL);
    bool object = json_is_object(root);
    if (object)
        add_columns(root, "", 1, names, names_len, cap);
    json_decref(root);
    return object;
}

/* --- a plain object --- */

bool json_object_take(const char *line, size_t len, struct json_member *members, int members_len)
{
    json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_object(root);
    for (int m = 0; m < members_len; m++)
        members[m].text = NULL;
    for (int m = 0; m < members_len && good; m++) {
        const json_t *value = json_object_get(root, members[m].name);
        good = members[m].is_text ? json_is_string(value)
                                  : json_is_integer(value) && json_integer_value(value) >= 0;
        if (!good)
            break;
        if (members[m].is_text)
            members[m].text = mem_copy_text(json_string_value(value));
        else
            members[m].number = (uint64_t)json_integer_value(value);
    }
    json_decref(root);
    return good;
}

void json_object_fini(struct json_member *members, int members_len)
{
    for (int m = 0; m < members_len; m++)
        free(members[m].text);
}
