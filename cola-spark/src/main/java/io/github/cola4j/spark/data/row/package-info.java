/** What makes a row an example, and what is wrong with the others. */
package io.github.cola4j.spark.data.row;
