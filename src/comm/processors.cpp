#include "comm/processors.hpp"

#include <array>
#include <map>
#include <sched.h>
#include <set>
#include <unistd.h>

#include <fmt/format.h>

#include "base/text.hpp"

namespace sightline::comm {

RankPlace this_place() {
  RankPlace place;
  std::array<char, 256> name{};
  ::gethostname(name.data(), name.size() - 1);
  place.host = name.data();
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof(cores), &cores) == 0) {
    for (int core = 0; core < CPU_SETSIZE; ++core) {
      if (CPU_ISSET(core, &cores)) {
        place.cores.push_back(core);
      }
    }
  }
  return place;
}

std::vector<RankPlace> all_places(const Communicator& ranks) {
  const auto mine = this_place();
  std::string text = mine.host;
  for (const int core : mine.cores) {
    text += fmt::format(",{}", core);
  }
  std::vector<RankPlace> places;
  for (const auto& line : ranks.gather(text)) {
    const auto words = base::split_list(line);
    RankPlace place{words.at(0), {}};
    for (std::size_t i = 1; i < words.size(); ++i) {
      place.cores.push_back(static_cast<int>(base::parse_integer(words[i]).value_or(0)));
    }
    places.push_back(std::move(place));
  }
  return places;
}

std::vector<std::string> oversubscribed(const std::vector<RankPlace>& places, std::int64_t threads) {
  std::map<std::string, std::set<int>> cores;
  std::map<std::string, std::int64_t> wanted;
  for (const auto& place : places) {
    cores[place.host].insert(place.cores.begin(), place.cores.end());
    wanted[place.host] += threads;
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
