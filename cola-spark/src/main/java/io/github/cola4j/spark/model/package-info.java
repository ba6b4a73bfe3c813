/** The frozen model of a JVM: which one, where it lies, on which device. */
package io.github.cola4j.spark.model;
