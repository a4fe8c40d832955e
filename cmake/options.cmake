# Language, warnings and code generation, shared by every target of the project.

if(PROJECT_IS_TOP_LEVEL)
    if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
        set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
    endif()
    find_program(WEIR_CCACHE ccache)
    mark_as_advanced(WEIR_CCACHE)
    if(WEIR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${WEIR_CCACHE}")
        set(CMAKE_C_COMPILER_LAUNCHER "${WEIR_CCACHE}")
    endif()
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

set(WEIR_CLANG FALSE)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    set(WEIR_CLANG TRUE)
endif()

find_package(Threads REQUIRED)
find_path(WEIR_FMT_INCLUDE_DIR fmt/format.h REQUIRED)
mark_as_advanced(WEIR_FMT_INCLUDE_DIR)

# Warnings: for the project's own code, the examples included.
add_library(weir_warnings INTERFACE)
target_compile_options(weir_warnings INTERFACE -Wall -Wextra -Wpedantic)
if(WEIR_CLANG)
    target_compile_options(weir_warnings INTERFACE -Wshadow)
elseif(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # g++ 12's -Wshadow takes the enumerators of a scoped enumeration for names outside of it, and its -Wrestrict
    # misjudges concatenations of std::string (gcc.gnu.org/PR105651).
    target_compile_options(weir_warnings INTERFACE -Wno-restrict)
else()
    target_compile_options(weir_warnings INTERFACE -Wshadow)
endif()
if(WEIR_WERROR)
    target_compile_options(weir_warnings INTERFACE -Werror)
endif()

# Sanitizers: the flags that clang's preserve_none handlers can live with (docs/testing.md says why).
add_library(weir_sanitizers INTERFACE)
if((WEIR_SANITIZE OR WEIR_FUZZ) AND NOT WEIR_CLANG)
    message(FATAL_ERROR "WEIR_SANITIZE and WEIR_FUZZ need clang; use the preset asan or fuzz.")
endif()
set(weir_sanitizer_flags)
if(WEIR_SANITIZE OR WEIR_FUZZ)
    # UBSan takes part in both: an ASan-only binary with preserve_none handlers misbehaves.
    set(weir_sanitizer_flags
        -fsanitize=address,undefined
        -fno-sanitize=null,alignment,pointer-overflow,vptr
        -fsanitize-address-use-after-return=never
        -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
endif()
if(WEIR_FUZZ)
    list(APPEND weir_sanitizer_flags -fsanitize=fuzzer-no-link)
endif()
target_compile_options(weir_sanitizers INTERFACE ${weir_sanitizer_flags})
target_link_options(weir_sanitizers INTERFACE ${weir_sanitizer_flags})
if(weir_sanitizer_flags)
    # Links these large programs in a third of the time, where it is installed.
    include(CheckLinkerFlag)
    check_linker_flag(CXX -fuse-ld=lld WEIR_HAVE_LLD)
    if(WEIR_HAVE_LLD)
        target_link_options(weir_sanitizers INTERFACE -fuse-ld=lld)
    endif()
endif()

# What the library's rooms, the tools and the tests share: private headers, fmt, the handler table's size.
add_library(weir_internal INTERFACE)
target_link_libraries(weir_internal INTERFACE weir_warnings weir_sanitizers Threads::Threads)
target_include_directories(weir_internal INTERFACE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_include_directories(weir_internal SYSTEM INTERFACE ${WEIR_FMT_INCLUDE_DIR})
target_compile_options(weir_internal INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<NOT:$<BOOL:$<TARGET_PROPERTY:WEIR_RTTI>>>>:-fno-rtti>)
# Of fmt 9 the parts that are the same for every caller are compiled once (src/base/fmt_library.cpp), under a name of their
# own; other versions divide them up otherwise.
file(STRINGS ${WEIR_FMT_INCLUDE_DIR}/fmt/core.h weir_fmt_version REGEX "^#define FMT_VERSION 9[0-9][0-9][0-9][0-9]$")
if(weir_fmt_version)
    target_compile_definitions(weir_internal INTERFACE
        "FMT_BEGIN_NAMESPACE=namespace fmt { inline namespace weir_own {" "FMT_END_NAMESPACE=} }")
else()
    target_compile_definitions(weir_internal INTERFACE FMT_HEADER_ONLY)
endif()
# Nobody reads errno after sqrt, which then is one instruction instead of a call.
target_compile_options(weir_internal INTERFACE -fno-math-errno)
if(WEIR_COUNT_OPS)
    target_compile_definitions(weir_internal INTERFACE WEIR_COUNT_OPS)
endif()
if(WEIR_SMALL_TABLE)
    target_compile_definitions(weir_internal INTERFACE
        WEIR_INT_REGISTERS=2 WEIR_FLOAT_REGISTERS=2)
else()
    target_compile_definitions(weir_internal INTERFACE
        WEIR_INT_REGISTERS=4 WEIR_FLOAT_REGISTERS=4)
endif()
