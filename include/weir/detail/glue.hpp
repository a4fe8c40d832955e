// The templates of weir.hpp: conversion between C++ types and slots, typed calls, host functions from callables. All of
// it sits on the few exported functions declared first. Include <weir/weir.hpp>, not this file.
#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <new>
#include <stdexcept>
#include <utility>

namespace weir {

namespace detail {

// Arguments and results cross the boundary as an array of 64-bit slots (v128 takes two): i32 and f32 in the low half,
// zero above; references as one word, null is 0.

enum class CallStatus : std::uint8_t {
  ok,
  failed,      // the error is kept in the store until take_error()
  wrong_store, // the handle is null or of another store
  busy,        // another thread is in the store
  in_callback, // the store's limiter is being asked, or its diagnostic sink is being told
  closed,      // the store is empty, or it was destroyed and is only waiting for its last call to end
  out_of_memory,
};

// Calls a function whose type the caller has checked. `slots` holds the arguments, and has room for the results.
WEIR_API CallStatus call_slots(StoreContext store, Handle const& func, std::uint64_t* slots, std::uint32_t param_slots,
                               std::uint32_t result_slots) noexcept;
// The error of a status other than ok.
WEIR_API Error take_error(StoreContext store, CallStatus status);

// References to slots. False: a function of another store, or no memory to remember the object; take_error() then.
WEIR_API CallStatus func_to_slot(StoreContext store, Func const& func, std::uint64_t& slot) noexcept;
WEIR_API CallStatus extern_to_slot(StoreContext store, ExternRef const& ref, std::uint64_t& slot) noexcept;
WEIR_API Func func_from_slot(StoreContext store, std::uint64_t slot) noexcept;
WEIR_API ExternRef extern_from_slot(std::uint64_t slot) noexcept;

// A host function without its type: `invoke` finds the arguments in `slots` and leaves the results there. False: it has
// called fail_host_call(). Exactly one of `invoke` and `dynamic` is set.
using HostInvoke = bool (*)(void* closure, Caller& caller, std::uint64_t* slots) noexcept;
using HostDynamic = bool (*)(void* closure, Caller& caller, std::span<Val const> args, std::span<Val> results) noexcept;
struct HostCallable {
  void* closure = nullptr; // owned
  void (*destroy)(void* closure) noexcept = nullptr;
  HostInvoke invoke = nullptr;
  HostDynamic dynamic = nullptr;
};
WEIR_API void fail_host_call(Caller& caller, Error error) noexcept;
WEIR_API void fail_host_call(Caller& caller, CallStatus status) noexcept;
WEIR_API void fail_host_call(Caller& caller, char const* exception_text) noexcept; // null: not a std::exception
// The guest passed something unusable as the parameters [first, first + count) of the host function that runs.
WEIR_API void fail_parameter(Caller& caller, std::size_t first, std::size_t count, Error error) noexcept;

// These take the closure over, whatever the outcome.
WEIR_API Result<Func> make_host_func(StoreContext store, std::span<ValType const> params,
                                     std::span<ValType const> results, HostCallable callable);
WEIR_API Result<void> define_host_func(LinkerData* linker, std::string_view module, std::string_view name,
                                       std::span<ValType const> params, std::span<ValType const> results,
                                       HostCallable callable);
WEIR_API Result<void> check_func_type(StoreContext store, Func const& func, std::span<ValType const> params,
                                      std::span<ValType const> results);
WEIR_API Error no_memory_error();

// ---- C++ types and value types

template <class T>
struct Value {
  static constexpr bool is_value = false;
};

template <class T>
concept Value32 = std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> || std::same_as<T, float>;
template <class T>
concept Value64 = (std::integral<T> && sizeof(T) == 8) || std::same_as<T, double>;

template <Value32 T>
struct Value<T> {
  static constexpr bool is_value = true;
  static constexpr std::size_t slots = 1;
  static constexpr ValType type = std::is_same_v<T, float> ? ValType::f32() : ValType::i32();
  static T load(StoreContext, std::uint64_t const* slot) noexcept {
    return std::bit_cast<T>(static_cast<std::uint32_t>(*slot));
  }
  static CallStatus store(StoreContext, T value, std::uint64_t* slot) noexcept {
    *slot = std::bit_cast<std::uint32_t>(value);
    return CallStatus::ok;
  }
};

template <Value64 T>
struct Value<T> {
  static constexpr bool is_value = true;
  static constexpr std::size_t slots = 1;
  static constexpr ValType type = std::is_same_v<T, double> ? ValType::f64() : ValType::i64();
  static T load(StoreContext, std::uint64_t const* slot) noexcept { return std::bit_cast<T>(*slot); }
  static CallStatus store(StoreContext, T value, std::uint64_t* slot) noexcept {
    *slot = std::bit_cast<std::uint64_t>(value);
    return CallStatus::ok;
  }
};

template <>
struct Value<V128> {
  static constexpr bool is_value = true;
  static constexpr std::size_t slots = 2;
  static constexpr ValType type = ValType::v128();
  static V128 load(StoreContext, std::uint64_t const* slot) noexcept {
    V128 value;
    std::memcpy(value.bytes.data(), slot, sizeof value);
    return value;
  }
  static CallStatus store(StoreContext, V128 const& value, std::uint64_t* slot) noexcept {
    std::memcpy(slot, value.bytes.data(), sizeof value);
    return CallStatus::ok;
  }
};

template <>
struct Value<Func> {
  static constexpr bool is_value = true;
  static constexpr std::size_t slots = 1;
  static constexpr ValType type = ValType::funcref();
  static Func load(StoreContext store, std::uint64_t const* slot) noexcept { return func_from_slot(store, *slot); }
  static CallStatus store(StoreContext store, Func const& value, std::uint64_t* slot) noexcept {
    return func_to_slot(store, value, *slot);
  }
};

template <>
struct Value<ExternRef> {
  static constexpr bool is_value = true;
  static constexpr std::size_t slots = 1;
  static constexpr ValType type = ValType::externref();
  static ExternRef load(StoreContext, std::uint64_t const* slot) noexcept { return extern_from_slot(*slot); }
  static CallStatus store(StoreContext store, ExternRef const& value, std::uint64_t* slot) noexcept {
    return extern_to_slot(store, value, *slot);
  }
};

template <class T>
concept WasmValue = Value<T>::is_value;

// ---- lists of values

template <WasmValue... Ts>
struct Values {
  static constexpr std::size_t slots = (std::size_t{0} + ... + Value<Ts>::slots);
  static constexpr std::array<ValType, sizeof...(Ts)> types{Value<Ts>::type...};

