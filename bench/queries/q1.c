/* q1.c */
#include "query.h"

const lr_query lr_query_q1 = {
    .name = "q1",
    .title = "The 10 dates with the most tweets, and the user who tweeted most on each",
    .fields = {{"date", LR_TYPE_DATE, "date"},
               {"username", LR_TYPE_TEXT, "user.username|username"}},
    .steps = {LR_GROUP_STEP(LR_BY("date", "username"), LR_AGGREGATES({LR_COUNT, "n"})),
              LR_GROUP_STEP(LR_BY("date"),
                            LR_AGGREGATES({LR_SUM, "tweets", .of = "n"},
                                          {LR_ARG_MAX, "username", .of = "username", .by = "n"},
                                          {LR_MAX, "username_tweets", .of = "n"})),
              LR_TOP_STEP(10, "-tweets", "date")},
};
