/** {@code cola doctor}: what this machine and JVM have, what is wrong, and how to fix it. */
package io.github.cola4j.spark.cli.doctor;
