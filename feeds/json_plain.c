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

#define INLINE static inline __attribute__((always_inline))

enum {
    MASKS = JSON_PLAIN_BYTES / BYTES_MASK + 1,
    SLOTS_SHIFT = 9, /* twice as many as keys */
    SLOTS = 1 << SLOTS_SHIFT,
    KEY_TEXT = JSON_PLAIN_KEY_BYTES + 8, /* the name, its quotes and its colon, and few blanks */
    USUAL_PIECE = 4096
};

struct key {
    uint64_t record;  /* the last one it stood in */
    struct key *next; /* what followed it last time */
    uint32_t fields;  /* 0: nobody asks for it */
    int place;        /* among the names that are asked for */
    uint32_t text_len;
    char text[KEY_TEXT]; /* how it was written last time, from behind '{' or ',' up to its value */
    uint32_t name_len;
    char name[JSON_PLAIN_KEY_BYTES];
};

struct json_plain {
    struct key head; /* before the first name */
    struct key keys[JSON_PLAIN_KEYS];
    int names_len, keys_len;
    uint16_t slots[SLOTS]; /* 1 + index of a key; 0: free */
    bool full;             /* a name found no room */
    const struct bytes_tools *tools;

    /*
     * The piece at hand; masks[masks_len] is all bits. As many bytes behind it as a name may have
     * can be read: the last piece of a buffer is copied to where that is so.
     */
    const char *looked; /* where it begins in the buffer; NULL: none */
    const char *piece;
    size_t masks_len;
    bool all_plain; /* all of it is ASCII without an odd byte */
    struct bytes_text masks[MASKS];
    char own[JSON_PLAIN_BYTES + KEY_TEXT];