  // Position of each value's first slot.
  static constexpr std::array<std::size_t, sizeof...(Ts) + 1> offsets = [] {
    std::array<std::size_t, sizeof...(Ts) + 1> result{};
    std::size_t i = 0;
    ((result[i + 1] = result[i] + Value<Ts>::slots, ++i), ...);
    return result;
  }();

  static CallStatus store(StoreContext context, std::uint64_t* slots_out, Ts const&... values) noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      auto status = CallStatus::ok;
      // Stops at the first value that cannot cross.
      (void)(((status = Value<Ts>::store(context, values, slots_out + offsets[I])) == CallStatus::ok) && ...);
      return status;
    }(std::index_sequence_for<Ts...>{});
  }
};

// Results: void, a value, or a tuple of values.
template <class R>
struct Results;

template <>
struct Results<void> : Values<> {
  static void load(StoreContext, std::uint64_t const*) noexcept {}
};

template <WasmValue T>
struct Results<T> : Values<T> {
  static T load(StoreContext context, std::uint64_t const* slots_in) noexcept {
    return Value<T>::load(context, slots_in);
  }
  static CallStatus store_all(StoreContext context, std::uint64_t* slots_out, T const& value) noexcept {
    return Values<T>::store(context, slots_out, value);
  }
};

template <WasmValue... Ts>
struct Results<std::tuple<Ts...>> : Values<Ts...> {
  static std::tuple<Ts...> load(StoreContext context, std::uint64_t const* slots_in) noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple<Ts...>{Value<Ts>::load(context, slots_in + Values<Ts...>::offsets[I])...};
    }(std::index_sequence_for<Ts...>{});
  }
  static CallStatus store_all(StoreContext context, std::uint64_t* slots_out,
                              std::tuple<Ts...> const& values) noexcept {
    return std::apply([&](Ts const&... each) { return Values<Ts...>::store(context, slots_out, each...); }, values);
  }
};

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<std::expected<T, Error>> = true;

template <class R>
struct ResultOf {
  using Type = R;
};
template <class R>
struct ResultOf<std::expected<R, Error>> {
  using Type = R;
};

// ---- host functions

template <class F>
struct CallableTraits : CallableTraits<decltype(&F::operator())> {};

