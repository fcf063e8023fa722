#pragma once

#include <vector>

#include <Eigen/Core>

/// How alike two models represent the same images. Each model gives features of every image; the numbers of features
/// may differ. No similarity changes when the features of a model are all multiplied by a positive number. linear_cka,
/// procrustes, and what is computed from cosines do not change when they are rotated or reflected; linear_cka and
/// procrustes do not change when a constant is added to one feature of all images.
namespace sightline::statistics {

/// By which similarity s of the features of two images their dissimilarity 1 - s is computed.
enum class ImageSimilarity {
  correlation,  ///< Pearson's, over the features of both images
  cosine,       ///< of the angle between both vectors
};

/// The representational dissimilarity matrix of a model (Kriegeskorte, Mur and Bandettini, Frontiers in Systems
/// Neuroscience 2008): how much the features of each two images differ. Both vectors have images (images - 1) / 2
/// entries: those above the diagonal, row by row.
struct Rdm {
  std::vector<double> values;  ///< in [0, 2], multiples of 2^-40, so that those equal but for rounding are equal
  std::vector<double> ranks;   ///< of the values, from 1; equal ones share the mean of their ranks
};
/// The matrix of the features, images x features. An image without a direction has the similarity 0 with all images:
/// for the cosine, if its features are all 0; for the correlation, if they are all the same. Throws base::Error(input)
/// if there are fewer than 4 images or no features, or if a feature is not finite.
Rdm dissimilarities(const Eigen::MatrixXd& features, ImageSimilarity similarity);

/// What the comparison of one model with others needs. Memory: at most about images^2 x 20 bytes, and twice as much
/// while it is made.
struct Representation {
  Eigen::MatrixXd factor;      ///< images x min(features, images + 1): the features in coordinates that span them,
                               ///< each with mean 0 and all with the norm 1; 0 if all images have equal features
  std::vector<double> gram;    ///< of `factor`, U-centred as hsic_unbiased says; above the diagonal, row by row
  Rdm rdm;                     ///< by correlation
  Eigen::MatrixXi neighbours;  ///< neighbours x images: the indices of the nearest other images, ascending
};
/// The representation of images x features. The nearest neighbours of an image are those with the largest cosine;
/// of equally near ones, those that come first. Throws base::Error(input) as dissimilarities() does, and
/// base::Error(usage) unless `neighbours` is in [1, images - 1].
Representation represent(const Eigen::MatrixXd& features, Eigen::Index neighbours);

/// The unbiased estimate of the Hilbert-Schmidt independence criterion by Song, Smola, Gretton, Bedo and Borgwardt
/// (JMLR 2012, equation 5) from two Gram matrices of the same images, symmetric, images x images. It is 0 on average
/// for independent features and may be negative. The diagonals do not matter, and the matrices need not be centred. It
/// is computed as the inner product of both matrices after U-centring (Székely and Rizzo, Annals of Statistics 2014),
/// which is the same number without the cancellation of large sums. 0 where a matrix is nothing but rounding errors
/// after that. The estimates of minibatches may be added: by the ratio of their sums, CKA is estimated over more images
/// than fit into a matrix (Nguyen, Raghu and Kornblith, ICLR 2021). Throws base::Error(input) unless both are square,
/// of the same size and of at least 4 images.
double hsic_unbiased(const Eigen::MatrixXd& k, const Eigen::MatrixXd& l);

// All functions below are symmetric and throw base::Error(input) if the representations are of different numbers of
// images.

/// Linear centred kernel alignment (Kornblith, Norouzi, Lee and Hinton, ICML 2019) with the unbiased estimate over all
/// images at once: HSIC(K, L) / sqrt(HSIC(K, K) HSIC(L, L)) with K = X X^T and L = Y Y^T. In [-1, 1]; 1 for features
/// that are equal up to rotation, reflection, translation and isotropic scaling, 0 on average for independent ones. NaN
/// if one HSIC of a model with itself is 0: then all images are equally far from each other.
double linear_cka(const Representation& x, const Representation& y);

/// The similarity that is left after the best rotation or reflection of one representation onto the other: the nuclear
/// norm of X^T Y, where each feature has the mean 0 and each matrix the Frobenius norm 1 (Williams, Kunz, Kornblith and
/// Linderman, NeurIPS 2021). The Procrustes distance d of Ding, Denain and Steinhardt (NeurIPS 2021) is 2 - 2 times it.
/// In [0, 1]; 1 for features that are equal up to rotation, reflection, translation and isotropic scaling. Independent
/// features have values far from 0 where they are many. NaN if a model has equal features for all images. Unlike the
/// other similarities it takes a while: the singular values of a matrix as large as both factors have columns.
double procrustes(const Representation& x, const Representation& y);

/// Representational similarity analysis (Kriegeskorte 2008): Spearman's rank correlation of two dissimilarity matrices,
/// in [-1, 1]. NaN if all dissimilarities of one are equal.
double spearman_rsa(const Rdm& x, const Rdm& y);

/// The cosine of two dissimilarity matrices as vectors, in [0, 1]. It is high for any two models, as dissimilarities
/// are not centred. NaN if all dissimilarities of one are 0.
double cosine_rsa(const Rdm& x, const Rdm& y);

/// For each image, the share of its nearest neighbours by one model that are among those by the other, in [0, 1]. The
/// mean over the images is the mutual nearest-neighbour alignment of Huh, Cheung, Wang and Isola (ICML 2024); for
/// independent features it is neighbours / (images - 1) on average. Throws base::Error(usage) if the numbers of
/// neighbours differ.
std::vector<double> mutual_neighbours(const Representation& x, const Representation& y);

}  // namespace sightline::statistics
