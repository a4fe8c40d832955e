// Functions: the host's in C, and calls.
#include "capi/functions.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "capi/traps.hpp"
#include "capi/types.hpp"
#include "capi/values.hpp"

namespace weir::capi {

namespace {

// Room for some values of C, owned: references in them are deleted at the end.
class OwnedVals {
 public:
  explicit OwnedVals(std::size_t count) {
    if (count > few_.size()) {
      many_.resize(count);
    }
    vec_ = {count, count > few_.size() ? many_.data() : few_.data()};
  }
  OwnedVals(OwnedVals const&) = delete;
  OwnedVals& operator=(OwnedVals const&) = delete;
  ~OwnedVals() {
    for (auto& value : all()) {
      Element<wasm_val_t>::destroy(value);
    }
  }

  std::span<wasm_val_t> all() noexcept { return {many_.empty() ? few_.data() : many_.data(), vec_.size}; }
  // A copy: what the callee does to the vector itself changes nothing here.
  wasm_val_vec_t vec() const noexcept { return vec_; }

 private:
  std::array<wasm_val_t, 8> few_{};
  std::vector<wasm_val_t> many_;
  wasm_val_vec_t vec_{};
};

} // namespace

wasm_trap_t* Callback::call(weir_caller_t& caller, wasm_val_vec_t const* args, wasm_val_vec_t* results) const {
  if (with_caller_ != nullptr) {
    return with_caller_(env_.get(), &caller, args, results);
  }
  return with_env_ != nullptr ? with_env_(env_.get(), args, results) : plain_(args, results);
}

Result<void> Callback::operator()(Caller& caller, std::span<Val const> args, std::span<Val> results) const {
  auto const* const link = caller.data<BoxOfStore>();
  if (link == nullptr) {
    return std::unexpected(Error{ErrorKind::usage,
                                 "a function of the C interface runs in a store that is not one of "
                                 "the C interface"});
  }
  weir_caller_t handle{caller, wasm_store_t{link->box->shared_from_this()}};
  auto const store = handle.store.box;

  OwnedVals given{args.size()};
  if (auto done = all_from_vals(store, args, given.all().data()); !done.has_value()) {
    return done;
  }
  OwnedVals answered{results.size()};
  for (std::size_t i = 0; i < results.size(); ++i) {
    answered.all()[i].kind = kind_of(results[i].type());
  }
  auto const given_vec = given.vec();
  auto answered_vec = answered.vec();
  if (auto* const trap = call(handle, &given_vec, &answered_vec)) {
    // The values are the callback's as long as it does not succeed.
    std::ranges::fill(answered.all(), wasm_val_t{.kind = WASM_I32, .of = {.i64 = 0}});
    struct Deleter {
      void operator()(wasm_trap_t* of) const noexcept { wasm_trap_delete(of); }
    };
    std::unique_ptr<wasm_trap_t, Deleter> const owned{trap};
    if (trap != out_of_memory_trap()) {
      store->thrown = trap->object;
    }
    return std::unexpected(trap->object->error);
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    auto value = to_val(*store, answered.all()[i]);
    if (!value.has_value()) {
      return std::unexpected(std::move(value).error());
    }
    results[i] = *std::move(value);
  }
  return {};
}

Result<FuncType> host_functype(wasm_functype_t const* type, Callback const& callback, char const* function) {
  if (callback.is_null()) {
    return std::unexpected(null_argument(function, "callback"));
  }
  auto made = functype_of(type, function);
  if (!made.has_value()) {
    return made;
  }
  auto const is_vec = [](ValType each) { return each.is_vec(); };
  if (std::ranges::any_of(made->params(), is_vec) || std::ranges::any_of(made->results(), is_vec)) {
    return std::unexpected(Error{ErrorKind::unsupported, "values of type v128 cannot cross the C interface"});
  }
  return made;
}

namespace {

Result<wasm_func_t*> make_func(wasm_store_t* store, wasm_functype_t const* type, Callback callback,
                               char const* function) {
  if (store == nullptr) {
    return std::unexpected(null_argument(function, "store"));
  }
  auto functype = host_functype(type, callback, function);
  if (!functype.has_value()) {
    return std::unexpected(std::move(functype).error());
  }
  auto func = Func::create(store->box->store, *functype, std::move(callback));
  if (!func.has_value()) {
    return std::unexpected(std::move(func).error());
  }
  return std::make_unique<wasm_func_t>(store->box, *func).release();
}

// `store` keeps the store during the call, whatever host functions delete.
Result<void> call(StorePtr const& store, Func const& func, wasm_val_vec_t const* args, wasm_val_vec_t* results) {
  auto const values = all_to_vals(*store, args);
  if (!values.has_value()) {
    return std::unexpected(values.error());
  }
  if (results == nullptr || results->data == nullptr || results->size == 0) {
    auto unwanted = func.call(store->store, *values);
    return unwanted.has_value() ? Result<void>{} : std::unexpected(std::move(unwanted).error());
  }
  std::vector<Val> answers(results->size);
  if (auto done = func.call(store->store, *values, answers); !done.has_value()) {
    return done;
  }
  return all_from_vals(store, answers, results->data);
}

Result<FuncType> type_of(wasm_func_t const* func, char const* function) {
  if (func == nullptr) {
    return std::unexpected(null_argument(function, "function"));
  }
  return func->handle.type(func->store->store);
}

} // namespace

} // namespace weir::capi

