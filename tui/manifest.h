#ifndef TAILRACE_TUI_MANIFEST_H
#define TAILRACE_TUI_MANIFEST_H
/*
 * What stands beside a dated report (S-111): of which bytes it was computed, by which
 * configuration, with which outcomes. JSON without any wall-clock text, so that the same work gives
 * the same bytes; hashes are SHA-256, so that anybody can check them.
 *
 * `computed_from` is one hash over configuration, inputs, lookups and day: a report whose manifest
 * has it, and whose bytes are those that the manifest names, need not be computed again.
 */
#include "core/sha256.h"
#include "tui/output.h"

#include <stdbool.h>

struct manifest_input {
    const char *path;
    uint64_t bytes;
    char sha256[SHA256_TEXT];
};

struct manifest {
    const char *report;
    char day[INSTANT_TEXT];
    char config[SHA256_TEXT];
    char computed_from[SHA256_TEXT];
    const struct manifest_input *inputs;
    size_t inputs_len;
};

/* Names what is to be computed. `raw`: the option. */
void manifest_begin(struct manifest *manifest, const struct definition *definition, bool raw,
                    const char *report, int32_t day, const struct manifest_input *inputs,
                    size_t inputs_len);

/* The whole text, for a report of these bytes. */
void manifest_print(FILE *out, const struct manifest *manifest, const struct summary *summary,
                    const char *file, size_t rows, const char *bytes, size_t len);

/* A list of files, "inputs": [...] or "lookups": [...], a line each, without a comma around it. */
void manifest_print_inputs(FILE *out, const struct manifest_input *inputs, size_t len);
void manifest_print_lookups(FILE *out, const struct definition *definition);

/* Whether `text`, a manifest found, is of the same work, and of the report found. */
bool manifest_is_current(const struct manifest *manifest, const char *text, const char *bytes,
                         size_t len);

#endif
