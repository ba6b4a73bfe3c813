/**
 * What a model computes at a time: tokens of sequences, images, or features of examples.
 *
 * <p>{@link io.github.cola4j.nn.batch.Batch} is the interface. {@link
 * io.github.cola4j.nn.batch.TokenBatch} has sequences side by side, so that token t is column t of
 * every activation [features × T] and no padding is computed; {@link
 * io.github.cola4j.nn.batch.ImageBatch} has images of one size, and {@link
 * io.github.cola4j.nn.batch.SequenceBatch} is what both have in common for a transformer. {@link
 * io.github.cola4j.nn.batch.PairBatch} has two answers each. {@link
 * io.github.cola4j.nn.batch.FeatureBatch} has vectors of numbers, for models that are not
 * transformers.
 */
package io.github.cola4j.nn.batch;
