# Finds libwebp and the library that takes its files apart, by their headers. CMake has no module for them, and Debian's package no configuration.
#
# Output: WebP_FOUND, WebP_VERSION (by pkg-config, where that is installed), targets WebP::webp, WebP::webpdemux

find_path(WebP_INCLUDE_DIR webp/demux.h)
find_library(WebP_webp_LIBRARY webp)
find_library(WebP_webpdemux_LIBRARY webpdemux)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(WebP_PC QUIET libwebp)
  set(WebP_VERSION ${WebP_PC_VERSION})
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(WebP REQUIRED_VARS WebP_webp_LIBRARY WebP_webpdemux_LIBRARY WebP_INCLUDE_DIR VERSION_VAR WebP_VERSION)

foreach(name IN ITEMS webp webpdemux)
  if(WebP_FOUND AND NOT TARGET WebP::${name})
    add_library(WebP::${name} UNKNOWN IMPORTED)
    set_target_properties(WebP::${name} PROPERTIES IMPORTED_LOCATION ${WebP_${name}_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${WebP_INCLUDE_DIR})
  endif()
endforeach()
