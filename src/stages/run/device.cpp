#include "stages/run/device.hpp"

#include "base/error.hpp"
#include "base/log.hpp"
#include "comm/processors.hpp"
#include "models/kernels/on_host.hpp"
#include "models/runtime.hpp"

namespace sightline::stages {
namespace {

const char* device_name(job::Device device) {
  return device == job::Device::cpu ? "cpu" : device == job::Device::cuda ? "cuda" : "auto";
}

}  // namespace

c10::Device start_device(const comm::Communicator& ranks, const job::ComputeConfig& config) {
  for (const auto& sentence : comm::oversubscription_warnings(comm::gather_bindings(ranks), config.threads)) {
    base::log_warning(sentence);
  }
  c10::Device device(c10::kCPU);
  ranks.all_or_throw([&] {
    const bool tf32 = config.precision == job::Precision::tf32;
    device =
        models::start_runtime(device_name(config.device), ranks.node_rank(), static_cast<int>(config.threads), tf32);
    if (tf32 && models::on_host(device)) {
      throw base::usage_error("precision: tf32 is a number format of GPUs, and rank {} computes on the CPU; take fp32",
                              ranks.rank());
    }
  });
  return device;
}

}  // namespace sightline::stages