template <class R, class... Args>
struct CallableTraits<R(Args...)> {
  using Return = R;
  using Arguments = std::tuple<std::decay_t<Args>...>;
  static constexpr bool takes_caller = false;
};
template <class R, class... Args>
struct CallableTraits<R(Caller&, Args...)> : CallableTraits<R(Args...)> {
  static constexpr bool takes_caller = true;
};
template <class R, class... Args>
struct CallableTraits<R (*)(Args...)> : CallableTraits<R(Args...)> {};
template <class R, class... Args>
struct CallableTraits<R (*)(Args...) noexcept> : CallableTraits<R(Args...)> {};
template <class C, class R, class... Args>
struct CallableTraits<R (C::*)(Args...)> : CallableTraits<R(Args...)> {};
template <class C, class R, class... Args>
struct CallableTraits<R (C::*)(Args...) const> : CallableTraits<R(Args...)> {};
template <class C, class R, class... Args>
struct CallableTraits<R (C::*)(Args...) noexcept> : CallableTraits<R(Args...)> {};
template <class C, class R, class... Args>
struct CallableTraits<R (C::*)(Args...) const noexcept> : CallableTraits<R(Args...)> {};

} // namespace detail

// Lets host functions take parameters of further types, each standing for one or more values. A specialisation has
//   using Values = detail::Values<int32_t, int32_t>;      the values it stands for
//   static Result<T> load(Caller&, std::uint64_t const* slots);
template <class T>
struct HostParameter;

namespace detail {

template <class T>
struct ParameterOf {
  using List = typename HostParameter<T>::Values;
  static constexpr bool can_fail = true;
  static Result<T> load(Caller& caller, std::uint64_t const* slots) { return HostParameter<T>::load(caller, slots); }
};
template <WasmValue T>
struct ParameterOf<T> {
  using List = Values<T>;
  static constexpr bool can_fail = false;
  static T load(Caller& caller, std::uint64_t const* slots) noexcept { return Value<T>::load(caller, slots); }
};

template <class Arguments>
struct Parameters;
template <class... Ts>
struct Parameters<std::tuple<Ts...>> {
  static constexpr std::size_t count = (std::size_t{0} + ... + ParameterOf<Ts>::List::types.size());
  static constexpr std::array<ValType, count> types = [] {
    std::array<ValType, count> all{};
    std::size_t at = 0;
    [[maybe_unused]] auto const append = [&](auto const& some) {
      for (auto const& type : some) {
        all[at++] = type;
      }
    };
    (append(ParameterOf<Ts>::List::types), ...);
    return all;
  }();
  static constexpr std::array<std::size_t, sizeof...(Ts) + 1> offsets = [] {
    std::array<std::size_t, sizeof...(Ts) + 1> result{};
    std::size_t i = 0;
    ((result[i + 1] = result[i] + ParameterOf<Ts>::List::slots, ++i), ...);
    return result;
  }();
  // Index of each parameter's first value.
  static constexpr std::array<std::size_t, sizeof...(Ts) + 1> firsts = [] {
    std::array<std::size_t, sizeof...(Ts) + 1> result{};
    std::size_t i = 0;
    ((result[i + 1] = result[i] + ParameterOf<Ts>::List::types.size(), ++i), ...);
    return result;
  }();
  static constexpr bool can_fail = (false || ... || ParameterOf<Ts>::can_fail);
};

// These two are where Weir's headers look at how they are compiled: without exceptions there is nothing to catch.

// Runs `body`; false when an allocation in it failed.
template <class Body>
bool had_memory(Body&& body) {
#if defined(__cpp_exceptions)
  try {
    body();
  } catch (std::bad_alloc const&) {
    return false;
  } catch (std::length_error const&) {
    return false;
  }
#else
  body();
#endif
  return true;
}

// Runs `body`, a callable that returns bool; what it throws becomes the error of the host call.
template <class Body>
bool run_guarded([[maybe_unused]] Caller& caller, Body&& body) noexcept {
#if defined(__cpp_exceptions)
  try {
    return body();
  } catch (std::bad_alloc const&) {
    fail_host_call(caller, CallStatus::out_of_memory);
  } catch (std::exception const& exception) {
    fail_host_call(caller, exception.what());
  } catch (...) {
    fail_host_call(caller, static_cast<char const*>(nullptr));
  }
  return false;
#else
  return body();
#endif
}

// Hands what a host function returned to the guest.
template <class Return, class Call>
bool finish_host_call(Caller& caller, std::uint64_t* slots, Call&& call) {
  if constexpr (is_result<Return>) {
    auto result = call();
    if (!result.has_value()) {
      fail_host_call(caller, std::move(result).error());
      return false;
    }
    if constexpr (!std::is_void_v<typename Return::value_type>) {
      auto const status = Results<typename Return::value_type>::store_all(caller, slots, *result);
      if (status != CallStatus::ok) {
        fail_host_call(caller, status);
        return false;
      }
    }
    return true;
  } else if constexpr (std::is_void_v<Return>) {
    call();
    return true;
  } else {
    return finish_host_call<Result<Return>>(caller, slots, [&]() -> Result<Return> { return call(); });
  }
}

template <class F, bool TakesCaller, class Return, class Arguments>
struct HostInvoker;
template <class F, bool TakesCaller, class Return, class... Ts>
struct HostInvoker<F, TakesCaller, Return, std::tuple<Ts...>> {
  using List = Parameters<std::tuple<Ts...>>;

