package io.github.cola4j.dl4j;

import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A multiple of an updater's learning rate, whatever its schedule.
 *
 * @param factor by which it is multiplied
 * @param updater whose rate is meant
 */
record RelativeLearningRate(double factor, IUpdater updater) implements ISchedule {

  /** The updater with a multiple of its learning rate. */
  static IUpdater of(double factor, IUpdater updater) {
    if (factor == 1 || !updater.hasLearningRate()) {
      return updater;
    }
    IUpdater scaled = updater.clone();
    scaled.setLrAndSchedule(Double.NaN, new RelativeLearningRate(factor, updater));
    return scaled;
  }

  @Override
  public double valueAt(int iteration, int epoch) {
    return factor * updater.getLearningRate(iteration, epoch);
  }

  @Override
  public ISchedule clone() {
    return new RelativeLearningRate(factor, updater.clone());
  }
}
