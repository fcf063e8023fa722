#include "stages/run/output_claim.hpp"

#include "base/file.hpp"
#include "base/stop.hpp"
#include "stages/run/failure.hpp"

namespace sightline::stages {

OutputClaim::OutputClaim(const comm::Communicator& ranks, const std::filesystem::path& output,
                         const std::string& command) {
  const auto processes = ranks.gather(base::own_process());
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      base::make_writable_folder(output);
      lock_.emplace(output, command, &base::request_stop, base::LockTimes{}, &base::stop_requested, processes);
    }
  });
  report_failures_to(output, command, ranks.is_root());
}

}  // namespace sightline::stages
