#include "exchange/discovery.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace weir::exchange::detail {

namespace {

struct Convention {
  std::string_view allocate;
  std::string_view deallocate; // empty: the guest owns what it is handed
  std::string_view reallocate; // empty, or an export that may be missing
  std::string_view pin;        // empty, or an export that must be there
};

constexpr std::array conventions{
    Convention{"malloc", "free", "realloc", ""},
    Convention{"cabi_realloc", "", "cabi_realloc", ""},
    Convention{"__new", "__unpin", "", "__pin"},
    Convention{"__wbindgen_malloc", "__wbindgen_free", "__wbindgen_realloc", ""},
};

// Names that are also used for other things.
constexpr std::array suggestions{
    std::pair<std::string_view, std::string_view>{"alloc", "dealloc"},
    std::pair<std::string_view, std::string_view>{"allocate", "deallocate"},
    std::pair<std::string_view, std::string_view>{"alloc", "free"},
    std::pair<std::string_view, std::string_view>{"init", "deinit"},
};

using Roles = std::vector<Role>;

// The meanings that a function's parameters may have, by its name and what it is for.
std::vector<Roles> allocate_forms(std::string_view name) {
  if (name == "__new") {
    return {{Role::size, Role::class_id}};
  }
  return {{Role::size}, {Role::size, Role::alignment}, {Role::pointer, Role::old_size, Role::alignment, Role::size}};
}
std::vector<Roles> deallocate_forms() {
  return {{Role::pointer}, {Role::pointer, Role::old_size}, {Role::pointer, Role::old_size, Role::alignment}};
}
std::vector<Roles> reallocate_forms(std::string_view name) {
  if (name == "realloc") {
    return {{Role::pointer, Role::size}};
  }
  if (name == "cabi_realloc") {
    return {{Role::pointer, Role::old_size, Role::alignment, Role::size}};
  }
  return {{Role::pointer, Role::old_size, Role::size}, {Role::pointer, Role::old_size, Role::size, Role::alignment}};
}

// The exports of an instance, looked up for an allocator.
class Exports {
 public:
  static Result<Exports> of(StoreContext store, Instance const& instance, Memory const* memory) {
    auto all = instance.exports(store);
    if (!all.has_value()) {
      return std::unexpected(std::move(all).error());
    }
    Exports exports{store, *std::move(all)};
    if (auto found = memory != nullptr ? exports.use(*memory) : exports.find_memory(); !found.has_value()) {
      return std::unexpected(std::move(found).error());
    }
    return exports;
  }

  Memory const& memory() const noexcept { return memory_; }
  bool is_64() const noexcept { return is_64_; }

  Func const* func(std::string_view name) const noexcept {
    for (auto const& each : all_) {
      if (each.name == name) {
        return std::get_if<Func>(&each.value);
      }
    }
    return nullptr;
  }

  // The export as an allocator's function, if its type is one of the forms.
  Result<AllocatorFunction> find(std::string_view name, std::vector<Roles> const& forms, bool has_result) const {
    auto const* const found = func(name);
    if (found == nullptr) {
      return std::unexpected(Error{ErrorKind::usage, fmt::format("there is no function `{}` among the exports", name)});
    }
    auto const type = found->type(store_);
    if (!type.has_value()) {
      return std::unexpected(type.error());
    }
    std::string expected;
    for (auto const& roles : forms) {
      auto const wanted = type_of(roles, has_result);
      if (wanted == *type) {
        return AllocatorFunction{*found, std::string{name}, roles, has_result};
      }
      expected += fmt::format("{}{}", expected.empty() ? "" : " or ", to_string(wanted));
    }
    return std::unexpected(
        Error{ErrorKind::usage, fmt::format("`{}` is {}, expected {}", name, to_string(*type), expected)});
  }

 private:
  Exports(StoreContext store, std::vector<Export> all) : store_(store), all_(std::move(all)) {}

  FuncType type_of(Roles const& roles, bool has_result) const {
    auto const pointer = is_64_ ? ValType::i64() : ValType::i32();
    std::vector<ValType> params;
    for (auto const role : roles) {
      params.push_back(role == Role::class_id ? ValType::i32() : pointer);
    }
    return FuncType{std::move(params), has_result ? std::vector{pointer} : std::vector<ValType>{}};
  }

  // The memory that pointers are meant to point into: the one exported as "memory", or the only one exported.
  Result<void> find_memory() {
    Memory const* found = nullptr;
    std::size_t count = 0;
    for (auto const& each : all_) {
      if (auto const* const memory = std::get_if<Memory>(&each.value)) {
        count += found == nullptr || *memory != *found ? 1 : 0;
        if (found == nullptr || each.name == "memory") {
          found = memory;
        }
        if (each.name == "memory") {
          count = 1;
          break;
        }
      }
    }
    if (count != 1) {
      return std::unexpected(Error{
          ErrorKind::usage, count == 0 ? "the guest exports no memory: nothing can be handed over. If its memory is "
                                         "imported, give that to discover() or named()"
                                       : "the guest exports several memories, none of them as `memory`: which one its "
                                         "allocator uses is not known. Give it to discover() or named()"});
    }
    return use(*found);
  }

