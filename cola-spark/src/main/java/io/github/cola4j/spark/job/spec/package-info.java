/** Job files. */
package io.github.cola4j.spark.job.spec;
