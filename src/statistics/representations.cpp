#include "statistics/representations.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include <Eigen/QR>
#include <Eigen/SVD>

#include "base/error.hpp"
#include "base/nan.hpp"
#include "statistics/ranks.hpp"
#include "statistics/statistics.hpp"

namespace sightline::statistics {
namespace {

constexpr Eigen::Index fewest_images = 4;    // of which HSIC has an unbiased estimate
constexpr double only_rounding = 1e-12;      // what is left of a number after subtraction, relative to it
constexpr double similarity_step = 0x1p-40;  // of which similarities are multiples, so that rounding parts no ties

void check_features(const Eigen::MatrixXd& features) {
  if (features.rows() < fewest_images || features.cols() == 0) {
    throw base::input_error("{} features of {} images are too few to compare representations; it takes features of {}",
                            features.cols(), features.rows(), fewest_images);
  }
  for (Eigen::Index feature = 0; feature < features.cols(); ++feature) {
    for (Eigen::Index image = 0; image < features.rows(); ++image) {
      if (!std::isfinite(features(image, feature))) {
        throw base::input_error("feature {} of image {} is {}; features must be finite", feature, image,
                                features(image, feature));
      }
    }
  }
}

void check_same_count(std::size_t x, std::size_t y) {
  if (x != y) {
    throw base::input_error("representations with {} and {} entries are of different images; give the same ones", x, y);
  }
}

/// The features in orthogonal coordinates that span them all, images x min(features, images + 1). All inner products
/// of images stay the same. The first coordinate is the direction in which all features are equal: without it, the
/// features of each image have the mean 0.
Eigen::MatrixXd rotate(const Eigen::MatrixXd& features) {
  Eigen::MatrixXd columns(features.cols(), features.rows() + 1);
  columns << Eigen::VectorXd::Ones(features.cols()), features.transpose();
  const Eigen::HouseholderQR<Eigen::Ref<Eigen::MatrixXd>> decompose_in_place(columns);
  const Eigen::MatrixXd coordinates =
      columns.topRows(std::min(columns.rows(), columns.cols())).triangularView<Eigen::Upper>();
  return coordinates.rightCols(features.rows()).transpose();
}

/// The inner products of all rows.
Eigen::MatrixXd products_of(const Eigen::MatrixXd& rows) {
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(rows.rows(), rows.rows());
  products.selfadjointView<Eigen::Lower>().rankUpdate(rows);
  return products.selfadjointView<Eigen::Lower>();
}

/// The similarities of all images, images x images, from what rotate() returns.
Eigen::MatrixXd similarities(const Eigen::MatrixXd& rotated, ImageSimilarity similarity) {
  const Eigen::Index left_out = similarity == ImageSimilarity::correlation ? 1 : 0;
  Eigen::MatrixXd rows = rotated.rightCols(rotated.cols() - left_out);
  const Eigen::ArrayXd norms = rows.rowwise().norm();
  const Eigen::ArrayXd rounding_errors = only_rounding * rotated.rowwise().norm();
  rows.array().colwise() *= (norms > rounding_errors).select(norms.inverse(), 0.0);
  return (products_of(rows).array() / similarity_step).round() * similarity_step;
}

/// The entries of a symmetric matrix above its diagonal, row by row.
std::vector<double> entries_above(const Eigen::MatrixXd& matrix) {
  std::vector<double> entries;
  entries.reserve(static_cast<std::size_t>(matrix.rows() * (matrix.rows() - 1) / 2));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    const auto row = matrix.col(i).tail(matrix.rows() - i - 1);  // columns lie together in memory, rows do not
    entries.insert(entries.end(), row.begin(), row.end());
  }
  return entries;
}

Rdm rdm_of(const Eigen::MatrixXd& rotated, ImageSimilarity similarity) {
  Rdm rdm;
  rdm.values = entries_above((1.0 - similarities(rotated, similarity).array()).matrix());
  rdm.ranks = tied_ranks(rdm.values).ranks;
  return rdm;
}

/// Column i: the images that are nearest to image i, ascending.
Eigen::MatrixXi nearest_images(const Eigen::MatrixXd& similarity, Eigen::Index count) {
  Eigen::MatrixXi nearest(count, similarity.cols());
  for (Eigen::Index image = 0; image < similarity.cols(); ++image) {
    std::vector<int> others(static_cast<std::size_t>(similarity.cols()));
    std::iota(others.begin(), others.end(), 0);
    others.erase(others.begin() + image);
    const auto place = [&](int other) { return std::pair(-similarity(other, image), other); };
    std::nth_element(others.begin(), others.begin() + count - 1, others.end(),
                     [&](int a, int b) { return place(a) < place(b); });
    std::sort(others.begin(), others.begin() + count);
    std::copy_n(others.begin(), count, nearest.col(image).begin());
  }
  return nearest;
}

/// The rows with the mean 0 and the norm 1 together; 0 if they are all equal.
Eigen::MatrixXd standardize(const Eigen::MatrixXd& rows) {
  Eigen::MatrixXd centred = rows.rowwise() - rows.colwise().mean();
  const double norm = centred.norm();
  centred *= norm > only_rounding * rows.norm() ? 1.0 / norm : 0.0;
  return centred;
}

/// The entries above the diagonal of a U-centred Gram matrix: those off the diagonal of each row have the sum 0.
std::vector<double> centre_gram(Eigen::MatrixXd gram) {
  const auto images = static_cast<double>(gram.rows());
  const double norm = gram.norm();
  gram.diagonal().setZero();
  const Eigen::VectorXd means = gram.rowwise().sum() / (images - 2.0);
  gram.array() += means.sum() / (images - 1.0);
  gram.colwise() -= means;
  gram.rowwise() -= means.transpose();
  auto entries = entries_above(gram);
  const Eigen::Map<Eigen::VectorXd> all(entries.data(), static_cast<Eigen::Index>(entries.size()));
  if (all.norm() <= only_rounding * norm) {
    std::fill(entries.begin(), entries.end(), 0.0);
  }
  return entries;
}

double inner_product(const std::vector<double>& x, const std::vector<double>& y) {
  const auto count = static_cast<Eigen::Index>(x.size());
  return Eigen::Map<const Eigen::VectorXd>(x.data(), count).dot(Eigen::Map<const Eigen::VectorXd>(y.data(), count));
}

/// NaN if either is 0.
double cosine(const std::vector<double>& x, const std::vector<double>& y) {
  check_same_count(x.size(), y.size());
  const double norms = std::sqrt(inner_product(x, x)) * std::sqrt(inner_product(y, y));
  return norms > 0.0 ? std::clamp(inner_product(x, y) / norms, -1.0, 1.0) : base::nan;
}

}  // namespace

