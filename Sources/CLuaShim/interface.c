/* The declared functions of the lunad table, sorted into the tables that a script finds them in. Made once and read by
 * any number of states. */
#include "interface.h"

#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *prefix) { return strncmp(text, prefix, strlen(prefix)) == 0; }

static bool same_text(const char *text, const char *other, size_t length) {
    return strlen(other) == length && memcmp(text, other, length) == 0;
}

/* The group of that path, made together with those around it; -1 when there is no room for it. */
static int find_group(lunad_interface *interface, const char *path, size_t length) {
    for (int i = 0; i < interface->group_count; i++)
        if (same_text(path, interface->groups[i].path, length)) return i;
    if (interface->group_count == LUNAD_GROUP_CAPACITY) return -1;
    const char *dot = memrchr(path, '.', length);
    int parent = length == 0 ? -1 : find_group(interface, path, dot ? (size_t)(dot - path) : 0);
    if (length > 0 && parent < 0) return -1;
    char *copy = strndup(path, length);
    if (!copy) return -1;
    int place = interface->group_count++;
    interface->groups[place] = (lunad_group){copy, dot ? copy + (dot - path) + 1 : copy, parent};
    return place;
}

static bool add(lunad_interface *interface, const lunad_function *function) {
    lunad_declared *declared = &interface->functions[interface->count];
    declared->function.waits = function->waits;
    declared->function.name = strdup(function->name);
    declared->function.parameters = strdup(function->parameters);
    interface->count++;
    if (!declared->function.name || !declared->function.parameters) return false;
    const char *path = declared->function.name;
    if (strcmp(path, "log.info") == 0) interface->print = interface->count - 1;
    if (begins(path, "db:") || begins(path, "job:")) {
        declared->group = *path == 'd' ? LUNAD_GROUP_SESSION : LUNAD_GROUP_JOB;
        declared->short_name = strchr(path, ':') + 1;
        return true;
    }
    const char *dot = strrchr(path, '.');
    declared->group = find_group(interface, path, dot ? (size_t)(dot - path) : 0);
    declared->short_name = dot ? dot + 1 : path;
    return declared->group >= 0;
}

lunad_interface *lunad_interface_new(const lunad_function *functions, int count) {
    lunad_interface *interface = calloc(1, sizeof *interface + (size_t)count * sizeof *interface->functions);
    if (!interface) return NULL;
    interface->print = -1;
    bool is_good = find_group(interface, "", 0) == 0;
    for (int i = 0; is_good && i < count; i++) is_good = add(interface, &functions[i]);
    if (is_good) return interface;
    lunad_interface_free(interface);
    return NULL;
}

void lunad_interface_free(lunad_interface *interface) {
    if (!interface) return;
    for (int i = 0; i < interface->count; i++) {
        free((char *)interface->functions[i].function.name);
        free((char *)interface->functions[i].function.parameters);
    }
    for (int i = 0; i < interface->group_count; i++) free((char *)interface->groups[i].path);
    free(interface);
}
