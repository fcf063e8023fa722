# The bill of materials, BUILD/sightline.cdx.json (CycloneDX 1.6): the libraries that the program is linked to, in the versions that were found, and the Python
# packages of figures and report. What a library needs in turn is its distributor's to say. A new find_package is a new sbom_linked here.

set(pinned_lists ${PROJECT_SOURCE_DIR}/setup/requirements.txt ${PROJECT_SOURCE_DIR}/setup/libtorch.txt ${PROJECT_SOURCE_DIR}/setup/libtorch-gpu.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pinned_lists})

# sbom_component(NAME VERSION PURL SCOPE LICENCE MEMBERS): SCOPE is required or optional, LICENCE an SPDX expression or empty, MEMBERS are further JSON members.
function(sbom_component name version purl scope licence members)
  string(REPLACE "+" "%2B" purl ${purl})
  if(NOT licence STREQUAL "")
    string(APPEND members ",\"licenses\":[{\"expression\":\"${licence}\"}]")
  endif()
  set(identity "\"bom-ref\":\"${purl}\",\"name\":\"${name}\",\"version\":\"${version}\",\"purl\":\"${purl}\"")
  set_property(GLOBAL APPEND_STRING PROPERTY sbom_components ",{\"type\":\"library\",${identity},\"scope\":\"${scope}\"${members}}")
endfunction()

