# Installed: the library, its one header, a CMake package, a .pc file, the command.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/linerate)
install(TARGETS linerate EXPORT linerate ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES kernels/include/linerate.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(EXPORT linerate NAMESPACE linerate:: FILE linerateTargets.cmake DESTINATION ${package_dir})

string(REPLACE ";" " " LR_PC_REQUIRES "${LR_PC_REQUIRES}")
configure_package_config_file(cmake/linerateConfig.cmake.in
    ${CMAKE_CURRENT_BINARY_DIR}/linerateConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/linerateConfigVersion.cmake
    COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linerateConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/linerateConfigVersion.cmake DESTINATION ${package_dir})

# Found relative to itself, so that the installed tree may be moved.
file(RELATIVE_PATH LR_PC_UP /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" LR_PC_UP "${LR_PC_UP}")
configure_file(cmake/linerate.pc.in ${CMAKE_CURRENT_BINARY_DIR}/linerate.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linerate.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
