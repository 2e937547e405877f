#ifndef TAILRACE_TUI_COMMAND_REPORT_H
#define TAILRACE_TUI_COMMAND_REPORT_H
/*
 * `batch -o DIR`: dated reports, one a day of the range, each with its manifest. A day whose
 * manifest says that the same work was done is skipped; a failure leaves what was there (S-111).
 *
 * Threads: main only.
 */
#include "core/batch_run.h"
#include "tui/command_feed.h"
#include "tui/output.h"

int command_report(const struct options *options);

/* One batch run over ranges of event time, as core/batch_run.h says, its progress shown. Each of
 * the results is to be freed with batch_result_fini whatever is returned. */
enum status command_batch_ranges(struct command_feed *feed, const struct batch_range *ranges,
                                 size_t ranges_len, const char *what, struct batch_result *results,
                                 struct error *error);

/* What is printed of it. */
struct summary command_batch_summary(const struct options *options, const struct command_feed *feed,
                                     const struct batch_result *result);

#endif
