/* columns.c: a list of columns, as a user writes it, to fields. */
#include "columns.h"

#include <string.h>

static lr_field field_of(const char *name, lr_type type)
{
    /* The one path that has an alternative, and whose header is not its path: as queries read it. */
    if (strcmp(name, "user.username") == 0 || strcmp(name, "username") == 0)
        return (lr_field){"username", type, "user.username|username"};
    return (lr_field){name, type, name};
}

lr_status columns_read(char *list, lr_type type, lr_field out[LR_FIELDS_MAX], size_t *n,
                       const char *label, lr_error *err)
{
    *n = 0;
    for (char *name = list; name != NULL;) {
        char *const comma = strchr(name, ',');
        if (comma != NULL)
            *comma = '\0';
        if (name[0] == '\0' || strchr(name, '|') != NULL)
            return lr_fail(err, LR_E_USAGE, "%s: '%.200s' is not a column", label, name);
        if (*n == LR_FIELDS_MAX)
            return lr_fail(err, LR_E_USAGE, "%s: at most %d columns", label, LR_FIELDS_MAX);
        out[*n] = field_of(name, type);
        for (size_t i = 0; i < *n; i++)
            if (strcmp(out[i].name, out[*n].name) == 0)
                return lr_fail(err, LR_E_USAGE, "%s: %.200s stands there twice", label,
                               out[*n].name);
        ++*n;
        name = comma != NULL ? comma + 1 : NULL;
    }
    return LR_OK;
}
