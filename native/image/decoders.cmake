# The libraries that read pictures: libjpeg-turbo where the system has it (the fast way for JPEG), and the libvips that npm
# brings (@img/sharp-libvips-<platform>) for the other formats, and for JPEG where there is no libjpeg-turbo.

include(CheckCXXSourceCompiles)

find_package(JPEG QUIET)
if(JPEG_FOUND)
  set(CMAKE_REQUIRED_LIBRARIES JPEG::JPEG)
  check_cxx_source_compiles("
    #include <stdio.h>
    #include <jpeglib.h>
    #ifndef LIBJPEG_TURBO_VERSION
    #error not libjpeg-turbo
    #endif
    int main() { jpeg_decompress_struct d{}; JDIMENSION x = 0, w = 1; jpeg_crop_scanline(&d, &x, &w); }
  " IJEPA_LIBJPEG_IS_TURBO)
  unset(CMAKE_REQUIRED_LIBRARIES)
endif()

# npm installs the packages beside this one or above it.
set(ijepa_npm_folders)
set(folder "${PROJECT_SOURCE_DIR}")
while(TRUE)
  list(APPEND ijepa_npm_folders "${folder}/node_modules/@img")
  get_filename_component(parent "${folder}" DIRECTORY)
  if(parent STREQUAL folder)
    break()
  endif()
  set(folder "${parent}")
endwhile()
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" ijepa_platform)
string(REGEX REPLACE "x86_64|amd64" "x64" ijepa_platform "${ijepa_platform}")
string(REPLACE "aarch64" "arm64" ijepa_platform "${ijepa_platform}")
find_path(IJEPA_VIPS_INCLUDE vips/vips.h PATHS ${ijepa_npm_folders} PATH_SUFFIXES sharp-libvips-dev/include NO_DEFAULT_PATH)
list(TRANSFORM ijepa_npm_folders APPEND "/sharp-libvips-${ijepa_platform}/lib/libvips-cpp.*" OUTPUT_VARIABLE ijepa_vips_globs)
file(GLOB ijepa_vips_libraries ${ijepa_vips_globs})

# One file of native/image sees one library: libvips' headers bring a jpeglib.h of their own.
if(IJEPA_LIBJPEG_IS_TURBO)
  target_compile_definitions(ijepa_image PUBLIC IJEPA_HAVE_LIBJPEG)
  target_link_libraries(ijepa_image PUBLIC JPEG::JPEG)
  message(STATUS "JPEG: ${JPEG_LIBRARIES}")
endif()
if(IJEPA_VIPS_INCLUDE AND ijepa_vips_libraries)
  list(GET ijepa_vips_libraries 0 ijepa_vips_library)
  target_compile_definitions(ijepa_image PUBLIC IJEPA_HAVE_LIBVIPS)
  target_link_libraries(ijepa_image PUBLIC "${ijepa_vips_library}")
  set(ijepa_vips_includes "${IJEPA_VIPS_INCLUDE}" "${IJEPA_VIPS_INCLUDE}/glib-2.0")
  get_filename_component(folder "${ijepa_vips_library}" DIRECTORY)
  list(APPEND ijepa_vips_includes "${folder}/glib-2.0/include")
  foreach(source vips_library vips_decoder vips_encoder)
    foreach(include ${ijepa_vips_includes})
      set_property(SOURCE "${PROJECT_SOURCE_DIR}/native/image/${source}.cc"
                   APPEND PROPERTY COMPILE_OPTIONS -isystem "${include}")
    endforeach()
  endforeach()
  message(STATUS "Other pictures: ${ijepa_vips_library}")
elseif(NOT IJEPA_LIBJPEG_IS_TURBO)
  message(FATAL_ERROR "No library that reads pictures: run `npm install @img/sharp-libvips-${ijepa_platform}`, or install "
                      "libjpeg-turbo's development files (libjpeg-dev, libjpeg-turbo-devel, or brew's jpeg-turbo)")
endif()
