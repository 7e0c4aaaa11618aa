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

# The manual and the completions are the command's own words.
set(words ${CMAKE_CURRENT_BINARY_DIR}/words)
install(CODE "
    file(MAKE_DIRECTORY ${words})
    foreach(pair \"help --man>bench.1\" \"completion bash>bench\" \"completion zsh>_bench\")
        string(REGEX REPLACE \">.*\" \"\" command \"\${pair}\")
        string(REGEX REPLACE \".*>\" \"\" file \"\${pair}\")
        separate_arguments(command)
        execute_process(COMMAND $<TARGET_FILE:bench> \${command}
            OUTPUT_FILE ${words}/\${file} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()")
install(FILES ${words}/bench.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${words}/bench DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${words}/_bench DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
