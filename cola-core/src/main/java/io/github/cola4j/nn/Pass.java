package io.github.cola4j.nn;

import io.github.cola4j.nn.stored.Precision;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a forward and backward of one thread work with: kernels, working memory, and whether this is
 * training. Close it to free the memory.
 */
public final class Pass implements AutoCloseable {
  private final Kernels kernels;
  private final Arena arena;
  private boolean training;
  private long seed;
  private double share = 1;
  private long[] seeds; // of runs side by side; null where there is one
  private double[] shares;

  /** A pass with the fastest kernels for a type. */
  public Pass(DataType type) {
    this(type, Kernels.forThread(type));
  }

  /**
   * A pass with the fastest kernels for a model.
   *
   * @param precision that of the model's frozen products
   */
  public Pass(DataType type, Precision precision) {
    this(type, Kernels.forThread(type, precision));
  }

  /** A pass with given kernels, which must support the type. */
  public Pass(DataType type, Kernels kernels) {
    this.kernels = kernels;
    this.arena = new Arena(type);
  }

  /** The operations. */
  public Kernels kernels() {
    return kernels;
  }

  /** The working memory. */
  public Arena arena() {
    return arena;
  }

  /** A matrix of working memory with undefined elements. */
  public Matrix matrix(int rows, int columns) {
    return arena.matrix(rows, columns);
  }

  /** Whether dropout applies. */
  public boolean isTraining() {
    return training;
  }

  /** Decides this pass's dropout masks. */
  public long seed() {
    return seed;
  }

  /** How much of its training step this pass is, by labels: the weight of adapters' own losses. */
  public double share() {
    return share;
  }

  /** Gives back all working memory and starts a training pass that is a whole step. */
  public void startTraining(long passSeed) {
    startTraining(passSeed, 1);
  }

  /** Gives back all working memory and starts a training pass that is a share of a step. */
  public void startTraining(long passSeed, double shareOfStep) {
    arena.reset();
    training = true;
    seed = passSeed;
    share = shareOfStep;
    seeds = null;
  }

  /**
   * Gives back all working memory and starts a training pass of several runs side by side.
   *
   * @param passSeeds of each run
   * @param sharesOfSteps of each run's own step
   */
  public void startTraining(long[] passSeeds, double[] sharesOfSteps) {
    startTraining(passSeeds[0], sharesOfSteps[0]);
    seeds = passSeeds;
    shares = sharesOfSteps;
  }

  /** From here on, {@link #seed} and {@link #share} are those of one of the runs side by side. */
  public void enter(int run) {
    if (seeds != null) {
      seed = seeds[run];
      share = shares[run];
    }
  }

  /** Gives back all working memory and starts a pass without dropout. */
  public void startEvaluation() {
    arena.reset();
    training = false;
    seeds = null;
  }

  @Override
  public void close() {
    arena.close();
  }
}