using namespace weir::capi;

extern "C" {

wasm_func_t* wasm_func_new(wasm_store_t* store, wasm_functype_t const* type, wasm_func_callback_t callback) {
  return guarded_object<wasm_func_t>([&] { return make_func(store, type, Callback{callback}, "wasm_func_new"); });
}

wasm_func_t* wasm_func_new_with_env(wasm_store_t* store, wasm_functype_t const* type,
                                    wasm_func_callback_with_env_t callback, void* env, void (*finalizer)(void*)) {
  return guarded_object<wasm_func_t>(
      [&] { return make_func(store, type, Callback{callback, env, finalizer}, "wasm_func_new_with_env"); });
}

weir_error_t* weir_func_new(wasm_store_t* store, wasm_functype_t const* type, weir_func_callback_t callback, void* env,
                            void (*finalizer)(void*), wasm_func_t** out) {
  if (out != nullptr) {
    *out = nullptr;
  }
  return guarded_error([&]() -> weir::Result<void> {
    auto made = make_func(store, type, Callback{callback, env, finalizer}, "weir_func_new");
    if (!made.has_value()) {
      return std::unexpected(std::move(made).error());
    }
    std::unique_ptr<wasm_func_t> owned{*made};
    if (out != nullptr) {
      *out = owned.release();
    }
    return {};
  });
}

wasm_functype_t* wasm_func_type(wasm_func_t const* func) {
  return guarded_object<wasm_functype_t>([&]() -> weir::Result<wasm_functype_t*> {
    auto type = type_of(func, "wasm_func_type");
    if (!type.has_value()) {
      return std::unexpected(std::move(type).error());
    }
    return make_functype(*std::move(type));
  });
}

size_t wasm_func_param_arity(wasm_func_t const* func) {
  return guarded_or(size_t{0}, [&]() -> weir::Result<size_t> {
    auto const type = type_of(func, "wasm_func_param_arity");
    return type.has_value() ? weir::Result<size_t>{type->params().size()} : std::unexpected(type.error());
  });
}

size_t wasm_func_result_arity(wasm_func_t const* func) {
  return guarded_or(size_t{0}, [&]() -> weir::Result<size_t> {
    auto const type = type_of(func, "wasm_func_result_arity");
    return type.has_value() ? weir::Result<size_t>{type->results().size()} : std::unexpected(type.error());
  });
}

wasm_trap_t* wasm_func_call(wasm_func_t const* func, wasm_val_vec_t const* args, wasm_val_vec_t* results) {
  return weir::detail::guard_memory(
      [&]() -> wasm_trap_t* {
        if (func == nullptr) {
          return make_trap(nullptr,
                           std::make_shared<TrapObject>(null_argument("wasm_func_call", "function"), HostPointer{}));
        }
        auto const store = func->store;
        auto done = call(store, func->handle, args, results);
        return done.has_value() ? nullptr : call_trap(store, std::move(done).error());
      },
      [] { return out_of_memory_trap(); });
}

weir_error_t* weir_func_call(wasm_func_t const* func, wasm_val_vec_t const* args, wasm_val_vec_t* results) {
  return weir::detail::guard_memory(
      [&]() -> weir_error_t* {
        if (func == nullptr) {
          return make_error(null_argument("weir_func_call", "function"));
        }
        auto const store = func->store;
        auto done = call(store, func->handle, args, results);
        return done.has_value() ? nullptr : call_error(store, std::move(done).error());
      },
      [] { return out_of_memory(); });
}

wasm_store_t* weir_caller_store(weir_caller_t* caller) { return caller != nullptr ? &caller->store : nullptr; }

wasm_instance_t* weir_caller_instance(weir_caller_t* caller) {
  auto const instance = caller != nullptr ? caller->caller.instance() : std::nullopt;
  if (!instance.has_value()) {
    return nullptr;
  }
  return guarded_object<wasm_instance_t>([&]() -> weir::Result<wasm_instance_t*> {
    return std::make_unique<wasm_instance_t>(caller->store.box, *instance).release();
  });
}

wasm_extern_t* weir_caller_export(weir_caller_t* caller, char const* name) {
  return guarded_object<wasm_extern_t>([&]() -> weir::Result<wasm_extern_t*> {
    if (caller == nullptr) {
      return std::unexpected(null_argument("weir_caller_export", "caller"));
    }
    auto found = caller->caller.get_export(name != nullptr ? name : "");
    if (!found.has_value()) {
      return std::unexpected(std::move(found).error());
    }
    return make_extern(caller->store.box, *found).release();
  });
}

wasm_memory_t* weir_caller_memory(weir_caller_t* caller, uint32_t index) {
  return guarded_object<wasm_memory_t>([&]() -> weir::Result<wasm_memory_t*> {
    if (caller == nullptr) {
      return std::unexpected(null_argument("weir_caller_memory", "caller"));
    }
    auto found = caller->caller.memory(index);
    if (!found.has_value()) {
      return std::unexpected(std::move(found).error());
    }
    return std::make_unique<wasm_memory_t>(caller->store.box, *found).release();
  });
}

void weir_caller_trace(weir_caller_t* caller, wasm_frame_vec_t* out) {
  if (out == nullptr) {
    return;
  }
  vec_clear(*out);
  if (caller != nullptr) {
    guarded_void([&] { return frames_to_vec(caller->store.box, caller->caller.backtrace(), out); });
  }
}

} // extern "C"
