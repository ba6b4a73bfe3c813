package io.github.cola4j.nn;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * Kernels and the memory that they compute on. Providers are found by {@link
 * java.util.ServiceLoader}; {@link KernelProviders} chooses one for each element type. A provider
 * has a public constructor without arguments that loads nothing the machine may lack.
 */
public interface KernelProvider {

  /** What {@code -Dcola.kernels} and reports call it. */
  String name();

  /** The provider with the highest priority that can run is chosen. */
  int priority();

  /** Why it cannot run in this JVM and what to do about it, in one line; null if it can. */
  String unavailable();

  /**
   * The library and the instructions that it computes with here, for reports; empty if there is
   * nothing to say.
   */
  default String library() {
    return "";
  }

  /**
   * Whether products in {@link io.github.cola4j.nn.stored.Precision#BFLOAT16} take the processor's
   * own instructions here. Where they do not, software rounds: the same products, no faster than
   * float32.
   */
  default boolean hasBfloat16() {
    return false;
  }

  /** Whether it computes with elements of a type. */
  boolean supports(DataType type);

  /**
   * Whether its products read frozen weights where files are mapped in the host's memory; where
   * they do not, weights are copied to memory of its own.
   */
  default boolean multipliesStored() {
    return false;
  }

  /** Kernels for one thread, for a type that it supports. */
  Kernels kernels(DataType type);

  /**
   * Memory with undefined elements, for a type that it supports.
   *
   * @throws IllegalArgumentException if there is not so much
   */
  Storage allocate(DataType type, long length);

  /** Limits the threads that an operation takes, for the whole JVM. */
  void limitThreads(int threads);
}
