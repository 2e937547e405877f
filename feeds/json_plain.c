/*
 * DESIGN: the masks of a piece (feeds/bytes_masks.h) say where lines end and quotes are, and of a
 * line that no backslash and no control byte is in it; so every second quote ends a string. What
 * remains is a walk from member to member, quote by quote. Each step either takes what it expects
 * or gives the line up: there is no second way that a line could be understood.
 *
 * Where a string ends is read from a list, not found from where it begins: so a processor need not
 * be done with one member to begin with the next.
 */
#include "feeds/json_plain.h"

#include "core/status.h"
#include "feeds/bytes_masks.h"
#include "feeds/json_shape.h"
#include "feeds/packed.h"
#include "feeds/utf8.h"

#include <stdlib.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    MASKS = JSON_PLAIN_BYTES / BYTES_MASK,
    NOWHERE = UINT16_MAX,
    NOWHERE_LEN = 4, /* of a name and a string */
    PLACES = JSON_PLAIN_BYTES + BYTES_PLACES_SPARE + NOWHERE_LEN,
    SLOTS = 2 * JSON_PLAIN_KEYS,
    KEY_TEXT = JSON_PLAIN_KEY_BYTES + 8, /* the name, its quotes and its colon, and few blanks */
    USUAL_PIECE = JSON_PLAIN_BYTES / 4
};

struct key {
    uint64_t record;  /* the last one it stood in */
    struct key *next; /* what followed it last time */
    uint32_t fields;  /* 0: nobody asks for it */
    uint32_t asked;   /* those of them of which a text is asked for */
    size_t text_len;
    char text[KEY_TEXT]; /* how it was written last time, from behind '{' or ',' up to its value */
    size_t name_len;
    char name[JSON_PLAIN_KEY_BYTES];
};

struct json_plain {
    struct key head; /* before the first name */
    struct key keys[JSON_PLAIN_KEYS];
    int names_len, keys_len;
    struct hash_key hash_key;
    uint16_t slots[SLOTS]; /* 1 + index of a key; 0: free */
    bool full;             /* a name found no room */
    uint32_t texts;
    struct json_shape shape;
    const struct bytes_tools *tools;

    /*
     * The piece at hand. As many bytes behind it as a name may have can be read: the last piece of
     * a buffer is copied to where that is so.
     */
    const char *looked; /* where it begins in the buffer; NULL: none */
    const char *piece;
    bool all_plain;        /* all of it is ASCII without an odd byte */
    const uint16_t *quote; /* the next of `quotes` */
    const uint16_t *quotes_end;
    const uint16_t *newline; /* the next of `newlines` */

    /* the record at hand */
    uint64_t number;
    const char *end; /* of its line */
    struct json_plain_record record;

    uint64_t quote_bits[MASKS], newline_bits[MASKS], odd_bits[MASKS], high_bits[MASKS];
    uint16_t quotes[PLACES], newlines[PLACES]; /* behind the last ones such as are nowhere */
    char own[JSON_PLAIN_BYTES + KEY_TEXT];
};

/* --- names --- */

/* The slot of a name, or the free one where it would be. */
static uint16_t *find_slot(struct json_plain *plain, const char *name, size_t len)
{
    for (size_t s = siphash64(plain->hash_key, name, len) % SLOTS;; s = (s + 1) % SLOTS) {
        uint16_t *slot = &plain->slots[s];
        if (*slot == 0)
            return slot;
        const struct key *key = &plain->keys[*slot - 1];
        if (key->name_len == len && memcmp(key->name, name, len) == 0)
            return slot;
    }
}

