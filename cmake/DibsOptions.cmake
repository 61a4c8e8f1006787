# What every target of the project is compiled with.

set(DIBS_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined or thread")
option(DIBS_COVERAGE "Instrument for coverage" OFF)
option(DIBS_BENCH "Build the benches beside the tests" ON)
option(DIBS_WHOLE_TESTS "One ctest for each executable, not for each TEST: fewer processes" OFF)
option(DIBS_FUZZ "Instrument the parsers for libFuzzer, and build its targets (clang)" OFF)

add_library(dibs_options INTERFACE)
target_compile_options(dibs_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum -Werror
    # The warnings are g++'s: clang only builds what runs under the sanitizers, in half the time.
    $<$<CXX_COMPILER_ID:Clang>:-w>
    # g++ 12 reports Asio's coroutine frames here; a false positive.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
    # g++ 12 sees overlapping copies in its own std::string when it optimises (GCC bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    -fno-omit-frame-pointer)

if(DIBS_SANITIZE)
    target_compile_options(dibs_options INTERFACE
        -fsanitize=${DIBS_SANITIZE} -fno-sanitize-recover=all)
    target_link_options(dibs_options INTERFACE -fsanitize=${DIBS_SANITIZE})
    if(DIBS_SANITIZE MATCHES "thread")
        # The sanitizer does not model fences; libstdc++ and Asio use a few, correctly.
        target_compile_options(dibs_options INTERFACE -Wno-tsan)
    endif()
endif()

if(DIBS_COVERAGE)
    target_compile_options(dibs_options INTERFACE --coverage -O0)
    target_link_options(dibs_options INTERFACE --coverage)
endif()

# Linking two dozen test programs takes the usual linker a minute.
find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
    add_link_options(-fuse-ld=mold)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()
