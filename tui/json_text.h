#ifndef TAILRACE_TUI_JSON_TEXT_H
#define TAILRACE_TUI_JSON_TEXT_H
/*
 * Texts of JSON: "...", where what tui/safe_text.h would escape on a screen is escaped too, so that
 * one event is one line and a terminal can show it (D-01, D-03). Bytes that are not UTF-8 read
 * \xNN.
 *
 * Pure; any thread.
 */
#include <stddef.h>
#include <stdio.h>

void json_print(FILE *out, const char *text, size_t len);
/* The same into `out`, which has room for 2 + 6 * len bytes; no NUL. Returns the length. */
size_t json_text(const char *text, size_t len, char *out);

#endif
