#include "comm/processors.hpp"

#include <map>
#include <sched.h>
#include <set>

#include <fmt/format.h>

#include "base/process.hpp"
#include "base/text.hpp"

namespace sightline::comm {

RankBinding own_binding() {
  RankBinding binding;
  binding.host = base::host_name();
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof(cores), &cores) == 0) {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &cores)) {
        binding.cores.push_back(core);
      }
    }
  }
  return binding;
}

std::vector<RankBinding> gather_bindings(const Communicator& ranks) {
  const auto mine = own_binding();
  std::string text = mine.host;
  for (const int core : mine.cores) {
    text += fmt::format(",{}", core);
  }
  std::vector<RankBinding> bindings;
  for (const auto& line : ranks.gather(text)) {
    const auto words = base::split_list(line);
    RankBinding binding{words.at(0), {}};
    for (std::size_t i = 1; i < words.size(); ++i) {
      binding.cores.push_back(static_cast<int>(base::parse_integer(words[i]).value_or(0)));
    }
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

std::vector<std::string> oversubscription_warnings(const std::vector<RankBinding>& bindings, std::int64_t threads) {
  std::map<std::string, std::set<int>> cores;
  std::map<std::string, std::int64_t> wanted;
  for (const auto& binding : bindings) {
    cores[binding.host].insert(binding.cores.begin(), binding.cores.end());
    wanted[binding.host] += threads;
  }
  std::vector<std::string> sentences;
  for (const auto& [host, number] : wanted) {
    const auto available = static_cast<std::int64_t>(cores[host].size());
    if (number > available) {
      sentences.push_back(
          fmt::format("{}: {} ranks of {} threads share {} cores and will wait for each other; start fewer ranks there",
                      host, number / threads, threads, available));
    }
  }
  return sentences;
}

}  // namespace sightline::comm
