// The stack walker on stacks laid by hand, as code/frame.hpp says.
#include "diagnose/stack_walk.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "code/cell.hpp"
#include "code/frame.hpp"

namespace weir::diagnose {
namespace {

constexpr code::Word restore_handler = 0xABCD;

// A function whose code is 16 words. Calls are made at word 0 (a plain call) and at word 4 (an import's, with its
// restore_context cell at word 7), with the callee's frame at that distance.
struct TestFunction {
  TestFunction(std::uint32_t index, std::uint32_t distance) {
    set_b(0, distance);
    set_b(4, distance);
    words[7] = restore_handler;
    set_b(7, distance);
    record.function = index;
    record.code_begin = words.data();
    record.code_end = words.data() + words.size();
    source_map.add(0, 1000 * index + 10);
    source_map.add(4, 1000 * index + 20);
    source_map.add(12, 1000 * index + 30);
    record.source_map = source_map.map();
  }
  void set_b(std::size_t word, std::uint32_t b) { words[word + 1] = code::Word{b} << 32; }

  std::array<code::Word, 16> words{};
  code::SourceMapBuilder source_map;
  code::FunctionRecord record;
};

std::vector<TestFunction*> functions; // all that the walker can find, whatever the instance

code::FunctionRecord const* find(runtime::Instance const&, code::Word const* cell) {
  for (auto* const function : functions) {
    if (cell >= function->record.code_begin && cell < function->record.code_end) {
      return &function->record;
    }
  }
  return nullptr;
}

class StackWalk : public testing::Test {
 protected:
  StackWalk() : inner_(1, 0), outer_(2, 8), third_(3, 6) {
    functions = {&inner_, &outer_, &third_};
    a_.context.instance = &a_;
    b_.context.instance = &b_;
  }

  std::string walk(EndedEntry const* ended) {
    std::string text;
    Walk const walk{&execution_, restore_handler, &find};
    walk_stack(walk, ended, [&](StackFrame const& frame) {
      text += frame.calls_host ? "host " : "";
      text += frame.instance == &a_ ? "a" : "b";
      text += std::to_string(frame.record->function) + "@" + std::to_string(frame.offset.value_or(0)) + " ";
      return --most_ > 0;
    });
    return text;
  }

  void trap_at(TestFunction& function, std::size_t word, std::uint64_t* frame, runtime::Instance& instance) {
    execution_.trap.ip = function.words.data() + word;
    execution_.trap.frame = frame;
    execution_.trap.context = &instance.context;
  }
  static std::uint64_t address(TestFunction& function, std::size_t word) {
    return reinterpret_cast<std::uintptr_t>(function.words.data() + word);
  }

