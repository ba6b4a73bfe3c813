package io.github.cola4j.spark.memory;

import io.github.cola4j.adapter.AdaptedModules;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.TransformerConfig;
import io.github.cola4j.nn.layer.FrozenLinear;
import io.github.cola4j.train.TrainingConfig;

/**
 * What a JVM needs that trains, in bytes. What a model and its adapters are is known; activations
 * are estimated, within a factor of two.
 *
 * @param heap at least, for the state that came to each thread, the one that goes, and for Spark
 * @param fixed outside the heap: weights in memory, each thread's parameters, the JVM itself
 * @param activations outside the heap, of steps of {@code training.maxTokens}
 * @param mapped weights in their files, which the system may take out of memory at any time
 * @param states of all tasks, which executors keep, and the driver when training is over; in memory
 *     or on disk, so that no heap must have room for them
 * @param threads that train at a time
 */
public record MemoryNeeds(
    long heap, long fixed, long activations, long mapped, long states, int threads) {
  /** What Spark and our classes have on the heap after a collection. */
  static final long IDLE_HEAP = 64L << 20;

  /** A JVM's classes, code and stacks, and Spark's buffers. */
  static final long JVM = 150L << 20;

  /** θ, its gradient, both moments and the starting values. */
  private static final int VECTORS = 5;

  /** Parameters and both moments. */
  private static final int STATE = 3;

  /**
   * Of a job.
   *
   * @param tasks of the job
   * @param threads that train at a time in one JVM
   */
  public static MemoryNeeds of(
      BaseModel model, AdaptedModules modules, TrainingConfig training, int tasks, int threads) {
    long trained = modules.collapsed().orElse(modules).layout().length();
    long matrices = 0;
    long inMemory = 0;
    long mapped = 0;
    for (FrozenLinear linear : model.transformer().linears()) {
      matrices += (long) linear.out() * linear.in();
      if (linear.weight().place().contains("mapped")) {
        mapped += linear.weight().bytes();
      } else {
        inMemory += linear.weight().bytes();
      }
    }
    long others = model.transformer().parameters() - matrices; // embeddings and vectors
    if (mapped > 0) {
      mapped += others * mapped / matrices;
    } else {
      inMemory += others * Float.BYTES;
    }
    return new MemoryNeeds(
        IDLE_HEAP + 2 * trained * STATE * Float.BYTES * threads,
        JVM + inMemory + trained * VECTORS * Float.BYTES * threads,
        activations(model.transformer().config(), training) * threads,
        mapped,
        trained * STATE * Float.BYTES * tasks,
        threads);
  }

  /**
   * Activations of a training step and what its backward computes, for one thread.
   *
   * <p>A block keeps some 16 columns of the model's width a token (projections, attention, norms
   * and the adapters' products) and 3 of the feed-forward's; with {@code recompute} one block does,
   * and the others keep two. Tokens are counted before any are merged, so of token merging it is a
   * bound.
   */
  static long activations(TransformerConfig c, TrainingConfig training) {
    long block = 16L * c.hiddenSize() + 3L * c.intermediateSize();
    long floats =
        training.recompute() ? 2L * c.layers() * c.hiddenSize() + 2 * block : c.layers() * block;
    return floats * training.maxTokens() * Float.BYTES;
  }

  /** Outside the heap at most, as far as it can be said. */
  public long outside() {
    return fixed + activations;
  }
}
