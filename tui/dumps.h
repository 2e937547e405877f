#ifndef TAILRACE_TUI_DUMPS_H
#define TAILRACE_TUI_DUMPS_H
/*
 * Core dumps hold what a feed said, in clear: none are left unless asked for (D-17).
 *
 * The limit stops the kernel's own files; a program that the kernel hands dumps to is not bound by
 * it, and gets a dump without memory. Debuggers may attach as before. Children inherit both.
 */

/* Does nothing where the environment has TAILRACE_CORE. Once, by main, first of all. */
void dumps_forbid(void);

#endif
