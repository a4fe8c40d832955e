// Values of scripts: arguments made into guest values, results held against what a script expects.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <weir/weir.hpp>

#include "text/script.hpp"

namespace weir::tools {

// The host references `(ref.extern N)` of one script: the same number is the same object.
class HostReferences {
 public:
  ExternRef get(std::uint64_t number);

 private:
  std::map<std::uint64_t, ExternRef> known_;
};

// Errors: kind `unsupported` for values of proposals that Weir does not have.
Result<Val> to_value(text::ScriptValue const& value, HostReferences& references);

// Whether the results are what the patterns say, in number, type, and value.
bool matches(std::vector<Val> const& results, std::vector<text::ScriptPattern> const& patterns);

// "i32:7 f64:nan:canonical", "nothing" for none.
std::string describe(std::vector<text::ScriptPattern> const& patterns);
std::string describe(std::vector<Val> const& values);

} // namespace weir::tools
