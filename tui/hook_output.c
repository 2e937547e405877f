/* A pipe, a line, a filter. */
#include "tui/hook_output.h"

#include "tui/safe_text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { READS_A_LOOK = 64 };

bool hook_output_open(struct hook_output *output, int *write_end)
{
    int ends[2];
    output->len = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    /* ours alone: the command may wait */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    output->fd = ends[0];
    *write_end = ends[1];
    return true;
}

static void write_all(int fd, const char *text, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t wrote = write(fd, text + done, len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return; /* nobody listens */
        done += (size_t)wrote;
    }
}

static void pass_on(struct hook_output *output, int to, bool ends)
{
    char shown[HOOK_OUTPUT_LINE * SAFE_ESCAPE + 1];
    size_t len = safe_text(output->line, output->len, false, shown, sizeof shown);
    if (ends)
        shown[len++] = '\n';
    write_all(to, shown, len);
    output->len = 0;
}

static void take(struct hook_output *output, int to, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool ends = bytes[i] == '\n';
        if (!ends)
            output->line[output->len++] = bytes[i];
        if (ends || output->len == HOOK_OUTPUT_LINE)
            pass_on(output, to, ends);
    }
}

void hook_output_look(struct hook_output *output, int to)
{
    char bytes[4096];
    for (int reads = 0; reads < READS_A_LOOK; reads++) {
        ssize_t got = read(output->fd, bytes, sizeof bytes);
        if (got <= 0)
            return;
        take(output, to, bytes, (size_t)got);
    }
}

void hook_output_close(struct hook_output *output, int to)
{
    hook_output_look(output, to);
    if (output->len > 0)
        pass_on(output, to, true);
    close(output->fd);
    output->fd = -1;
}
