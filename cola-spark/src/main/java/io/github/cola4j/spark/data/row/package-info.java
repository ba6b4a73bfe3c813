/**
 * What makes a row an example, and what is wrong with the others.
 *
 * <p>A {@link io.github.cola4j.spark.data.row.RowRule} turns a row into an example or a {@link
 * io.github.cola4j.spark.data.row.BadRow} with file, line and reason; {@link
 * io.github.cola4j.spark.data.row.ReadRow} is either of them. {@link
 * io.github.cola4j.spark.data.row.Quarantine} defines where bad rows go and how many are too many.
 * {@link io.github.cola4j.spark.data.row.RowSource} gives the rows of one open file; {@link
 * io.github.cola4j.spark.data.row.UndamagedRows} ends them where the file is damaged. {@link
 * io.github.cola4j.spark.data.row.ExampleDigest} tells examples apart by SHA-256. {@link
 * io.github.cola4j.spark.data.row.VisibleText} makes text from data safe to print.
 */
package io.github.cola4j.spark.data.row;
