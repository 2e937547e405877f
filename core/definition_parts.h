#ifndef TAILRACE_CORE_DEFINITION_PARTS_H
#define TAILRACE_CORE_DEFINITION_PARTS_H
/* What the files of definition share among themselves; nobody else includes it. */
#include "core/definition.h"

/* The field's index, or an error that begins with `where` and suggests. */
enum status definition_find_field(const struct definition *definition, const char *where,
                                  const char *name, int *field, struct error *error);

/* Windows, watermark and id fit together; sets what follows from them (definition_time.c). */
enum status definition_check_time(struct definition *definition, struct error *error);

#endif
