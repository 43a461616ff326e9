# libFuzzer targets over native/image, with address and undefined-behaviour sanitizers; `npm run fuzz` builds and runs them.
# Included twice: before the layers (IJEPA_FUZZ_STAGE flags) for the flags of every object, after them for the targets.

if(IJEPA_FUZZ_STAGE STREQUAL "flags")
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "IJEPA_FUZZ needs Clang, as libFuzzer is a part of it: CXX=clang++")
  endif()
  # vptr and function ask for the type information of LibTorch's classes, which its libraries hide.
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr,function -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  return()
endif()

function(ijepa_fuzzer name source)
  add_executable(fuzz_${name} "${PROJECT_SOURCE_DIR}/test/fuzz/${source}.cc")
  target_compile_options(fuzz_${name} PRIVATE -Wall -Wextra -Werror)
  target_compile_definitions(fuzz_${name} PRIVATE ${ARGN})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(fuzz_${name} PRIVATE ijepa_image)
  add_dependencies(fuzzers fuzz_${name})
endfunction()

# A target by kind of picture, so that each has its own time and its own corpus: scripts/fuzz.mjs knows these names.
add_custom_target(fuzzers)
ijepa_fuzzer(kind fuzz_kind)
foreach(kind Jpeg Png Webp Gif Tiff Avif Bmp Netpbm)
  string(TOLOWER ${kind} name)
  ijepa_fuzzer(${name} fuzz_picture IJEPA_FUZZ_KIND=ImageKind::k${kind})
endforeach()
target_sources(fuzz_png PRIVATE "${PROJECT_SOURCE_DIR}/test/fuzz/png_mutator.cc")
