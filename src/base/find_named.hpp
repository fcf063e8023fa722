#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace sightline::base {

/// A name that is not among the known ones: what an error message says about it.
struct UnknownName {
  std::string name;
  std::vector<std::string> known;  ///< in their own order

  /// " Did you mean 'x'?", or an empty string when no known name is near.
  std::string hint() const { return did_you_mean(name, known); }
  /// "'x' is not one of a, b, c." and the hint.
  std::string not_one_of() const { return fmt::format("'{}' is not one of {}.{}", name, join(known, ", "), hint()); }
};

/// The first element of `all` whose name is `name`; a reference into `all`, which must outlive it. `name_of`: a
/// function or data member that gives an element's name. Throws what `refusal(UnknownName)` returns, a base::Error,
/// when there is none.
template <typename Range, typename NameOf, typename Refusal>
const auto& find_named(const Range& all, const std::string& name, NameOf name_of, Refusal refusal) {
  const auto found = std::find_if(std::begin(all), std::end(all),
                                  [&](const auto& element) { return std::invoke(name_of, element) == name; });
  if (found != std::end(all)) {
    return *found;
  }
  UnknownName unknown{name, {}};
  std::transform(std::begin(all), std::end(all), std::back_inserter(unknown.known),
                 [&](const auto& element) { return std::invoke(name_of, element); });
  throw refusal(unknown);
}

/// The same for a list that holds nothing but names.
template <typename Refusal>
const std::string& find_named(const std::vector<std::string>& names, const std::string& name, Refusal refusal) {
  return find_named(
      names, name, [](const std::string& known) { return known; }, refusal);
}

}  // namespace sightline::base
