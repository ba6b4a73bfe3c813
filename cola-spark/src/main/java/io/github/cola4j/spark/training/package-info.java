/** What a program gives to training and what it gets back. */
package io.github.cola4j.spark.training;
