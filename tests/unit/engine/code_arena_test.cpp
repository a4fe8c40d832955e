#include "engine/code_arena.hpp"

#include <algorithm>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/seed.hpp"

namespace weir::engine {
namespace {

struct Piece {
  code::Word* words = nullptr;
  std::size_t size = 0;
  code::Word mark = 0;
};

Piece take(CodeArena& arena, std::size_t size, code::Word mark) {
  Piece const piece{arena.allocate(size), size, mark};
  std::fill_n(piece.words, size, mark);
  return piece;
}

void expect_whole(std::vector<Piece> const& pieces) {
  for (Piece const& piece : pieces) {
    EXPECT_EQ(std::count(piece.words, piece.words + piece.size, piece.mark), static_cast<std::ptrdiff_t>(piece.size));
  }
}

// Each piece keeps what is written to it, whatever is asked for behind it.
void expect_pieces_apart(std::size_t expected_bytes) {
  auto random = test::seeded_random();
  CodeArena arena;
  arena.expect(expected_bytes);
  std::vector<Piece> pieces;
  std::size_t words = 0;
  while (words < 1'000'000) {
    std::size_t const size = 1 + (random() >> (44 + random() % 20)) % 400'000;
    pieces.push_back(take(arena, size, pieces.size()));
    words += size;
  }
  expect_whole(pieces);
}

TEST(CodeArena, KeepsPiecesApart) { expect_pieces_apart(0); }

TEST(CodeArena, KeepsPiecesApartInLargePages) { expect_pieces_apart(5u << 20); }

bool refuse() noexcept { return true; }

TEST(CodeArena, KeepsPiecesApartWhereTheSystemHasNoMore) {
  platform::set_refuse_hook(&refuse);
  expect_pieces_apart(5u << 20);
  platform::set_refuse_hook(nullptr);
}

TEST(CodeArena, SmallPiecesLieSideBySide) {
  CodeArena arena;
  code::Word const* const first = arena.allocate(3);
  EXPECT_EQ(arena.allocate(2), first + 3);
  EXPECT_EQ(arena.allocate(1), first + 5);
}

TEST(CodeArena, AGreatPieceLeavesTheRoomForSmallOnes) {
  CodeArena arena;
  code::Word const* const first = arena.allocate(3);
  static_cast<void>(arena.allocate(1'000'000));
  EXPECT_EQ(arena.allocate(2), first + 3);
}

// Whoever knows how much is to come gets it from few blocks.
TEST(CodeArena, LargePagesHoldWhatIsExpected) {
  CodeArena arena;
  arena.expect(4u << 20);
  code::Word const* last = arena.allocate(100);
  int blocks = 1;
  for (std::size_t words = 200; words < (4u << 20) / sizeof(code::Word); words += 100) {
    code::Word const* const next = arena.allocate(100);
    blocks += next != last + 100 ? 1 : 0;
    last = next;
  }
  EXPECT_LE(blocks, 3);
}

TEST(CodeArena, ThreadsShareIt) {
  CodeArena arena;
  arena.expect(3u << 20);
  std::vector<Piece> pieces[2];
  auto const work = [&](unsigned thread) {
    for (code::Word i = 0; i < 5000; ++i) {
      pieces[thread].push_back(take(arena, 1 + i % 100, i << 1 | thread));
    }
  };
  std::thread other{work, 1};
  work(0);
  other.join();
  expect_whole(pieces[0]);
  expect_whole(pieces[1]);
}

} // namespace
} // namespace weir::engine
