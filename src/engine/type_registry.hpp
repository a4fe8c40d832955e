// Canonical function types of an Engine: equal types get equal ids, whatever module or host function they come from.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <weir/types.hpp>

namespace weir::engine {

struct TypeHash {
  std::size_t operator()(FuncType const& type) const noexcept;
};

// Types are counted by use, so that an engine that sees many modules come and go does not grow. Thread-safe.
class TypeRegistry {
 public:
  // The type's id; to be given back with release().
  std::uint32_t acquire(FuncType const& type);
  void release(std::uint32_t id) noexcept;

  // Number of types in use (for tests).
  std::size_t size() const;

 private:
  struct Entry {
    std::uint32_t id = 0;
    std::uint64_t uses = 0;
  };
  using Map = std::unordered_map<FuncType, Entry, TypeHash>;

  mutable std::mutex mutex_;
  Map types_;
  std::vector<Map::value_type*> by_id_; // null: free
  std::vector<std::uint32_t> free_;     // has room for every id, so that release() never allocates
};

// Gives ids back at the end of its life.
class TypeIds {
 public:
  explicit TypeIds(std::shared_ptr<TypeRegistry> registry) noexcept : registry_(std::move(registry)) {}
  TypeIds(TypeIds const&) = delete;
  TypeIds& operator=(TypeIds const&) = delete;
  ~TypeIds();

  void reserve(std::size_t count) { ids_.reserve(count); }
  std::uint32_t add(FuncType const& type);
  std::vector<std::uint32_t> const& ids() const noexcept { return ids_; }

 private:
  std::shared_ptr<TypeRegistry> registry_;
  std::vector<std::uint32_t> ids_;
};

} // namespace weir::engine
