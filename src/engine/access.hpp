// The library's way to the inside of the public types.
#pragma once

#include <memory>
#include <utility>

#include <weir/weir.hpp>

namespace weir::detail {

struct Access {
  static std::shared_ptr<EngineData const> const& data(Engine const& engine) noexcept { return engine.data_; }
  static std::shared_ptr<ModuleData const> const& data(Module const& module) noexcept { return module.data_; }
  static std::shared_ptr<PreData const> const& data(InstancePre const& pre) noexcept { return pre.data_; }
  static StoreData* data(StoreContext store) noexcept { return store.data_; }
  static StoreData* data(Store const& store) noexcept { return store.data_.get(); }
  static StoreData* data(Caller const& caller) noexcept { return caller.store_; }
  static void* instance(Caller const& caller) noexcept { return caller.instance_; }

  static Engine make_engine(std::shared_ptr<EngineData const> data) noexcept {
    Engine engine{NoData{}};
    engine.data_ = std::move(data);
    return engine;
  }
  static Module make_module(std::shared_ptr<ModuleData const> data) noexcept { return Module{std::move(data)}; }
  static InstancePre make_pre(std::shared_ptr<PreData const> data) noexcept { return InstancePre{std::move(data)}; }
  static Store make_store(StoreData* data) noexcept {
    Store store;
    store.data_.reset(data);
    return store;
  }
  static StoreContext context(StoreData* data) noexcept { return StoreContext{data}; }
  static Caller make_caller(StoreData* data, void* instance) noexcept { return Caller{data, instance}; }
  static bool& has_allowed(Caller& caller) noexcept { return caller.has_allowed_; }
  static InterruptHandle make_interrupt_handle(std::shared_ptr<InterruptState> state) noexcept {
    return InterruptHandle{std::move(state)};
  }

  template <class T>
  static Handle const& handle(T const& of) noexcept {
    return of.handle_;
  }
  template <class T>
  static T make(Handle handle) noexcept {
    return T{handle};
  }

  using Box = ExternRef::Box;
  static std::shared_ptr<Box> const& box(ExternRef const& ref) noexcept { return ref.box_; }
  static ExternRef make_extern(std::shared_ptr<Box> box) noexcept {
    ExternRef ref;
    ref.box_ = std::move(box);
    return ref;
  }

  static std::array<std::uint64_t, 2> const& bits(Val const& value) noexcept { return value.bits_; }
  static Func const& func(Val const& value) noexcept { return value.func_; }
  static ExternRef const& externref(Val const& value) noexcept { return value.extern_; }

  static void fill(MemoryView& view, std::shared_ptr<ViewGuard const> guard, std::uint64_t generation,
                   std::byte const* data, std::size_t size) noexcept {
    view.guard_ = std::move(guard);
    view.generation_ = generation;
    view.data_ = data;
    view.size_ = size;
  }
  static MemoryView empty_view() noexcept { return MemoryView{}; }
};

} // namespace weir::detail
