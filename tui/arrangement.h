#ifndef TAILRACE_TUI_ARRANGEMENT_H
#define TAILRACE_TUI_ARRANGEMENT_H
/*
 * What keys do to the arrangement of the two lanes (core/arrangement.h): the key m goes through
 * them, each has keys of its own. Part of app_update: no drawing, no engine.
 */
#include "tui/app.h"

struct served;

/* "LAMBDA" */
const char *arrangement_name(enum arrangement arrangement);
enum app_want arrangement_next(struct app *app, mono_ns now);
/* Asks first: the same key again within ARRANGEMENT_ASK_MS does it. */
enum app_want arrangement_seal(struct app *app, mono_ns now);
enum app_want arrangement_replay(struct app *app, mono_ns now);
/* Micro-batch: a shorter trigger, or a longer one. */
enum app_want arrangement_step(struct app *app, bool oftener, mono_ns now);

enum { ARRANGEMENT_ASK_MS = APP_MESSAGE_MS };
/* Micro-batch without --trigger. */
#define ARRANGEMENT_TRIGGER_MS ((int64_t)10 * MS_PER_SECOND)

/* What the frame about to be drawn serves, so that the keys speak of it. */
void arrangement_settle(struct app *app, const struct served *served);

#endif
