/**
 * How what other jars add is found: architectures, adapter methods, kernels, model loaders,
 * mappings to PEFT.
 *
 * <p>{@link io.github.cola4j.services.Services} reads {@code META-INF/services} by {@link
 * java.util.ServiceLoader}: implementations beside the interface first, then those that the
 * thread's context class loader alone has. On a Spark executor the latter has the jars of the
 * application. Every registry of the project is built on it.
 */
package io.github.cola4j.services;
