/**
 * Models with an adapter merged into their weights, as transformers loads them.
 *
 * <p>{@link io.github.cola4j.io.merged.MergedModel} writes the folder: W' = W + ΔW for every
 * adapted layer, all other tensors as they are, one tensor at a time. {@code HuggingFaceFolder}
 * writes the files, with an index where there are several. {@code PlainClassifier} makes the result
 * a model of transformers' own class for sequence classification where the pooling allows it.
 */
package io.github.cola4j.io.merged;