  template <class... Args>
  static decltype(auto) apply(F& function, Caller& caller, Args&&... args) {
    if constexpr (TakesCaller) {
      return function(caller, std::forward<Args>(args)...);
    } else {
      return function(std::forward<Args>(args)...);
    }
  }

  static bool invoke(void* closure, Caller& caller, std::uint64_t* slots) noexcept {
    return run_guarded(caller,
                       [&] { return run(*static_cast<F*>(closure), caller, slots, std::index_sequence_for<Ts...>{}); });
  }

  template <std::size_t... I>
  static bool run(F& function, Caller& caller, std::uint64_t* slots, std::index_sequence<I...>) {
    if constexpr (!List::can_fail) {
      return finish_host_call<Return>(caller, slots, [&]() -> Return {
        return apply(function, caller, ParameterOf<Ts>::load(caller, slots + List::offsets[I])...);
      });
    } else {
      std::tuple<Result<Ts>...> loaded{Result<Ts>{ParameterOf<Ts>::load(caller, slots + List::offsets[I])}...};
      bool good = true;
      auto const check = [&](auto& each, std::size_t first, std::size_t end) {
        if (good && !each.has_value()) {
          good = false;
          fail_parameter(caller, first, end - first, std::move(each).error());
        }
      };
      (check(std::get<I>(loaded), List::firsts[I], List::firsts[I + 1]), ...);
      return good && finish_host_call<Return>(caller, slots, [&]() -> Return {
               return apply(function, caller, *std::move(std::get<I>(loaded))...);
             });
    }
  }
};

template <class F>
void destroy_closure(void* closure) noexcept {
  delete static_cast<F*>(closure);
}

// Null when there is no memory.
template <class F>
std::decay_t<F>* make_closure(F&& callable) {
  return new (std::nothrow) std::decay_t<F>(std::forward<F>(callable));
}

template <class F>
struct HostFunction {
  using Function = std::decay_t<F>;
  using Traits = CallableTraits<Function>;
  using Params = Parameters<typename Traits::Arguments>;
  using Returned = Results<typename ResultOf<typename Traits::Return>::Type>;
  using Invoker = HostInvoker<Function, Traits::takes_caller, typename Traits::Return, typename Traits::Arguments>;

  static HostCallable make(F&& callable) {
    return {make_closure(std::forward<F>(callable)), &destroy_closure<Function>, &Invoker::invoke, nullptr};
  }
};

template <class F>
struct DynamicHostFunction {
  using Function = std::decay_t<F>;
  static bool invoke(void* closure, Caller& caller, std::span<Val const> args, std::span<Val> results) noexcept {
    return run_guarded(caller, [&] {
      Result<void> outcome = (*static_cast<Function*>(closure))(caller, args, results);
      if (!outcome.has_value()) {
        fail_host_call(caller, std::move(outcome).error());
        return false;
      }
      return true;
    });
  }
  static HostCallable make(F&& callable) {
    return {make_closure(std::forward<F>(callable)), &destroy_closure<Function>, nullptr, &invoke};
  }
};

} // namespace detail

// ---- StoreContext, Store, Caller

inline StoreContext::StoreContext(Store& store) noexcept : data_(store.data_.get()) {}
inline StoreContext::StoreContext(Caller& caller) noexcept : data_(caller.store_) {}

template <class T>
T& Store::set_data(T object) {
  auto shared = std::make_shared<T>(std::move(object));
  T& reference = *shared;
  set_data_pointer(std::move(shared), &detail::type_tag<T>);
  return reference;
}

template <class T>
T* Store::data() const noexcept {
  return static_cast<T*>(data_pointer(&detail::type_tag<T>));
}

template <class T>
T* Caller::data() const noexcept {
  return static_cast<T*>(data_pointer(&detail::type_tag<T>));
}

// ---- Func, TypedFunc, Linker

template <class F>
Result<Func> Func::wrap(StoreContext store, F&& callable) {
  using Host = detail::HostFunction<F>;
  return detail::make_host_func(store, Host::Params::types, Host::Returned::types,
                                Host::make(std::forward<F>(callable)));
}

