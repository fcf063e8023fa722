#include "job/setters.hpp"

#include <algorithm>
#include <limits>

namespace sightline::job {

using base::usage_error;

std::vector<std::string> split_distinct(const std::string& value) {
  auto words = base::split_list(value);
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (std::find(words.begin(), word, *word) != word) {
      throw usage_error("'{}' is named twice", *word);
    }
  }
  return words;
}

double parse_between(const std::string& value, double below, double above) {
  const auto number = base::parse_number(value);
  if (!number || *number <= below || *number >= above) {
    throw usage_error("'{}' is not a number above {} and below {}", value, below, above);
  }
  return *number;
}

std::vector<double> parse_positives(const std::string& value) {
  std::vector<double> numbers;
  for (const auto& word : split_distinct(value)) {
    const auto number = base::parse_number(word);
    if (!number || *number <= 0.0) {
      throw usage_error("'{}' is not a number above 0", word);
    }
    numbers.push_back(*number);
  }
  if (numbers.empty()) {
    throw usage_error("needs at least one number above 0");
  }
  return numbers;
}

Setter text_to(const Field<std::string>& field) {
  return [field](JobConfig& job, const std::string& value) { field.of(job) = value; };
}

Setter list_to(const Field<std::vector<std::string>>& field) {
  return [field](JobConfig& job, const std::string& value) {
    field.of(job) = split_distinct(value);
    if (field.of(job).empty()) {
      throw usage_error("needs at least one name");
    }
  };
}

Setter integer_to(const Field<std::int64_t>& field, std::int64_t least, std::int64_t most) {
  return [=](JobConfig& job, const std::string& value) {
    const auto number = base::parse_integer(value);
    if (!number || *number < least || *number > most) {
      throw usage_error("'{}' is not a whole number from {} to {}", value, least, most);
    }
    field.of(job) = *number;
  };
}

Setter integers_to(const Field<std::vector<std::int64_t>>& field, std::int64_t least, std::int64_t most) {
  return [=](JobConfig& job, const std::string& value) {
    std::vector<std::int64_t> numbers;
    for (const auto& word : split_distinct(value)) {
      const auto number = base::parse_integer(word);
      if (!number || *number < least || *number > most) {
        throw usage_error("'{}' is not a list of whole numbers from {} to {}", value, least, most);
      }
      numbers.push_back(*number);
    }
    field.of(job) = std::move(numbers);
  };
}

Setter positive_to(const Field<double>& field) {
  return [field](JobConfig& job, const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || *number <= 0.0) {
      throw usage_error("'{}' is not a number above 0", value);
    }
    field.of(job) = *number;
  };
}

Setter positives_to(const Field<std::vector<double>>& field) {
  return [field](JobConfig& job, const std::string& value) { field.of(job) = parse_positives(value); };
}

Setter from_to(const Field<double>& field, double least, double below) {
  return [=](JobConfig& job, const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || *number < least || *number >= below) {
      throw usage_error("'{}' is not a number from {} to below {}", value, least, below);
    }
    field.of(job) = *number;
  };
}

Setter between_to(const Field<double>& field, double below, double above) {
  return [=](JobConfig& job, const std::string& value) { field.of(job) = parse_between(value, below, above); };
}

Setter colour_to(const Field<std::vector<double>>& field) {
  return [field](JobConfig& job, const std::string& value) {
    std::vector<double> numbers;
    for (const auto& word : base::split_list(value)) {
      numbers.push_back(base::parse_number(word).value_or(std::numeric_limits<double>::quiet_NaN()));
    }
    if (numbers.size() != 3 || std::any_of(numbers.begin(), numbers.end(), [](double x) { return std::isnan(x); })) {
      throw usage_error("'{}' is not three numbers, such as 0.485,0.456,0.406", value);
    }
    field.of(job) = std::move(numbers);
  };
}

}  // namespace sightline::job
