/** Job files: YAML in, adapters and results out. The reference is docs/reference/job-file. */
package io.github.cola4j.spark.job;