template <class F>
Result<Func> Func::create(StoreContext store, FuncType const& type, F&& callback) {
  return detail::make_host_func(store, type.params(), type.results(),
                                detail::DynamicHostFunction<F>::make(std::forward<F>(callback)));
}

template <class F>
Result<void> Linker::func(std::string_view module, std::string_view name, F&& callable) {
  using Host = detail::HostFunction<F>;
  return detail::define_host_func(data_.get(), module, name, Host::Params::types, Host::Returned::types,
                                  Host::make(std::forward<F>(callable)));
}

template <class F>
Result<void> Linker::func(std::string_view module, std::string_view name, FuncType const& type, F&& callback) {
  return detail::define_host_func(data_.get(), module, name, type.params(), type.results(),
                                  detail::DynamicHostFunction<F>::make(std::forward<F>(callback)));
}

namespace detail {

template <class Signature>
struct TypedSignature;
template <class R, class... Args>
struct TypedSignature<R(Args...)> {
  using Params = Values<Args...>;
  using Returned = Results<R>;
};

} // namespace detail

template <class Signature>
Result<TypedFunc<Signature>> Func::typed(StoreContext store) const {
  using Types = detail::TypedSignature<Signature>;
  auto checked = detail::check_func_type(store, *this, Types::Params::types, Types::Returned::types);
  if (!checked.has_value()) {
    return std::unexpected(std::move(checked).error());
  }
  return TypedFunc<Signature>{*this};
}

template <class Signature>
Result<TypedFunc<Signature>> Instance::get_typed_func(StoreContext store, std::string_view name) const {
  auto func = get_func(store, name);
  if (!func.has_value()) {
    return std::unexpected(std::move(func).error());
  }
  return func->template typed<Signature>(store);
}

namespace detail {

// Apart, so that calls that succeed need none of its registers.
template <class R>
[[gnu::noinline, gnu::cold]] Result<R> failed_call(StoreContext store, CallStatus status) {
  return std::unexpected(take_error(store, status));
}

} // namespace detail

template <class R, class... Args>
Result<R> TypedFunc<R(Args...)>::call(StoreContext store, Args... args) const {
  using Params = detail::Values<Args...>;
  using Returned = detail::Results<R>;
  constexpr std::size_t count = Params::slots > Returned::slots ? Params::slots : Returned::slots;
  std::uint64_t slots[count == 0 ? 1 : count]; // NOLINT(modernize-avoid-c-arrays): left uninitialised on purpose
  detail::CallStatus status = Params::store(store, slots, args...);
  if (status == detail::CallStatus::ok) [[likely]] {
    status = detail::call_slots(store, func_.handle_, slots, static_cast<std::uint32_t>(Params::slots),
                                static_cast<std::uint32_t>(Returned::slots));
  }
  if (status != detail::CallStatus::ok) [[unlikely]] {
    return detail::failed_call<R>(store, status);
  }
  if constexpr (std::is_void_v<R>) {
    return {};
  } else {
    return Returned::load(store, slots);
  }
}

// ---- Memory

template <class T>
  requires std::is_trivially_copyable_v<T>
Result<T> Memory::get(StoreContext store, std::uint64_t address) const {
  T object;
  auto done = read(store, address, std::as_writable_bytes(std::span{&object, 1}));
  if (!done.has_value()) {
    return std::unexpected(std::move(done).error());
  }
  return object;
}

template <class T>
  requires std::is_trivially_copyable_v<T>
Result<void> Memory::set(StoreContext store, std::uint64_t address, T const& object, std::source_location where) const {
  return write(store, address, std::as_bytes(std::span{&object, 1}), where);
}

template <class F>
auto Memory::with_mutable(StoreContext store, std::uint64_t address, std::uint64_t size, F&& fn,
                          std::source_location where) const {
  using Given = std::invoke_result_t<F, std::span<std::byte>>;
  using Returned = std::conditional_t<detail::is_result<Given>, Given, Result<Given>>;
  auto const data = pin(store, address, size, where);
  if (!data.has_value()) {
    return Returned{std::unexpected(data.error())};
  }
  struct Unpin {
    Memory const& memory;
    StoreContext store;
    MemoryRange range;
    ~Unpin() { memory.unpin(store, range.address, range.size); }
  } const unpin{*this, store, {address, size}};
  std::span<std::byte> const range{*data, static_cast<std::size_t>(size)};
  if constexpr (std::is_void_v<Given>) {
    std::invoke(std::forward<F>(fn), range);
    return Returned{};
  } else {
    return Returned{std::invoke(std::forward<F>(fn), range)};
  }
}

} // namespace weir
