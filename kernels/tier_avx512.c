/* tier_avx512.c: everything this project does with AVX-512 (F, BW, DQ, VL). */
#include "kernels.h"

#define LR_TIER avx512
#define LR_NAME(name) LR_CAT(name, LR_TIER)
#include "simd/block_avx512.h"

#include "aggregate/groups_simd.h"
#include "match/emojis_simd.h"
#include "match/mentions_simd.h"
#include "parse/dates_simd.h"
#include "parse/json_records_simd.h"
#include "parse/unescape_simd.h"
#include "scan/lines_simd.h"
#include "scan/strings_simd.h"

#include "scan/csv_simd.h"        /* over lines_simd.h */
#include "scan/separators_simd.h" /* over strings_core.h and lines_simd.h */

void LR_NAME(lr_kernels_fill)(lr_kernels *k)
{
    k->scan_lines = LR_NAME(scan_lines);
    k->count_lines = LR_NAME(count_lines);
    k->scan_strings = LR_NAME(scan_strings);
    k->csv_split = LR_NAME(csv_split);
    k->scan_separators = LR_NAME(scan_separators);
    k->flatten = LR_NAME(flatten);
    k->csv_records = LR_NAME(csv_records);
    k->dates = LR_NAME(dates);
    k->find_emojis = LR_NAME(find_emojis);
    k->find_mentions = LR_NAME(find_mentions);
    k->utf8_valid = LR_NAME(utf8_valid);
    k->unescape = LR_NAME(unescape);
    k->json_records = LR_NAME(json_records);
    k->json_elements = LR_NAME(json_elements);
    k->json_lined = LR_NAME(json_lined);
    k->groups_add = LR_NAME(groups_add);
}
