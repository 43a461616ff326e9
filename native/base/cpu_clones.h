#pragma once

// IJEPA_CPU_CLONES before a function has it compiled for newer instructions, too (x86-64-v3 has AVX2 and FMA, v4 AVX-512);
// which one runs is found out as the library is loaded. For plain loops that the compiler makes vectors of. GCC takes these
// names from version 12 on (its bug 101696).

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define IJEPA_CPU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define IJEPA_CPU_CLONES
#endif
