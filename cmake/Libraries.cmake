# The libraries that linerate uses: found, never downloaded. One that is missing is named with its
# Debian package and the option that leaves it out.
#
# What a library costs before it is used, in resident memory: Hyperscan 1.7 MiB as a shared library
# and 1.0 MiB as an archive (its constructors, and C++'s). So it is neither linked: its headers are
# used, and LR_HYPERSCAN_SONAME is opened (dlopen) where a run asks for it. Vectorscan has that name
# too. Of the others the archive is preferred where there is one (LR_STATIC).

find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

set(LR_LIBRARIES "") # what is in, for --version
set(LR_PC_REQUIRES "") # what is linked, as pkg-config modules, for linerate.pc

# Makes the target lr::NAME out of the pkg-config module, unless the option leaves it out. Option ON:
# it cannot be left out.
macro(lr_find option module package name)
    if(${option})
        pkg_check_modules(LR_PC_${name} ${module})
        if(NOT LR_PC_${name}_FOUND)
            set(hint ", or -D${option}=OFF")
            if(${option} STREQUAL "ON")
                set(hint "")
            endif()
            message(FATAL_ERROR "${module} is missing: apt-get install ${package}${hint}")
        endif()
        find_library(LR_ARCHIVE_${name} lib${name}.a HINTS ${LR_PC_${name}_LIBRARY_DIRS})
        find_library(LR_SHARED_${name} ${name} HINTS ${LR_PC_${name}_LIBRARY_DIRS})
        mark_as_advanced(LR_ARCHIVE_${name} LR_SHARED_${name})
        add_library(lr::${name} INTERFACE IMPORTED GLOBAL)
        target_include_directories(lr::${name} INTERFACE ${LR_PC_${name}_INCLUDE_DIRS})
        list(APPEND LR_LIBRARIES "${module} ${LR_PC_${name}_VERSION}")
    endif()
endmacro()

# What the library itself links (ARGN is empty), or only the program (ARGN is PROGRAM).
macro(lr_link option module name)
    if(${option})
        if(LR_STATIC AND LR_ARCHIVE_${name})
            target_link_libraries(lr::${name} INTERFACE ${LR_ARCHIVE_${name}})
        else()
            target_link_libraries(lr::${name} INTERFACE ${LR_SHARED_${name}})
        endif()
        if("${ARGN}" STREQUAL "")
            list(APPEND LR_PC_REQUIRES ${module})
        endif()
    endif()
endmacro()

lr_find(LR_HYPERSCAN libhs libhyperscan-dev hs)
if(LR_HYPERSCAN)
    # libhs.so -> libhs.so.5.4.0: the name to open is libhs.so.5.
    file(REAL_PATH ${LR_SHARED_hs} file)
    string(REGEX MATCH "libhs\\.so\\.[0-9]+" LR_HYPERSCAN_SONAME "${file}")
    target_compile_definitions(lr::hs INTERFACE LR_HAVE_HYPERSCAN
        LR_HYPERSCAN_SONAME="${LR_HYPERSCAN_SONAME}")
    target_link_libraries(lr::hs INTERFACE ${CMAKE_DL_LIBS})
endif()
lr_find(LR_ZSTD libzstd libzstd-dev zstd)
lr_link(LR_ZSTD libzstd zstd)
lr_find(LR_ISAL libisal libisal-dev isal)
lr_link(LR_ISAL libisal isal)
lr_find(ON libxxhash libxxhash-dev xxhash)
lr_link(ON libxxhash xxhash PROGRAM)

# CUDA: machine code for sm_80 and sm_90, and PTX for what comes after. The runtime is an archive and opens
# the driver when it is asked for a device, so that one program runs with and without one.
if(NOT LR_CUDA STREQUAL OFF)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90 CACHE STRING "")
    set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
    include(CheckLanguage)
    check_language(CUDA)
    if(CMAKE_CUDA_COMPILER)
        enable_language(CUDA)
        set(CMAKE_CUDA_STANDARD 17)
        find_package(CUDAToolkit REQUIRED)
        list(APPEND LR_LIBRARIES "CUDA ${CUDAToolkit_VERSION}")
        set(LR_CUDA_FOUND ON)
    elseif(LR_CUDA STREQUAL ON)
        message(FATAL_ERROR "nvcc is missing: CUDA's compiler must be on the PATH, or -DLR_CUDA=OFF")
    endif()
endif()
