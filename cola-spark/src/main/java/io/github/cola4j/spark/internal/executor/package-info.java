/** What runs on executors. */
package io.github.cola4j.spark.internal.executor;
