/**
 * Files of images as rows.
 *
 * <p>{@link io.github.cola4j.spark.data.image.ImageFormat} makes each file one row with its bytes,
 * its path and the name of its folder, which is the label. The bytes are decoded later, by {@link
 * io.github.cola4j.data.image.ImageDecoder}. docs/how-to/images.md has the layouts of folders that
 * are understood.
 */
package io.github.cola4j.spark.data.image;
