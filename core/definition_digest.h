#ifndef TAILRACE_CORE_DEFINITION_DIGEST_H
#define TAILRACE_CORE_DEFINITION_DIGEST_H
/*
 * A compiled definition as a hash: two that count the same from the same bytes in every case have
 * the same one, and any change of meaning another (S-111). Contents of lookups are not in it: they
 * are inputs.
 */
#include "core/definition.h"
#include "core/sha256.h"

void definition_digest(const struct definition *definition, struct sha256 *sha);

/* The same in parts, to say which of two configurations differs in what: "NAME HASH " for each, in
 * a fixed order. Rules have no part of their own: they are the definition's. */
enum { DIGEST_PARTS_TEXT = 256 };
void definition_digest_parts(const struct definition *definition, char out[DIGEST_PARTS_TEXT]);
/* Adds one more part. */
void definition_digest_part(const char *name, struct sha256 *sha, char out[DIGEST_PARTS_TEXT]);

#endif
