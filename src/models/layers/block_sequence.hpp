#pragma once

#include <map>
#include <string>
#include <vector>

#include "models/layers/layers.hpp"

namespace sightline::models {

/// The body of a network: a sequence of blocks, grouped in stages. The output of each block and of each stage can be
/// tapped (Pass::tap). Block: a class that is callable as (x, pass, shape...) and has a `path()`.
template <typename Block>
class BlockSequence {
 public:
  /// Appends a block that is constructed from `args`.
  template <typename... Args>
  void add(Args&&... args) {
    blocks_.emplace_back(std::forward<Args>(args)...);
  }
  /// Declares that the block added last is the end of the stage `at`.
  void end_stage(const Builder& at) { stage_ends_[blocks_.size() - 1] = at.tappable(); }

  /// Runs all blocks. shape: further arguments that every block gets, such as the grid's size.
  template <typename... Shape>
  at::Tensor operator()(at::Tensor x, Pass& pass, Shape... shape) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i](x, pass, shape...);
      if (const auto stage = stage_ends_.find(i); stage != stage_ends_.end()) {
        x = pass.tap(stage->second, x);
      }
    }
    return x;
  }

  /// The module paths of the blocks, in forward order.
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    paths.reserve(blocks_.size());
    for (const auto& block : blocks_) {
      paths.push_back(block.path());
    }
    return paths;
  }

 private:
  std::vector<Block> blocks_;
  std::map<std::size_t, std::string> stage_ends_;  ///< by index of the stage's last block
};

/// The module paths of all blocks of several sequences, in forward order.
template <typename Sequences>
std::vector<std::string> paths_of(const Sequences& sequences) {
  std::vector<std::string> all;
  for (const auto& sequence : sequences) {
    const auto paths = sequence.paths();
    all.insert(all.end(), paths.begin(), paths.end());
  }
  return all;
}

}  // namespace sightline::models
