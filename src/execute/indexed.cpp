// Loads and stores at (base + index) + offset, an i32.add being folded in.
#include "execute/access.hpp"
#include "execute/dispatch.hpp"

namespace weir::execute {

namespace {

template <Op O>
struct Semantics;

#define WEIR_ACCESS(name, is_store_, type)      \
  template <>                                   \
  struct Semantics<Op::name> : Access<type> {   \
    static constexpr bool is_store = is_store_; \
  };

WEIR_ACCESS(load8_u_x, false, std::uint8_t)
WEIR_ACCESS(load16_u_x, false, std::uint16_t)
WEIR_ACCESS(load32_u_x, false, std::uint32_t)
WEIR_ACCESS(load64_x, false, std::uint64_t)
WEIR_ACCESS(f64_load_x, false, double)
WEIR_ACCESS(store8_x, true, std::uint8_t)
WEIR_ACCESS(store32_x, true, std::uint32_t)
WEIR_ACCESS(store64_x, true, std::uint64_t)
WEIR_ACCESS(f64_store_x, true, double)

#undef WEIR_ACCESS

// Loads: d a b offset. Stores: a b offset value.
template <Op O, int Form>
struct Body : Cell<O, Form> {
  using C = Cell<O, Form>;
  using S = Semantics<O>;
  static constexpr int base = S::is_store ? 0 : 1;

  WEIR_INLINE std::uint64_t address(Machine const& m) noexcept {
    std::uint32_t const sum = C::template get<base, std::uint32_t>(m) + C::template get<base + 1, std::uint32_t>(m);
    return std::uint64_t{sum} + C::template field<base + 2>(m);
  }

  WEIR_INLINE Word const* run(Machine& m) noexcept {
    if constexpr (S::is_store) {
      return store_at<C, 3, S>(m, address(m));
    } else {
      return load_at<C, 0, S>(m, address(m));
    }
  }
};

} // namespace

FamilyTable indexed_table() noexcept { return family_table<code::OpFamily::indexed, Body>(); }

} // namespace weir::execute
