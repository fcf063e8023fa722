#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"
#include "job/job_config.hpp"

/// How options write their values into a job. Each throws base::Error(usage) saying what would be right, without the
/// option's name.
namespace sightline::job {

using Setter = std::function<void(JobConfig&, const std::string& value)>;

/// The words of a comma separated list. Throws when one is there twice.
std::vector<std::string> split_distinct(const std::string& value);

Setter text_to(std::string JobConfig::*field);
/// Comma separated, at least one.
Setter list_to(std::vector<std::string> JobConfig::*field);
Setter integer_to(std::int64_t JobConfig::*field, std::int64_t least, std::int64_t most);
/// At least one whole number.
Setter integers_to(std::vector<std::int64_t> JobConfig::*field, std::int64_t least, std::int64_t most);
/// Above 0.
Setter positive_to(double JobConfig::*field);
/// At least one number above 0.
Setter positives_to(std::vector<double> JobConfig::*field);
/// At least `least` and below `below`.
Setter from_to(double JobConfig::*field, double least, double below);
/// Between two numbers, both excluded.
Setter between_to(double JobConfig::*field, double below, double above);
/// Three numbers, one per colour channel.
Setter colour_to(std::vector<double> JobConfig::*field);

template <typename Field, typename Value>
Setter choice_to(Field JobConfig::*field, std::vector<std::pair<std::string, Value>> choices) {
  return [=](JobConfig& job, const std::string& value) {
    const auto& choice = base::find_named(
        choices, value, &std::pair<std::string, Value>::first,
        [](const base::UnknownName& unknown) { return base::usage_error("{}", unknown.not_one_of()); });
    job.*field = Field(choice.second);
  };
}

}  // namespace sightline::job
