#include "engine/type_registry.hpp"

namespace weir::engine {

std::size_t TypeHash::operator()(FuncType const& type) const noexcept {
  std::uint64_t hash = type.params().size();
  auto const mix = [&](ValType each) { hash = (hash ^ each.bits()) * 0x9E3779B97F4A7C15u; };
  for (ValType const each : type.params()) {
    mix(each);
  }
  hash ^= hash >> 29;
  for (ValType const each : type.results()) {
    mix(each);
  }
  return static_cast<std::size_t>(hash ^ hash >> 32);
}

std::uint32_t TypeRegistry::acquire(FuncType const& type) {
  std::scoped_lock const lock{mutex_};
  if (auto const found = types_.find(type); found != types_.end()) {
    ++found->second.uses;
    return found->second.id;
  }
  // Everything that allocates comes before anything that changes the registry's meaning.
  if (free_.empty()) {
    by_id_.push_back(nullptr);
    free_.reserve(by_id_.capacity());
    free_.push_back(static_cast<std::uint32_t>(by_id_.size() - 1));
  }
  auto const [added, is_new] = types_.try_emplace(type, Entry{free_.back(), 1});
  by_id_[free_.back()] = &*added;
  free_.pop_back();
  return added->second.id;
}

void TypeRegistry::release(std::uint32_t id) noexcept {
  std::scoped_lock const lock{mutex_};
  auto* const entry = by_id_[id];
  if (--entry->second.uses == 0) {
    types_.erase(types_.find(entry->first));
    by_id_[id] = nullptr;
    free_.push_back(id);
  }
}

std::size_t TypeRegistry::size() const {
  std::scoped_lock const lock{mutex_};
  return types_.size();
}

TypeIds::~TypeIds() {
  for (std::uint32_t const id : ids_) {
    registry_->release(id);
  }
}

std::uint32_t TypeIds::add(FuncType const& type) {
  if (ids_.size() == ids_.capacity()) {
    ids_.reserve(ids_.size() * 2 + 4); // before the type is counted, so that nothing can fail in between
  }
  ids_.push_back(registry_->acquire(type));
  return ids_.back();
}

} // namespace weir::engine
