/* A stream of stdio's around tui/outgoing.h. */
#include "tui/standard_output.h"

#include "tui/command_stop.h"
#include "tui/outgoing.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { BUFFER = 64 * 1024, LOOK_MS = 250 };

static struct outgoing standard_outgoing;

/* 0 and errno: not all could be written. */
static ssize_t take(void *cookie, const char *bytes, size_t len)
{
    struct outgoing *outgoing = cookie;
    int waited_ms = 0;
    outgoing_add(outgoing, bytes, len);
    while (!outgoing_send(outgoing) && waited_ms < STANDARD_OUTPUT_PATIENCE_MS)
        if (outgoing_wait(outgoing, LOOK_MS))
            waited_ms = 0;
        else if (command_stopped())
            waited_ms += LOOK_MS;
    if (outgoing->at < outgoing->len && outgoing->errno_value == 0)
        outgoing->errno_value = ETIMEDOUT;
    errno = outgoing->errno_value;
    return errno == 0 ? (ssize_t)len : 0;
}

void standard_output_start(void)
{
    if (outgoing_share(&standard_outgoing, STDOUT_FILENO, NULL) != STATUS_OK)
        return; /* it is closed: stdio says so when something is printed */
    FILE *stream = fopencookie(&standard_outgoing, "w", (cookie_io_functions_t){.write = take});
    if (!stream)
        return;
    setvbuf(stream, NULL, _IOFBF, BUFFER);
    stdout = stream;
}

int standard_output_errno(void)
{
    return standard_outgoing.errno_value;
}
