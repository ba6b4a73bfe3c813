/**
 * Losses of a head's logits z [K × n], and terms that are added to the cross-entropy.
 *
 * <p>{@link io.github.cola4j.model.loss.ProblemType} defines what labels are: one class, several,
 * or a number. {@link io.github.cola4j.model.loss.HeadLoss} has the losses of the latter two.
 * {@link io.github.cola4j.model.loss.LabelSmoothing} is what smoothed labels add. {@link
 * io.github.cola4j.model.loss.OutputRegularizer} has BA-LoRA's terms (arXiv 2408.04556), weighted
 * by {@link io.github.cola4j.model.loss.Regularization}. All compute in float64 on the heap,
 * gradient beside value.
 */
package io.github.cola4j.model.loss;
