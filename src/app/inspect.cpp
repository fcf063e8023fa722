#include <algorithm>
#include <cmath>
#include <cstdio>

#include "app/command.hpp"
#include "base/error.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::app {
namespace {

using State = store::Explanations::RecordState;

/// The numbers of a method's good maps that are blank, and that are not finite. A grid is blank when it has no positive
/// value, a map of another kind when all its values are zero. `states`: the state of each image's record.
std::pair<std::ptrdiff_t, std::ptrdiff_t> count_empty(const store::Explanations& store, const std::string& model,
                                                      const std::string& method, const std::vector<State>& states) {
  const auto group = store::schema::method_group(model, method);
  const auto kind = store.hdf5().text_attribute(group, store::schema::kind);
  std::ptrdiff_t blank = 0;
  std::ptrdiff_t not_finite = 0;
  for (std::size_t image = 0; image < states.size(); ++image) {
    if (states[image] != State::good) {
      continue;
    }
    auto map = store.read_values(model, method, image);
    while (kind == store::schema::kind_superpixels && map.size() > 1 && std::isnan(map.back())) {
      map.pop_back();  // unused entries
    }
    const auto all = [&](const auto& what) { return std::all_of(map.begin(), map.end(), what); };
    if (!all([](float value) { return std::isfinite(value); })) {
      ++not_finite;
    } else if (all([&](float value) { return kind == store::schema::kind_grid ? value <= 0.0F : value == 0.0F; })) {
      ++blank;
    }
  }
  return {blank, not_finite};
}

/// Prints a line about the records of a model and method (empty = the predictions). Returns the number of corrupt
/// records.
std::ptrdiff_t print_records(const store::Explanations& store, const std::string& model, const std::string& method) {
  const auto states = store.verify(model, method);
  const auto count = [&](State state) { return std::count(states.begin(), states.end(), state); };
  std::printf("  %-20s %-20s %8td %8td %8td", model.c_str(), method.empty() ? "(predictions)" : method.c_str(),
              count(State::good), count(State::missing), count(State::corrupt));
  if (method.empty()) {
    std::printf(" %8s %10td", "", count(State::nonfinite));
  } else {
    const auto [blank, not_finite] = count_empty(store, model, method, states);
    std::printf(" %8td %10td", blank, not_finite);
  }
  std::printf("\n");
  return count(State::corrupt);
}

base::ExitCode inspect(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (parsed.positionals.size() != 1) {
    throw base::usage_error("inspect: name one store (explanations.h5)");
  }
  ranks.all_or_throw([&] {
    if (!ranks.is_root()) {
      return;
    }
    const auto store = store::Explanations::open_to_read(parsed.positionals[0]);
    std::printf("%s: %llu images, made by sightline %s\n  %-20s %-20s %8s %8s %8s %8s %10s\n",
                parsed.positionals[0].c_str(), static_cast<unsigned long long>(store.images()),
                store.hdf5().text_attribute("/", store::schema::program_attribute).c_str(), "model", "method", "done",
                "missing", "corrupt", "blank", "not finite");
    std::ptrdiff_t corrupt = 0;
    for (const auto& model : store.models()) {
      corrupt += print_records(store, model, "");
      for (const auto& method : store.methods(model)) {
        corrupt += print_records(store, model, method);
      }
    }
    if (corrupt > 0) {
      throw base::input_error("{}: {} records are corrupt; 'sightline attribute' with the same job computes them again",
                              parsed.positionals[0], corrupt);
    }
  });
  return base::ExitCode::done;
}

}  // namespace

Command inspect_command() {
  return {.name = "inspect",
          .usage = "FILE.h5",
          .summary = "counts the done, missing, corrupt and blank records of a store",
          .topics = {},
          .run = &inspect};
}

}  // namespace sightline::app