# sbom_linked(NAME VERSION LICENCE FILE): the library that FILE belongs to. One of Debian's is named by its source package, as security advisories name it.
function(sbom_linked name version licence file)
  if(version STREQUAL "")
    set(version unknown)
  endif()
  string(TOLOWER "pkg:generic/${name}@${version}" purl)
  string(REPLACE " " "-" purl ${purl})
  execute_process(COMMAND dpkg-query -S ${file} OUTPUT_VARIABLE owner ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    string(REGEX REPLACE "[,:].*" "" owner "${owner}")
    execute_process(COMMAND dpkg-query -W -f "\${source:Package}@\${source:Version}" ${owner} OUTPUT_VARIABLE source)
    cmake_host_system_information(RESULT system QUERY DISTRIB_INFO)
    set(purl "pkg:deb/${system_ID}/${source}?arch=source&distro=${system_ID}-${system_VERSION_ID}")
  endif()
  sbom_component(${name} ${version} ${purl} required "${licence}" "")
endfunction()

# sbom_wheel(NAME PACKAGE VERSION SCOPE LICENCE): PACKAGE on PyPI, with the SHA-256 of the files of this release, of which pip takes the one that fits.
function(sbom_wheel name package version scope licence)
  set(members "")
  foreach(list IN LISTS pinned_lists)
    file(READ ${list} text)
    if(members STREQUAL "" AND "\n${text}" MATCHES "\n${package}==${version} [^#]*")
      string(REGEX MATCHALL "sha256:[0-9a-f]+" hashes "${CMAKE_MATCH_0}")
      list(TRANSFORM hashes REPLACE "sha256:(.+)" "{\"alg\":\"SHA-256\",\"content\":\"\\1\"}")
      list(JOIN hashes "," hashes)
      set(page https://pypi.org/project/${package}/${version}/)
      set(members ",\"externalReferences\":[{\"type\":\"distribution\",\"url\":\"${page}\",\"hashes\":[${hashes}]}]")
    endif()
  endforeach()
  sbom_component(${name} ${version} pkg:pypi/${package}@${version} ${scope} "${licence}" "${members}")
endfunction()

# sbom_unpacked_wheel(FOLDER): what pip unpacked, by its FOLDER.dist-info.
function(sbom_unpacked_wheel folder)
  foreach(field IN ITEMS Name Version License-Expression)
    file(STRINGS ${folder}/METADATA line REGEX "^${field}: " LIMIT_COUNT 1)
    string(REGEX REPLACE "^${field}: " "" ${field} "${line}")
  endforeach()
  string(TOLOWER ${Name} package)
  string(REPLACE "_" "-" package ${package})
  if(package STREQUAL torch)
    set(Name LibTorch)
  endif()
  sbom_wheel(${Name} ${package} ${Version} required "${License-Expression}")
endfunction()

# The MPI library introduces itself, for example as "Open MPI v4.1.4, ..." or "MPICH Version: 4.0.2 ...".
string(REGEX REPLACE "( v| Version:)?[ \t]*[0-9].*" "" mpi "${MPI_C_LIBRARY_VERSION_STRING}")
string(REGEX MATCH "[0-9]+(\\.[0-9]+)+" mpi_version "${MPI_C_LIBRARY_VERSION_STRING}")
set(mpi_licence "")
if(mpi STREQUAL "Open MPI")
  set(mpi_licence BSD-3-Clause-Open-MPI)
elseif(mpi STREQUAL MPICH)
  set(mpi_licence mpich2)
elseif(mpi STREQUAL "") # it could not be asked here
  set(mpi MPI)
endif()
# FindJPEG gives the version of the interface; libjpeg-turbo has one of its own.
find_file(JPEG_CONFIG_HEADER jconfig.h HINTS ${JPEG_INCLUDE_DIR})
mark_as_advanced(JPEG_CONFIG_HEADER)
set(jpeg libjpeg)
set(jpeg_version ${JPEG_VERSION})
set(jpeg_licence IJG)
if(JPEG_CONFIG_HEADER)
  file(STRINGS ${JPEG_CONFIG_HEADER} line REGEX "define LIBJPEG_TURBO_VERSION ")
  if(line MATCHES "([0-9.]+)$")
    set(jpeg libjpeg-turbo)
    set(jpeg_version ${CMAKE_MATCH_1})
    set(jpeg_licence "IJG AND BSD-3-Clause AND Zlib")
  endif()
endif()

sbom_linked("${mpi}" "${mpi_version}" "${mpi_licence}" "${MPI_C_HEADER_DIR}/mpi.h")
sbom_linked(HDF5 "${HDF5_VERSION}" HDF5 "${HDF5_C_LIBRARY_hdf5}")
sbom_linked(OpenCV "${OpenCVParts_VERSION}" Apache-2.0 "${OpenCVParts_core_LIBRARY}")
sbom_linked(${jpeg} "${jpeg_version}" "${jpeg_licence}" "${JPEG_LIBRARY}")
sbom_linked(libpng "${PNG_VERSION_STRING}" libpng-2.0 "${PNG_LIBRARY}")
sbom_linked(libtiff "${TIFF_VERSION_STRING}" libtiff "${TIFF_LIBRARY}")
sbom_linked(libwebp "${WebP_VERSION}" BSD-3-Clause "${WebP_webp_LIBRARY}")
sbom_linked(Eigen "${Eigen3_VERSION}" MPL-2.0 "${Eigen3_DIR}")
sbom_linked(igraph "${IgraphC_VERSION}" GPL-2.0-or-later "${IgraphC_LIBRARY}")
sbom_linked(ISA-L "${IsaL_VERSION}" BSD-3-Clause "${IsaL_LIBRARY}")
sbom_linked(Boost "${Boost_VERSION}" BSL-1.0 "${Boost_INCLUDE_DIRS}/boost/version.hpp")
sbom_linked(OpenSSL "${OPENSSL_VERSION}" Apache-2.0 "${OPENSSL_CRYPTO_LIBRARY}")
sbom_linked(fmt "${fmt_VERSION}" MIT "${fmt_DIR}")
sbom_linked(spdlog "${spdlog_VERSION}" MIT "${spdlog_DIR}")
sbom_linked(nlohmann_json "${nlohmann_json_VERSION}" MIT "${nlohmann_json_DIR}")

# LibTorch, as a wheel with the NVIDIA libraries that are carried along with it, or as a site's own.
file(GLOB carried ${wheels}/torch-*.dist-info ${wheels}/nvidia_*.dist-info)
if(SIGHTLINE_INSTALL_LIBTORCH AND carried)
  foreach(folder IN LISTS carried)
    sbom_unpacked_wheel(${folder})
  endforeach()
else()
  sbom_linked(LibTorch "${LibTorch_VERSION}" "" "${LibTorch_CPU_LIBRARY}")
endif()

file(READ ${PROJECT_SOURCE_DIR}/setup/requirements.txt text)
string(REGEX MATCHALL "\n[^ #\n]+==[^ \n]+" pinned "\n${text}")
foreach(package IN LISTS pinned)
  string(REGEX MATCH "([^\n]+)==(.+)" package ${package})
  sbom_wheel(${CMAKE_MATCH_1} ${CMAKE_MATCH_1} ${CMAKE_MATCH_2} optional "")
endforeach()

get_property(components GLOBAL PROPERTY sbom_components)
string(SUBSTRING "${components}" 1 -1 components)
string(REGEX MATCHALL "\"bom-ref\":\"[^\"]+\"" references "${components}")
list(TRANSFORM references REPLACE "\"bom-ref\":" "")
list(JOIN references "," references)
string(UUID serial NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8 NAME "${components}" TYPE SHA1)
string(TIMESTAMP now "%Y-%m-%dT%H:%M:%SZ" UTC)
string(
  JSON
  bom
  SET
  "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"serialNumber\":\"urn:uuid:${serial}\",\"metadata\":{\"timestamp\":\"${now}\",
    \"authors\":[{\"name\":\"${CPACK_PACKAGE_VENDOR}\"}],\"component\":{\"type\":\"application\",\"bom-ref\":\"sightline\",\"name\":\"sightline\",
    \"version\":\"${PROJECT_VERSION}\",\"description\":\"${PROJECT_DESCRIPTION}\",\"licenses\":[{\"expression\":\"Apache-2.0\"}]}},
    \"components\":[${components}],\"dependencies\":[{\"ref\":\"sightline\",\"dependsOn\":[${references}]}]}"
  version
  1)
file(WRITE ${PROJECT_BINARY_DIR}/sightline.cdx.json "${bom}\n")
