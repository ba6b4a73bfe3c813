/**
 * Where commands print: results to standard output, as text or JSON; all else to standard error.
 */
package io.github.cola4j.spark.cli.console;
