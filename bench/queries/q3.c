/* q3.c */
#include "query.h"

const lr_query lr_query_q3 = {
    .name = "q3",
    .title = "The 10 most mentioned users",
    .fields = {{"content", LR_TYPE_TEXT, "content"}},
    .steps = {LR_UNNEST_STEP(LR_MATCH_MENTIONS, "content", "username"),
              LR_GROUP_STEP(LR_BY("username"), LR_AGGREGATES({LR_COUNT, "count"})),
              LR_TOP_STEP(10, "-count", "username")},
};
