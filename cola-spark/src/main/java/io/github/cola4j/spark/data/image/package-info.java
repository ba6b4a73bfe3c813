/** Files of images as rows. */
package io.github.cola4j.spark.data.image;
