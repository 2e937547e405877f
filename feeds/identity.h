#ifndef TAILRACE_FEEDS_IDENTITY_H
#define TAILRACE_FEEDS_IDENTITY_H
/*
 * What tells duplicates (S-40, S-41): the id of an event as a keyed hash of the definition's
 * dedupe_fields, and a hash of its content. Both are of what validation made of the fields — texts,
 * minor units, milliseconds — in whatever order they come, so that twins in CSV and JSONL are the
 * same. A missing field adds nothing; a record without any of its id fields has no id (0, 0).
 *
 *     identity_begin → identity_text / identity_choice / identity_value, once a field →
 * identity_end
 *
 * Both are keyed by the run's hash key (D-08). The id is SipHash; the content, which nobody can
 * flood a table with, is a cheaper sum of keyed products.
 *
 * Threads: one owner.
 */
#include "core/definition.h"
#include "core/siphash.h"

struct identity;

/* NULL when the definition needs no dedupe. */
struct identity *identity_new(const struct definition *definition, struct hash_key key);
void identity_free(struct identity *identity); /* accepts NULL */

void identity_begin(struct identity *identity);
/* `hash` is siphash128(key, text) where it is known, else NULL. */
void identity_text(struct identity *identity, int field, const char *text, size_t len,
                   const struct hash128 *hash);
/* The text is the field's `choice`th value. */
void identity_choice(struct identity *identity, int field, int choice);
void identity_value(struct identity *identity, int field, int64_t value);
void identity_end(const struct identity *identity, struct event *event);

#endif
