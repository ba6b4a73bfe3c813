/** Damaged files from a seeded generator, for every format that is read. */
package io.github.cola4j.spark.fuzz;
