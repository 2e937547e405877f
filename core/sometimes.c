/* A file for each mark: it needs no end of the process to be written, so a killed one counts too.
 */
#include "core/sometimes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef TAILRACE_SOMETIMES

void sometimes_mark(const char *name)
{
    char path[1024];
    const char *folder = getenv("TAILRACE_SOMETIMES");
    if (!folder || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

#endif
