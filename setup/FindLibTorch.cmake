# Finds the LibTorch C++ library without its own TorchConfig.cmake, which demands nvcc when the package was built with CUDA.
#
# Input:  SIGHTLINE_LIBTORCH  folder with include/ and lib/ (an unpacked LibTorch, or site-packages/torch); default: .deps/libtorch/torch
# Output: LibTorch_FOUND, LibTorch_VERSION, LibTorch_LIBRARY_DIR, target LibTorch::LibTorch (LibTorch::torch_cpu and LibTorch::c10; CUDA is loaded at run
#         time, see models/runtime.cpp)

set(_libtorch_hints ${SIGHTLINE_LIBTORCH} $ENV{SIGHTLINE_LIBTORCH})
if(NOT _libtorch_hints)
  set(_libtorch_hints ${PROJECT_SOURCE_DIR}/.deps/libtorch/torch)
endif()

find_path(LibTorch_INCLUDE_DIR ATen/core/Tensor.h HINTS ${_libtorch_hints} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu HINTS ${_libtorch_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${_libtorch_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)

# LibTorch has moved this header over time.
find_file(LibTorch_VERSION_HEADER version.h HINTS ${LibTorch_INCLUDE_DIR}/torch/headeronly
          ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch NO_DEFAULT_PATH)
if(LibTorch_VERSION_HEADER)
  file(STRINGS ${LibTorch_VERSION_HEADER} _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" _lines "${_lines}")
  string(REPLACE ";" "." LibTorch_VERSION "${_lines}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "Run setup/setup.sh, or give -DSIGHTLINE_LIBTORCH=/path/to/libtorch.")

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  get_filename_component(LibTorch_LIBRARY_DIR ${LibTorch_CPU_LIBRARY} DIRECTORY)
  foreach(_name IN ITEMS torch_cpu c10)
    add_library(LibTorch::${_name} SHARED IMPORTED)
  endforeach()
  set_target_properties(LibTorch::torch_cpu PROPERTIES IMPORTED_LOCATION ${LibTorch_CPU_LIBRARY})
  set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_C10_LIBRARY})
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  # Searched after the system's folders: the wheel carries its own copies of fmt, pybind11 and other headers.
  target_compile_options(LibTorch::LibTorch INTERFACE "SHELL:-idirafter ${LibTorch_INCLUDE_DIR}"
                                                      "SHELL:-idirafter ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
  target_compile_definitions(LibTorch::LibTorch INTERFACE AT_PER_OPERATOR_HEADERS)
  target_link_libraries(LibTorch::LibTorch INTERFACE LibTorch::torch_cpu LibTorch::c10)
  # libtorch_cpu finds libcudart and libcupti through its own RPATH at run time; the linker need not see them.
  target_link_options(LibTorch::LibTorch INTERFACE -Wl,--allow-shlib-undefined)
endif()
mark_as_advanced(LibTorch_VERSION_HEADER LibTorch_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY)
