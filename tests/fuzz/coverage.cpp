// Lets libFuzzer, which comes with clang, see what code that GCC has compiled executes. GCC calls
// __sanitizer_cov_trace_pc in every block (-fsanitize-coverage=trace-pc); libFuzzer has a function of that name that
// ends the program, and takes arrays of counters instead. The linker turns the calls into ours (--wrap).

#include <cstddef>
#include <cstdint>

namespace {

constexpr std::size_t size = 1U << 16U;
std::uint8_t counters[size];

}  // namespace

extern "C" {

/// libFuzzer's; the unit tests, which are compiled in the same way, have none.
__attribute__((weak)) void __sanitizer_cov_8bit_counters_init(std::uint8_t* begin, std::uint8_t* end);

__attribute__((no_sanitize_coverage, no_sanitize("address", "undefined"))) void __wrap___sanitizer_cov_trace_pc() {
  const auto block = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  ++counters[(block ^ (block >> 16U)) % size];
}

/// GCC also tells of comparisons of real numbers, which libFuzzer does not follow.
__attribute__((no_sanitize_coverage)) void __sanitizer_cov_trace_cmpf(float /*a*/, float /*b*/) {}
__attribute__((no_sanitize_coverage)) void __sanitizer_cov_trace_cmpd(double /*a*/, double /*b*/) {}

}  // extern "C"

namespace {

__attribute__((constructor, no_sanitize_coverage)) void register_counters() {
  if (__sanitizer_cov_8bit_counters_init != nullptr) {
    __sanitizer_cov_8bit_counters_init(counters, counters + size);
  }
}

}  // namespace
