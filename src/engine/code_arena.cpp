#include "engine/code_arena.hpp"

#include <algorithm>
#include <utility>

namespace weir::engine {

namespace {

constexpr std::size_t most_block_words = 64 * 1024 / sizeof(code::Word);

// Blocks in large pages are for modules that fill some of them.
constexpr std::size_t large_block_words = 2 * 1024 * 1024 / sizeof(code::Word);

} // namespace

void CodeArena::expect(std::size_t bytes) noexcept {
  std::scoped_lock const lock{lock_};
  expected_ = bytes / sizeof(code::Word);
}

code::Word* CodeArena::allocate(std::size_t words) {
  std::scoped_lock const lock{lock_};
  if (words > room_) {
    return make_room(words);
  }
  room_ -= words;
  return std::exchange(next_, next_ + words);
}

// What remains of the last block is lost, unless it is more than what would remain of the next one.
code::Word* CodeArena::make_room(std::size_t words) {
  code::Word* block = nullptr;
  std::size_t size = 0;
  if (expected_ >= large_block_words && words <= large_block_words) {
    if (auto pages = platform::LargePages::allocate(large_block_words * sizeof(code::Word)); pages.base() != nullptr) {
      large_blocks_.push_back(std::move(pages));
      block = static_cast<code::Word*>(large_blocks_.back().base());
      size = large_block_words;
      expected_ -= large_block_words;
    }
  }
  if (block == nullptr) {
    size = std::max(words, block_words_);
    block_words_ = std::min(2 * block_words_, most_block_words);
    blocks_.push_back(std::make_unique_for_overwrite<code::Word[]>(size));
    block = blocks_.back().get();
  }
  if (size - words > room_) {
    next_ = block + words;
    room_ = size - words;
  }
  return block;
}

} // namespace weir::engine
