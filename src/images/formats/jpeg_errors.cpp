#include "images/formats/jpeg_errors.hpp"

namespace sightline::images {
namespace {

void leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message.data());
  std::longjmp(errors->jump, 1);
}

}  // namespace

jpeg_error_mgr* prepare(JpegErrors& errors) {
  auto* manager = jpeg_std_error(&errors.manager);
  manager->error_exit = &leave;
  return manager;
}

}  // namespace sightline::images
