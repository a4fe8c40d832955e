// Memory for a module's translated code.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "code/cell.hpp"
#include "platform/virtual_memory.hpp"

namespace weir::engine {

// What it gives is kept until it goes itself, and never moves. Threads may share it.
class CodeArena {
 public:
  // That much is to come, in bytes: much of it will be in large pages, which cost the system less.
  void expect(std::size_t bytes) noexcept;

  // Room for so many words, not initialised. Throws std::bad_alloc.
  code::Word* allocate(std::size_t words);

 private:
  code::Word* make_room(std::size_t words);

  std::mutex lock_;
  code::Word* next_ = nullptr;
  std::size_t room_ = 0;          // words from next_ on
  std::size_t expected_ = 0;      // words that are to come
  std::size_t block_words_ = 256; // of the next block
  std::vector<std::unique_ptr<code::Word[]>> blocks_;
  std::vector<platform::LargePages> large_blocks_;
};

} // namespace weir::engine
