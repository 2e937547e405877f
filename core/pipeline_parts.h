#ifndef TAILRACE_CORE_PIPELINE_PARTS_H
#define TAILRACE_CORE_PIPELINE_PARTS_H
/* What pipeline.c and pipeline_life.c share; nobody else includes it. */
#include "core/pipeline.h"

/* An empty one, as this pipeline counts. */
struct tally *pipeline_new_tally(const struct pipeline *pipeline);

#endif