  Result<void> use(Memory const& memory) {
    auto const type = memory.type(store_);
    if (!type.has_value()) {
      return std::unexpected(type.error());
    }
    memory_ = memory;
    is_64_ = type->is_64;
    return {};
  }

  StoreContext store_;
  std::vector<Export> all_;
  Memory memory_;
  bool is_64_ = false;
};

Result<std::shared_ptr<AllocatorData>> make_data(StoreContext store, Instance const& instance, Exports const& exports) {
  auto const module = instance.module(store);
  if (!module.has_value()) {
    return std::unexpected(module.error());
  }
  auto data = std::make_shared<AllocatorData>(store, module->engine());
  data->instance = instance;
  data->memory = exports.memory();
  data->is_64 = exports.is_64();
  return data;
}

// Takes the functions of a convention, or says what does not fit.
Result<void> take(Convention const& convention, Exports const& exports, AllocatorData& data) {
  auto allocate = exports.find(convention.allocate, allocate_forms(convention.allocate), true);
  if (!allocate.has_value()) {
    return std::unexpected(std::move(allocate).error());
  }
  data.name = convention.allocate;
  data.allocate = *std::move(allocate);
  if (!convention.deallocate.empty()) {
    auto deallocate = exports.find(convention.deallocate, deallocate_forms(), false);
    if (!deallocate.has_value()) {
      return std::unexpected(std::move(deallocate).error());
    }
    data.name += fmt::format("/{}", convention.deallocate);
    data.deallocate = *std::move(deallocate);
  }
  if (!convention.pin.empty()) {
    auto pin = exports.find(convention.pin, {{Role::pointer}}, true);
    if (!pin.has_value()) {
      return std::unexpected(std::move(pin).error());
    }
    data.pin = *std::move(pin);
  }
  if (!convention.reallocate.empty()) {
    // Without one, resizing allocates anew.
    if (auto found = exports.find(convention.reallocate, reallocate_forms(convention.reallocate), true);
        found.has_value()) {
      data.reallocate = *std::move(found);
    }
  }
  return {};
}

std::string suggestion(Exports const& exports) {
  std::string text;
  for (auto const& [allocate, deallocate] : suggestions) {
    if (exports.find(allocate, allocate_forms(allocate), true).has_value() &&
        exports.find(deallocate, deallocate_forms(), false).has_value()) {
      text += fmt::format(
          "; `{0}` and `{1}` look like an allocator: if they are one, say so with "
          "GuestAllocator::named(store, instance, \"{0}\", \"{1}\")",
          allocate, deallocate);
    }
  }
  return text.empty() ? "; export the guest's allocator, or name it with GuestAllocator::named()" : text;
}

} // namespace

Result<std::shared_ptr<AllocatorData>> discover_allocator(StoreContext store, Instance const& instance,
                                                          Memory const* memory) {
  auto const exports = Exports::of(store, instance, memory);
  if (!exports.has_value()) {
    return std::unexpected(exports.error());
  }
  std::string misfits;
  for (auto const& convention : conventions) {
    auto data = make_data(store, instance, *exports);
    if (!data.has_value()) {
      return data;
    }
    auto const taken = take(convention, *exports, **data);
    if (taken.has_value()) {
      return data;
    }
    if (exports->func(convention.allocate) != nullptr) {
      misfits += fmt::format("; {}", taken.error().message());
    }
  }
  return std::unexpected(
      Error{ErrorKind::usage, fmt::format("no allocator was recognised among the guest's exports (malloc/free, "
                                          "cabi_realloc, __new/__pin/__unpin, __wbindgen_malloc/__wbindgen_free){}{}",
                                          misfits, suggestion(*exports))});
}

Result<std::shared_ptr<AllocatorData>> named_allocator(StoreContext store, Instance const& instance,
                                                       Memory const* memory, std::string_view allocate,
                                                       std::string_view deallocate) {
  auto const exports = Exports::of(store, instance, memory);
  auto data = exports.has_value() ? make_data(store, instance, *exports) : std::unexpected(exports.error());
  if (!data.has_value()) {
    return data;
  }
  Convention convention{allocate, deallocate, "", ""};
  for (auto const& known : conventions) {
    if (known.allocate == allocate && (known.deallocate == deallocate || known.deallocate.empty())) {
      convention.reallocate = known.reallocate;
      convention.pin = known.pin;
    }
  }
  auto const taken = take(convention, *exports, **data);
  if (!taken.has_value()) {
    return std::unexpected(
        Error{taken.error().kind(), "this is no allocator that can be used: " + taken.error().message()});
  }
  return data;
}

} // namespace weir::exchange::detail
