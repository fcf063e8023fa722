#include "models/runtime.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <malloc.h>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

#include "base/error.hpp"

namespace sightline::models {
namespace {

void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD,
          -1);  // -1 disables trimming: a recorded pass frees more than the 2 GiB that an int can express
  mallopt(M_TOP_PAD, 64 << 20);
}

bool load_cuda_library() {
  if (dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL) == nullptr) {
    return false;
  }
  return dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) != nullptr;
}

}  // namespace

c10::Device start_runtime(const std::string& requested, int node_rank, int threads, bool tf32) {
  keep_freed_memory();
  at::set_num_threads(threads);
  at::set_num_interop_threads(1);
  if (requested == "cpu") {
    return c10::kCPU;
  }
  // Without it, cuBLAS may sum in another order each time.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  const bool loaded = load_cuda_library();
  const int devices = loaded && at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
  if (devices == 0) {
    if (requested == "cuda") {
      throw base::fault(
          "--device cuda: no usable GPU here ({})",
          loaded ? "the CUDA library found no device" : "no NVIDIA driver, or LibTorch without libtorch_cuda.so");
    }
    return c10::kCPU;
  }
  // Unless TF32 is asked for, products have full float32 precision, as on the CPU; by default LibTorch lets cuDNN round
  // them. Every run gives the same bits, as on the CPU. None of this has been tested on a GPU yet (README).
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
  at::globalContext().setAllowTF32CuDNN(tf32);
  at::globalContext().setAllowTF32CuBLAS(tf32);
  return {c10::kCUDA, static_cast<c10::DeviceIndex>(node_rank % devices)};
}

bool is_out_of_memory(const c10::Error& error) {
  const std::string message = error.what();
  return message.find("out of memory") != std::string::npos ||
         message.find("can't allocate memory") != std::string::npos;
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace sightline::models
