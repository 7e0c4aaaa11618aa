/* tier_ref.c: every kernel as it is defined, one byte at a time. Runs where no vector tier does. */
#include "kernels.h"

#define LR_TIER ref
#define LR_NAME(name) LR_CAT(name, LR_TIER)
#include "aggregate/groups_ref.h"
#include "match/emojis_ref.h"
#include "match/mentions_ref.h"
#include "parse/dates_ref.h"
#include "parse/json_records_ref.h"
#include "parse/text_ref.h"
#include "scan/csv_ref.h"
#include "scan/lines_ref.h"
#include "scan/separators_ref.h"
#include "scan/strings_ref.h"

void LR_NAME(lr_kernels_fill)(lr_kernels *k)
{
    k->scan_lines = LR_NAME(scan_lines);
    k->count_lines = LR_NAME(count_lines);
    k->scan_strings = LR_NAME(scan_strings);
    k->csv_split = LR_NAME(csv_split);
    k->scan_separators = LR_NAME(scan_separators);
    k->flatten = LR_NAME(flatten);
    k->csv_records = LR_NAME(csv_records);
    k->utf8_valid = LR_NAME(utf8_valid);
    k->unescape = LR_NAME(unescape);
    k->json_records = LR_NAME(json_records);
    k->json_elements = LR_NAME(json_elements);
    k->json_lined = LR_NAME(json_lined);
    k->groups_add = LR_NAME(groups_add);
    k->dates = LR_NAME(dates);
    k->find_emojis = LR_NAME(find_emojis);
    k->find_mentions = LR_NAME(find_mentions);
}
