/**
 * Images as models take them: files are decoded, resized as Pillow does it, and normalised as
 * {@code preprocessor_config.json} says. Pixels are bytes from 0 to 255, red, green and blue.
 *
 * <p>{@link io.github.cola4j.data.image.ImageProcessor} is the way from {@link
 * io.github.cola4j.data.image.ImageBytes} to a sample: {@link
 * io.github.cola4j.data.image.ImageDecoder} gives an {@link io.github.cola4j.data.image.RgbImage},
 * {@link io.github.cola4j.data.image.Resampling} brings it to the model's {@link
 * io.github.cola4j.data.image.ImageSize}. Both agree with Pillow to the byte. A sample keeps bytes;
 * scale and shift are applied when a batch is made.
 */
package io.github.cola4j.data.image;
