// Against formulas in numpy and packages (make_representation_fixtures.py), and by what does not change a similarity.

#include "statistics/representations.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include <Eigen/QR>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "read_json.hpp"

namespace sightline::statistics {
namespace {

constexpr double tolerance = 1e-10;

Eigen::MatrixXd matrix_of(const nlohmann::json& rows) {
  const auto values = rows.get<std::vector<std::vector<double>>>();
  Eigen::MatrixXd matrix(values.size(), values.front().size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    matrix.row(static_cast<Eigen::Index>(i)) = Eigen::Map<const Eigen::RowVectorXd>(values[i].data(), matrix.cols());
  }
  return matrix;
}

Eigen::MatrixXd normal_features(Eigen::Index images, Eigen::Index features, std::uint64_t seed) {
  const base::NumberStream stream("representations", seed);
  return Eigen::MatrixXd::NullaryExpr(images, features, [&](Eigen::Index image, Eigen::Index feature) {
    return stream.normal(static_cast<std::uint64_t>(image * features + feature));
  });
}

Eigen::MatrixXd random_rotation(Eigen::Index features) {
  return Eigen::HouseholderQR<Eigen::MatrixXd>(normal_features(features, features, 77)).householderQ();
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Representations, AreAsSimilarAsNumpyAndPackagesSay) {
  for (const auto& known : tests::read_json("representations.json").at("cases")) {
    SCOPED_TRACE(known.at("name").get<std::string>());
    const auto value = [&](const char* name) { return known.at(name).get<double>(); };
    const auto x = matrix_of(known.at("x"));
    const auto y = matrix_of(known.at("y"));
    const auto first = represent(x, known.at("neighbours").get<Eigen::Index>());
    const auto second = represent(y, known.at("neighbours").get<Eigen::Index>());
    EXPECT_NEAR(hsic_unbiased(x * x.transpose(), y * y.transpose()), value("hsic"), tolerance);
    EXPECT_NEAR(linear_cka(first, second), value("cka"), tolerance);
    EXPECT_NEAR(procrustes(first, second), value("procrustes"), tolerance);
    EXPECT_NEAR(spearman_rsa(first.rdm, second.rdm), value("spearman"), tolerance);
    EXPECT_NEAR(cosine_rsa(first.rdm, second.rdm), value("cosine"), tolerance);
    const auto x_cosines = dissimilarities(x, ImageSimilarity::cosine);
    const auto y_cosines = dissimilarities(y, ImageSimilarity::cosine);
    EXPECT_NEAR(spearman_rsa(x_cosines, y_cosines), value("spearman_of_cosines"), tolerance);
    EXPECT_NEAR(cosine_rsa(x_cosines, y_cosines), value("cosine_of_cosines"), tolerance);
    EXPECT_EQ(mutual_neighbours(first, second), known.at("mutual").get<std::vector<double>>());
    EXPECT_EQ(dissimilarities(x, ImageSimilarity::correlation).values, first.rdm.values);
  }
}

TEST(Representations, StayTheSameWhenTheyAreRotatedAndScaled) {
  for (const Eigen::Index features : {5, 30, 90}) {
    SCOPED_TRACE(features);
    const auto x = normal_features(30, features, 1);
    const auto other = represent(x.leftCols(4) + 0.5 * normal_features(30, 4, 2), 6);
    const Eigen::MatrixXd turned = 1e4 * x * random_rotation(features);
    const Eigen::MatrixXd moved = turned.rowwise() + 1e5 * normal_features(1, features, 3).row(0);
    const auto plain = represent(x, 6);
    const auto rotated = represent(turned, 6);
    const auto translated = represent(moved, 6);
    EXPECT_NEAR(linear_cka(plain, translated), 1.0, tolerance);
    EXPECT_NEAR(procrustes(plain, translated), 1.0, tolerance);
    EXPECT_NEAR(linear_cka(translated, other), linear_cka(plain, other), tolerance);
    EXPECT_NEAR(procrustes(translated, other), procrustes(plain, other), tolerance);
    EXPECT_EQ(mutual_neighbours(rotated, other), mutual_neighbours(plain, other));
    EXPECT_EQ(mutual_neighbours(rotated, plain), std::vector<double>(30, 1.0));
    const auto by_cosine = dissimilarities(x, ImageSimilarity::cosine);
    EXPECT_NEAR(spearman_rsa(dissimilarities(turned, ImageSimilarity::cosine), by_cosine), 1.0, tolerance);
    EXPECT_NEAR(cosine_rsa(dissimilarities(turned, ImageSimilarity::cosine), by_cosine), 1.0, tolerance);
    EXPECT_NEAR(spearman_rsa(represent(3.0 * x, 6).rdm, plain.rdm), 1.0, tolerance);
  }
}

TEST(Representations, AreAsSimilarInEitherOrder) {
  const auto x = represent(normal_features(25, 60, 1), 4);
  const auto y = represent(normal_features(25, 7, 2), 4);
  EXPECT_NEAR(linear_cka(x, y), linear_cka(y, x), 1e-15);
  EXPECT_NEAR(procrustes(x, y), procrustes(y, x), 1e-14);
  EXPECT_NEAR(spearman_rsa(x.rdm, y.rdm), spearman_rsa(y.rdm, x.rdm), 1e-15);
  EXPECT_NEAR(cosine_rsa(x.rdm, y.rdm), cosine_rsa(y.rdm, x.rdm), 1e-15);
  EXPECT_EQ(mutual_neighbours(x, y), mutual_neighbours(y, x));
}

TEST(Representations, AreNotSimilarByTheirSizeAlone) {
  constexpr Eigen::Index images = 40;
  constexpr int draws = 20;
  double cka = 0.0;
  double hsic = 0.0;
  double alignment = 0.0;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    const auto x = represent(normal_features(images, 1000, 2 * draw), 5);
    const auto y = represent(normal_features(images, 800, 2 * draw + 1), 5);
    const Eigen::MatrixXd k = x.factor * x.factor.transpose();
    const Eigen::MatrixXd l = y.factor * y.factor.transpose();
    EXPECT_GT(k.cwiseProduct(l).sum() / (k.norm() * l.norm()), 0.9) << "the biased estimate, of centred features";
    cka += linear_cka(x, y) / draws;
    hsic += hsic_unbiased(k, l) / draws / std::sqrt(hsic_unbiased(k, k) * hsic_unbiased(l, l));
    alignment += mean(mutual_neighbours(x, y)) / draws;
  }
  EXPECT_NEAR(cka, 0.0, 5.0 / std::sqrt(0.5 * draws * images * (images - 3))) << "the mean of correlations of chance";
  EXPECT_NEAR(hsic, cka, tolerance);
  EXPECT_NEAR(alignment, 5.0 / (images - 1), 0.03);
}

TEST(Representations, TakeEquallyNearImagesInTheirOrder) {
  Eigen::MatrixXd features(6, 2);
  features << 1.0, 0.0, 0.0, 1.0, 0.0, 3.0, 2.0, 0.0, 0.0, 0.0, 5.0, 0.0;
  Eigen::MatrixXi nearest(2, 6);
  nearest << 3, 0, 0, 0, 0, 0, 5, 2, 1, 5, 1, 3;
  EXPECT_EQ(represent(features, 2).neighbours, nearest);
  const auto rdm = dissimilarities(features, ImageSimilarity::cosine);
  const std::vector<double> apart = {1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1};
  EXPECT_EQ(rdm.values, apart) << "an image of which all features are 0 is like no other";
}

TEST(Representations, SayNothingWhereThereIsNothing) {
  const auto some = represent(normal_features(5, 3, 1), 2);
  const auto equal = represent(Eigen::MatrixXd::Constant(5, 3, 0.1), 2);
  EXPECT_TRUE(std::isnan(linear_cka(some, equal)));
  EXPECT_TRUE(std::isnan(procrustes(equal, some)));
  EXPECT_TRUE(std::isnan(spearman_rsa(some.rdm, equal.rdm)));
  EXPECT_EQ(equal.rdm.values, std::vector<double>(10, 1.0)) << "features that are all the same have no correlation";
  const auto zero = dissimilarities(Eigen::MatrixXd::Ones(5, 3), ImageSimilarity::cosine);
  EXPECT_TRUE(std::isnan(cosine_rsa(zero, some.rdm)));
  const auto equally_far = represent(Eigen::MatrixXd::Identity(5, 5), 2);
  EXPECT_TRUE(std::isnan(linear_cka(equally_far, some)));
  EXPECT_GT(procrustes(equally_far, some), 0.5);
  const auto single = represent(normal_features(5, 1, 1), 2);
  EXPECT_NEAR(procrustes(single, single), 1.0, tolerance);
}

TEST(Representations, MustBeOfTheSameFewImagesOrMore) {
  const auto five = represent(normal_features(5, 3, 1), 2);
  const auto six = represent(normal_features(6, 3, 1), 2);
  EXPECT_THROW(linear_cka(five, six), base::Error);
  EXPECT_THROW(procrustes(five, six), base::Error);
  EXPECT_THROW(spearman_rsa(five.rdm, six.rdm), base::Error);
  EXPECT_THROW(cosine_rsa(five.rdm, six.rdm), base::Error);
  EXPECT_THROW(mutual_neighbours(five, six), base::Error);
  EXPECT_THROW(mutual_neighbours(five, represent(normal_features(5, 3, 1), 3)), base::Error);
  EXPECT_THROW(represent(normal_features(5, 3, 1), 5), base::Error);
  EXPECT_THROW(represent(normal_features(5, 3, 1), 0), base::Error);
  EXPECT_THROW(represent(normal_features(3, 9, 1), 2), base::Error);
  EXPECT_THROW(represent(Eigen::MatrixXd(5, 0), 2), base::Error);
  EXPECT_THROW(hsic_unbiased(Eigen::MatrixXd::Ones(3, 3), Eigen::MatrixXd::Ones(3, 3)), base::Error);
  EXPECT_THROW(hsic_unbiased(Eigen::MatrixXd::Ones(5, 5), Eigen::MatrixXd::Ones(5, 4)), base::Error);
  Eigen::MatrixXd broken = normal_features(5, 3, 1);
  broken(2, 1) = std::numeric_limits<double>::infinity();
  EXPECT_THROW(represent(broken, 2), base::Error);
  EXPECT_THROW(dissimilarities(broken, ImageSimilarity::cosine), base::Error);
}

}  // namespace
}  // namespace sightline::statistics
