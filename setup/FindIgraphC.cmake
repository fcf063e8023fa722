# Finds the C library igraph by its header and library. Debian's own igraph-config.cmake demands the development files of everything that
# igraph was built with.
#
# Output: IgraphC_FOUND, IgraphC_VERSION, target igraph::igraph

find_path(IgraphC_INCLUDE_DIR igraph.h PATH_SUFFIXES igraph)
find_library(IgraphC_LIBRARY igraph)

if(EXISTS ${IgraphC_INCLUDE_DIR}/igraph_version.h)
  file(STRINGS ${IgraphC_INCLUDE_DIR}/igraph_version.h _line REGEX "define IGRAPH_VERSION \"")
  string(REGEX REPLACE ".*\"(.*)\".*" "\\1" IgraphC_VERSION "${_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(IgraphC REQUIRED_VARS IgraphC_LIBRARY IgraphC_INCLUDE_DIR VERSION_VAR IgraphC_VERSION)

if(IgraphC_FOUND AND NOT TARGET igraph::igraph)
  add_library(igraph::igraph UNKNOWN IMPORTED)
  set_target_properties(igraph::igraph PROPERTIES IMPORTED_LOCATION ${IgraphC_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES
                                                                                       ${IgraphC_INCLUDE_DIR})
endif()