  TestFunction inner_;
  TestFunction outer_;
  TestFunction third_;
  runtime::Instance a_;
  runtime::Instance b_;
  std::array<std::uint64_t, 64 + code::link_slot> stack_{};
  runtime::ExecutionState execution_;
  int most_ = 1000; // frames to be visited
};

TEST_F(StackWalk, PlainCalls) {
  // third at 0 calls outer at 6, which calls inner at 14.
  stack_[6 + code::link_slot] = address(third_, 3);
  stack_[14 + code::link_slot] = address(outer_, 3);
  trap_at(inner_, 12, &stack_[14], a_);
  EndedEntry const ended{stack_.data(), 0, false};
  EXPECT_EQ(walk(&ended), "a1@1030 a2@2010 a3@3010 ");
}

TEST_F(StackWalk, IndirectCallsWithinAnInstanceSkipTheRestoreCell) {
  stack_[8 + code::link_slot] = address(outer_, 10);
  trap_at(inner_, 13, &stack_[8], a_);
  EndedEntry const ended{stack_.data(), 0, false};
  EXPECT_EQ(walk(&ended), "a1@1030 a2@2020 ");
}

TEST_F(StackWalk, CallsToAnotherInstance) {
  // third of a calls outer of b, which calls inner of a.
  stack_[6 + code::link_slot] = address(third_, 7);
  stack_[14 + code::link_slot] = address(outer_, 7);
  execution_.context_stack = {&a_.context, &b_.context};
  trap_at(inner_, 0, &stack_[14], a_);
  EndedEntry const ended{stack_.data(), 0, false};
  EXPECT_EQ(walk(&ended), "a1@1010 b2@2020 a3@3020 ");
}

TEST_F(StackWalk, ChainsOfActivations) {
  // outer is suspended in a host function, which has entered inner.
  runtime::Activation activation;
  activation.frame = stack_.data();
  activation.suspended_ip = outer_.words.data() + 4;
  activation.suspended_frame = stack_.data();
  activation.suspended_context = &b_.context;
  execution_.activation = &activation;
  EXPECT_EQ(walk(nullptr), "host b2@2020 ");
  trap_at(inner_, 12, &stack_[20], a_);
  EndedEntry const ended{&stack_[20], 0, true};
  EXPECT_EQ(walk(&ended), "host a1@1030 host b2@2020 ");
}

TEST_F(StackWalk, GuestsThatRun) {
  // A host function entered outer of b, which runs and has called inner of b.
  runtime::Activation suspended;
  suspended.frame = stack_.data();
  suspended.suspended_ip = third_.words.data() + 4;
  suspended.suspended_frame = stack_.data();
  suspended.suspended_context = &a_.context;
  runtime::Activation running;
  running.previous = &suspended;
  running.frame = &stack_[20];
  execution_.activation = &running;
  stack_[28 + code::link_slot] = address(outer_, 3);
  Walk const walk{&execution_, restore_handler, &find};
  std::string text;
  walk_running_stack(walk, {inner_.words.data() + 12, &stack_[28]}, b_.context, [&](StackFrame const& frame) {
    text += std::to_string(frame.record->function) + (frame.calls_host ? "h " : " ");
    return true;
  });
  EXPECT_EQ(text, "1 2 3h ");
}

TEST_F(StackWalk, StopsWhereTheVisitorHasSeenEnough) {
  stack_[6 + code::link_slot] = address(third_, 3);
  stack_[14 + code::link_slot] = address(outer_, 3);
  trap_at(inner_, 12, &stack_[14], a_);
  runtime::Activation activation;
  activation.frame = stack_.data();
  activation.suspended_ip = outer_.words.data() + 4;
  activation.suspended_frame = stack_.data();
  activation.suspended_context = &b_.context;
  execution_.activation = &activation;
  EndedEntry const ended{stack_.data(), 0, false};
  most_ = 2;
  EXPECT_EQ(walk(&ended), "a1@1030 a2@2010 ");
}

TEST_F(StackWalk, StopsWhereTheStackMakesNoSense) {
  stack_[8 + code::link_slot] = 0x1234;
  trap_at(inner_, 12, &stack_[8], a_);
  execution_.trap.ip = reinterpret_cast<code::Word const*>(8);
  EndedEntry const ended{stack_.data(), 0, false};
  EXPECT_EQ(walk(&ended), "");
  EXPECT_EQ(walk(nullptr), "");
}

TEST_F(StackWalk, DeepRecursionIsQuick) {
  std::vector<std::uint64_t> deep(100000 + code::link_slot);
  std::size_t const last = 100000 - 8;
  // outer calls itself, each frame 8 slots above the last.
  for (std::size_t i = 8; i <= last; i += 8) {
    deep[i + code::link_slot] = address(outer_, 3);
  }
  trap_at(outer_, 12, &deep[last], a_);
  EndedEntry const ended{deep.data(), 0, false};
  std::size_t frames = 0;
  Walk const walk{&execution_, restore_handler, &find};
  walk_stack(walk, &ended, [&](StackFrame const&) { return ++frames > 0; });
  EXPECT_EQ(frames, last / 8 + 1);
}

} // namespace
} // namespace weir::diagnose
