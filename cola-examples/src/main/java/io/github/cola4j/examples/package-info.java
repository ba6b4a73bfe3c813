/** Real jobs on real models and real data. */
package io.github.cola4j.examples;
