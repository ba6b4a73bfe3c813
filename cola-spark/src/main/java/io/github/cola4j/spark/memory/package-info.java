/** What memory a job needs, and what its machines have; see ADR 0057. */
package io.github.cola4j.spark.memory;
