#ifndef TAILRACE_CORE_DEFINITION_JSON_H
#define TAILRACE_CORE_DEFINITION_JSON_H
/*
 * Definitions written as JSON: files of the user, and the built-in ones (sample_data/definitions/,
 * compiled into the program). Unknown members are an error that names the line and suggests.
 */
#include "core/definition.h"

/* Reads a definition from text; `where` names it in messages ("payments.json"). NULL on error. Not
 * yet compiled: the caller may override first. */
struct definition *definition_from_json(const char *text, size_t len, const char *where,
                                        struct error *error);

/* Reads a file, at most 1 MiB. */
struct definition *definition_from_file(const char *path, struct error *error);

/* A fresh copy of a built-in definition; NULL when `name` is none. */
struct definition *definition_builtin(const char *name);

/* The names of the built-in definitions, in the order in which a feed is matched to them. */
extern const char *const definition_builtin_names[];
extern const size_t definition_builtin_count;

#endif
