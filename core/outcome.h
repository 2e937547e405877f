#ifndef TAILRACE_CORE_OUTCOME_H
#define TAILRACE_CORE_OUTCOME_H
/*
 * The outcomes of records, counted: every complete record gets exactly one (S-02), and
 * read = counted + late + duplicate + filtered + rejected + future at every moment (S-03).
 * Plain data; copied into snapshots; merged by addition.
 */
#include "core/definition.h"

struct outcomes {
    uint64_t read;
    uint64_t counted;
    uint64_t late;
    uint64_t duplicate;
    uint64_t filtered;
    uint64_t rejected;
    uint64_t future;
    uint64_t skipped_bytes;
    /* by reason, and by field where the reason names one (column 0: no field, f + 1: field f) */
    uint64_t rejected_by[REJECT_COUNT][FIELDS_MAX + 1];
    /* the first record rejected for each reason: where to look */
    struct {
        uint32_t source;
        uint32_t generation;
        uint64_t start;
        uint32_t line;
    } example[REJECT_COUNT];
};

void outcomes_reject(struct outcomes *outcomes, uint32_t source, uint32_t generation,
                     const struct event *event);
/* `from` covers what lies behind `into`; its line numbers are shifted by `line_base`. */
void outcomes_merge(struct outcomes *into, const struct outcomes *from, uint32_t line_base);
/* S-03. */
bool outcomes_close(const struct outcomes *outcomes);
/* "bad_timestamp" or "missing_field:amount"; returns out. */
char *outcomes_reason_name(const struct definition *definition, enum reject_reason reason,
                           int field_column, char out[128]);

#endif
