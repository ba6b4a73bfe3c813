package io.github.cola4j.io.adapter;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.adapter.ParameterLayout;
import java.util.Optional;

/**
 * A task's adapter after training: what {@link AdapterStore} saves and loads. Arrays are shared,
 * not copied.
 *
 * @param description what it is
 * @param layout where each parameter lies in {@code theta}: the factors, then a classifier's head
 * @param theta the task's parameters [P]
 * @param initial the factors at step 0, the beginning of the layout
 * @param moments the optimiser's, to resume training with; empty where nobody kept them
 */
public record TrainedAdapter(
    AdapterStore.Description description,
    ParameterLayout layout,
    float[] theta,
    float[] initial,
    Optional<AdapterMoments> moments) {

  /**
   * Checks that all have the layout's lengths.
   *
   * @throws IllegalArgumentException if not
   */
  public TrainedAdapter {
    requireLength(description, "parameters", layout.length(), theta.length);
    requireLength(description, "starting values", layout.lengthOfFactors(), initial.length);
    moments.ifPresent(m -> requireLength(description, "moments", layout.length(), m.m().length));
  }

  /** An adapter without moments. */
  public TrainedAdapter(
      AdapterStore.Description description,
      ParameterLayout layout,
      float[] theta,
      float[] initial) {
    this(description, layout, theta, initial, Optional.empty());
  }

  /**
   * An adapter of a model, without moments.
   *
   * @param modules the model's layers as the description adapts them
   * @throws IllegalArgumentException if there are not as many parameters as these have
   */
  public static TrainedAdapter of(
      AdapterStore.Description description,
      AdaptedModules modules,
      float[] theta,
      float[] initial) {
    return of(description, modules.layout(), theta, initial);
  }

  /**
   * As the method with the model's layers, where their layout is known.
   *
   * @param factors without a head
   */
  public static TrainedAdapter of(
      AdapterStore.Description description,
      ParameterLayout factors,
      float[] theta,
      float[] initial) {
    int classes = description.classes().size();
    // classes · (d + 1) parameters are the head's
    int features = classes == 0 ? 0 : (theta.length - initial.length) / classes - 1;
    return new TrainedAdapter(description, factors.withHead(classes, features), theta, initial);
  }

  private static void requireLength(
      AdapterStore.Description description, String what, int expected, int got) {
    if (got != expected) {
      throw new IllegalArgumentException(
          String.format(
              "the adapter of task '%s' has %d %s, expected %d by its layout",
              description.task(), got, what, expected));
    }
  }

  /** The same with the optimiser's moments. */
  public TrainedAdapter withMoments(AdapterMoments its) {
    return new TrainedAdapter(description, layout, theta, initial, Optional.of(its));
  }

  /** The same with another description. */
  public TrainedAdapter withDescription(AdapterStore.Description other) {
    return new TrainedAdapter(other, layout, theta, initial, moments);
  }

  /** The number of its parameters, a head's included. */
  public int size() {
    return theta.length;
  }

  @Override
  public String toString() {
    return String.format("adapter of task '%s', %,d parameters", description.task(), theta.length);
  }
}
