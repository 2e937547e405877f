#include "tui/command.h"
int command_watch(const struct options *o){(void)o;return 2;}
