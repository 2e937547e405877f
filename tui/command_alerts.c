/* Two options and what is said of them. */
#include "tui/command_alerts.h"

#include "tui/command.h"
#include "tui/command_target.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* A feed that reads the alerts it raises would never come to an end. */
static enum status check_apart(const struct options *options, struct feed *feed,
                               struct error *error)
{
    const struct command_target target = {.options = options, .feed = feed};
    return options->alerts ? command_target_check(&target, "--alerts", options->alerts, error)
                           : STATUS_OK;
}

enum status command_alerts_open(struct command_alerts *alerts, const struct options *options,
                                bool screen, struct wake *bell, struct error *error)
{
    *alerts = (struct command_alerts){.options = options};
    if (!options->alerts && !options->on_alert)
        return STATUS_OK;
    if (check_apart(options, NULL, error) != STATUS_OK)
        return error->code;
    struct alert_outlet_config config = {.path = options->alerts,
                                         .command = options->on_alert,
                                         .output =
                                             screen && isatty(STDERR_FILENO) ? -1 : STDERR_FILENO,
                                         .changed = bell};
    alerts->outlet = alert_outlet_open(&config, error);
    return alerts->outlet ? STATUS_OK : error->code;
}

enum status command_alerts_start(struct command_alerts *alerts, const struct definition *definition,
                                 struct feed *feed, struct clock *clock, struct error *error)
{
    if (!alerts->outlet)
        return STATUS_OK;
    enum status status = check_apart(alerts->options, feed, error);
    if (status == STATUS_OK)
        status = alert_outlet_start(alerts->outlet, definition, feed, clock, error);
    return status;
}

void command_alerts_note(struct command_alerts *alerts)
{
    char now[OUTLET_TROUBLE];
    if (!alerts->outlet)
        return;
    alert_outlet_trouble(alerts->outlet, now);
    if (now[0] && strcmp(now, alerts->said) != 0)
        command_note("%s", now);
    memcpy(alerts->said, now, sizeof now);
}

int command_alerts_close(struct command_alerts *alerts)
{
    if (!alerts->outlet)
        return 0;
    alert_outlet_stop(alerts->outlet);
    command_alerts_note(alerts);
    struct alert_outlet_counts counts = alert_outlet_counts(alerts->outlet);
    uint64_t missing = counts.lost + counts.waiting;
    if (missing > 0)
        command_note("%s: %" PRIu64 " of %" PRIu64 " alerts could not be written",
                     alerts->options->alerts, missing, counts.taken);
    if (counts.failed > 0)
        command_note("the alert command failed in %" PRIu64 " of %" PRIu64 " calls", counts.failed,
                     counts.calls);
    if (counts.not_given > 0)
        command_note("%" PRIu64 " of %" PRIu64 " alerts: the alert command did not take them",
                     counts.not_given, counts.taken);
    alerts->marks = alert_outlet_marks(alerts->outlet);
    alert_outlet_free(alerts->outlet);
    alerts->outlet = NULL;
    return missing > 0;
}
