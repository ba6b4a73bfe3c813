/**
 * What memory a job needs, and what its machines have; see ADR 0057.
 *
 * <p>{@link io.github.cola4j.spark.memory.MemoryNeeds} are bytes that a training JVM needs: model
 * and adapters exactly, activations estimated within a factor of two. {@link
 * io.github.cola4j.spark.memory.MachineMemory} is what this machine has. {@link
 * io.github.cola4j.spark.memory.MemoryPlan} compares the two, and only what fails for certain is a
 * problem.
 */
package io.github.cola4j.spark.memory;