static struct key *add_key(struct json_plain *plain, uint16_t *slot, const char *name, size_t len)
{
    struct key *key = &plain->keys[plain->keys_len++];
    *slot = (uint16_t)plain->keys_len;
    *key = (struct key){.next = &plain->head, .name_len = len};
    memcpy(key->name, name, len);
    return key;
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
        add_key(plain, slot, name, len);
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

struct json_plain *json_plain_new(const struct json_plain_config *config)
{
    struct json_plain *plain = mem_zero(1, sizeof *plain);
    plain->tools = bytes_tools_for(config->choice);
    plain->texts = config->texts;
    plain->hash_key = config->hash_key;
    plain->head.next = &plain->head;
    for (int n = 0; n < config->names_len; n++) {
        const struct json_plain_name *name = &config->names[n];
        size_t len = strlen(name->text);
        if (len > JSON_PLAIN_KEY_BYTES) /* no line that has it is taken */
            continue;
        struct key *key = add_key(plain, find_slot(plain, name->text, len), name->text, len);
        key->fields = name->fields;
        key->asked = name->fields & config->asked;
    }
    plain->names_len = plain->keys_len;
    json_plain_begin(plain);
    return plain;
}

void json_plain_free(struct json_plain *plain)
{
    free(plain);
}

/* --- a line --- */

/*
 * Behind a line's last byte there is one more, `*end`, which is none of JSON's: a step need not
 * look for the end before each byte.
 */
struct walk {
    const char *at;              /* NULL: the line is given up */
    const uint16_t *quote;       /* the next, at `at` or behind it */
    struct key *key;             /* the last name */
    uint32_t fields;             /* that something was there for */
    struct validator_text *text; /* the next */
};

INLINE const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* Overlapping words cover any length; texts of fewer than four bytes are never the same. */
INLINE bool same_text(const char *a, const char *b, size_t len)
{
    if (len < 8)
        return len >= 4 && packed_load4(a) == packed_load4(b) &&
               packed_load4(a + len - 4) == packed_load4(b + len - 4);
    uint64_t other = packed_load8(a) ^ packed_load8(b);
    other |= packed_load8(a + len - 8) ^ packed_load8(b + len - 8);
    for (size_t at = 8; at + 8 < len; at += 8)
        other |= packed_load8(a + at) ^ packed_load8(b + at);
    return other == 0;
}

/* Behind the string whose quotes are the next two; NULL: it does not end in this line. */
INLINE const char *take_string(const struct json_plain *plain, struct walk *walk)
{
    const char *close = plain->piece + walk->quote[1];
    walk->quote += 2;
    return close < plain->end ? close + 1 : NULL;
}

/* A name that was not foreseen, up to its value. */
static struct walk find_name(struct json_plain *plain, struct walk walk)
{
    const char *begin = walk.at, *name = skip_blanks(begin) + 1;
    walk.at = NULL;
    if (name[-1] != '"')
        return walk;
    const char *behind = take_string(plain, &walk), *colon = behind ? skip_blanks(behind) : "";
    struct key *key = *colon == ':' ? find_key(plain, name, (size_t)(behind - name) - 1) : NULL;
    if (!key)
        return walk;
    walk.at = skip_blanks(colon + 1);
    key->text_len = walk.at - begin <= KEY_TEXT ? (size_t)(walk.at - begin) : 0;
    memcpy(key->text, begin, key->text_len);
    walk.key->next = key;
    walk.key = key;
    return walk;
}

/* A name with all up to its value; false: there is none, or it stands there twice. */
INLINE bool take_name(struct json_plain *plain, struct walk *walk)
{
    struct key *next = walk->key->next;
    if (same_text(walk->at, next->text, next->text_len)) {
        walk->at += next->text_len;
        walk->quote += 2;
        walk->key = next;
    } else {
        *walk = find_name(plain, *walk);
    }
    if (!walk->at || walk->key->record == plain->number)
        return false;
    walk->key->record = plain->number;
    return true;
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

static inline const char *take_number(const char *at, bool *whole)
{
    const char *begin = at + (*at == '-');
    at = skip_digits(begin);
    *whole = *at != '.';
    if (at == begin || (*begin == '0' && at > begin + 1))
        return NULL;
    if (!*whole) {
        if (!is_digit(at[1]))
            return NULL;
        at = skip_digits(at + 1);
    }
    return at - begin <= JSON_PLAIN_NUMBER_BYTES ? at : NULL;
}

/* `word` or, if it is not there, NULL. As many bytes can be read. */
static inline const char *take_word(const char *at, const char *word, size_t len)
{
    return memcmp(at, word, len) == 0 ? at + len : NULL;
}

/* Gives a text to all of `fields`. */
INLINE void give(struct walk *walk, uint32_t fields, const char *at, size_t len)
{
    for (; fields; fields &= fields - 1)
        *walk->text++ = (struct validator_text){
            .at = at, .len = (uint32_t)len, .field = (uint32_t)__builtin_ctz(fields)};
}

/* What is no string. A field that is a text takes whole numbers and truths too, others numbers of
 * any kind: what a field does not take is given as NULL. */
static struct walk take_bare(const struct json_plain *plain, struct walk walk, uint32_t fields)
{
    const char *begin = walk.at;
    uint32_t takers = plain->texts;
    bool whole;
    switch (*begin) {
    case 'n':
        walk.at = take_word(begin, "null", 4);
        return walk;
    case 't':
        walk.at = take_word(begin, "true", 4);
        break;
    case 'f':
        walk.at = take_word(begin, "false", 5);
        break;
    default:
        walk.at = take_number(begin, &whole);
        takers = walk.at && whole ? UINT32_MAX : ~takers;
    }
    give(&walk, fields & takers, begin, (size_t)(walk.at - begin));
    give(&walk, fields & ~takers, NULL, 0);
    return walk;
}

/* A member, from behind '{' or ',' to before what follows it. */
INLINE bool take_member(struct json_plain *plain, struct walk *walk)
{
    if (!take_name(plain, walk) || walk->fields & walk->key->fields)
        return false;
    walk->fields |= walk->key->fields;
    walk->at = skip_blanks(walk->at);
    if (*walk->at == '"') {
        const char *text = walk->at + 1;
        walk->at = take_string(plain, walk);
        give(walk, walk->key->asked, text, (size_t)(walk->at - text) - 1);
    } else {
        *walk = take_bare(plain, *walk, walk->key->fields);
    }
    if (!walk->at)
        return false;
    walk->at = skip_blanks(walk->at);
    return true;
}

static bool take_members(struct json_plain *plain, struct walk *walk)
{
    walk->at = skip_blanks(walk->at);
    if (*walk->at != '{')
        return false;
    do {
        walk->at++;
        if (!take_member(plain, walk))
            return false;
    } while (*walk->at == ',');
    return true;
}

/* --- the shape of a line --- */

/* A member of a line that is plain, from behind the value before it; where its value ends, or NULL:
 * it is not for a shape. */
static const char *learn_member(struct json_plain *plain, const char *at, const uint16_t **quote,
                                struct json_member *member)
{
    const char *name = plain->piece + (*quote)[0] + 1, *name_end = plain->piece + (*quote)[1];
    const char *value = skip_blanks(skip_blanks(name_end + 1) + 1);
    const struct key *key = find_key(plain, name, (size_t)(name_end - name));
    *member = (struct json_member){.is_string = *value == '"'};
    size_t len = (size_t)(value - at) + member->is_string;
    if (!key || key->fields & (key->fields - 1) || len > sizeof member->word)
        return NULL;
    json_member_set_text(member, at, len);
    member->quote_at = (uint16_t)(name - 1 - at);
    member->fields = key->fields;
    member->field = key->fields ? (uint8_t)__builtin_ctz(key->fields) : 0;
    member->is_asked = member->is_string ? key->asked : key->fields;
    *quote += 2;
    if (member->is_string) {
        *quote += 2;
        return plain->piece + (*quote)[-1] + 1;
    }
    while (*value != ',' && *value != '}' && *value != ' ')
        value++;
    return value;
}

/* From a line that is plain. */
static void learn_shape(struct json_plain *plain, const char *line)
{
    struct json_shape *shape = &plain->shape;
    const uint16_t *quote = plain->quote;
    const char *at = line;
    *shape = (struct json_shape){.len = 0};
    for (int m = 0; at && *skip_blanks(at) != '}'; m++) {
        at = m < JSON_SHAPE_MEMBERS ? learn_member(plain, at, &quote, &shape->members[m]) : NULL;
        shape->len = m + 1;
    }
    shape->quotes = at ? (int)(quote - plain->quote) : 0;
}

/* A value that is no string and no usual number. */
static const char *take_other(const struct json_plain *plain, const struct json_member *member,
                              const char *at, struct validator_text **text)
{
    struct walk walk = take_bare(plain, (struct walk){.at = at, .text = *text}, member->fields);
    *text = walk.text;
    return walk.at;
}

/* Where the value ends that the next member's text, or the line's end, stands behind. */
INLINE const char *find_stop(const struct json_plain *plain, const struct json_member *next,
                             const struct json_member *last, const uint16_t *quote)
{
    return next < last ? plain->piece + *quote - next->quote_at : plain->end - 1;
}

INLINE const char *take_value(const struct json_plain *plain, const struct json_member *member,
                              const char *at, const char *stop, struct validator_text **text)
{
    bool whole;
    size_t len = (size_t)(stop - at);
    if (!usual_json_number(at, len, &whole))
        return take_other(plain, member, at, text);
    **text = (struct validator_text){.at = whole || ~plain->texts & member->fields ? at : NULL,
                                     .len = (uint32_t)len,
                                     .field = member->field};
    *text += member->is_asked;
    return stop;
}

/* The members of a line of the shape, and what stands behind the last. NULL: it is of another; that
 * says nothing else of it. */
INLINE const char *take_shape(const struct json_plain *plain, const char *at, struct walk *walk)
{
    const struct json_shape *shape = &plain->shape;
    const struct json_member *member = shape->members, *last = member + shape->len;
    const uint16_t *quote = walk->quote;
    struct validator_text *text = walk->text;
    if (shape->quotes == 0 || plain->quotes_end - quote < shape->quotes ||
        plain->piece + quote[shape->quotes - 1] >= plain->end)
        return NULL;
    for (; member < last; member++) {
        if (!json_member_is_there(member, at))
            return NULL;
        at += member->text_len;
        if (member->is_string) {
            const char *close = plain->piece + quote[3];
            *text = (struct validator_text){
                .at = at, .len = (uint32_t)(close - at), .field = member->field};
            text += member->is_asked;
            quote += 4;
            at = close + 1;
        } else {
            quote += 2;
            at = take_value(plain, member, at, find_stop(plain, member + 1, last, quote), &text);
            if (!at)
                return NULL;
        }
    }
    walk->text = text;
    walk->quote = quote;
    return skip_blanks(at);
}

INLINE bool is_end(const struct json_plain *plain, const char *at)
{
    return *at == '}' && skip_blanks(at + 1) == plain->end;
}

/* Any line; where shapes come from. */
static bool take_unforeseen(struct json_plain *plain, const char *line, struct walk *walk)
{
    *walk = (struct walk){
        .at = line, .quote = plain->quote, .key = &plain->head, .text = plain->record.texts};
    if (!take_members(plain, walk) || !is_end(plain, walk->at))
        return false;
    if (plain->shape.missed++ == JSON_SHAPE_AFTER)
        learn_shape(plain, line);
    return true;
}

INLINE bool take_object(struct json_plain *plain, const char *line)
{
    struct walk walk = {.quote = plain->quote, .text = plain->record.texts};
    const char *behind = take_shape(plain, line, &walk);
    if (behind && is_end(plain, behind))
        plain->shape.missed = 0;
    else if (!take_unforeseen(plain, line, &walk))
        return false;
    plain->quote = walk.quote;
    plain->record.texts_len = (int)(walk.text - plain->record.texts);
    return true;
}

/* --- lines of a piece --- */

/* Behind the last. */
static const uint16_t *find_places(size_t (*places)(const uint64_t *, size_t, uint16_t *),
                                   const uint64_t *bits, size_t masks, uint16_t *out)
{
    size_t len = places(bits, masks, out);
    for (int n = 0; n < NOWHERE_LEN; n++)
        out[len + (size_t)n] = NOWHERE;
    return out + len;
}

/* Whether there is a line end in what is looked at. */
static bool look(struct json_plain *plain, const char *at, const char *end, size_t most)
{
    size_t left = (size_t)(end - at), len = left < most ? left : most;
    size_t masks = bytes_masks_len(len);
    uint64_t unusual = 0;
    plain->looked = plain->piece = at;
    if (left - len < KEY_TEXT) {
        memcpy(plain->own, at, len);
        memset(plain->own + len, 0, KEY_TEXT);
        plain->piece = plain->own;
    }
    plain->tools->text(plain->piece, len,
                       (struct bytes_text){.quotes = plain->quote_bits,
                                           .newlines = plain->newline_bits,
                                           .odd = plain->odd_bits,
                                           .high = plain->high_bits});
    for (size_t m = 0; m < masks; m++)
        unusual |= plain->odd_bits[m] | plain->high_bits[m];
    plain->all_plain = unusual == 0;
    plain->quotes_end =
        find_places(plain->tools->many_places, plain->quote_bits, masks, plain->quotes);
    find_places(plain->tools->few_places, plain->newline_bits, masks, plain->newlines);
    plain->quote = plain->quotes;
    plain->newline = plain->newlines;
    return *plain->newline != NOWHERE;
}

/* Brings the piece to a line: mostly to a few lines, as one that is cut is looked at again. */
static bool look_at_line(struct json_plain *plain, const char *at, const char *end)
{
    return look(plain, at, end, USUAL_PIECE) ||
           (end - at > USUAL_PIECE && look(plain, at, end, JSON_PLAIN_BYTES));
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
        if (plain->odd_bits[m] & there)
            return true;
        high |= plain->high_bits[m] & there;
    }
    return high && utf8_faults(line, (size_t)(plain->end - line)) != 0;
}

void json_plain_begin(struct json_plain *plain)
{
    plain->looked = NULL;
    plain->quotes[0] = plain->newlines[0] = NOWHERE;
    plain->quote = plain->quotes_end = plain->quotes;
    plain->newline = plain->newlines;
}

/* The first place at `from` or behind it. */
static inline const uint16_t *pass(const uint16_t *place, size_t from)
{
    while (*place < from && *place != NOWHERE)
        place++;
    return place;
}

const struct json_plain_record *json_plain_next(struct json_plain *plain, const char *at,
                                                const char *end)
{
    size_t offset = plain->looked ? (size_t)(at - plain->looked) : 0;
    plain->newline = pass(plain->newline, offset);
    if (*plain->newline == NOWHERE) {
        if (plain->looked == at || !look_at_line(plain, at, end))
            return NULL;
        offset = 0;
    }
    const char *line = plain->piece + offset, *newline = plain->piece + *plain->newline;
    if (plain->full)
        forget(plain);
    plain->number++;
    plain->quote = pass(plain->quote, offset);
    plain->end = newline - (newline > line && newline[-1] == '\r');
    plain->record.len = (size_t)(newline + 1 - line);
    if (!plain->all_plain && is_odd(plain, line))
        return NULL;
    return take_object(plain, line) ? &plain->record : NULL;
}
