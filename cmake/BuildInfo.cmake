# Run at each build: writes build_info.h for --version where it has changed, so that a commit costs
# the compilation of one file.
execute_process(COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(commit STREQUAL "")
    set(commit unknown)
endif()
set(text "/* build_info.h: made at each build by cmake/BuildInfo.cmake; what --version says. */
#ifndef LR_BUILD_INFO_H
#define LR_BUILD_INFO_H
#define LR_BUILD_COMMIT \"${commit}\"
#define LR_BUILD_COMPILER \"${COMPILER}\"
#define LR_BUILD_FLAGS \"${FLAGS}\"
#define LR_BUILD_LIBRARIES \"${LIBRARIES}\"
#endif
")
set(old "")
if(EXISTS ${OUT})
    file(READ ${OUT} old)
endif()
if(NOT old STREQUAL text)
    file(WRITE ${OUT} "${text}")
endif()
