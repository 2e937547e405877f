#ifndef TAILRACE_CORE_DEFINITION_PARTS_H
#define TAILRACE_CORE_DEFINITION_PARTS_H
/* What the files of definition share among themselves; nobody else includes it. */
#include "core/definition.h"

/* The field's index, or an error that begins with `where` and suggests. */
enum status definition_find_field(const struct definition *definition, const char *where,
                                  const char *name, int *field, struct error *error);

bool definition_is_name(const char *name);

/* Reads a filter as written. On success free it with definition_free_filter. */
enum status definition_read_filter(const struct definition *definition, const char *expression,
                                   struct filter *filter, struct error *error);
void definition_free_filter(struct filter *filter);

/* What definition_compile and definition_free do for rules: definition_rules.c. Slots come after
 * those of the measures. */
enum status definition_check_rules(struct definition *definition, struct error *error);
void definition_assign_alert_slot(struct definition *definition);
/* Windows, watermark and id fit together; sets what follows from them (definition_time.c). */
enum status definition_check_time(struct definition *definition, struct error *error);

#endif
