// The vectors of wasm.h. One set of templates serves them all; elements differ by how they are copied and deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>

#include <weir/wasm.h>

#include "capi/errors.hpp"

namespace weir::capi {

// How one type of element is copied and deleted. For pointers T is the pointer type, `copy` gives null when there is no
// memory (null itself is copied as null).
template <class T>
struct Element;

// `count` elements, bytes as they come, everything else zero. Null for none and when there is no memory.
template <class T>
T* allocate(std::size_t count) noexcept {
  if (count == 0 || count > PTRDIFF_MAX / sizeof(T)) {
    return nullptr;
  }
  if constexpr (sizeof(T) == 1) {
    return new (std::nothrow) T[count];
  } else {
    return new (std::nothrow) T[count]();
  }
}

template <class Vec>
using ElementOf = std::remove_pointer_t<decltype(Vec::data)>;

template <class Vec>
void vec_clear(Vec& vec) noexcept {
  vec.size = 0;
  vec.data = nullptr;
}

// False when there is no memory, which is remembered; the vector is empty then.
template <class Vec>
bool vec_make(Vec& out, std::size_t size) noexcept {
  out.size = size;
  out.data = allocate<ElementOf<Vec>>(size);
  if (size != 0 && out.data == nullptr) {
    out.size = 0;
    remember_out_of_memory();
    return false;
  }
  return true;
}

template <class Vec>
void vec_delete(Vec* vec) noexcept {
  if (vec == nullptr) {
    return;
  }
  // Deleting an element may run code of the embedder: the vector is empty before that.
  Vec const old = *vec;
  vec_clear(*vec);
  if (old.data == nullptr) {
    return;
  }
  if constexpr (!std::is_same_v<ElementOf<Vec>, wasm_byte_t>) {
    for (std::size_t i = 0; i < old.size; ++i) {
      Element<ElementOf<Vec>>::destroy(old.data[i]);
    }
  }
  delete[] old.data;
}

template <class Vec>
void vec_new(Vec* out, std::size_t size, ElementOf<Vec> const* elements) noexcept {
  using T = ElementOf<Vec>;
  if (elements == nullptr) {
    size = 0;
  }
  Vec made;
  if (vec_make(made, size) && out != nullptr) {
    if (size != 0) {
      std::memcpy(made.data, elements, size * sizeof(T));
    }
    *out = made;
    return;
  }
  delete[] made.data;
  if constexpr (!std::is_same_v<T, wasm_byte_t>) {
    for (std::size_t i = 0; i < size; ++i) {
      T element = elements[i];
      Element<T>::destroy(element);
    }
  }
  if (out != nullptr) {
    vec_clear(*out);
  }
}

// Whether everything could be copied; if not, `out` is empty.
template <class Vec>
bool vec_copy(Vec* out, Vec const* from) noexcept {
  using T = ElementOf<Vec>;
  if (out == nullptr) {
    return true;
  }
  if (from == nullptr || from->data == nullptr) {
    vec_clear(*out);
    return true;
  }
  Vec made;
  if (!vec_make(made, from->size)) {
    vec_clear(*out);
    return false;
  }
  for (std::size_t i = 0; i < from->size; ++i) {
    if constexpr (std::is_same_v<T, wasm_byte_t>) {
      made.data[i] = from->data[i];
    } else if (!Element<T>::copy(made.data[i], from->data[i])) {
      vec_delete(&made);
      vec_clear(*out);
      remember_out_of_memory();
      return false;
    }
  }
  *out = made;
  return true;
}

// Bytes from text, with or without a terminating zero.
inline bool vec_from_text(wasm_byte_vec_t* out, std::string_view text, bool terminated) noexcept {
  if (out == nullptr) {
    return true;
  }
  if (!vec_make(*out, text.size() + (terminated ? 1 : 0))) {
    return false;
  }
  if (!text.empty()) {
    std::memcpy(out->data, text.data(), text.size());
  }
  if (terminated) {
    out->data[text.size()] = 0;
  }
  return true;
}

} // namespace weir::capi

// Defines the functions that WASM_DECLARE_VEC declares.
#define WEIR_DEFINE_VEC(name, pointer)                                                                          \
  void wasm_##name##_vec_new_empty(wasm_##name##_vec_t* out) {                                                  \
    if (out != nullptr) {                                                                                       \
      weir::capi::vec_clear(*out);                                                                              \
    }                                                                                                           \
  }                                                                                                             \
  void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t* out, size_t size) {                             \
    if (out != nullptr) {                                                                                       \
      (void)weir::capi::vec_make(*out, size);                                                                   \
    }                                                                                                           \
  }                                                                                                             \
  void wasm_##name##_vec_new(wasm_##name##_vec_t* out, size_t size, wasm_##name##_t pointer const elements[]) { \
    weir::capi::vec_new(out, size, elements);                                                                   \
  }                                                                                                             \
  void wasm_##name##_vec_copy(wasm_##name##_vec_t* out, wasm_##name##_vec_t const* from) {                      \
    (void)weir::capi::vec_copy(out, from);                                                                      \
  }                                                                                                             \
  void wasm_##name##_vec_delete(wasm_##name##_vec_t* vec) { weir::capi::vec_delete(vec); }
