#include "locked_device.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <sys/mman.h>
#include <vector>

#include <ATen/CPUFunctions.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/Functions.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <c10/core/Allocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include "models/kernels/on_host.hpp"

namespace sightline::tests {
namespace {

constexpr auto device_type = c10::DeviceType::PrivateUse1;
const c10::Device the_device(device_type, 0);

// ---------------------------------------------------------------------------------------------------------- memory

/// Pages that nobody may touch. The first one, before the memory that is handed out, holds their size. Freed pages are
/// kept for the next tensor of that size, since new ones take most of the tests' time.
class LockedAllocator : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    const std::size_t pages = (size + page - 1) / page * page;
    auto* start = freed(pages);
    return {start + page, start, &keep, the_device};
  }
  c10::DeleterFnPtr raw_deleter() const override { return nullptr; }
  void copy_data(void* /*target*/, const void* /*source*/, std::size_t /*count*/) const override {
    TORCH_CHECK(false, "the locked device copies by _copy_from alone");
  }

  static constexpr std::size_t page = 4096;

 private:
  using Pool = std::map<std::size_t, std::vector<char*>>;

  static Pool& pool() {
    static auto* const blocks = new Pool;  // never freed: tensors may outlive all static objects
    return *blocks;
  }

  /// Freed pages, else new ones.
  static char* freed(std::size_t pages) {
    const std::lock_guard lock(mutex());
    auto& kept = pool()[pages];
    if (!kept.empty()) {
      auto* start = kept.back();
      kept.pop_back();
      return start;
    }
    void* start = mmap(nullptr, page + pages, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(start != MAP_FAILED, "out of memory on the locked device: ", pages, " bytes");
    mprotect(start, page, PROT_READ | PROT_WRITE);
    *static_cast<std::size_t*>(start) = pages;
    return static_cast<char*>(start);
  }

  static void keep(void* start) {
    const std::lock_guard lock(mutex());
    pool()[*static_cast<std::size_t*>(start)].push_back(static_cast<char*>(start));
  }

  static std::mutex& mutex() {
    static auto* const one = new std::mutex;
    return *one;
  }
};

LockedAllocator allocator;

/// Opens the pages of a tensor's storage as long as this object lives, and shows them as a tensor of the host. A tensor
/// of the host is shown as it is.
class Opened {
 public:
  explicit Opened(const at::Tensor& tensor) : host_(tensor) {
    if (!tensor.defined() || tensor.device().type() != device_type || tensor.numel() == 0) {
      return;
    }
    auto* data = static_cast<char*>(const_cast<void*>(tensor.storage().data()));
    pages_ = data;
    size_ = *reinterpret_cast<std::size_t*>(data - LockedAllocator::page);
    protect(PROT_READ | PROT_WRITE);
    host_ = at::from_blob(data + tensor.storage_offset() * static_cast<std::int64_t>(tensor.itemsize()), tensor.sizes(),
                          tensor.strides(), tensor.options().device(at::kCPU));
  }
  ~Opened() { protect(PROT_NONE); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

  const at::Tensor& host() const { return host_; }

 private:
  void protect(int access) const {
    if (pages_ != nullptr) {
      mprotect(pages_, size_, access);
    }
  }

  at::Tensor host_;
  void* pages_ = nullptr;
  std::size_t size_ = 0;
};

// --------------------------------------------------------------------------------------------------------- traffic

std::atomic<std::int64_t> copies{0};
std::atomic<std::int64_t> bytes{0};
std::atomic<std::int64_t> numbers{0};
thread_local int inside_operators = 0;  // what an operator copies is the device's own business

struct InsideOperator {
  InsideOperator() { ++inside_operators; }
  ~InsideOperator() { --inside_operators; }
  InsideOperator(const InsideOperator&) = delete;
  InsideOperator& operator=(const InsideOperator&) = delete;
};

// ------------------------------------------------------------------------------------------------------- operators

at::Tensor empty(c10::IntArrayRef size, std::optional<at::ScalarType> type, std::optional<at::Layout> /*layout*/,
                 std::optional<at::Device> /*device*/, std::optional<bool> /*pin*/,
                 std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                   c10::dtype_or_default(type), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride, std::optional<at::ScalarType> type,
                         std::optional<at::Layout> /*layout*/, std::optional<at::Device> /*device*/,
                         std::optional<bool> /*pin*/) {
  return at::detail::empty_strided_generic(size, stride, &allocator, c10::DispatchKeySet(c10::DispatchKey::PrivateUse1),
                                           c10::dtype_or_default(type));
}

at::Tensor copy_from(const at::Tensor& source, const at::Tensor& target, bool /*non_blocking*/) {
  if (target.numel() == 0) {
    return target;
  }
  if (inside_operators == 0 && source.device().type() == device_type && target.device().is_cpu()) {
    ++copies;
    bytes += static_cast<std::int64_t>(source.nbytes());
  }
  const InsideOperator inside;
  const Opened from(source);
  if (source.storage().data() == target.storage().data()) {  // opened and closed once
    Opened(target).host().copy_(from.host().clone());
    return target;
  }
  const Opened to(target);
  to.host().copy_(from.host());
  return target;
}

const at::Tensor& resize(const at::Tensor& self, c10::IntArrayRef size, std::optional<at::MemoryFormat> format) {
  if (self.sizes() == size && !format) {
    return self;
  }
  auto* tensor = self.unsafeGetTensorImpl();
  const auto needed = (tensor->storage_offset() + c10::multiply_integers(size)) * self.itemsize();
  if (needed > self.storage().nbytes()) {  // what was in it is not kept: no operator relies on that
    self.storage().unsafeGetStorageImpl()->set_data_ptr_noswap(allocator.allocate(needed));
    self.storage().unsafeGetStorageImpl()->set_nbytes(needed);
  }
  tensor->set_sizes_contiguous(size);
  if (format) {
    tensor->empty_tensor_restride(*format);
  }
  return self;
}

at::Tensor copy_from_and_resize(const at::Tensor& source, const at::Tensor& target) {
  target.resize_(source.sizes());
  return copy_from(source, target, false);
}

at::Scalar read_number(const at::Tensor& self) {
  numbers += inside_operators == 0 ? 1 : 0;
  return Opened(self).host().item();
}

/// LibTorch leaves the convolutions of such a device to it.
at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const std::optional<at::Tensor>& bias,
                       c10::SymIntArrayRef stride, c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation,
                       bool transposed, c10::SymIntArrayRef output_padding, c10::SymInt groups) {
  const InsideOperator inside;
  TORCH_CHECK(weight.device() == input.device(), "convolution: a tensor of the host beside one of the device");
  const Opened x(input);
  const Opened w(weight);
  const Opened b(bias && bias->defined() ? *bias : at::Tensor());
  return at::convolution_symint(x.host(), w.host(), b.host(), stride, padding, dilation, transposed, output_padding,
                                groups)
      .to(the_device);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& upper, const at::Tensor& input, const at::Tensor& weight, c10::SymIntArrayRef stride,
    c10::SymIntArrayRef padding, c10::SymIntArrayRef dilation, bool transposed, c10::SymIntArrayRef output_padding,
    c10::SymInt groups, std::array<bool, 3> wanted) {
  const InsideOperator inside;
  const Opened y(upper);
  const Opened x(input);
  const Opened w(weight);
  const auto made =
      at::convolution_backward_symint(y.host(), x.host(), w.host(), c10::SymIntArrayRef({weight.sym_size(0)}), stride,
                                      padding, dilation, transposed, output_padding, groups, wanted);
  const auto back = [](const at::Tensor& tensor) { return tensor.defined() ? tensor.to(the_device) : tensor; };
  return {back(std::get<0>(made)), back(std::get<1>(made)), back(std::get<2>(made))};
}

/// Operators whose indices CUDA takes from the host, too.
bool takes_indices_of_the_host(const std::string& name) {
  static const std::set<std::string> names = {"aten::index", "aten::index_put_", "aten::_index_put_impl_"};
  return names.count(name) != 0;
}

void check_devices(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const auto& name = op.schema().name();
  const auto check = [&](const at::Tensor& tensor) {
    TORCH_CHECK(!tensor.defined() || tensor.device().type() == device_type || tensor.dim() == 0, name,
                ": a tensor of the host, of the shape ", tensor.sizes(), ", beside one of the device");
  };
  const auto arguments = torch::jit::last(stack, op.schema().arguments().size());
  for (const auto& argument : arguments) {
    if (argument.isTensor()) {
      check(argument.toTensor());
    } else if (argument.isTensorList() && !takes_indices_of_the_host(name)) {
      for (const auto& tensor : argument.toTensorVector()) {
        check(tensor);
      }
    }
  }
}

bool writes_into_arguments(const c10::OperatorHandle& op) {
  const auto& arguments = op.schema().arguments();
  return std::any_of(arguments.begin(), arguments.end(), [](const c10::Argument& argument) {
    return argument.alias_info() != nullptr && argument.alias_info()->isWrite();
  });
}

/// Replaces an argument by what the host sees of it while `opened` lives.
void show_host(c10::IValue& argument, std::deque<Opened>& opened) {
  if (argument.isTensor() && argument.toTensor().defined()) {
    argument = opened.emplace_back(argument.toTensor()).host();
  } else if (argument.isTensorList()) {
    c10::List<at::Tensor> hosts;
    for (const auto& tensor : argument.toTensorVector()) {
      hosts.push_back(opened.emplace_back(tensor).host());
    }
    argument = hosts;
  } else if (argument.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> hosts;
    for (const auto& tensor : argument.toOptionalTensorVector()) {
      hosts.push_back(tensor ? std::optional(opened.emplace_back(*tensor).host()) : std::nullopt);
    }
    argument = hosts;
  }
}

void bring_back(c10::IValue& result) {
  if (result.isTensor() && result.toTensor().defined()) {
    result = result.toTensor().to(the_device);
  } else if (result.isTensorList()) {
    c10::List<at::Tensor> tensors;
    for (const auto& tensor : result.toTensorVector()) {
      tensors.push_back(tensor.to(the_device));
    }
    result = tensors;
  }
}

/// Runs an operator on the host: on the opened memory of its arguments where it only reads them, else on copies.
void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  check_devices(op, *stack);
  const InsideOperator inside;
  if (writes_into_arguments(op)) {
    at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
    return;
  }
  std::deque<Opened> opened;
  for (auto argument = stack->end() - static_cast<std::ptrdiff_t>(op.schema().arguments().size());
       argument != stack->end(); ++argument) {
    show_host(*argument, opened);
  }
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  for (auto result = stack->end() - static_cast<std::ptrdiff_t>(op.schema().returns().size()); result != stack->end();
       ++result) {
    bring_back(*result);
  }
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("as_strided", &at::cpu::as_strided);
  library.impl("view", &at::cpu::view);
  library.impl("_reshape_alias", &at::cpu::_reshape_alias);
  library.impl("unfold", &at::cpu::unfold);
  library.impl("resize_", &resize);
  library.impl("_copy_from", &copy_from);
  library.impl("_copy_from_and_resize", &copy_from_and_resize);
  library.impl("_local_scalar_dense", &read_number);
  library.impl("convolution_overrideable", &convolution);
  library.impl("convolution_backward_overrideable", &convolution_backward);
}

