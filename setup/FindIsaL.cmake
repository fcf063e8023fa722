# Finds Intel's ISA-L (CRC-32C by vector instructions on x86-64 and ARM) by its header and library.
#
# Output: IsaL_FOUND, IsaL_VERSION, target isal::isal

find_path(IsaL_INCLUDE_DIR isa-l/crc.h)
find_library(IsaL_LIBRARY isal)

if(EXISTS ${IsaL_INCLUDE_DIR}/isa-l.h)
  file(STRINGS ${IsaL_INCLUDE_DIR}/isa-l.h _lines REGEX "define ISAL_(MAJOR|MINOR|PATCH)_VERSION ")
  string(REGEX REPLACE "[^0-9;]" "" _lines "${_lines}")
  string(REPLACE ";" "." IsaL_VERSION "${_lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(IsaL REQUIRED_VARS IsaL_LIBRARY IsaL_INCLUDE_DIR VERSION_VAR IsaL_VERSION)

if(IsaL_FOUND AND NOT TARGET isal::isal)
  add_library(isal::isal UNKNOWN IMPORTED)
  set_target_properties(isal::isal PROPERTIES IMPORTED_LOCATION ${IsaL_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${IsaL_INCLUDE_DIR})
endif()
