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

#endif
