#ifndef TAILRACE_FEEDS_SOURCE_PARTS_H
#define TAILRACE_FEEDS_SOURCE_PARTS_H
/*
 * What the files of a source share among themselves: source.c makes events of bytes, source_look.c
 * watches the file and its name, source_waiting.c what has taken the name, source_change.c goes on
 * in another generation, source_resume.c where an earlier run left it. But for them only roster.c,
 * which opens and closes sources, includes it.
 */
#include "feeds/source.h"

enum step {
    STEP_AGAIN,  /* something changed: take the next step */
    STEP_BLOCK,  /* the block is filled */
    STEP_IDLE,   /* nothing more now */
    STEP_END,    /* nothing more ever */
    STEP_FAILED, /* source->error says why */
};

/* --- source.c --- */

/* The error is in the source: tried again later. */
enum step source_fail(struct source_context *context, struct source *source);
enum step source_fail_errno(struct source_context *context, struct source *source);
/* Keeps the generation's descriptor open, and no other's; NULL: none. False and errno, as
 * descriptor_hold. */
bool source_pin(struct source_context *context, struct generation *generation);
/* From the last whole record on, with a new decoder. */
void source_read_again(struct source_context *context, struct source *source);

/* --- source_resume.c --- */

/* Goes on where an earlier run left the source (feeds/resume.h). STEP_IDLE: it waits for its file;
 * without `search`, also when that is not under its name. */
enum step source_resume(struct source_context *context, struct source *source, bool search);

/* --- source_look.c --- */

/* Nothing is read under the name while it is this file; closes it. STEP_IDLE. */
enum step source_pass_by(struct source *source, int fd);
/* The file that was passed by before. */
bool source_same_twin(const struct source *source, const struct stat *facts);

/* STEP_AGAIN: the file changed; STEP_IDLE: it did not. */
enum step source_look(struct source_context *context, struct source *source);
/* There is no file yet: STEP_AGAIN when one appeared. */
enum step source_appear(struct source_context *context, struct source *source);
/* T-R4: does the name mean another file by now? While it means none, the old one is followed. */
enum step source_look_at_name(struct source_context *context, struct source *source);
/* Nothing more is there now. STEP_AGAIN: and nothing more will come. */
enum step source_at_end(struct source_context *context, struct source *source);

static inline bool source_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}
/* Its change time is so old that a further change would alter it (T-R7). */
bool source_is_settled(const struct source_context *context, const struct stat *facts);
/* Whether what was read of the file, and seen of it before, is still in it. */
enum fingerprint_result source_compare(const struct source_context *context,
                                       const struct source *source);
/* Not all that was seen while it waited for its turn was read since. */
bool source_is_ahead(const struct source *source);

/* --- source_waiting.c --- */

/* Gives a generation its place among the successors; takes over the reference. */
void source_let_wait(struct source_context *context, struct source *source, size_t place,
                     struct generation *generation, bool complete);
/* Looks at the newest successor: did it grow, or was it truncated before it was read? */
void source_note_waiting(struct source_context *context, struct source *source);
/* Takes the generations that a rotation put between `old` and the file under the name now for
 * successors, each in its place: rotations that were not seen. */
void source_catch_up(struct source_context *context, struct source *source,
                     struct generation_id old);
/* Of a file of which no record was read yet: the copy of lines that came and went between two
 * looks. The descriptor is the caller's. */
bool source_find_missed(struct source_context *context, const struct source *source,
                        struct opened_file *out);

/* --- source_change.c --- */

/* As source_start_over, when there is such a copy; STEP_IDLE: there is none. */
enum step source_start_in_missed(struct source_context *context, struct source *source);

/* As source_adopt, of a file that comes before the successor at `place`; at the end: none. */
void source_adopt_at(struct source_context *context, struct source *source, size_t place,
                     const struct opened_file *file, uint64_t begin, bool held);
/* What is before `begin` was read by somebody: it belongs to what the file is known by. */
void source_begin_print(struct source_context *context, const struct source *source,
                        struct generation *generation, uint64_t begin);

/* Begins reading where `mark` says, in a file that holds its content; takes over the descriptor. */
void source_take_up(struct source_context *context, struct source *source,
                    const struct generation_mark *mark, const struct opened_file *file);

/* Goes on with the first successor; the current generation was closed or lost before. */
void source_begin_successor(struct source_context *context, struct source *source);
/* Lines behind `offset` may be missing; counted, and said. */
void source_note_gap(struct source_context *context, const struct source *source, uint64_t offset,
                     const char *why);
/* T-R3: what was read is not in the file any more. */
enum step source_start_over(struct source_context *context, struct source *source);
/* Whether the content was read before (T-R5). STEP_IDLE: that cannot be told yet, or it was and
 * there is nothing to read. `now`: it must be told. */
enum step source_decide(struct source_context *context, struct source *source, bool now);

#endif
