/**
 * The check of a machine with a GPU, which {@code tools/gpu_check.sh} packs and runs where neither
 * a JDK nor a network is: stages in processes of their own, each of named items.
 */
package io.github.cola4j.nn.kernels.cuda.check;
