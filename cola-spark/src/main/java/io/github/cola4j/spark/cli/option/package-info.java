/** Options that commands share. */
package io.github.cola4j.spark.cli.option;
