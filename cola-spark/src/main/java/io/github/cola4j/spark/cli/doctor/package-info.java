/**
 * {@code cola doctor}: what this machine and JVM have, what is wrong, and how to fix it.
 *
 * <p>{@link io.github.cola4j.spark.cli.doctor.DoctorCommand} runs the checks, a class for each
 * subject: the JVM, cores and instructions, memory, kernels and BLAS, Spark, a model. Each gives
 * {@code Finding}s, a line of the report with its fix. {@code Machine} is what the process was
 * started with.
 */
package io.github.cola4j.spark.cli.doctor;
