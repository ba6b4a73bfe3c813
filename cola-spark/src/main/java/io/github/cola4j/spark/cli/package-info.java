/** The command line: {@code bin/cola}. */
package io.github.cola4j.spark.cli;
