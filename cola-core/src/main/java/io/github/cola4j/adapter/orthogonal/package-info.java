/**
 * Adapters that turn a layer's inputs and leave their lengths: OFT.
 *
 * <p>Start with {@link io.github.cola4j.adapter.orthogonal.OftMethod}. {@code OftAdapter} turns
 * blocks of b rows of X by rotations R_i [b × b] before the frozen layer sees them, so W itself is
 * never copied. A {@code Rotation} makes all R_i of a layer from skew-symmetric Q_i and takes their
 * gradient back: {@code CayleyRotation} exactly, {@code CayleySeries} by a polynomial. {@code
 * SkewBlocks} has the elements of Q_i that are trained.
 */
package io.github.cola4j.adapter.orthogonal;
