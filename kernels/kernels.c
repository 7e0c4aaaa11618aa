/* kernels.c: which tier runs. Decided once per run, never per call. */
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* clang 14 does not know this one by name. */
static bool has_lzcnt(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (c & bit_LZCNT) != 0;
}
#endif

lr_isa lr_isa_best(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                      __builtin_cpu_supports("bmi2") && has_lzcnt() &&
                      __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    return avx512 ? LR_ISA_AVX512 : avx2 ? LR_ISA_AVX2 : LR_ISA_REF;
#else
    return LR_ISA_REF;
#endif
}

const char *lr_isa_name(lr_isa isa)
{
    static const char *const names[] = {"ref", "avx2", "avx512"};
    return names[isa];
}

void lr_kernels_init(lr_kernels *k, lr_isa isa)
{
    k->isa = isa;
    lr_kernels_fill_ref(k); /* every kernel has a reference ... */
#if defined(__x86_64__)
    if (isa >= LR_ISA_AVX2)
        lr_kernels_fill_avx2(k); /* ... and each tier replaces those it improves */
    if (isa >= LR_ISA_AVX512)
        lr_kernels_fill_avx512(k);
#endif
}