// --------------------------------------------------------------------------------------------- the device for LibTorch

/// One device with one stream, on which everything is done at once.
struct Guard : c10::impl::DeviceGuardImplInterface {
  Guard() = default;
  explicit Guard(c10::DeviceType /*type*/) {}
  c10::DeviceType type() const override { return device_type; }
  c10::Device exchangeDevice(c10::Device /*device*/) const override { return the_device; }
  c10::Device getDevice() const override { return the_device; }
  void setDevice(c10::Device /*device*/) const override {}
  void uncheckedSetDevice(c10::Device /*device*/) const noexcept override {}
  c10::Stream getStream(c10::Device /*device*/) const override { return c10::Stream(c10::Stream::DEFAULT, the_device); }
  c10::Stream getDefaultStream(c10::Device /*device*/) const override {
    return c10::Stream(c10::Stream::DEFAULT, the_device);
  }
  c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void** /*event*/, const c10::Stream& /*stream*/, const c10::DeviceIndex /*device*/,
              const c10::EventFlag /*flag*/) const override {}
  void block(void* /*event*/, const c10::Stream& /*stream*/) const override {}
  bool queryEvent(void* /*event*/) const override { return true; }
};

struct Hooks : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex /*device*/) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  /// Only asked for when a seed is set for all devices: nothing is drawn on a device.
  const at::Generator& getDefaultGenerator(c10::DeviceIndex /*device*/) const override {
    static const at::Generator host = at::detail::createCPUGenerator();
    return host;
  }
  c10::Allocator* getPinnedMemoryAllocator() const override { return c10::GetAllocator(c10::kCPU); }
};

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

}  // namespace

at::Device locked_device() {
  static const bool known = [] {
    static Hooks hooks;
    c10::SetAllocator(device_type, &allocator);
    c10::register_privateuse1_backend("locked");
    at::RegisterPrivateUse1HooksInterface(&hooks);
    return true;
  }();
  static_cast<void>(known);
  return the_device;
}

Traffic traffic() {
  return {copies, bytes, numbers};
}

void forget_traffic() {
  copies = 0;
  bytes = 0;
  numbers = 0;
}

}  // namespace sightline::tests
