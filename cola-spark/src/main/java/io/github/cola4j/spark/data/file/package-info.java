/** Files of data: where they are, how they are compressed, in which order they are read. */
package io.github.cola4j.spark.data.file;