Rdm dissimilarities(const Eigen::MatrixXd& features, ImageSimilarity similarity) {
  check_features(features);
  return rdm_of(rotate(features), similarity);
}

Representation represent(const Eigen::MatrixXd& features, Eigen::Index neighbours) {
  check_features(features);
  if (neighbours < 1 || neighbours >= features.rows()) {
    throw base::usage_error("{} nearest neighbours of {} images; give a number from 1 to {}", neighbours,
                            features.rows(), features.rows() - 1);
  }
  const auto rotated = rotate(features);
  Representation made;
  made.rdm = rdm_of(rotated, ImageSimilarity::correlation);
  made.neighbours = nearest_images(similarities(rotated, ImageSimilarity::cosine), neighbours);
  made.factor = standardize(rotated);
  made.gram = centre_gram(products_of(made.factor));
  return made;
}

double hsic_unbiased(const Eigen::MatrixXd& k, const Eigen::MatrixXd& l) {
  const auto images = k.rows();
  if (images < fewest_images || k.cols() != images || l.rows() != images || l.cols() != images) {
    throw base::input_error("{} x {} and {} x {} are not two Gram matrices of the same images, at least {}", k.rows(),
                            k.cols(), l.rows(), l.cols(), fewest_images);
  }
  return 2.0 * inner_product(centre_gram(k), centre_gram(l)) / static_cast<double>(images * (images - 3));
}

double linear_cka(const Representation& x, const Representation& y) {
  return cosine(x.gram, y.gram);
}

double procrustes(const Representation& x, const Representation& y) {
  check_same_count(x.gram.size(), y.gram.size());
  if (x.factor.isZero(0.0) || y.factor.isZero(0.0)) {
    return base::nan;
  }
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(x.factor.transpose() * y.factor);
  return std::min(svd.singularValues().sum(), 1.0);
}

double spearman_rsa(const Rdm& x, const Rdm& y) {
  check_same_count(x.ranks.size(), y.ranks.size());
  return pearson(x.ranks, y.ranks);
}

double cosine_rsa(const Rdm& x, const Rdm& y) {
  return cosine(x.values, y.values);
}

std::vector<double> mutual_neighbours(const Representation& x, const Representation& y) {
  check_same_count(x.gram.size(), y.gram.size());
  if (x.neighbours.rows() != y.neighbours.rows()) {
    throw base::usage_error("{} and {} nearest neighbours cannot be compared; give the same number",
                            x.neighbours.rows(), y.neighbours.rows());
  }
  std::vector<double> shares;
  for (Eigen::Index image = 0; image < x.neighbours.cols(); ++image) {
    const auto first = x.neighbours.col(image);
    const auto second = y.neighbours.col(image);
    std::vector<int> both;
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
    shares.push_back(static_cast<double>(both.size()) / static_cast<double>(first.size()));
  }
  return shares;
}

}  // namespace sightline::statistics
