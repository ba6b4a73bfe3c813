package io.github.cola4j.train;

import java.io.Serializable;

/**
 * The norms of some optimiser steps' gradients, each ‖g‖ of all that the step trains, before it is
 * clipped; a factor that is carried once for several equal ones counts as often as it has copies.
 *
 * @param sum of the norms
 * @param steps how many
 */
public record GradientNorms(double sum, long steps) implements Serializable {
  /** Of no step. */
  public static final GradientNorms NONE = new GradientNorms(0, 0);

  /** These and others. */
  public GradientNorms plus(GradientNorms other) {
    return new GradientNorms(sum + other.sum, steps + other.steps);
  }

  /** The mean norm; null of no step. */
  public Double mean() {
    return steps == 0 ? null : sum / steps;
  }
}
