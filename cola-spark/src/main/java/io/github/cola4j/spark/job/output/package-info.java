/** The output folder of a job, and what must not be there. */
package io.github.cola4j.spark.job.output;
