// The active calls of a store, for traps and for errors.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "diagnose/stack_walk.hpp"
#include "engine/module_data.hpp"
#include "engine/store_data.hpp"

namespace weir::engine {

// The module that the instance was made from.
detail::ModuleData const& module_of(runtime::Instance const& instance) noexcept;

diagnose::Walk walk_of(detail::StoreData& store);

// Collects frames, of a deep stack the innermost and outermost ones; names are looked up only for those that are kept.
class Backtrace {
 public:
  void add(diagnose::StackFrame const& frame);
  std::vector<TrapFrame> frames() const;
  std::uint64_t omitted() const noexcept { return omitted_; }

 private:
  struct Kept {
    diagnose::StackFrame frame;
    bool is_host = false;
  };
  static constexpr std::size_t shown = 32; // inner frames, and as many outer ones

  void keep(Kept const& kept);
  static TrapFrame describe(Kept const& kept);

  std::vector<Kept> inner_;
  std::deque<Kept> outer_;
  std::uint64_t omitted_ = 0;
};

// The active calls; those of the ended entry too, if one is given.
Backtrace collect_backtrace(detail::StoreData& store, diagnose::EndedEntry const* ended);

// The same for some frames.
std::vector<TrapFrame> describe_frames(std::span<diagnose::StackFrame const> frames);

// What was refused in this call, with names; only of one memory or table, if one is given.
std::vector<RefusedGrowth> refused_growths(detail::StoreData const& store, void const* object = nullptr);

// Who asks the engine for something at this moment by way of the host: "the host", or "the host in env.f, called from
// function 3 `x` (...)".
std::string host_asker(detail::StoreData& store);

} // namespace weir::engine
