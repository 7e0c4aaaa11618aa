/* queries.c: the list of queries, in order of their names. A new one is a line here. */
#include "query.h"

#include <string.h>

static const lr_query *const queries[] = {&lr_query_q1, &lr_query_q2, &lr_query_q3};

const lr_query *lr_query_at(size_t i)
{
    return i < LR_COUNT_OF(queries) ? queries[i] : NULL;
}

const lr_query *lr_query_find(const char *name)
{
    for (size_t i = 0; i < LR_COUNT_OF(queries); i++)
        if (strcmp(queries[i]->name, name) == 0)
            return queries[i];
    return NULL;
}

const char *lr_query_name(const lr_query *query)
{
    return query->name;
}

const char *lr_query_title(const lr_query *query)
{
    return query->title;
}
