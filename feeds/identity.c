/*
 * Sums over the fields, so that their order does not count: a field's hash is made its own by its
 * place, before it is added. Values of closed lists are hashed once, when the definition is known.
 */
#include "feeds/identity.h"

#include "core/status.h"
#include "feeds/packed.h"

#include <stdlib.h>

__extension__ typedef unsigned __int128 product;

enum { PLACE_SHIFT = 17 }; /* each place of an id has a turn of its own: a,b is not b,a */

/* What a value of a closed list adds. */
struct known {
    uint64_t content;
    struct hash128 id; /* in its place; 0, 0 when the field is no part of the id */
};

struct identity_field {
    uint64_t salt;
    int place; /* in the id; -1: not a part of it */
    struct known *known;
};

struct identity {
    struct hash_key key;
    uint64_t secret[2];
    struct identity_field fields[FIELDS_MAX];

    /* the record at hand */
    struct hash128 id;
    uint64_t content;
};

static uint64_t fold(uint64_t a, uint64_t b)
{
    product both = (product)a * b;
    return (uint64_t)(both >> 64) ^ (uint64_t)both;
}

static uint64_t value_content(const struct identity *identity, int field, int64_t value)
{
    return fold((uint64_t)value ^ identity->secret[0],
                identity->secret[1] ^ identity->fields[field].salt);
}

static uint64_t text_content(const struct identity *identity, int field, const char *text,
                             size_t len)
{
    uint64_t state = identity->fields[field].salt ^ len;
    for (; len > SHORT_TEXT; text += SHORT_TEXT, len -= SHORT_TEXT)
        state = fold(packed_load8(text) ^ identity->secret[0],
                     packed_load8(text + 8) ^ identity->secret[1] ^ state);
    struct packed rest = pack(text, len);
    return fold(rest.word[0] ^ identity->secret[0], rest.word[1] ^ identity->secret[1] ^ state);
}

static uint64_t turned(uint64_t word, int place)
{
    int bits = place * PLACE_SHIFT & 63;
    return word << bits | word >> (-bits & 63);
}

static struct hash128 placed(struct hash128 hash, int place)
{
    return (struct hash128){.word = {turned(hash.word[0], place), turned(hash.word[1], place)}};
}

static void know_choices(struct identity *identity, const struct definition *definition, int f)
{
    const struct field *field = &definition->fields[f];
    struct identity_field *own = &identity->fields[f];
    if (field->values_len == 0)
        return;
    own->known = mem_zero((size_t)field->values_len, sizeof *own->known);
    for (int i = 0; i < field->values_len; i++) {
        size_t len = strlen(field->values[i]);
        own->known[i].content = text_content(identity, f, field->values[i], len);
        if (own->place >= 0)
            own->known[i].id = placed(siphash128(identity->key, field->values[i], len), own->place);
    }
}

struct identity *identity_new(const struct definition *definition, struct hash_key key)
{
    if (!definition->needs_dedupe)
        return NULL;
    struct identity *identity = mem_zero(1, sizeof *identity);
    struct hash128 secret = siphash128(key, "content", 7);
    identity->key = key;
    identity->secret[0] = secret.word[0];
    identity->secret[1] = secret.word[1];
    for (int f = 0; f < definition->fields_len; f++) {
        identity->fields[f].salt = siphash64(key, &f, sizeof f);
        identity->fields[f].place = -1;
    }
    for (int place = 0; place < definition->id_fields_len; place++)
        identity->fields[definition->id_fields[place]].place = place;
    for (int f = 0; f < definition->fields_len; f++)
        know_choices(identity, definition, f);
    return identity;
}

void identity_free(struct identity *identity)
{
    if (!identity)
        return;
    for (int f = 0; f < FIELDS_MAX; f++)
        free(identity->fields[f].known);
    free(identity);
}

void identity_begin(struct identity *identity)
{
    identity->id = (struct hash128){.word = {0, 0}};
    identity->content = 0;
}

static void add_id(struct identity *identity, struct hash128 hash)
{
    identity->id.word[0] += hash.word[0];
    identity->id.word[1] += hash.word[1];
}

void identity_text(struct identity *identity, int field, const char *text, size_t len,
                   const struct hash128 *hash)
{
    int place = identity->fields[field].place;
    identity->content += text_content(identity, field, text, len);
    if (place >= 0)
        add_id(identity, placed(hash ? *hash : siphash128(identity->key, text, len), place));
}

void identity_choice(struct identity *identity, int field, int choice)
{
    const struct known *known = &identity->fields[field].known[choice];
    identity->content += known->content;
    add_id(identity, known->id);
}

void identity_value(struct identity *identity, int field, int64_t value)
{
    int place = identity->fields[field].place;
    identity->content += value_content(identity, field, value);
    if (place >= 0)
        add_id(identity, placed(siphash128(identity->key, &value, sizeof value), place));
}

void identity_end(const struct identity *identity, struct event *event)
{
    event->id[0] = identity->id.word[0];
    event->id[1] = identity->id.word[1];
    event->content = (uint32_t)(identity->content >> 32);
}
