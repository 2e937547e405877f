/*
 * DESIGN: the masks of a piece (feeds/bytes_masks.h) say where lines end and quotes are, and of a
 * line that no backslash and no control byte is in it; so every second quote ends a string. What
 * remains is a walk from member to member. Each step either takes what it expects or gives the line
 * up: there is no second way that a line could be understood.
 */
#include "feeds/json_plain.h"

#include "core/status.h"
#include "feeds/bytes_masks.h"
#include "feeds/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    MASKS = JSON_PLAIN_BYTES / BYTES_MASK + 1,
    SLOTS_SHIFT = 9, /* twice as many as keys */
    SLOTS = 1 << SLOTS_SHIFT
};

struct reader {
    struct json_plain plain;    /* what the header shows */
    struct json_plain_key head; /* before the first name */
    int names_len, keys_len;
    uint16_t slots[SLOTS]; /* 1 + index of a key; 0: free */
    bool full;             /* a name found no room */
    const struct bytes_tools *tools;

    /* the piece at hand; masks[masks_len] is all bits */
    const char *piece; /* NULL: none */
    size_t masks_len;
    bool all_plain; /* all of it is ASCII without an odd byte */
    struct bytes_text masks[MASKS];

    const char *end; /* of the line at hand */
};

/* --- names --- */

