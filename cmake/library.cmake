# One object library per room of src/, and from the same objects the shared and the static library.

set(WEIR_ROOMS base platform wasm decode code text validate runtime translate execute diagnose engine exchange capi wasi)
set(WEIR_PRESENT_ROOMS)
set(weir_objects)

foreach(room IN LISTS WEIR_ROOMS)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${room}/*.cpp)
    if(NOT weir_fmt_version)
        list(FILTER sources EXCLUDE REGEX "/base/fmt_library\\.cpp$")
    endif()
    if(NOT sources)
        continue()
    endif()
    add_library(weir_${room} OBJECT ${sources})
    target_link_libraries(weir_${room} PRIVATE weir_internal)
    target_compile_definitions(weir_${room} PRIVATE WEIR_BUILDING)
    if(NOT WEIR_EXCEPTIONS)
        target_compile_options(weir_${room} PRIVATE -fno-exceptions)
    endif()
    if(CMAKE_UNITY_BUILD AND NOT WEIR_CLANG)
        # g++ takes a source that is included for a header, where namespaces without a name would be a mistake.
        target_compile_options(weir_${room} PRIVATE -Wno-subobject-linkage)
    endif()
    list(APPEND WEIR_PRESENT_ROOMS ${room})
    list(APPEND weir_objects $<TARGET_OBJECTS:weir_${room}>)
endforeach()

# Public classes with virtual functions are implemented in these rooms. Programs that derive from them are usually
# compiled with run-time type information, and then refer to the base's.
foreach(room IN ITEMS runtime engine wasi)
    if(TARGET weir_${room})
        set_target_properties(weir_${room} PROPERTIES WEIR_RTTI ON)
    endif()
endforeach()

# Tests under sanitizers, and fuzzing, spend most of their time here.
if(WEIR_SANITIZE OR WEIR_FUZZ)
    foreach(room IN ITEMS decode code validate translate)
        target_compile_options(weir_${room} PRIVATE -O1)
    endforeach()
endif()

# Handlers must become straight code: no frame, no canary, optimised even where the rest is not.
if(TARGET weir_execute)
    set_target_properties(weir_execute PROPERTIES UNITY_BUILD OFF) # its files are large by themselves
    target_compile_options(weir_execute PRIVATE -fno-stack-protector -ffp-contract=off $<IF:$<CONFIG:Debug>,-O1,-O3>)
    # Where there is debugging information, lines are enough for thousands of instances of a few templates.
    target_compile_options(weir_execute PRIVATE $<$<NOT:$<CONFIG:Release>>:-g1>)
    # A processor fetches instructions by the cache's lines; most handlers fit in one.
    target_compile_options(weir_execute PRIVATE $<$<NOT:$<CONFIG:Debug>>:-falign-functions=64>)
    if(NOT WEIR_SANITIZE AND NOT WEIR_FUZZ)
        target_compile_options(weir_execute PRIVATE -fomit-frame-pointer)
    endif()
    if(WEIR_CLANG)
        target_compile_options(weir_execute PRIVATE -fconstexpr-steps=100000000 -fbracket-depth=16384)
    else()
        # Calls that end a handler become jumps (src/execute/dispatch_sibling.hpp). Neither may handlers share parts,
        # since each needs a jump of its own, nor does link-time optimisation know of registers that are set aside.
        target_compile_options(weir_execute PRIVATE -fconstexpr-ops-limit=1000000000 -fconstexpr-loop-limit=10000000
            -foptimize-sibling-calls -fno-partial-inlining -fno-ipa-icf -fno-tree-slp-vectorize -fno-lto)
        target_compile_definitions(weir_execute PRIVATE $<$<NOT:$<CONFIG:Debug>>:WEIR_SIBLING_CALLS>)
        set_source_files_properties(${PROJECT_SOURCE_DIR}/src/execute/loop.cpp PROPERTIES
            COMPILE_OPTIONS $<$<NOT:$<CONFIG:Debug>>:-falign-labels=64>)
    endif()
endif()

if(NOT weir_objects)
    message(STATUS "weir: no source in src/ yet")
    file(WRITE ${PROJECT_BINARY_DIR}/empty.cpp "")
    set(weir_objects ${PROJECT_BINARY_DIR}/empty.cpp)
endif()

include(CheckLinkerFlag)
check_linker_flag(CXX "-Wl,-z,pack-relative-relocs" WEIR_HAVE_PACK_RELATIVE_RELOCS)

add_library(weir SHARED ${weir_objects})
set_target_properties(weir PROPERTIES
    VERSION ${PROJECT_VERSION}
    SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/exports.map)
target_link_options(weir PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map")
if(NOT weir_sanitizer_flags)
    target_link_options(weir PRIVATE "LINKER:-z,defs")
endif()
if(WEIR_HAVE_PACK_RELATIVE_RELOCS)
    target_link_options(weir PRIVATE "LINKER:-z,pack-relative-relocs") # thousands of handler pointers
endif()

add_library(weir_static STATIC ${weir_objects})
set_target_properties(weir_static PROPERTIES OUTPUT_NAME weir)
target_compile_definitions(weir_static INTERFACE WEIR_STATIC)
if(WEIR_HAVE_PACK_RELATIVE_RELOCS)
    # The project's own programs; others may be linked elsewhere.
    target_link_options(weir_static INTERFACE "$<BUILD_INTERFACE:LINKER:-z,pack-relative-relocs>")
endif()

foreach(library weir weir_static)
    set_target_properties(${library} PROPERTIES LINKER_LANGUAGE CXX)
    target_compile_features(${library} INTERFACE cxx_std_23)
    target_include_directories(${library} INTERFACE
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${library} PRIVATE $<BUILD_INTERFACE:weir_sanitizers> PUBLIC Threads::Threads)
endforeach()

add_library(weir::weir ALIAS weir)
add_library(weir::weir_static ALIAS weir_static)

# The headers of weir/exchange/json.hpp's formats need nlohmann-json; the libraries themselves do not.
find_package(nlohmann_json QUIET)
if(nlohmann_json_FOUND)
    add_library(weir_exchange_json INTERFACE)
    target_link_libraries(weir_exchange_json INTERFACE nlohmann_json::nlohmann_json)
    add_library(weir::exchange_json ALIAS weir_exchange_json)
endif()
