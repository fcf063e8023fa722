#include <algorithm>
#include <cstdio>

#include "app/command.hpp"
#include "base/error.hpp"
#include "store/explanations.hpp"
#include "store/schema.hpp"

namespace sightline::app {
namespace {

using State = store::Explanations::RecordState;

/// Prints one line; returns the number of corrupt records.
std::ptrdiff_t print_records(const store::Explanations& store, const std::string& model, const std::string& method) {
  const auto states = store.verify(model, method);
  const auto count = [&](State state) { return std::count(states.begin(), states.end(), state); };
  std::printf("  %-20s %-16s %8td %8td %8td\n", model.c_str(), method.empty() ? "(predictions)" : method.c_str(),
              count(State::good), count(State::missing), count(State::corrupt));
  return count(State::corrupt);
}

}  // namespace

base::ExitCode inspect(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (parsed.positionals.size() != 1) {
    throw base::usage_error("inspect: name one store (explanations.h5)");
  }
  ranks.together([&] {
    if (!ranks.is_root()) {
      return;
    }
    const auto store = store::Explanations::open_to_read(parsed.positionals[0]);
    std::printf("%s: %llu images, made by sightline %s\n  %-20s %-16s %8s %8s %8s\n", parsed.positionals[0].c_str(),
                static_cast<unsigned long long>(store.images()),
                store.hdf5().text_attribute("/", store::schema::program_attribute).c_str(), "model", "method", "done",
                "missing", "corrupt");
    std::ptrdiff_t corrupt = 0;
    for (const auto& model : store.models()) {
      corrupt += print_records(store, model, "");
      for (const auto& method : store.methods(model)) {
        corrupt += print_records(store, model, method);
      }
    }
    if (corrupt > 0) {
      throw base::input_error("{}: {} records are corrupt; 'sightline attribute' with the same job makes them again",
                              parsed.positionals[0], corrupt);
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::app
