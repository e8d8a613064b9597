# What `cmake --install` lays down. Component `development`: the archive, the headers, and how CMake and pkg-config find them;
# component `program` (apps/jackfield): the program. The tree may be moved: every path in it is relative to itself.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(jackfield_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/jackfield)
install(TARGETS jackfield EXPORT jackfield ARCHIVE COMPONENT development INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/jackfield DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN *.hpp)
install(EXPORT jackfield NAMESPACE jackfield:: FILE jackfield-targets.cmake DESTINATION ${jackfield_cmake_dir} COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT development)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/jackfield-config.cmake.in ${PROJECT_BINARY_DIR}/jackfield-config.cmake
  INSTALL_DESTINATION ${jackfield_cmake_dir} NO_SET_AND_CHECK_MACRO)
# Until 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/jackfield-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/jackfield-config.cmake ${PROJECT_BINARY_DIR}/jackfield-config-version.cmake
  DESTINATION ${jackfield_cmake_dir} COMPONENT development)
set(pc_requires "")
if(JACKFIELD_IO_URING)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/Findliburing.cmake DESTINATION ${jackfield_cmake_dir} COMPONENT development)
  set(pc_requires ", liburing")
endif()

# jackfield.pc. Boost has no file of its own there, so its folder is named where the compiler would not look by itself.
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_up ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
set(pc_cflags "")
foreach(dir ${Boost_INCLUDE_DIRS})
  if(NOT dir IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
    string(APPEND pc_cflags " -I${dir}")
  endif()
endforeach()
string(REPLACE ";" " " pc_link_options "${JACKFIELD_SANITIZER_OPTIONS}")
foreach(kind libdir includedir)
  string(TOUPPER ${kind} upper)
  set(pc_${kind} ${CMAKE_INSTALL_${upper}})
  if(NOT IS_ABSOLUTE ${pc_${kind}})
    set(pc_${kind} "\${prefix}/${pc_${kind}}")
  endif()
endforeach()
configure_file(${PROJECT_SOURCE_DIR}/cmake/jackfield.pc.in ${PROJECT_BINARY_DIR}/jackfield.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/jackfield.pc DESTINATION ${pc_dir} COMPONENT development)
