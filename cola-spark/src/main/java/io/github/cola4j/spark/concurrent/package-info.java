/** Many small Spark jobs as few. */
package io.github.cola4j.spark.concurrent;
