/** How far tasks are, and what is held of them from round to round. */
package io.github.cola4j.spark.internal.state;
