package io.github.cola4j.nn;

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

  /** A pass with the fastest kernels for a type. */
  public Pass(DataType type) {
    this(type, Kernels.forThread(type));
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

  /** Gives back all working memory and starts a training pass. */
  public void startTraining(long passSeed) {
    arena.reset();
    training = true;
    seed = passSeed;
  }

  /** Gives back all working memory and starts a pass without dropout. */
  public void startEvaluation() {
    arena.reset();
    training = false;
  }

  @Override
  public void close() {
    arena.close();
  }
}
