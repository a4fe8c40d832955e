// The founding case from end to end: a guest fed the right way, and the same guest fed the wrong way.
//
//   case_demo [--backend automatic|tail_call|loop] [--quick] GUEST.wasm LAYOUT.wat
//
// GUEST.wasm is the guest that build_guest makes, LAYOUT.wat the one beside this file. Exits with 0 only if everything
// that the demo claims was so; with 1 if something was not, saying what; with 2 if it cannot start; with 77 if the
// library was built without the backend asked for.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "facts.hpp"
#include "hosts.hpp"

namespace {

constexpr int exit_not_so = 1;
constexpr int exit_usage = 2;
constexpr int exit_no_backend = 77;

struct Options {
  weir::Backend backend = weir::Backend::automatic;
  bool quick = false;
  std::vector<std::string> files;
};

char const* name_of(weir::Backend backend) {
  switch (backend) {
  case weir::Backend::automatic: return "automatic";
  case weir::Backend::tail_call: return "tail_call";
  case weir::Backend::loop: return "loop";
  }
  return "unknown";
}

// False when the arguments are not of the form that the head of this file shows.
bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    std::string const argument = argv[i];
    if (argument == "--quick") {
      options.quick = true;
    } else if (argument == "--backend" && i + 1 < argc) {
      std::string const name = argv[++i];
      bool known = false;
      for (auto const backend : {weir::Backend::automatic, weir::Backend::tail_call, weir::Backend::loop}) {
        if (name == name_of(backend)) {
          options.backend = backend;
          known = true;
        }
      }
      if (!known) {
        return false;
      }
    } else if (argument.starts_with("-")) {
      return false;
    } else {
      options.files.push_back(argument);
    }
  }
  return options.files.size() == 2;
}

void heading(int number, char const* title) {
  std::printf("\n%d. %s\n", number, title);
  std::fflush(stdout);
}

// Loads and links a guest. It imports nothing, so an empty linker does.
weir::Result<weir::InstancePre> load(weir::Engine const& engine, std::string const& path) {
  auto const module = weir::Module::from_file(engine, path);
  if (!module) {
    return std::unexpected(module.error());
  }
  return weir::Linker{engine}.instantiate_pre(*module);
}

// The layout of layout.wat is known to the byte, and so is what happens.
void check_layout_guest(WrongHostResult const& found, Facts& facts) {
  Layout const& layout = found.layout;
  auto const data = layout.static_data();
  facts.check(layout.stack_top == 0x100000 && layout.pages == 17 && !layout.maximum,
              "the stack is [0x0, 0x100000), the memory has 17 pages and no maximum");
  facts.check(layout.segments.size() == 5 && data && data->begin == 0x100000 && data->end == 0x102168,
              "five data segments cover [0x100000, 0x102168)");
  facts.check(layout.exports == std::vector<std::string>{"memory", "init", "deinit", "deserialize"},
              "nothing but memory, init, deinit and deserialize is exported");
  if (!found.smallest) {
    return;
  }
  facts.check(found.smallest->n == 1033, "every n up to 1032 returns, n = 1033 traps",
              text("the smallest failing n is %u", found.smallest->n));
  auto const* const trap = found.smallest->error.trap();
  auto const* const access = trap != nullptr ? trap->memory_access() : nullptr;
  facts.check(access != nullptr && trap->reason() == weir::TrapReason::out_of_bounds_memory,
              "the trap is an out of bounds memory access", found.smallest->error.message());
  if (access == nullptr) {
    return;
  }
  facts.check(!access->is_store && access->size == 4 && access->address == 0x41414145,
              "it is a 4-byte load at 0x41414145",
              text("%llu-byte %s at 0x%llx", static_cast<unsigned long long>(access->size),
                   access->is_store ? "store" : "load", static_cast<unsigned long long>(access->address)));
  facts.check(access->base == 0x41414141 && access->offset == 4, "that is 0x41414141 (\"AAAA\") + offset 4",
              text("0x%llx + offset %llu", static_cast<unsigned long long>(access->base),
                   static_cast<unsigned long long>(access->offset)));
  facts.check(access->memory == 0 && access->memory_size == 0x110000,
              "memory 0 is 0x110000 bytes at that moment: the limit of 1 GiB has nothing to do with it",
              text("memory %u, 0x%llx bytes", access->memory, static_cast<unsigned long long>(access->memory_size)));
}

int report(Facts const& facts) {
  if (facts.failures().empty()) {
    std::printf("\nAll %zu claims were so.\n", facts.count());
    return 0;
  }
  std::printf("\n%zu of %zu claims were not so:\n", facts.failures().size(), facts.count());
  for (std::string const& failure : facts.failures()) {
    std::printf("   %s\n", failure.c_str());
  }
  return exit_not_so;
}

} // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(stderr, "usage: case_demo [--backend automatic|tail_call|loop] [--quick] GUEST.wasm LAYOUT.wat\n");
    return exit_usage;
  }
  if (options.backend != weir::Backend::automatic && !weir::Engine::has_backend(options.backend)) {
    std::printf("SKIPPED: this build of Weir has no backend %s.\n", name_of(options.backend));
    return exit_no_backend;
  }
  // The wrong host is to do its harm, and the report to know all that it wrote; the checked one asks for checks.
  auto const engine = weir::Engine::create(
      weir::Config{}.backend(options.backend).keep_write_journal(true).host_writes(weir::HostWrites::off));
  if (!engine) {
    std::fprintf(stderr, "case_demo: %s\n", engine.error().message().c_str());
    return exit_usage;
  }
  std::vector<weir::InstancePre> guests;
  for (std::string const& file : options.files) {
    auto guest = load(*engine, file);
    if (!guest) {
      std::fprintf(stderr, "case_demo: %s: %s\n", file.c_str(), guest.error().message().c_str());
      return exit_usage;
    }
    guests.push_back(*std::move(guest));
  }

  std::printf("Weir %s, backend %s\n", weir::version(), name_of(engine->backend()));
  Sizes sizes;
  std::uint32_t first_wrong = 1;
  if (options.quick) {
    sizes.step = 97;
    first_wrong = 1020;
    std::printf("Quick: %u sizes instead of 971, and the smallest failing size is looked for from %u KiB on.\n",
                sizes.count(), first_wrong);
  }
  Facts facts;
  heading(1, "The right host, with the Rust guest");
  run_right_host(guests[0], sizes, facts);
  heading(2, "The wrong host, with the Rust guest");
  run_wrong_host(guests[0], first_wrong, facts);
  heading(3, "The wrong host, checked, with the Rust guest");
  run_checked_host(guests[0], facts);
  heading(4, "The right host, with the guest in WAT that has the case's exact layout");
  run_right_host(guests[1], sizes, facts);
  heading(5, "The wrong host, with the guest in WAT");
  check_layout_guest(run_wrong_host(guests[1], first_wrong, facts), facts);
  heading(6, "The wrong host, checked, with the guest in WAT");
  run_checked_host(guests[1], facts);
  return report(facts);
}