    /* the record at hand */
    uint64_t number;
    const char *end; /* of its line */
    struct json_plain_record record;
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
static uint16_t *find_slot(struct json_plain *plain, const char *name, size_t len)
{
    for (unsigned s = slot_of(name, len);; s = (s + 1) % SLOTS) {
        uint16_t *slot = &plain->slots[s];
        if (*slot == 0)
            return slot;
        const struct key *key = &plain->keys[*slot - 1];
        if (key->name_len == len && memcmp(key->name, name, len) == 0)
            return slot;
    }
}

static void add_key(struct json_plain *plain, uint16_t *slot, const char *name, size_t len,
                    uint32_t fields, int place)
{
    struct key *key = &plain->keys[plain->keys_len++];
    *slot = (uint16_t)plain->keys_len;
    *key = (struct key){
        .next = &plain->head, .fields = fields, .place = place, .name_len = (uint32_t)len};
    memcpy(key->name, name, len);
}

/* NULL: there is no room for it. */
static struct key *find_key(struct json_plain *plain, const char *name, size_t len)
{
    if (len > JSON_PLAIN_KEY_BYTES)
        return NULL;
    uint16_t *slot = find_slot(plain, name, len);
    if (*slot == 0) {
        plain->full = plain->keys_len == JSON_PLAIN_KEYS;
        if (plain->full)
            return NULL;
        add_key(plain, slot, name, len, 0, -1);
    }
    return &plain->keys[*slot - 1];
}

/* Forgets what nobody asked for. */
static void forget(struct json_plain *plain)
{
    plain->full = false;
    plain->keys_len = plain->names_len;
    plain->head.next = &plain->head;
    memset(plain->slots, 0, sizeof plain->slots);
    for (int k = 0; k < plain->names_len; k++) {
        struct key *key = &plain->keys[k];
        key->next = &plain->head;
        *find_slot(plain, key->name, key->name_len) = (uint16_t)(k + 1);
    }
}

struct json_plain *json_plain_new(const struct json_plain_name *names, int names_len,
                                  enum decoder_choice choice)
{
    struct json_plain *plain = mem_zero(1, sizeof *plain);
    plain->tools = bytes_tools_for(choice);
    plain->head.next = &plain->head;
    for (int n = 0; n < names_len; n++) {
        size_t len = strlen(names[n].text);
        /* no line with a longer one is taken, so it need not be known */
        if (len <= JSON_PLAIN_KEY_BYTES)
            add_key(plain, find_slot(plain, names[n].text, len), names[n].text, len,
                    names[n].fields, n);
    }
    plain->names_len = plain->keys_len;
    return plain;
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

INLINE const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* The first quote behind `at`, in this line or behind it. */
INLINE const char *next_quote(const struct json_plain *plain, const char *at)
{
    size_t from = (size_t)(at + 1 - plain->piece), m = from / BYTES_MASK;
    uint64_t left = plain->masks[m].quotes & UINT64_MAX << from % BYTES_MASK;
    while (left == 0)
        left = plain->masks[++m].quotes;
    return plain->piece + m * BYTES_MASK + __builtin_ctzll(left);
}

/* A string, from its quote on. */
INLINE const char *take_string(const struct json_plain *plain, const char *at)
{
    const char *close = next_quote(plain, at);
    return close < plain->end ? close + 1 : NULL;
}

/* Overlapping words cover any length; texts of fewer than four bytes are never the same. */
INLINE bool same_text(const char *a, const char *b, size_t len)
{
    if (len < 8)
        return len >= 4 && load4(a) == load4(b) && load4(a + len - 4) == load4(b + len - 4);
    uint64_t other = load8(a) ^ load8(b);
    other |= load8(a + len - 8) ^ load8(b + len - 8);
    for (size_t at = 8; at + 8 < len; at += 8)
        other |= load8(a + at) ^ load8(b + at);
    return other == 0;
}

/* What a walk knows; kept in registers. */
struct walk {
    const char *at;
    struct key *key;                  /* the last name */
    struct json_plain_member *member; /* the next */
    uint32_t fields;                  /* of those before it */
    uint32_t clash;
};

/* A name that was not foreseen, from `at` to its value. */
static const char *find_name(struct json_plain *plain, const char *at, struct key *before,
                             struct key **out)
{
    const char *begin = at;
    at = skip_blanks(at);
    if (*at != '"')
        return NULL;
    const char *name = at + 1, *behind = take_string(plain, at);
    at = behind ? skip_blanks(behind) : "";
    if (*at != ':')
        return NULL;
    struct key *found = find_key(plain, name, (size_t)(behind - name) - 1);
    if (!found)
        return NULL;
    at = skip_blanks(at + 1);
    found->text_len = at - begin <= KEY_TEXT ? (uint32_t)(at - begin) : 0;
    memcpy(found->text, begin, found->text_len);
    before->next = *out = found;
    return at;
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

static const char *take_word(const struct json_plain *plain, const char *at, const char *word,
                             size_t len)
{
    bool same = (size_t)(plain->end - at) >= len && memcmp(at, word, len) == 0;
    return same ? at + len : NULL;
}

static const char *take_bare(const struct json_plain *plain, const char *at)
{
    switch (*at) {
    case 't':
        return take_word(plain, at, "true", 4);
    case 'f':
        return take_word(plain, at, "false", 5);
    case 'n':
        return take_word(plain, at, "null", 4);
    default:
        return take_number(at);
    }
}

INLINE bool take_name(struct json_plain *plain, struct walk *walk)
{
    struct key *next = walk->key->next;
    bool foreseen = same_text(walk->at, next->text, next->text_len);
    walk->at = foreseen ? walk->at + next->text_len : find_name(plain, walk->at, walk->key, &next);
    walk->key = next;
    /* what stands twice is for jansson */
    if (!walk->at || next->record == plain->number)
        return false;
    next->record = plain->number;
    return true;
}

/* A member, from behind '{' or ',' to before what follows it. */
INLINE bool take_member(struct json_plain *plain, struct walk *walk)
{
    if (!take_name(plain, walk))
        return false;
    const char *value = skip_blanks(walk->at);
    const char *end = *value == '"' ? take_string(plain, value) : take_bare(plain, value);
    if (!end)
        return false;
    uint32_t fields = walk->key->fields;
    if (fields)
        *walk->member++ = (struct json_plain_member){.value = value,
                                                     .len = (uint32_t)(end - value),
                                                     .fields = fields,
                                                     .name = walk->key->place};
    walk->clash |= walk->fields & fields;
    walk->fields |= fields;
    walk->at = skip_blanks(end);
    return true;
}

static bool take_object(struct json_plain *plain, const char *line)
{
    struct json_plain_record *record = &plain->record;
    struct walk walk = {.at = skip_blanks(line), .key = &plain->head, .member = record->members};
    if (*walk.at != '{')
        return false;
    do {
        walk.at++;
        if (!take_member(plain, &walk))
            return false;
    } while (*walk.at == ',');
    record->clash = walk.clash != 0;
    record->members_len = (int)(walk.member - record->members);
    return *walk.at == '}' && skip_blanks(walk.at + 1) == plain->end;
}

/* --- lines of a piece --- */

/* Whether there is a line end in what is looked at. */
static bool look(struct json_plain *plain, const char *at, const char *end, size_t most)
{
    size_t left = (size_t)(end - at), len = left < most ? left : most;
    uint64_t newlines = 0, unusual = 0;
    struct bytes_text *masks = plain->masks;
    plain->looked = plain->piece = at;
    plain->masks_len = bytes_masks_len(len);
    if (left - len < KEY_TEXT) {
        memcpy(plain->own, at, len);
        memset(plain->own + len, 0, KEY_TEXT);
        plain->piece = plain->own;
    }
    plain->tools->text(plain->piece, len, masks);
    for (size_t m = 0; m < plain->masks_len; m++) {
        newlines |= masks[m].newlines;
        unusual |= masks[m].odd | masks[m].high;
    }
    masks[plain->masks_len] = (struct bytes_text){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};
    plain->all_plain = unusual == 0;
    return newlines != 0;
}

/* The first line end at `from` or behind it, if the piece has one. */
static inline const char *find_newline(const struct json_plain *plain, size_t from)
{
    size_t m = from / BYTES_MASK;
    if (m >= plain->masks_len)
        return NULL;
    uint64_t left = plain->masks[m].newlines & UINT64_MAX << from % BYTES_MASK;
    while (left == 0)
        left = plain->masks[++m].newlines;
    return m < plain->masks_len ? plain->piece + m * BYTES_MASK + __builtin_ctzll(left) : NULL;
}

/* Looks at what begins at `at`: mostly at a few lines, as those that are cut are looked at again.
 * Returns the end of the first. */
static const char *look_at_line(struct json_plain *plain, const char *at, const char *end)
{
    bool found = look(plain, at, end, USUAL_PIECE);
    if (!found && end - at > USUAL_PIECE)
        found = look(plain, at, end, JSON_PLAIN_BYTES);
    return found ? find_newline(plain, 0) : NULL;
}

/* Whether the line up to `plain->end` has bytes that make it unusual. */
static bool is_odd(const struct json_plain *plain, const char *line)
{
    size_t begin = (size_t)(line - plain->piece), end = (size_t)(plain->end - plain->piece);
    uint64_t high = 0;
    for (size_t m = begin / BYTES_MASK; m * BYTES_MASK < end; m++) {
        uint64_t there = UINT64_MAX;
        if (m == begin / BYTES_MASK)
            there <<= begin % BYTES_MASK;
        if (m == end / BYTES_MASK)
            there &= (UINT64_C(1) << end % BYTES_MASK) - 1;
        if (plain->masks[m].odd & there)
            return true;
        high |= plain->masks[m].high & there;
    }
    return high && utf8_faults(line, (size_t)(plain->end - line)) != 0;
}

void json_plain_begin(struct json_plain *plain)
{
    plain->looked = NULL;
    plain->masks_len = 0;
}

static void begin_record(struct json_plain *plain, const char *line, const char *newline)
{
    if (plain->full)
        forget(plain);
    plain->number++;
    plain->end = newline - (newline > line && newline[-1] == '\r');
    plain->record.len = (size_t)(newline + 1 - line);
}

const struct json_plain_record *json_plain_next(struct json_plain *plain, const char *at,
                                                const char *end)
{
    const char *newline = find_newline(plain, (size_t)(at - plain->looked));
    if (!newline && plain->looked != at)
        newline = look_at_line(plain, at, end);
    if (!newline)
        return NULL;
    const char *line = plain->piece + (at - plain->looked);
    begin_record(plain, line, newline);
    if (!plain->all_plain && is_odd(plain, line))
        return NULL;
    return take_object(plain, line) ? &plain->record : NULL;
}
