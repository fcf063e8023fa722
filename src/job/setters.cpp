#include "job/setters.hpp"

#include <algorithm>
#include <limits>

namespace sightline::job {

using base::usage_error;

namespace {

/// Appends the number that `word` stands for. Throws when an equal number is in the list already.
template <typename T>
void append_distinct(std::vector<T>& numbers, T number, const std::string& word) {
  if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) {
    throw usage_error("'{}' is named twice", word);
  }
  numbers.push_back(number);
}

}  // namespace

std::vector<std::string> split_distinct(const std::string& value) {
  auto words = base::split_list(value);
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (std::find(words.begin(), word, *word) != word) {
      throw usage_error("'{}' is named twice", *word);
    }
  }
  return words;
}

double parse_between(const std::string& value, double lower, double upper) {
  const auto number = base::parse_number(value);
  if (!number || *number <= lower || *number >= upper) {
    throw usage_error("'{}' is not a number above {} and below {}", value, lower, upper);
  }
  return *number;
}

std::vector<double> parse_positives(const std::string& value) {
  std::vector<double> numbers;
  for (const auto& word : base::split_list(value)) {
    const auto number = base::parse_number(word);
    if (!number || *number <= 0.0) {
      throw usage_error("'{}' is not a number above 0", word);
    }
    append_distinct(numbers, *number, word);
  }
  if (numbers.empty()) {
    throw usage_error("needs at least one number above 0");
  }
  return numbers;
}

Setter set_text(const Field<std::string>& field) {
  return [field](JobConfig& job, const std::string& value) { field.of(job) = value; };
}

Setter set_list(const Field<std::vector<std::string>>& field) {
  return [field](JobConfig& job, const std::string& value) {
    field.of(job) = split_distinct(value);
    if (field.of(job).empty()) {
      throw usage_error("needs at least one name");
    }
  };
}

Setter set_integer(const Field<std::int64_t>& field, std::int64_t minimum, std::int64_t maximum) {
  return [=](JobConfig& job, const std::string& value) {
    const auto number = base::parse_integer(value);
    if (!number || *number < minimum || *number > maximum) {
      throw usage_error("'{}' is not a whole number from {} to {}", value, minimum, maximum);
    }
    field.of(job) = *number;
  };
}

Setter set_integers(const Field<std::vector<std::int64_t>>& field, std::int64_t minimum, std::int64_t maximum) {
  return [=](JobConfig& job, const std::string& value) {
    std::vector<std::int64_t> numbers;
    for (const auto& word : base::split_list(value)) {
      const auto number = base::parse_integer(word);
      if (!number || *number < minimum || *number > maximum) {
        throw usage_error("'{}' is not a list of whole numbers from {} to {}", value, minimum, maximum);
      }
      append_distinct<std::int64_t>(numbers, *number, word);
    }
    if (numbers.empty()) {
      throw usage_error("needs at least one whole number from {} to {}", minimum, maximum);
    }
    field.of(job) = std::move(numbers);
  };
}

Setter set_positive(const Field<double>& field) {
  return [field](JobConfig& job, const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || *number <= 0.0) {
      throw usage_error("'{}' is not a number above 0", value);
    }
    field.of(job) = *number;
  };
}

Setter set_positives(const Field<std::vector<double>>& field) {
  return [field](JobConfig& job, const std::string& value) { field.of(job) = parse_positives(value); };
}

Setter set_in_half_open_interval(const Field<double>& field, double minimum, double upper) {
  return [=](JobConfig& job, const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || *number < minimum || *number >= upper) {
      throw usage_error("'{}' is not a number from {} to below {}", value, minimum, upper);
    }
    field.of(job) = *number;
  };
}

Setter set_in_closed_interval(const Field<double>& field, double minimum, double maximum) {
  return [=](JobConfig& job, const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || *number < minimum || *number > maximum) {
      throw usage_error("'{}' is not a number from {} to {}", value, minimum, maximum);
    }
    field.of(job) = *number;
  };
}

Setter set_in_open_interval(const Field<double>& field, double lower, double upper) {
  return [=](JobConfig& job, const std::string& value) { field.of(job) = parse_between(value, lower, upper); };
}

Setter set_rgb(const Field<std::vector<double>>& field) {
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
