# The libraries that linerate uses: found, never downloaded. One that is missing is named with its
# Debian package and the option that leaves it out. Their archives are preferred (LR_STATIC): a
# process with Hyperscan and zstd as shared libraries has 2 MiB more of resident memory.

find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

set(LR_LIBRARIES "") # what is in, for --version
set(LR_PC_REQUIRES "") # the same for linerate.pc, as pkg-config modules

# Makes the target lr::NAME out of the pkg-config module, unless the option leaves it out.
macro(lr_find option module package name)
    if(${option})
        pkg_check_modules(LR_PC_${name} ${module})
        if(NOT LR_PC_${name}_FOUND)
            message(FATAL_ERROR
                "${module} is missing: apt-get install ${package}, or -D${option}=OFF")
        endif()
        find_library(LR_ARCHIVE_${name} lib${name}.a HINTS ${LR_PC_${name}_LIBRARY_DIRS})
        find_library(LR_SHARED_${name} ${name} HINTS ${LR_PC_${name}_LIBRARY_DIRS})
        mark_as_advanced(LR_ARCHIVE_${name} LR_SHARED_${name})
        add_library(lr::${name} INTERFACE IMPORTED GLOBAL)
        target_include_directories(lr::${name} INTERFACE ${LR_PC_${name}_INCLUDE_DIRS})
        if(LR_STATIC AND LR_ARCHIVE_${name})
            target_link_libraries(lr::${name} INTERFACE ${LR_ARCHIVE_${name}} ${ARGN})
        else()
            target_link_libraries(lr::${name} INTERFACE ${LR_SHARED_${name}})
        endif()
        list(APPEND LR_LIBRARIES "${module} ${LR_PC_${name}_VERSION}")
        list(APPEND LR_PC_REQUIRES ${module})
    endif()
endmacro()

# Hyperscan is C++ inside; its archive brings no runtime. gcc's archive of it is next to gcc.
set(LR_CXX_RUNTIME stdc++)
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libstdc++.a
    OUTPUT_VARIABLE archive OUTPUT_STRIP_TRAILING_WHITESPACE)
if(IS_ABSOLUTE "${archive}" AND EXISTS "${archive}")
    set(LR_CXX_RUNTIME ${archive})
endif()

lr_find(LR_HYPERSCAN libhs libhyperscan-dev hs ${LR_CXX_RUNTIME} m)
lr_find(LR_ZSTD libzstd libzstd-dev zstd)
lr_find(LR_ISAL libisal libisal-dev isal)
