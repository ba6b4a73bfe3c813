package io.github.cola4j.nn;

import io.github.cola4j.nn.stored.Precision;
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

  /**
   * How many devices its threads can be bound to, numbered from 0; 0 where memory and processors
   * are the host's.
   */
  default int devices() {
    return 0;
  }

  /** The device that the calling thread computes on; 0 where there are none. */
  default int device() {
    return 0;
  }

  /**
   * Makes kernels and memory that the calling thread asks for from now on those of a device, which
   * has finished then what other threads asked for.
   *
   * @throws IllegalArgumentException if there is no such device
   */
  default void bindThread(int device) {
    if (device != 0) {
      throw new IllegalArgumentException(
          "expected device 0, the only one of the kernels '" + name() + "', got " + device);
    }
  }

  /**
   * What is in use now of the device that the calling thread computes on; null where memory is the
   * host's, and where the provider cannot say.
   */
  default DeviceUse deviceUse() {
    return null;
  }

  /** Kernels for one thread, for a type that it supports. */
  Kernels kernels(DataType type);

  /**
   * Kernels for one thread that computes models whose frozen products have a precision. With {@link
   * Precision#BFLOAT16} a provider may round what other products multiply too, attention's to
   * bfloat16 and those of trained factors to TF32, where it says so ({@link #library}); sums are
   * float32.
   */
  default Kernels kernels(DataType type, Precision precision) {
    return kernels(type);
  }

  /**
   * Memory with undefined elements, for a type that it supports.
   *
   * @throws IllegalArgumentException if there is not so much
   */
  Storage allocate(DataType type, long length);

  /** Limits the threads that an operation takes, for the whole JVM. */
  void limitThreads(int threads);
}
