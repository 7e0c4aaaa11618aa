# The libraries that linerate uses: found, never downloaded. One that is missing is named with its
# Debian package and the option that leaves it out.

find_package(OpenMP REQUIRED COMPONENTS C)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

function(lr_find option module package target)
    if(NOT ${option})
        return()
    endif()
    pkg_check_modules(${target} IMPORTED_TARGET GLOBAL ${module})
    if(NOT ${target}_FOUND)
        message(FATAL_ERROR "${module} is missing: apt-get install ${package}, or -D${option}=OFF")
    endif()
    set(${target}_VERSION ${${target}_VERSION} PARENT_SCOPE)
endfunction()

lr_find(LR_HYPERSCAN libhs libhyperscan-dev LR_HS)
lr_find(LR_ZSTD libzstd libzstd-dev LR_LIBZSTD)
lr_find(LR_ISAL libisal libisal-dev LR_LIBISAL)
