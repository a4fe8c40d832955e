#pragma once

// WEIR_API marks what the shared library exports; everything else in it is hidden.
// A program that links the static library defines WEIR_STATIC (the CMake target weir::weir_static and
// `pkg-config --static` both do so).

#if defined(WEIR_STATIC) && !defined(WEIR_BUILDING)
#define WEIR_API
#else
#define WEIR_API [[gnu::visibility("default")]]
#endif
