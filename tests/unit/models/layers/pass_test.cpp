#include "models/layers/pass.hpp"

#include <array>

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "formula_image.hpp"
#include "small_models.hpp"

namespace sightline::models {
namespace {

TEST(Pass, RecordsFromTheWantedLayerOn) {
  const auto model = tests::synthetic_model("resnet18d");
  const auto x = tests::formula_input(0, 64, model->spec());
  Pass plain;
  EXPECT_FALSE(model->forward(x, plain).requires_grad());
  Pass pass({"layer3.1"});
  const auto logits = model->forward(x, pass);
  EXPECT_TRUE(logits.requires_grad());
  EXPECT_TRUE(pass.activation("layer3.1").is_leaf());
  EXPECT_THROW(static_cast<void>(pass.activation("layer4.1")), std::out_of_range);
  Pass again;
  EXPECT_LT(tests::distance(model->forward(x, again), logits.detach()), 1e-5);
}

constexpr std::array one_of_every_family = {"resnet18d",
                                            "resnext50_32x4d",
                                            "res2net50_14w_8s",
                                            "tf_efficientnet_lite0",
                                            "mobilenetv3_large_100",
                                            "densenet121",
                                            "torchvision_alexnet",
                                            "vit_tiny_patch16_224",
                                            "deit3_small_patch16_224",
                                            "swin_tiny_patch4_window7_224",
                                            "pvt_v2_b0",
                                            "convnext_atto",
                                            "convnextv2_atto"};

TEST(Pass, NothingIsWrittenOverAWatchedActivation) {
  for (const char* name : one_of_every_family) {
    const auto model = tests::synthetic_model(name);
    const auto x = tests::picture_for(*model);
    Pass watching({}, model->blocks());
    model->forward(x, watching);
    for (const auto& block : model->blocks()) {
      Pass recording({block});
      model->forward(x, recording);
      EXPECT_LT(tests::distance(watching.activation(block), recording.activation(block).detach()), 1e-4)
          << name << ' ' << block;
    }
  }
}

TEST(Pass, EveryLayerCanBeTapped) {
  for (const char* name : one_of_every_family) {
    const auto model = tests::synthetic_model(name);
    const auto x = tests::picture_for(*model);
    const auto expected = model->forward(x);
    EXPECT_GT(model->layers().size(), 10U);
    for (std::size_t i = 0; i < model->layers().size(); i += 7) {
      Pass pass({model->layers()[i]});
      EXPECT_LT(tests::distance(model->forward(x, pass).detach(), expected), 1e-4) << name << ' ' << model->layers()[i];
      EXPECT_GT(pass.activation(model->layers()[i]).size(0), 0);
    }
  }
}

}  // namespace
}  // namespace sightline::models
