// Values: V128, Func (the handle; its functions are in weir.hpp), ExternRef, Val.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <weir/error.hpp>
#include <weir/types.hpp>

namespace weir {

namespace detail {

struct Access; // the library's way to the inside of public types

// What every handle holds: which store, and the object inside. Stores are numbered and numbers are not used again, so
// a handle that outlives its store is found out, not followed.
struct Handle {
  std::uint64_t store = 0; // 0: no store
  void* object = nullptr;
  bool operator==(Handle const&) const noexcept = default;
};

// Tells types apart without RTTI: each type has the address of its own variable.
template <class T>
inline constexpr char type_tag = 0;

} // namespace detail

// 128 bits, byte 0 first in memory.
struct V128 {
  alignas(8) std::array<std::uint8_t, 16> bytes{};
  bool operator==(V128 const&) const noexcept = default;
};

// A host object that guests may hold and pass around as an opaque `externref`. Copies share the object. A store keeps
// every object that was handed to one of its guests until the store is destroyed. Default-constructed: null.
class ExternRef {
 public:
  ExternRef() noexcept = default;

  // Takes the object over; it is destroyed once, when the last ExternRef and the last store that knows it are gone.
  template <class T>
  static ExternRef make(T object) {
    return share(std::make_shared<T>(std::move(object)));
  }
  template <class T>
  static ExternRef share(std::shared_ptr<T> object) {
    ExternRef ref;
    if (object != nullptr) {
      ref.box_ = std::make_shared<Box>(std::const_pointer_cast<void>(std::shared_ptr<void const>(std::move(object))),
                                       &detail::type_tag<std::remove_cv_t<T>>);
    }
    return ref;
  }

  bool is_null() const noexcept { return box_ == nullptr; }
  explicit operator bool() const noexcept { return box_ != nullptr; }

  // The object, if it is one of exactly this type; else null.
  template <class T>
  T* get() const noexcept {
    return box_ != nullptr && box_->tag == &detail::type_tag<std::remove_cv_t<T>> ? static_cast<T*>(box_->object.get())
                                                                                  : nullptr;
  }

  // Whether both are null or come from the same make() or share().
  bool operator==(ExternRef const&) const noexcept = default;

 private:
  friend struct detail::Access;
  struct Box : std::enable_shared_from_this<Box> {
    Box(std::shared_ptr<void> held, char const* held_tag) noexcept : object(std::move(held)), tag(held_tag) {}
    std::shared_ptr<void> object;
    char const* tag;
  };
  std::shared_ptr<Box> box_;
};

class StoreContext;
class Val;
template <class Signature>
class TypedFunc;

// A function of a store, the guest's or the host's. Default-constructed: null. A small value; see weir.hpp for how
// handles and stores belong together.
class WEIR_API Func {
 public:
  Func() noexcept = default;
  bool is_null() const noexcept { return handle_.object == nullptr; }
  explicit operator bool() const noexcept { return !is_null(); }
  bool operator==(Func const&) const noexcept = default;
  // Tells the objects of one store apart, of whatever kind; 0 for null.
  std::uintptr_t id() const noexcept { return reinterpret_cast<std::uintptr_t>(handle_.object); }

  // Makes a host function from a callable; the signature is inferred as for Linker::func().
  template <class F>
  static Result<Func> wrap(StoreContext store, F&& callable);

  // Makes a host function of any type. `callback` is called as
  //   Result<void> (Caller&, std::span<Val const> args, std::span<Val> results)
  // where `results` arrives filled with the defaults of the result types.
  template <class F>
  static Result<Func> create(StoreContext store, FuncType const& type, F&& callback);

  Result<FuncType> type(StoreContext store) const;

  // Calls with arguments that are checked against the type. `results` must have exactly as many elements as there are
  // results.
  Result<void> call(StoreContext store, std::span<Val const> args, std::span<Val> results) const;
  Result<std::vector<Val>> call(StoreContext store, std::span<Val const> args) const;
  Result<std::vector<Val>> call(StoreContext store, std::initializer_list<Val> args) const;

