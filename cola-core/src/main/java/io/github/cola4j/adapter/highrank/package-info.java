/**
 * Adapters whose change of the weight is of high rank: SHiRA, HiRA, Bat, C³A.
 *
 * <p>ΔW is no product of two thin matrices, so a layer computes with W' = W + ΔW in working memory:
 * {@code WeightAdapter}. A {@code WeightChange} says what is added to W and takes the gradient of
 * W', dY Xᵀ; one more matrix multiplication than a frozen layer has. {@link
 * io.github.cola4j.adapter.highrank.ShiraMethod} trains some elements of W, those of a {@link
 * io.github.cola4j.adapter.highrank.SparseMask}; {@link
 * io.github.cola4j.adapter.highrank.HiraMethod} scales all of them by a product of low rank. {@link
 * io.github.cola4j.adapter.highrank.BatMethod} and {@link
 * io.github.cola4j.adapter.highrank.C3aMethod} change square blocks, of a side that {@code
 * BlockSize} checks: by an affine map that a row of blocks shares, and by circulant matrices.
 */
package io.github.cola4j.adapter.highrank;
