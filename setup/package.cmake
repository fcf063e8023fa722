# Installation and packages: cmake --install BUILD --prefix PREFIX; cpack --config BUILD/CPackConfig.cmake. The tree may be moved: the program finds
# share/sightline and lib/sightline by where it lies itself (src/base/data_folder.hpp).

set(fetched_libtorch ${PROJECT_SOURCE_DIR}/.deps/libtorch)
string(FIND ${LibTorch_LIBRARY_DIR} ${fetched_libtorch}/ position)
if(position EQUAL 0)
  set(carry_libtorch ON)
else()
  set(carry_libtorch OFF)
endif()
option(SIGHTLINE_INSTALL_LIBTORCH
       "Install LibTorch's libraries with the program (default: those that setup/setup.sh fetched; a site's LibTorch is used where it lies)"
       ${carry_libtorch})

# Paths of libraries outside the source (a cluster's modules) stay as they are.
set_target_properties(sightline PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
if(SIGHTLINE_INSTALL_LIBTORCH)
  set_target_properties(sightline PROPERTIES INSTALL_RPATH $ORIGIN/../lib/sightline)
  cmake_path(GET LibTorch_LIBRARY_DIR PARENT_PATH torch_folder)
  cmake_path(GET torch_folder PARENT_PATH wheels)
  string(REGEX REPLACE "([][+.*()^$?|])" "\\\\\\1" wheels_regex ${wheels})
  install(IMPORTED_RUNTIME_ARTIFACTS LibTorch::torch_cpu LibTorch::c10 RUNTIME_DEPENDENCY_SET libtorch LIBRARY DESTINATION lib/sightline)
  # Of what these need, that which LibTorch brings along.
  install(
    RUNTIME_DEPENDENCY_SET libtorch
    PRE_EXCLUDE_REGEXES "^ld-linux"
    POST_INCLUDE_REGEXES "^${wheels_regex}/"
    POST_EXCLUDE_REGEXES ".*"
    LIBRARY DESTINATION lib/sightline)
  # Where setup/setup.sh ran beside a GPU: what is loaded at run time there.
  if(EXISTS ${wheels}/nvidia/cudnn)
    file(GLOB gpu_libraries ${LibTorch_LIBRARY_DIR}/libtorch_cuda*.so ${LibTorch_LIBRARY_DIR}/libc10_cuda.so ${LibTorch_LIBRARY_DIR}/libtorch_nvshmem.so
         ${wheels}/nvidia/*/lib/*.so*)
    install(FILES ${gpu_libraries} DESTINATION lib/sightline)
  endif()
  file(GLOB libtorch_licence ${wheels}/torch-*.dist-info/licenses/LICENSE)
  install(FILES ${libtorch_licence} DESTINATION share/doc/sightline/libtorch)
else()
  set_target_properties(sightline PROPERTIES INSTALL_RPATH ${LibTorch_LIBRARY_DIR})
endif()
install(TARGETS sightline RUNTIME DESTINATION bin)

# What the program reads, in the layout of the source.
install(
  DIRECTORY analysis
  DESTINATION share/sightline
  FILES_MATCHING
  REGEX "\\.(py|js|css|html)$"
  PATTERN __pycache__ EXCLUDE)
install(
  DIRECTORY jobs models slurm
  DESTINATION share/sightline
  USE_SOURCE_PERMISSIONS
  PATTERN __pycache__ EXCLUDE
  PATTERN jobs/photos EXCLUDE
  PATTERN models/weights EXCLUDE)
install(FILES setup/requirements.txt DESTINATION share/sightline)
install(FILES LICENSE README.md CHANGELOG.md CITATION.cff DESTINATION share/doc/sightline)
install(FILES ${PROJECT_BINARY_DIR}/sightline.cdx.json DESTINATION share/doc/sightline)
install(FILES ${PROJECT_BINARY_DIR}/manual/sightline.1 DESTINATION share/man/man1)
install(
  FILES ${PROJECT_BINARY_DIR}/manual/sightline.bash
  DESTINATION share/bash-completion/completions
  RENAME sightline)

set(CPACK_GENERATOR TGZ DEB)
set(CPACK_PACKAGE_NAME sightline)
set(CPACK_PACKAGE_VENDOR "The Sightline developers")
set(CPACK_PACKAGE_CONTACT "The Sightline developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES OFF) # LibTorch's libraries stay as they came
set(CPACK_THREADS 0)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${LibTorch_LIBRARY_DIR})
set(CPACK_DEBIAN_PACKAGE_DEPENDS "openmpi-bin, python3")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "python3-h5py, python3-matplotlib, python3-numpy, python3-pandas, python3-pil")
include(setup/sbom.cmake)
include(CPack)