  // The same function with its types checked once: func.typed<int32_t(int32_t, double)>(store).
  template <class Signature>
  Result<TypedFunc<Signature>> typed(StoreContext store) const;

 private:
  friend struct detail::Access;
  template <class Signature>
  friend class TypedFunc;
  explicit Func(detail::Handle handle) noexcept : handle_(handle) {}
  detail::Handle handle_;
};

// A value of any type that a guest knows.
class Val {
 public:
  Val() noexcept : type_(ValType::i32()) {} // i32 0

  template <std::integral T>
    requires(sizeof(T) == 4)
  Val(T value) noexcept : type_(ValType::i32()), bits_{static_cast<std::uint32_t>(value), 0} {}
  template <std::integral T>
    requires(sizeof(T) == 8)
  Val(T value) noexcept : type_(ValType::i64()), bits_{static_cast<std::uint64_t>(value), 0} {}
  Val(float value) noexcept : type_(ValType::f32()), bits_{std::bit_cast<std::uint32_t>(value), 0} {}
  Val(double value) noexcept : type_(ValType::f64()), bits_{std::bit_cast<std::uint64_t>(value), 0} {}
  Val(V128 value) noexcept : type_(ValType::v128()), bits_(std::bit_cast<std::array<std::uint64_t, 2>>(value)) {}
  Val(Func value) noexcept : type_(ValType::funcref()), func_(value) {}
  Val(ExternRef value) noexcept : type_(ValType::externref()), extern_(std::move(value)) {}

  // Floats by their bits: NaN payloads survive.
  static Val f32_bits(std::uint32_t bits) noexcept { return Val{ValType::f32(), bits}; }
  static Val f64_bits(std::uint64_t bits) noexcept { return Val{ValType::f64(), bits}; }
  // Zero, or null.
  static Val default_of(ValType type) noexcept { return Val{type, 0}; }

  ValType type() const noexcept { return type_; }

  // The value, if it is of that type.
  std::optional<std::int32_t> i32() const noexcept { return as<std::int32_t>(ValType::i32()); }
  std::optional<std::int64_t> i64() const noexcept { return as<std::int64_t>(ValType::i64()); }
  std::optional<float> f32() const noexcept { return as<float>(ValType::f32()); }
  std::optional<double> f64() const noexcept { return as<double>(ValType::f64()); }
  std::optional<V128> v128() const noexcept {
    return type_ == ValType::v128() ? std::optional{std::bit_cast<V128>(bits_)} : std::nullopt;
  }
  std::optional<Func> funcref() const noexcept {
    return type_ == ValType::funcref() ? std::optional{func_} : std::nullopt;
  }
  std::optional<ExternRef> externref() const noexcept {
    return type_ == ValType::externref() ? std::optional{extern_} : std::nullopt;
  }

  // The bits of a number or the low half of a vector (i32 and f32 zero-extended); 0 for references.
  std::uint64_t bits() const noexcept { return bits_[0]; }

  // Same type and same bits (so a NaN equals itself and 0.0 differs from -0.0), or the same reference.
  bool operator==(Val const&) const noexcept = default;

 private:
  friend struct detail::Access;
  Val(ValType type, std::uint64_t bits) noexcept : type_(type), bits_{bits, 0} {}

  template <class T>
  std::optional<T> as(ValType type) const noexcept {
    if (type_ != type) {
      return std::nullopt;
    }
    if constexpr (sizeof(T) == 4) {
      return std::bit_cast<T>(static_cast<std::uint32_t>(bits_[0]));
    } else {
      return std::bit_cast<T>(bits_[0]);
    }
  }

  ValType type_;
  std::array<std::uint64_t, 2> bits_{};
  Func func_;
  ExternRef extern_;
};

// "i32:7", "f64:nan:0x8000000000000", "funcref:null", ...
WEIR_API std::string to_string(Val const& value);

} // namespace weir
