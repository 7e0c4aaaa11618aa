/* q2.c */
#include "query.h"

const lr_query lr_query_q2 = {
    .name = "q2",
    .title = "The 10 most used emojis",
    .fields = {{"content", LR_TYPE_TEXT, "content"}},
    .steps = {LR_UNNEST_STEP(LR_MATCH_EMOJIS, "content", "emoji"),
              LR_GROUP_STEP(LR_BY("emoji"), LR_AGGREGATES({LR_COUNT, "count"})),
              LR_TOP_STEP(10, "-count", "emoji")},
};
