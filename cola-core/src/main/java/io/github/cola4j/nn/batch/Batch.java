package io.github.cola4j.nn.batch;

/** Inputs that a model computes at once. */
public sealed interface Batch permits SequenceBatch, FeatureBatch, PairBatch {}
