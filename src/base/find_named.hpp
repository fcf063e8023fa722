#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace sightline::base {

/// A name that is not among the known ones, and the parts of an error message about it.
struct UnknownName {
  std::string name;
  std::vector<std::string> known;  ///< the known names, in the order of their list

  /// The text " Did you mean 'x'?" for the most similar known name, or an empty string when none is similar.
  std::string hint() const { return did_you_mean(name, known); }
  /// The text "'x' is not one of a, b, c.", followed by the hint.
  std::string not_one_of() const { return fmt::format("'{}' is not one of {}.{}", name, join(known, ", "), hint()); }
};

/// Returns a reference to the first element of `all` whose name is `name`. `name_of` is a function or a pointer to a
/// data member that gives an element's name. When there is no such element, throws the base::Error that
/// make_error(UnknownName) returns.
template <typename Range, typename NameOf, typename MakeError>
const auto& find_named(const Range& all, const std::string& name, NameOf name_of, MakeError make_error) {
  const auto found = std::find_if(std::begin(all), std::end(all),
                                  [&](const auto& element) { return std::invoke(name_of, element) == name; });
  if (found != std::end(all)) {
    return *found;
  }
  UnknownName unknown{name, {}};
  std::transform(std::begin(all), std::end(all), std::back_inserter(unknown.known),
                 [&](const auto& element) { return std::invoke(name_of, element); });
  throw make_error(unknown);
}

/// find_named for a list of names.
template <typename MakeError>
const std::string& find_named(const std::vector<std::string>& names, const std::string& name, MakeError make_error) {
  return find_named(
      names, name, [](const std::string& known) { return known; }, make_error);
}

}  // namespace sightline::base
