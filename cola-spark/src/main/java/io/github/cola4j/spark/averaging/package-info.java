/** Averaging of trained states: pure functions, sums in double, in the order they are given. */
package io.github.cola4j.spark.averaging;
