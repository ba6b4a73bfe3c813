/** A Deeplearning4j network adapted to other tasks. */
package io.github.cola4j.examples.dl4j;
