#include "stages/run/output_claim.hpp"

#include "base/file.hpp"
#include "comm/signals.hpp"

namespace sightline::stages {

OutputClaim::OutputClaim(const comm::Communicator& ranks, const std::filesystem::path& output,
                         const std::string& command) {
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      base::make_writable_folder(output);
      lock_.emplace(output, command, &comm::request_stop, base::LockTimes{}, &comm::stop_requested);
    }
  });
}

}  // namespace sightline::stages