static inline uint64_t load8(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static inline uint32_t load4(const char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

static unsigned slot_of(const char *name, size_t len)
{
    uint64_t mixed = len;
    for (size_t n = 0; n < len; n++)
        mixed = (mixed ^ (unsigned char)name[n]) * 0x9E3779B97F4A7C15u;
    return (unsigned)(mixed >> (64 - SLOTS_SHIFT));
}

/* The slot of a name, or the free one where it would be. */
static uint16_t *find_slot(struct reader *reader, const char *name, size_t len)
{
    for (unsigned s = slot_of(name, len);; s = (s + 1) % SLOTS) {
        uint16_t *slot = &reader->slots[s];
        if (*slot == 0)
            return slot;
        const struct json_plain_key *key = &reader->plain.keys[*slot - 1];
        if (key->len == len + 3 && memcmp(key->text + 1, name, len) == 0)
            return slot;
    }
}

static void add_key(struct reader *reader, uint16_t *slot, const char *name, size_t len)
{
    struct json_plain_key *key = &reader->plain.keys[reader->keys_len++];
    *slot = (uint16_t)reader->keys_len;
    *key = (struct json_plain_key){.next = &reader->head, .len = len + 3};
    key->text[0] = '"';
    memcpy(key->text + 1, name, len);
    memcpy(key->text + 1 + len, "\":", 2);
}

/* NULL: there is no room for it. */
static struct json_plain_key *find_key(struct reader *reader, const char *name, size_t len)
{
    if (len > JSON_PLAIN_KEY_BYTES)
        return NULL;
    uint16_t *slot = find_slot(reader, name, len);
    if (*slot == 0) {
        if (reader->keys_len == JSON_PLAIN_KEYS) {
            reader->full = true;
            return NULL;
        }
        add_key(reader, slot, name, len);
    }
    return &reader->plain.keys[*slot - 1];
}

/* Forgets what nobody asked for. */
static void forget(struct reader *reader)
{
    reader->full = false;
    reader->keys_len = reader->names_len;
    reader->head.next = &reader->head;
    memset(reader->slots, 0, sizeof reader->slots);
    for (int k = 0; k < reader->names_len; k++) {
        struct json_plain_key *key = &reader->plain.keys[k];
        key->next = &reader->head;
        if (key->len > 0)
            *find_slot(reader, key->text + 1, key->len - 3) = (uint16_t)(k + 1);
    }
}

struct json_plain *json_plain_new(const char *const *names, int names_len,
                                  enum decoder_choice choice)
{
    struct reader *reader = mem_zero(1, sizeof *reader);
    reader->tools = bytes_tools_for(choice);
    reader->head.next = &reader->head;
    for (int n = 0; n < names_len; n++) {
        size_t len = strlen(names[n]);
        if (len <= JSON_PLAIN_KEY_BYTES)
            add_key(reader, find_slot(reader, names[n], len), names[n], len);
        else
            reader->keys_len++; /* no line with such a name is taken */
    }
    reader->names_len = names_len;
    return &reader->plain;
}

void json_plain_free(struct json_plain *plain)
{
    free(plain);
}

/* --- a line --- */

/*
 * The walk's steps take where it is and return where it goes on; NULL: the line is given up. Behind
 * a line's last byte there is one more, `*end`, which is none of JSON's: a step need not look for
 * the end before each byte.
 */

static inline const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* The first quote behind `at`, in this line or behind it. */
static inline const char *next_quote(const struct reader *reader, const char *at)
{
    size_t from = (size_t)(at + 1 - reader->piece), m = from / BYTES_MASK;
    uint64_t left = reader->masks[m].quotes & UINT64_MAX << from % BYTES_MASK;
    while (left == 0)
        left = reader->masks[++m].quotes;
    return reader->piece + m * BYTES_MASK + __builtin_ctzll(left);
}

/* A string, from its quote on. */
static inline const char *take_string(const struct reader *reader, const char *at)
{
    const char *close = next_quote(reader, at);
    return close < reader->end ? close + 1 : NULL;
}

/* Overlapping words cover any length; texts of fewer than four bytes are never the same. */
static inline bool same_text(const char *a, const char *b, size_t len)
{
    if (len < 8)
        return len >= 4 && load4(a) == load4(b) && load4(a + len - 4) == load4(b + len - 4);
    uint64_t other = load8(a) ^ load8(b);
    other |= load8(a + len - 8) ^ load8(b + len - 8);
    for (size_t at = 8; at + 8 < len; at += 8)
        other |= load8(a + at) ^ load8(b + at);
    return other == 0;
}

/* Behind a name that was not foreseen, and its colon. */
static const char *find_name(struct reader *reader, const char *at, struct json_plain_key **key)
{
    if (*at != '"')
        return NULL;
    const char *behind = take_string(reader, at), *colon = behind ? skip_blanks(behind) : NULL;
    if (!colon || *colon != ':')
        return NULL;
    struct json_plain_key *found = find_key(reader, at + 1, (size_t)(behind - at) - 2);
    if (!found)
        return NULL;
    (*key)->next = found;
    *key = found;
    return colon + 1;
}

/* A name and its colon; `*key` is the name before it, and becomes this one. */
static inline const char *take_name(struct reader *reader, const char *at,
                                    struct json_plain_key **key)
{
    struct json_plain_key *next = (*key)->next;
    if ((size_t)(reader->end - at) < next->len || !same_text(at, next->text, next->len))
        return find_name(reader, at, key);
    *key = next;
    return at + next->len;
}

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline const char *skip_digits(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

static inline const char *take_number(const char *at)
{
    const char *begin = at + (*at == '-');
    at = skip_digits(begin);
    if (at == begin || (*begin == '0' && at > begin + 1))
        return NULL;
    if (*at == '.') {
        if (!is_digit(at[1]))
            return NULL;
        at = skip_digits(at + 1);
    }
    return at - begin <= JSON_PLAIN_NUMBER_BYTES ? at : NULL;
}

static const char *take_word(const struct reader *reader, const char *at, const char *word,
                             size_t len)
{
    bool same = (size_t)(reader->end - at) >= len && memcmp(at, word, len) == 0;
    return same ? at + len : NULL;
}

static const char *take_bare(const struct reader *reader, const char *at)
{
    switch (*at) {
    case 't':
        return take_word(reader, at, "true", 4);
    case 'f':
        return take_word(reader, at, "false", 5);
    case 'n':
        return take_word(reader, at, "null", 4);
    default:
        return take_number(at);
    }
}

/* A member, from behind '{' or ',' to before what follows it. */
static inline const char *take_member(struct reader *reader, const char *at,
                                      struct json_plain_key **key)
{
    at = take_name(reader, skip_blanks(at), key);
    if (!at || (*key)->record == reader->plain.record)
        return NULL;
    const char *value = skip_blanks(at);
    at = *value == '"' ? take_string(reader, value) : take_bare(reader, value);
    if (!at)
        return NULL;
    (*key)->record = reader->plain.record;
    (*key)->value.at = value;
    (*key)->value.len = (size_t)(at - value);
    return skip_blanks(at);
}

static bool take_object(struct reader *reader, const char *at)
{
    struct json_plain_key *key = &reader->head;
    at = skip_blanks(at);
    if (*at != '{')
        return false;
    do
        at = take_member(reader, at + 1, &key);
    while (at && *at == ',');
    return at && *at == '}' && skip_blanks(at + 1) == reader->end;
}

/* --- lines of a piece --- */

/* Fewer bytes are looked at where lines are as short as usual: they are looked at again in the next
 * piece when its last line goes on. */
enum { USUAL_PIECE = 4096 };

static bool look(struct reader *reader, const char *at, size_t len)
{
    uint64_t newlines = 0, unusual = 0;
    struct bytes_text *masks = reader->masks;
    reader->piece = at;
    reader->masks_len = bytes_masks_len(len);
    reader->tools->text(at, len, masks);
    for (size_t m = 0; m < reader->masks_len; m++) {
        newlines |= masks[m].newlines;
        unusual |= masks[m].odd | masks[m].high;
    }
    masks[reader->masks_len] = (struct bytes_text){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    reader->all_plain = unusual == 0;
    return newlines != 0;
}

/* The end of the line at `at`, if the piece has it. */
static inline const char *find_newline(const struct reader *reader, const char *at)
{
    size_t from = (size_t)(at - reader->piece), m = from / BYTES_MASK;
    if (!reader->piece || m >= reader->masks_len)
        return NULL;
    uint64_t left = reader->masks[m].newlines & UINT64_MAX << from % BYTES_MASK;
    while (left == 0)
        left = reader->masks[++m].newlines;
    return m < reader->masks_len ? reader->piece + m * BYTES_MASK + __builtin_ctzll(left) : NULL;
}

/* Whether there is a line end in what lies before `end`, and looks at that. */
static const char *look_at_line(struct reader *reader, const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    if (!look(reader, at, left < USUAL_PIECE ? left : USUAL_PIECE) &&
        (left <= USUAL_PIECE ||
         !look(reader, at, left < JSON_PLAIN_BYTES ? left : JSON_PLAIN_BYTES)))
        return NULL;
    return find_newline(reader, at);
}

/* Whether the line up to `reader->end` has bytes that make it unusual. */
static bool is_odd(const struct reader *reader, const char *at, const char *newline)
{
    size_t begin = (size_t)(at - reader->piece), end = (size_t)(reader->end - reader->piece);
    uint64_t high = 0;
    for (size_t m = begin / BYTES_MASK; m * BYTES_MASK < end; m++) {
        uint64_t there = UINT64_MAX;
        if (m == begin / BYTES_MASK)
            there <<= begin % BYTES_MASK;
        if (m == end / BYTES_MASK)
            there &= (UINT64_C(1) << end % BYTES_MASK) - 1;
        if (reader->masks[m].odd & there)
            return true;
        high |= reader->masks[m].high & there;
    }
    return high && utf8_faults(at, (size_t)(newline - at)) != 0;
}

void json_plain_begin(struct json_plain *plain)
{
    ((struct reader *)plain)->piece = NULL;
}

size_t json_plain_next(struct json_plain *plain, const char *at, const char *end)
{
    struct reader *reader = (struct reader *)plain;
    const char *newline = find_newline(reader, at);
    if (!newline && reader->piece != at)
        newline = look_at_line(reader, at, end);
    if (!newline || newline == at)
        return 0;
    plain->record++;
    if (reader->full)
        forget(reader);
    reader->end = newline - (newline[-1] == '\r');
    if (!reader->all_plain && is_odd(reader, at, newline))
        return 0;
    return take_object(reader, at) ? (size_t)(newline + 1 - at) : 0;
}
