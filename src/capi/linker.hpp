// The linker of weir.h.
#pragma once

#include <weir/weir.hpp>

struct weir_linker_t {
  weir::Linker linker;
};
