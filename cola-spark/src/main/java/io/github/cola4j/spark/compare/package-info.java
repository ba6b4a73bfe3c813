/**
 * Comparisons: methods of adapting beside each other, over seeds and numbers of training examples.
 * The reference is docs/how-to/compare-methods.md.
 */
package io.github.cola4j.spark.compare;
