# Finds the OpenCV modules named as COMPONENTS by their headers and libraries. OpenCV's own OpenCVConfig.cmake is in a Debian package
# that drags in every module and half a gigabyte of their dependencies.
#
# Output: OpenCVParts_FOUND, OpenCVParts_VERSION, targets OpenCV::<module>

find_path(OpenCVParts_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
set(_required OpenCVParts_INCLUDE_DIR)
foreach(_module IN LISTS OpenCVParts_FIND_COMPONENTS)
  find_library(OpenCVParts_${_module}_LIBRARY opencv_${_module})
  list(APPEND _required OpenCVParts_${_module}_LIBRARY)
  set(OpenCVParts_${_module}_FOUND ${OpenCVParts_${_module}_LIBRARY})
endforeach()

if(OpenCVParts_INCLUDE_DIR)
  file(STRINGS ${OpenCVParts_INCLUDE_DIR}/opencv2/core/version.hpp _lines REGEX "define CV_VERSION_(MAJOR|MINOR|REVISION)")
  string(REGEX REPLACE "[^0-9;]" "" _lines "${_lines}")
  string(REPLACE ";" "." OpenCVParts_VERSION "${_lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCVParts REQUIRED_VARS ${_required} VERSION_VAR OpenCVParts_VERSION)

foreach(_module IN LISTS OpenCVParts_FIND_COMPONENTS)
  if(OpenCVParts_FOUND AND NOT TARGET OpenCV::${_module})
    add_library(OpenCV::${_module} INTERFACE IMPORTED)
    target_include_directories(OpenCV::${_module} INTERFACE ${OpenCVParts_INCLUDE_DIR})
    target_link_libraries(OpenCV::${_module} INTERFACE ${OpenCVParts_${_module}_LIBRARY})
  endif()
endforeach()
